/**
 * One attempt at a job: calls the handler, writes down its progress and skips now and then, and sees to it that a
 * pause or a cancellation from another process reaches it.
 * Source: our own. Deviation: none.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isAppError, messageOf } from '../../model/index.ts';
import type { JobErrorCode, JobHandler, JobProgress, JobRecord, JobSkip } from './job-queue.ts';

/** Why an attempt is broken off; `lost`: the queue gave the job to somebody else. */
export type Interruption = 'paused' | 'cancelled' | 'closing' | 'lost';

export type JobOutcome =
  | { readonly kind: 'done'; readonly result: Readonly<Record<string, unknown>> }
  | { readonly kind: 'interrupted'; readonly by: Interruption }
  | {
      readonly kind: 'failed';
      readonly code: JobErrorCode;
      readonly message: string;
      readonly ranMs: number;
    };

/** Where the news of a running job goes; each call may fail, and is then made again. */
export interface JobJournal {
  progress(progress: JobProgress): Promise<void>;
  skips(skips: readonly JobSkip[]): Promise<void>;
  /** What people want by now; undefined: that it goes on. */
  wish(): Promise<'paused' | 'cancelled' | undefined>;
}

/** News are written, and wishes read, so often: fast for a person, little for a disk. */
const TICK_MS = 400;

/** Rows written at once. */
const SKIPS_PER_WRITE = 500;

export class RunningJob {
  readonly #job: JobRecord;
  readonly #journal: JobJournal;
  readonly #abort = new AbortController();
  readonly #skips: JobSkip[] = [];
  #progress: JobProgress | undefined;
  #interruption: Interruption | undefined;

  constructor(job: JobRecord, journal: JobJournal) {
    this.#job = job;
    this.#journal = journal;
  }

  /** The first reason stays. */
  interrupt(by: Interruption): void {
    this.#interruption ??= by;
    this.#abort.abort();
  }

  /** Looks for a wish at once, because the caller knows of one. */
  async look(): Promise<void> {
    const wish = await this.#journal.wish();
    if (wish !== undefined) this.interrupt(wish);
  }

  /** Never rejects. */
  async run(handler: JobHandler): Promise<JobOutcome> {
    const startMs = performance.now();
    const ended = new AbortController();
    const ticking = this.#tick(ended.signal);
    const outcome = await this.#call(handler, startMs);
    ended.abort();
    await ticking;
    await this.#writeRest();
    return outcome;
  }

  async #call(handler: JobHandler, startMs: number): Promise<JobOutcome> {
    try {
      const result = await handler(this.#job, {
        signal: this.#abort.signal,
        progress: (progress) => {
          this.#progress = progress;
        },
        skip: (skip) => {
          this.#skips.push(skip);
        },
      });
      return { kind: 'done', result };
    } catch (error) {
      if (this.#interruption !== undefined) return { kind: 'interrupted', by: this.#interruption };
      const ranMs = performance.now() - startMs;
      const code = isAppError(error) ? error.code : 'INTERNAL';
      return { kind: 'failed', code, message: messageOf(error), ranMs };
    }
  }

  async #tick(ended: AbortSignal): Promise<void> {
    while (!ended.aborted) {
      await delay(TICK_MS, undefined, { signal: ended }).catch(() => undefined);
      if (ended.aborted) return;
      try {
        await this.#write();
        await this.look();
      } catch {
        // The journal is out of reach for now (a full disk, Redis gone): nothing is lost, the next tick tries again.
      }
    }
  }

  /** The end of a job is told after all of its news, so these are waited for, unless the worker itself must go. */
  async #writeRest(): Promise<void> {
    for (;;) {
      try {
        return await this.#write();
      } catch {
        if (this.#interruption === 'closing' || this.#interruption === 'lost') return;
        await delay(TICK_MS, undefined, { signal: this.#abort.signal }).catch(() => undefined);
        if (this.#abort.signal.aborted) return;
      }
    }
  }

  async #write(): Promise<void> {
    while (this.#skips.length > 0) {
      const batch = this.#skips.slice(0, SKIPS_PER_WRITE);
      await this.#journal.skips(batch);
      this.#skips.splice(0, batch.length);
    }
    const progress = this.#progress;
    if (progress === undefined) return;
    await this.#journal.progress(progress);
    if (this.#progress === progress) this.#progress = undefined;
  }
}
