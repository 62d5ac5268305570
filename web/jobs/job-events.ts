/**
 * The states of jobs as they change, for any number of listeners: one look at the queue serves them all.
 * Source: the HTML standard, "Server-sent events" (`Last-Event-ID`). Deviation: of states that a listener missed it gets the
 * latest of each job, because a progress that is over helps nobody.
 *
 * A listener is a number: the place of the last change it got. Nothing is kept for a slow one, so it costs no memory; it
 * misses what was in between, and never the last. The queue is asked because any process may change it, and because
 * neither implementation tells of everything.
 */
import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { JobQueue, JobRecord, JobState } from '../../indexer/index.ts';

export interface JobChange {
  /** Counts up with every change of any job. */
  readonly number: number;
  readonly job: JobRecord;
}

export interface JobEventsOptions {
  readonly queue: Pick<JobQueue, 'get' | 'list'>;
  /** Milliseconds between two looks while something is under way; default 500. */
  readonly busyMs?: number;
  /** The same while nothing is; default 1500. */
  readonly idleMs?: number;
}

const BUSY_MS = 500;
const IDLE_MS = 1500;

/** Seen at the first look, or where many are new at once. */
const NEWEST_MAX = 100;
/** Seen at each look: where one of them is known, so are all older ones. With Redis each costs four commands. */
const NEWEST_GLANCE = 3;
const LIVE_MAX = 200;
/** Ended jobs whose last state is kept. */
const ENDED_KEPT = 200;

const endStates: ReadonlySet<JobState> = new Set(['done', 'failed', 'cancelled']);

export function hasEnded({ state }: JobRecord): boolean {
  return endStates.has(state);
}

interface Known extends JobChange {
  /** JSON of the job: what a change is told by. */
  readonly text: string;
}

export class JobEvents {
  readonly #queue: JobEventsOptions['queue'];
  readonly #busyMs: number;
  readonly #idleMs: number;
  /** Numbers of another process mean other changes. */
  readonly #epoch = randomBytes(4).toString('hex');
  /** In the order of their numbers. */
  readonly #latest = new Map<string, Known>();
  readonly #wanted = new Set<string>();
  readonly #news = new EventEmitter().setMaxListeners(0);
  #number = 0;
  #listeners = 0;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #lastLook: Promise<void> = Promise.resolve();
  #nextLook: Promise<void> | undefined;

  constructor({ queue, busyMs = BUSY_MS, idleMs = IDLE_MS }: JobEventsOptions) {
    this.#queue = queue;
    this.#busyMs = busyMs;
    this.#idleMs = idleMs;
  }

  /** Of an event. */
  idOf({ number }: JobChange): string {
    return `${this.#epoch}-${number}`;
  }

  /** @returns where somebody goes on who got this id last; 0, at the beginning, for an id of another process */
  placeOf(id: string | undefined): number {
    const [, epoch, number] = /^([0-9a-f]{8})-(\d{1,15})$/.exec(id ?? '') ?? [];
    return epoch === this.#epoch && Number(number) <= this.#number ? Number(number) : 0;
  }

  latest(id: string): JobChange | undefined {
    return this.#latest.get(id);
  }

  /** Tells the listeners, if there are any, of a change that somebody just made. */
  hurry(): void {
    // What the queue does not answer now, the next look of the clock asks again.
    if (this.#listeners > 0) this.look().catch(() => undefined);
  }

  /**
   * Looks at the queue once, after the call; many calls share a look.
   * @param id also at this job, however old it is
   * @throws AppError as the queue
   */
  look(id?: string): Promise<void> {
    if (id !== undefined) this.#wanted.add(id);
    // The look that is under way may have read before the call.
    this.#nextLook ??= this.#lastLook.then(() => {
      this.#nextLook = undefined;
      const look = this.#lookNow();
      this.#lastLook = look.catch(() => undefined);
      return look;
    });
    return this.#nextLook;
  }

  /**
   * The changes after a place, without end until the signal; those of one job until it has ended.
   * @param only the job, which must be known by a `look`
   */
  async *changes(after: number, signal: AbortSignal, only?: string): AsyncGenerator<JobChange, void> {
    this.#listeners += 1;
    this.#schedule();
    try {
      for (let place = after; !signal.aborted;) {
        const next = this.#firstAfter(place, only);
        if (next === undefined) {
          await once(this.#news, 'change', { signal }).catch(() => undefined);
          continue;
        }
        place = next.number;
        yield next;
        if (only !== undefined && hasEnded(next.job)) return;
      }
    } finally {
      this.#listeners -= 1;
      if (this.#listeners === 0) clearTimeout(this.#timer);
    }
  }

  #firstAfter(place: number, only: string | undefined): JobChange | undefined {
    if (only !== undefined) {
      const known = this.#latest.get(only);
      return known !== undefined && known.number > place ? known : undefined;
    }
    for (const known of this.#latest.values()) if (known.number > place) return known;
    return undefined;
  }

  #schedule(): void {
    if (this.#isLooking) return;
    clearTimeout(this.#timer);
    const isBusy = [...this.#latest.values()].some(({ job }) => job.state === 'running');
    this.#timer = setTimeout(
      () => {
        this.#isLooking = true;
        this.look()
          // Redis may be away; it comes back, and what happened meanwhile is told then.
          .catch(() => undefined)
          .finally(() => {
            this.#isLooking = false;
            if (this.#listeners > 0) this.#schedule();
          });
      },
      isBusy ? this.#busyMs : this.#idleMs,
    );
  }

  async #lookNow(): Promise<void> {
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    const seen = new Map<string, JobRecord>();
    const see = (jobs: readonly JobRecord[]): void => {
      for (const job of jobs) seen.set(job.id, job);
    };
    see(await this.#queue.list({ states: ['running', 'waiting', 'paused'], limit: LIVE_MAX }));
    see(await this.#newest());
    const live = [...this.#latest.values()].filter(({ job }) => !hasEnded(job)).map(({ job }) => job.id);
    for (const id of new Set([...live, ...wanted])) {
      if (seen.has(id)) continue;
      const job = await this.#queue.get(id);
      if (job === undefined) this.#latest.delete(id);
      else seen.set(id, job);
    }
    this.#note([...seen.values()].toSorted((a, b) => Number(a.id) - Number(b.id)));
  }

  async #newest(): Promise<readonly JobRecord[]> {
    if (this.#latest.size > 0) {
      const glance = await this.#queue.list({ limit: NEWEST_GLANCE });
      if (glance.some(({ id }) => this.#latest.has(id))) return glance;
    }
    return this.#queue.list({ limit: NEWEST_MAX });
  }

  #note(jobs: readonly JobRecord[]): void {
    const before = this.#number;
    for (const job of jobs) {
      const text = JSON.stringify(job);
      if (this.#latest.get(job.id)?.text === text) continue;
      this.#number += 1;
      // Set anew, so that the order of the map stays that of the numbers.
      this.#latest.delete(job.id);
      this.#latest.set(job.id, { number: this.#number, job, text });
    }
    if (this.#number === before) return;
    const ended = [...this.#latest.values()].filter(({ job }) => hasEnded(job));
    for (const { job } of ended.slice(0, -ENDED_KEPT)) this.#latest.delete(job.id);
    this.#news.emit('change');
  }
}
