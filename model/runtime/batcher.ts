/**
 * Collects single requests into batches of similar length, in a bounded queue.
 * Source: our own. Deviation: none.
 */
import { AppError } from '../errors.ts';

export interface BatcherOptions<In, Out> {
  /** Names the queue in errors. */
  readonly name: string;
  /** Items in one batch, at least 1. */
  readonly batchSizeMax: number;
  /** Items that may wait; one more is refused with BUSY. */
  readonly waitingMax: number;
  /** Batches that may run at a time; default 1. A second one is ready where the first ends. */
  readonly runsAtOnce?: number;
  /** Items of similar length share a batch, because all are padded to the longest. */
  readonly lengthOf: (item: In) => number;
  /** @returns one result per item, in order */
  readonly run: (items: readonly In[]) => Promise<readonly Out[]>;
}

interface Entry<In, Out> {
  readonly item: In;
  readonly length: number;
  readonly resolve: (value: Out) => void;
  readonly reject: (error: unknown) => void;
}

export class Batcher<In, Out> {
  readonly #options: BatcherOptions<In, Out>;
  /** in order of arrival */
  #waiting: Entry<In, Out>[] = [];
  readonly #running = new Set<Promise<void>>();
  #isScheduled = false;
  #closed = false;

  constructor(options: BatcherOptions<In, Out>) {
    this.#options = options;
  }

  /** Items that wait for a batch; what already runs does not count. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * All items or none are accepted.
   * @throws AppError BUSY if the queue is too full, ABORTED if the signal fires before a result is there
   */
  async submit(items: readonly In[], signal?: AbortSignal): Promise<Out[]> {
    const { name, waitingMax, lengthOf } = this.#options;
    if (signal?.aborted === true) throw aborted(name);
    if (this.#closed) throw new AppError('INFERENCE_FAILED', `${name}: the model is closed`);
    if (this.#waiting.length + items.length > waitingMax) {
      throw new AppError(
        'BUSY',
        `${name}: ${this.#waiting.length} requests wait already, expected at most ${waitingMax}; try again later`,
      );
    }
    const entries: Entry<In, Out>[] = [];
    const results = items.map(
      (item) =>
        new Promise<Out>((resolve, reject) => {
          entries.push({ item, length: lengthOf(item), resolve, reject });
        }),
    );
    this.#waiting.push(...entries);
    const onAbort = () => this.#withdraw(entries);
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#schedule();
    try {
      return await Promise.all(results);
    } finally {
      signal?.removeEventListener('abort', onAbort);
      // One failed item fails the call; the others must not stay in the queue for nobody.
      this.#withdraw(entries);
    }
  }

  /** Refuses what waits and what comes; resolves when the batches that run are done. Safe to call twice. */
  async close(): Promise<void> {
    this.#closed = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    const error = new AppError('ABORTED', `${this.#options.name}: the model was closed`);
    for (const entry of waiting) entry.reject(error);
    await Promise.all(this.#running);
  }

  /** Items already in a batch are unaffected here; their promise is rejected and the result dropped. */
  #withdraw(entries: readonly Entry<In, Out>[]): void {
    const gone = new Set(entries);
    this.#waiting = this.#waiting.filter((entry) => !gone.has(entry));
    const error = aborted(this.#options.name);
    for (const entry of entries) entry.reject(error);
  }

  /** Requests of the same turn of the event loop join one batch. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#startRun();
    });
  }

  #startRun(): void {
    const { runsAtOnce = 1 } = this.#options;
    if (this.#waiting.length === 0 || this.#running.size >= runsAtOnce) return;
    const run = this.#runBatch(this.#takeBatch()).finally(() => {
      this.#running.delete(run);
      this.#startRun();
    });
    this.#running.add(run);
    // In a later turn: putting a batch together takes time, and the one before is to be on its way first.
    if (this.#running.size < runsAtOnce) setImmediate(() => this.#startRun());
  }

  /** Never rejects. */
  async #runBatch(batch: readonly Entry<In, Out>[]): Promise<void> {
    try {
      const results = await this.#options.run(batch.map((entry) => entry.item));
      for (const [index, entry] of batch.entries()) entry.resolve(results[index] as Out);
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    }
  }

  /**
   * The oldest request and those nearest to it in length. The oldest always goes, so nothing waits for ever.
   */
  #takeBatch(): Entry<In, Out>[] {
    const { batchSizeMax } = this.#options;
    const [oldest] = this.#waiting;
    if (oldest === undefined || this.#waiting.length <= batchSizeMax) {
      const all = this.#waiting;
      this.#waiting = [];
      return all;
    }
    const distance = (entry: Entry<In, Out>) => Math.abs(entry.length - oldest.length);
    const batch = this.#waiting.toSorted((a, b) => distance(a) - distance(b)).slice(0, batchSizeMax);
    const taken = new Set(batch);
    this.#waiting = this.#waiting.filter((entry) => !taken.has(entry));
    return batch;
  }
}

function aborted(name: string): AppError {
  return new AppError('ABORTED', `${name}: the request was aborted`);
}
