/**
 * Takes jobs from BullMQ, one after the other.
 * Source: BullMQ's documentation of workers, stalled jobs and `DelayedError`. Deviation: none.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { DelayedError, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { isAppError, messageOf } from '../../../model/index.ts';
import type { JobHandler, JobRecord, JobWorker } from '../job-queue.ts';
import { deathFailure, failuresWith, FAILURES_MAX, nextTry, PAUSE_MS_MAX } from '../retry-rules.ts';
import { RunningJob, type JobJournal, type JobOutcome } from '../running-job.ts';
import { endConnection, isAway, type RedisLink } from './connection.ts';
import {
  errorText,
  JobHash,
  PREFIX,
  recordOf,
  skipLine,
  type BullJob,
  type BullQueue,
  type Hold,
} from './job-hash.ts';

export interface RedisWorkerOptions {
  readonly link: RedisLink;
  readonly queue: BullQueue;
  readonly handler: JobHandler;
  readonly lockMs: number;
  readonly onNotice: (notice: string) => void;
}

/** Finished jobs beyond these are deleted, the oldest first; done and failed are counted apart. */
const FINISHED_KEPT = 1000;

/** A paused job lies among the delayed until somebody resumes it. BullMQ's times end in 2039, so it is no "for ever". */
const ASIDE_MS = 365 * 86_400_000;

/** How many processes a job may outlive is for `retry-rules.ts` to say. */
const STALLS_MAX = 1_000_000_000;

/** A server that is gone must not hold up the end of a process for longer. */
const CLOSE_MS = 3000;

/** BullMQ looks again so soon after a server that was gone. */
const RECONNECT_MS = 1000;

export class RedisWorker implements JobWorker {
  readonly #options: RedisWorkerOptions;
  /** Commands wait until the server is there again. */
  readonly #redis: Redis;
  readonly #hash: JobHash;
  readonly #worker: Worker<JobRecord['parameters'], JobRecord['result'], JobRecord['kind']>;
  readonly #sweeping: Promise<void>;
  readonly #closed = new AbortController();
  #running: { readonly id: string; readonly job: RunningJob } | undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: RedisWorkerOptions) {
    const { link, queue, lockMs, onNotice } = options;
    this.#options = options;
    this.#redis = link.connect('worker');
    this.#hash = new JobHash(this.#redis, (id) => queue.toKey(id));
    this.#worker = new Worker(queue.name, (job, token) => this.#process(job, token), {
      connection: this.#redis,
      prefix: PREFIX,
      concurrency: 1,
      lockDuration: lockMs,
      stalledInterval: lockMs / 2,
      maxStalledCount: STALLS_MAX,
      runRetryDelay: RECONNECT_MS,
      removeOnComplete: { count: FINISHED_KEPT },
      removeOnFail: { count: FINISHED_KEPT },
    });
    this.#worker.on('error', (error) => {
      if (isAway(error)) link.failed(error);
      else if (!this.#closed.signal.aborted) onNotice(`Jobs: ${messageOf(error)}`);
    });
    // Redis was away for longer than the lock lasts, and the job is for whoever takes it next.
    this.#worker.on('lockRenewalFailed', (ids) => {
      if (this.#running !== undefined && ids.includes(this.#running.id)) this.#running.job.interrupt('lost');
    });
    this.#sweeping = this.#sweep();
  }

  static async start(options: RedisWorkerOptions): Promise<RedisWorker> {
    const worker = new RedisWorker(options);
    await worker.#worker.waitUntilReady();
    return worker;
  }

  /** Something changed in this process: what runs is looked at now. */
  changed(): void {
    // A look that fails is made again by the next tick.
    this.#running?.job.look().catch(() => undefined);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#closed.abort();
    this.#running?.job.interrupt('closing');
    const closing = this.#worker.close();
    const isAtHome = this.#redis.status === 'ready' && (await isInTime(closing, CLOSE_MS));
    if (!isAtHome) {
      // What waits for the server is refused; the job's lock runs out, and the next worker goes on with it.
      endConnection(this.#redis);
      const blocking = await this.#worker.getBackend().blockingClient;
      if (blocking !== undefined) endConnection(blocking);
      await isInTime(closing, CLOSE_MS);
    }
    endConnection(this.#redis);
    await this.#sweeping;
  }

  async #process(job: BullJob, token = ''): Promise<JobRecord['result']> {
    const id = job.id ?? '';
    const hold = await this.#hash.hold(id);
    if (hold !== undefined) return this.#putAside(job, token, hold);
    const failures = await this.#failuresBefore(id);
    await this.#hash.countAttempt(id);
    await this.#hash.clear(id, 'error', 'notBeforeMs');
    await job.clearLogs();
    const record = await recordOf(this.#options.queue, this.#hash, id);
    // Deleted by hand at this moment.
    if (record === undefined) throw new WaitingError();
    const running = new RunningJob(record, this.#journal(job, id));
    this.#running = { id, job: running };
    if (this.#closed.signal.aborted) running.interrupt('closing');
    const outcome = await running.run(this.#options.handler);
    this.#running = undefined;
    // One that was lost has another owner, whose mark this would be.
    if (outcome.kind !== 'interrupted' || outcome.by !== 'lost') await this.#hash.clear(id, 'underWayMs');
    return this.#settle(job, token, failures, outcome);
  }

  /**
   * Failures in a row before the attempt that begins now, the death of the process before this one included.
   * @throws UnrecoverableError where no process survives this job
   */
  async #failuresBefore(id: string): Promise<number> {
    const { failures, underWayMs } = await this.#hash.read(id);
    let count = Number(failures ?? 0);
    if (underWayMs !== null) count = failuresWith(count, Date.now() - Number(underWayMs));
    if (count >= FAILURES_MAX) {
      const { code, message } = deathFailure;
      await this.#hash.clear(id, 'underWayMs');
      await this.#hash.set(id, { failures: 0, error: errorText(code, message) });
      throw new UnrecoverableError(message);
    }
    await this.#hash.set(id, { failures: count, underWayMs: Date.now() });
    return count;
  }

  async #settle(
    job: BullJob,
    token: string,
    failures: number,
    outcome: JobOutcome,
  ): Promise<JobRecord['result']> {
    const id = job.id ?? '';
    if (outcome.kind === 'done') {
      if ((await this.#hash.hold(id)) === 'cancelled') return this.#putAside(job, token, 'cancelled');
      return outcome.result;
    }
    if (outcome.kind === 'failed') {
      const { code, message } = outcome;
      const next = nextTry(code, failures, outcome.ranMs);
      await this.#hash.set(id, { error: errorText(code, message) });
      if (next === null) throw new UnrecoverableError(message);
      const notBeforeMs = Date.now() + next.pauseMs;
      await this.#hash.set(id, { failures: next.failures, notBeforeMs });
      await job.moveToDelayed(notBeforeMs, token);
      throw new DelayedError();
    }
    // Where it was lost it is no longer ours to move.
    if (outcome.by !== 'lost') {
      const hold = await this.#hash.hold(id);
      if (hold !== undefined) return this.#putAside(job, token, hold);
      await job.moveToWait(token);
    }
    throw new WaitingError();
  }

  async #putAside(job: BullJob, token: string, hold: Hold): Promise<never> {
    if (hold === 'cancelled') throw new UnrecoverableError('cancelled');
    const id = job.id ?? '';
    await job.moveToDelayed(Date.now() + ASIDE_MS, token);
    // Whoever resumed it in this moment did not find it among the delayed.
    if ((await this.#hash.hold(id)) !== 'paused') await job.promote();
    throw new DelayedError();
  }

  #journal(job: BullJob, id: string): JobJournal {
    return {
      progress: (progress) => job.updateProgress({ ...progress }),
      skips: async (skips) => {
        // One round trip: the commands go out together, in order.
        await Promise.all(skips.map((skip) => job.log(skipLine(skip))));
      },
      wish: () => this.#hash.hold(id),
    };
  }

  /**
   * Now and then looks at the delayed jobs. One that is due much later than any pause lasts was delayed by a clock that
   * has been set back since; one without hold or pause, or cancelled, was left by a process that died half-way.
   */
  async #sweep(): Promise<void> {
    const { queue, lockMs } = this.#options;
    const { signal } = this.#closed;
    while (!signal.aborted) {
      try {
        for (const job of await queue.getDelayed()) {
          const { hold, notBeforeMs } = await this.#hash.read(job.id ?? '');
          if (hold === 'paused') continue;
          const leftMs = notBeforeMs === null ? Number.POSITIVE_INFINITY : Number(notBeforeMs) - Date.now();
          if (hold === 'cancelled' || leftMs > PAUSE_MS_MAX) await job.promote();
        }
      } catch (error) {
        // Away, or promoted by another process: the next round sees.
        if (!isAppError(error) && !isAway(error) && !/not in the delayed state/.test(messageOf(error))) {
          this.#options.onNotice(`Jobs: ${messageOf(error)}`);
        }
      }
      await delay(lockMs / 2, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function isInTime(work: Promise<void>, timeoutMs: number): Promise<boolean> {
  const settled = new AbortController();
  try {
    return await Promise.race([
      work.then(() => true),
      delay(timeoutMs, false, { signal: settled.signal }).catch(() => false),
    ]);
  } finally {
    settled.abort();
  }
}
