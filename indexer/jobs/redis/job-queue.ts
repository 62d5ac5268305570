/**
 * The job queue on a Redis server, through BullMQ.
 * Source: BullMQ's documentation and types. Deviation: one job can be paused and cancelled, see job-hash.ts.
 */
import { createHash } from 'node:crypto';
import { Queue } from 'bullmq';
import { AppError, messageOf } from '../../../model/index.ts';
import { canonicalJson, jobNotFound, jobStateWrong } from '../job-errors.ts';
import {
  jobStates,
  LIST_DEFAULT,
  type JobHandler,
  type JobKind,
  type JobQueue,
  type JobRecord,
  type JobSkip,
  type JobState,
  type JobWorker,
} from '../job-queue.ts';
import { RedisLink } from './connection.ts';
import { JobHash, placesOf, PREFIX, recordOf, skipOf, type BullQueue, type Hold } from './job-hash.ts';
import { queueIdOf } from './queue-id.ts';
import { RedisWorker } from './worker.ts';

export interface RedisQueueOptions {
  readonly dataFolder: string;
  readonly url: string;
  readonly onNotice?: (notice: string) => void;
  /** A worker that was not heard of for so long is dead. Tests have less time. */
  readonly lockMs?: number;
}

/** Long enough for a Redis that is restarted, short enough for a person whose worker died. */
const LOCK_MS = 30_000;

const liveStates = ['waiting', 'running', 'paused'] as const;

export class RedisJobQueue implements JobQueue {
  readonly #link: RedisLink;
  readonly #queue: BullQueue;
  readonly #hash: JobHash;
  readonly #lockMs: number;
  readonly #onNotice: (notice: string) => void;
  readonly #workers: RedisWorker[] = [];

  private constructor(link: RedisLink, queue: BullQueue, options: RedisQueueOptions) {
    this.#link = link;
    this.#queue = queue;
    this.#hash = new JobHash(link.commands, (id) => queue.toKey(id));
    this.#lockMs = options.lockMs ?? LOCK_MS;
    this.#onNotice = options.onNotice ?? (() => undefined);
  }

  /** The folder is there. @throws AppError REDIS_UNAVAILABLE, UNSUPPORTED, FILE_UNREADABLE, LIBRARY_CORRUPT */
  static async open(options: RedisQueueOptions): Promise<RedisJobQueue> {
    const name = `jobs-${await queueIdOf(options.dataFolder)}`;
    const link = await RedisLink.open(options.url, options.onNotice);
    const queue: BullQueue = new Queue(name, { connection: link.commands, prefix: PREFIX });
    queue.on('error', (error) => link.failed(error));
    try {
      await link.reach(() => queue.waitUntilReady());
      return new RedisJobQueue(link, queue, options);
    } catch (error) {
      link.close();
      if (!/Redis version/.test(messageOf(error))) throw error;
      throw new AppError('UNSUPPORTED', `${link.place}: ${messageOf(error)}; update the server`, {
        cause: error,
      });
    }
  }

  /** For whoever shows queues of BullMQ; nobody changes it but this one. */
  get bullQueue(): unknown {
    return this.#queue;
  }

  async add(kind: JobKind, parameters: Readonly<Record<string, unknown>>): Promise<JobRecord> {
    return this.#link.reach(async () => {
      const wanted = canonicalJson(parameters);
      const live = await this.#list(liveStates, Number.POSITIVE_INFINITY);
      const same = live.findLast((job) => job.kind === kind && canonicalJson(job.parameters) === wanted);
      if (same !== undefined) return same;
      // Two processes that ask at once are told apart by Redis.
      const id = createHash('sha256').update(`${kind} ${wanted}`).digest('hex');
      const job = await this.#queue.add(kind, JSON.parse(wanted) as JobRecord['parameters'], {
        deduplication: { id },
        stackTraceLimit: 0,
      });
      return this.#existing(job.id ?? '');
    });
  }

  async get(id: string): Promise<JobRecord | undefined> {
    return this.#link.reach(() => this.#find(id));
  }

  async list(
    options: { readonly states?: readonly JobState[]; readonly limit?: number } = {},
  ): Promise<readonly JobRecord[]> {
    return this.#link.reach(() => this.#list(options.states ?? jobStates, options.limit ?? LIST_DEFAULT));
  }

  async skips(
    id: string,
    { offset, limit }: { readonly offset: number; readonly limit: number },
  ): Promise<readonly JobSkip[]> {
    if (limit <= 0) return [];
    const { logs } = await this.#link.reach(() => this.#queue.getJobLogs(id, offset, offset + limit - 1));
    return logs.map(skipOf);
  }

  async pause(id: string): Promise<JobRecord> {
    return this.#change(id, ['waiting', 'running'], 'paused', async () => {
      await this.#hold(id, 'paused');
    });
  }

  async resume(id: string): Promise<JobRecord> {
    return this.#change(id, ['paused'], 'resumed', () => this.#release(id));
  }

  async cancel(id: string): Promise<JobRecord> {
    return this.#change(id, liveStates, 'cancelled', async () => {
      await this.#hold(id, 'cancelled');
      const job = await this.#queue.getJob(id);
      await job?.removeDeduplicationKey();
      // The worker puts it among the failed when it meets it, so it must not be delayed.
      await this.#promote(id);
    });
  }

  async retry(id: string): Promise<JobRecord> {
    return this.#change(id, ['failed', 'cancelled'], 'tried again', async () => {
      await this.#hash.clear(id, 'error');
      await this.#release(id);
      if ((await this.#queue.getJobState(id)) !== 'failed') return;
      const job = await this.#queue.getJob(id);
      await job?.retry('failed', { resetAttemptsMade: true });
    });
  }

  async isWorked(): Promise<boolean> {
    return this.#link.reach(async () => (await this.#queue.getWorkersCount()) > 0);
  }

  async work(handler: JobHandler): Promise<JobWorker> {
    const worker = await this.#link.reach(() =>
      RedisWorker.start({
        link: this.#link,
        queue: this.#queue,
        handler,
        lockMs: this.#lockMs,
        onNotice: this.#onNotice,
      }),
    );
    this.#workers.push(worker);
    return worker;
  }

  async close(): Promise<void> {
    for (const worker of this.#workers) await worker.close();
    // The connection is ours, so BullMQ only forgets it.
    await this.#queue.close().catch((error: unknown) => this.#link.failed(error));
    this.#link.close();
  }

  async #list(states: readonly JobState[], limit: number): Promise<JobRecord[]> {
    const places = [...new Set(states.flatMap((state) => placesOf[state]))];
    const ids = await this.#queue.getRanges(places, 0, -1);
    // BullMQ numbers jobs as they come.
    const newest = [...new Set(ids)].toSorted((a, b) => Number(b) - Number(a));
    const found: JobRecord[] = [];
    // Where every state will do, no more are read than are wanted: whoever looks often wants few.
    const size = states.length === jobStates.length ? Math.min(limit, LIST_DEFAULT) : LIST_DEFAULT;
    for (let start = 0; start < newest.length && found.length < limit; start += size) {
      const page = await Promise.all(newest.slice(start, start + size).map((id) => this.#find(id)));
      found.push(
        ...page.flatMap((record) => (record !== undefined && states.includes(record.state) ? [record] : [])),
      );
    }
    return found.slice(0, limit);
  }

  async #change(
    id: string,
    from: readonly JobState[],
    what: string,
    change: () => Promise<void>,
  ): Promise<JobRecord> {
    return this.#link.reach(async () => {
      const before = await this.#existing(id);
      if (!from.includes(before.state)) throw jobStateWrong(before, what);
      await change();
      for (const worker of this.#workers) worker.changed();
      const after = await this.#existing(id);
      // It may have ended between the two looks.
      if (after.state === 'done') throw jobStateWrong(after, what);
      return after;
    });
  }

  async #hold(id: string, hold: Hold): Promise<void> {
    await this.#hash.set(id, { hold, heldMs: Date.now() });
  }

  async #release(id: string): Promise<void> {
    await this.#hash.clear(id, 'hold', 'heldMs', 'notBeforeMs', 'failures');
    await this.#promote(id);
  }

  async #promote(id: string): Promise<void> {
    if ((await this.#queue.getJobState(id)) !== 'delayed') return;
    const job = await this.#queue.getJob(id);
    // Another process may have been faster.
    await job?.promote().catch((error: unknown) => {
      if (!/not in the delayed state/.test(messageOf(error))) throw error;
    });
  }

  #find(id: string): Promise<JobRecord | undefined> {
    return recordOf(this.#queue, this.#hash, id);
  }

  async #existing(id: string): Promise<JobRecord> {
    const record = await this.#find(id);
    if (record === undefined) throw jobNotFound(id);
    return record;
  }
}
