/**
 * Facets for those who ask: counted once for all who ask the same, and kept until something changes.
 * Source: our own. Deviation: while the library grows they may be a little behind, see FRESH_SHARE.
 */
import type { Facets, FacetsRequest } from './facets.ts';
import type { Inquirer } from './inquirer.ts';

/** Answers that are kept: those of a page that several people look at. */
const KEPT_MAX = 64;

/** Counting that takes longer is repeated only after a while, though something was committed. */
const QUICK_MS = 50;
/** The while: so many times as long as counting took, so that it takes a tenth of a thread at most. */
const FRESH_SHARE = 9;

interface Known {
  readonly facets: Facets;
  readonly version: string;
  readonly at: number;
  readonly tookMs: number;
}

interface Flight {
  readonly answer: Promise<Facets>;
  readonly controller: AbortController;
  waiting: number;
}

export class FacetCounter {
  readonly #inquirer: Pick<Inquirer, 'ask'>;
  readonly #versionOf: () => string;
  /** The one that was asked for last comes last. */
  readonly #known = new Map<string, Known>();
  readonly #flights = new Map<string, Flight>();

  /** @param versionOf another text after each commit */
  constructor(inquirer: Pick<Inquirer, 'ask'>, versionOf: () => string) {
    this.#inquirer = inquirer;
    this.#versionOf = versionOf;
  }

  /** @throws AppError BUSY, ABORTED, and as the database does */
  async count(request: FacetsRequest, signal?: AbortSignal): Promise<Facets> {
    const { nowMs, ...rest } = request;
    // Relative dates are whole days.
    const key = JSON.stringify([rest, new Date(nowMs).toDateString()]);
    const known = this.#fresh(key);
    if (known !== undefined) return known;
    const flight = this.#flights.get(key) ?? this.#start(key, request);
    flight.waiting += 1;
    const leave = (): void => {
      flight.waiting -= 1;
      if (flight.waiting === 0) flight.controller.abort();
    };
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await flight.answer;
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  #start(key: string, request: FacetsRequest): Flight {
    const controller = new AbortController();
    const flight: Flight = {
      controller,
      waiting: 0,
      answer: this.#count(key, request, controller.signal).finally(() => {
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
      }),
    };
    this.#flights.set(key, flight);
    // Nobody asks for what everybody has left.
    controller.signal.addEventListener('abort', () => this.#flights.delete(key), { once: true });
    return flight;
  }

  async #count(key: string, request: FacetsRequest, signal: AbortSignal): Promise<Facets> {
    // What is committed meanwhile may be counted or not, so the answer is one of before.
    const version = this.#versionOf();
    const start = performance.now();
    const facets = await this.#inquirer.ask('facets', request, signal);
    const at = performance.now();
    this.#known.delete(key);
    this.#known.set(key, { facets, version, at, tookMs: at - start });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= KEPT_MAX) break;
      this.#known.delete(oldest);
    }
    return facets;
  }

  #fresh(key: string): Facets | undefined {
    const known = this.#known.get(key);
    if (known === undefined) return undefined;
    const { version, at, tookMs } = known;
    const isYoung = tookMs > QUICK_MS && performance.now() - at < FRESH_SHARE * tookMs;
    return version === this.#versionOf() || isYoung ? known.facets : undefined;
  }
}
