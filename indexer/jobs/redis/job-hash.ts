/**
 * What we write of a job beside BullMQ: a few fields of our own in the job's hash, which goes when BullMQ deletes it.
 * Source: BullMQ keeps a job as the hash `<prefix>:<queue>:<id>`, and leaves fields that it does not know alone.
 * Deviation: none.
 *
 * BullMQ cannot pause or cancel one job. Here a *hold* says that a job is paused or cancelled, wherever BullMQ has it;
 * the worker that meets a held job puts it aside: a paused one among the delayed, a cancelled one among the failed.
 * A hold is one field, so setting it never races with what the worker writes.
 */
import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { JobErrorCode, JobKind, JobProgress, JobRecord, JobSkip, JobState } from '../job-queue.ts';

/** All in Redis that belongs to us begins so. */
export const PREFIX = 'imglish';

export type Hold = 'paused' | 'cancelled';

export type BullQueue = Queue<JobRecord['parameters'], JobRecord['result'], JobKind>;
export type BullJob = Job<JobRecord['parameters'], JobRecord['result'], JobKind>;

const fields = {
  hold: 'imglish:hold',
  /** Milliseconds since 1970, of a cancellation. */
  heldMs: 'imglish:heldMs',
  /** JSON of `JobRecord.error` */
  error: 'imglish:error',
  notBeforeMs: 'imglish:notBeforeMs',
  attempts: 'imglish:attempts',
  /** In a row. */
  failures: 'imglish:failures',
  /** Milliseconds since 1970, of the attempt under way; one that another attempt finds was left by a dead process. */
  underWayMs: 'imglish:underWayMs',
} as const;
type Field = keyof typeof fields;
const names = Object.keys(fields) as Field[];

export type OwnFields = Readonly<Record<Field, string | null>>;

/** A field of a job that is gone must not make it anew. */
const SET_IF_THERE = `if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV))
return 1`;

export class JobHash {
  readonly #redis: Redis;
  readonly #keyOf: (id: string) => string;

  constructor(redis: Redis, keyOf: (id: string) => string) {
    this.#redis = redis;
    this.#keyOf = keyOf;
  }

  async read(id: string): Promise<OwnFields> {
    const values = await this.#redis.hmget(this.#keyOf(id), ...names.map((name) => fields[name]));
    return Object.fromEntries(names.map((name, index) => [name, values[index] ?? null])) as Record<
      Field,
      string | null
    >;
  }

  async hold(id: string): Promise<Hold | undefined> {
    const value = await this.#redis.hget(this.#keyOf(id), fields.hold);
    return value === 'paused' || value === 'cancelled' ? value : undefined;
  }

  async set(id: string, values: Partial<Record<Field, string | number>>): Promise<void> {
    const pairs = Object.entries(values).flatMap(([name, value]) => [fields[name as Field], String(value)]);
    await this.#redis.eval(SET_IF_THERE, 1, this.#keyOf(id), ...pairs);
  }

  async clear(id: string, ...which: readonly Field[]): Promise<void> {
    await this.#redis.hdel(this.#keyOf(id), ...which.map((name) => fields[name]));
  }

  async countAttempt(id: string): Promise<void> {
    await this.#redis.hincrby(this.#keyOf(id), fields.attempts, 1);
  }
}

/** Where BullMQ has jobs that may be in one of our states. */
export const placesOf: Readonly<
  Record<JobState, readonly ('wait' | 'active' | 'delayed' | 'completed' | 'failed')[]>
> = {
  waiting: ['wait', 'delayed'],
  running: ['active'],
  paused: ['wait', 'delayed', 'active'],
  done: ['completed'],
  failed: ['failed'],
  cancelled: ['failed', 'wait', 'delayed', 'active'],
};

/** @returns undefined for a job that is gone */
export async function recordOf(queue: BullQueue, hash: JobHash, id: string): Promise<JobRecord | undefined> {
  // The place first: what a job says at its end is written before it moves, so it is there when it is looked for.
  const place = await queue.getJobState(id);
  const [job, own, { count }] = await Promise.all([
    queue.getJob(id),
    hash.read(id),
    queue.getJobLogs(id, 0, 0),
  ]);
  if (job === undefined) return undefined;
  const state = stateOf(place, own.hold);
  const isWaiting = state === 'waiting';
  const endedMs =
    job.finishedOn ?? (state === 'cancelled' && own.heldMs !== null ? Number(own.heldMs) : null);
  return {
    id,
    kind: job.name,
    parameters: job.data,
    state,
    progress: typeof job.progress === 'object' ? (job.progress as unknown as JobProgress) : null,
    skipped: count,
    attempts: Number(own.attempts ?? 0),
    createdAt: timeOf(job.timestamp),
    startedAt: typeof job.processedOn === 'number' ? timeOf(job.processedOn) : null,
    finishedAt:
      endedMs === null || isWaiting || state === 'running' || state === 'paused' ? null : timeOf(endedMs),
    notBefore: isWaiting && own.notBeforeMs !== null ? timeOf(Number(own.notBeforeMs)) : null,
    error: own.error === null || state === 'done' ? null : (JSON.parse(own.error) as JobRecord['error']),
    result: state === 'done' ? (job.returnvalue ?? null) : null,
  };
}

/** A skip is a line of BullMQ's log of the job, which has pages and goes with the job. */
export function skipLine(skip: JobSkip): string {
  const { place, code, message } = skip;
  return JSON.stringify([place, code, message]);
}

export function skipOf(line: string): JobSkip {
  const [place, code, message] = JSON.parse(line) as [string, JobSkip['code'], string];
  return { place, code, message };
}

export function errorText(code: JobErrorCode, message: string): string {
  return JSON.stringify({ code, message });
}

function stateOf(place: string, hold: string | null): JobState {
  if (place === 'completed') return 'done';
  if (hold === 'cancelled') return 'cancelled';
  if (place === 'failed') return 'failed';
  if (hold === 'paused') return 'paused';
  return place === 'active' ? 'running' : 'waiting';
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
