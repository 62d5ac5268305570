/**
 * Work that outlives a process: one interface, an embedded (SQLite) and a Redis (BullMQ) implementation.
 * Source: DESIGN, "jobs". Deviation: none.
 */
import type { ErrorCode } from '../../model/index.ts';

/** What can be asked for; handlers.ts does it. */
export const jobKinds = [
  'index',
  'embed-missing',
  're-embed',
  'import-texts',
  'find-duplicates',
  'tag',
  'verify',
  'compact',
] as const;
export type JobKind = (typeof jobKinds)[number];

/** `waiting` covers a job that will be tried again later, see `notBefore`. */
export const jobStates = ['waiting', 'running', 'paused', 'done', 'failed', 'cancelled'] as const;
export type JobState = (typeof jobStates)[number];

/** Jobs that a list gives where nobody says how many. */
export const LIST_DEFAULT = 100;

export interface JobProgress {
  /** A word for people: `scanning`, `embedding`. */
  readonly phase: string;
  readonly done: number;
  /** null while it cannot be told */
  readonly total: number | null;
  readonly skipped: number;
  /** Over the last seconds. */
  readonly itemsPerSecond: number;
  readonly etaSeconds: number | null;
}

/** A file, line or row that was left out; the job went on. */
export interface JobSkip {
  /** A path, or `file.csv:12`. */
  readonly place: string;
  readonly code: ErrorCode;
  /** place, found, expected, remedy */
  readonly message: string;
}

/** `INTERNAL`: a mistake of ours; `WORKER_DIED`: the process that did it ended without a word, again and again. */
export type JobErrorCode = ErrorCode | 'INTERNAL';

export interface JobRecord {
  readonly id: string;
  readonly kind: JobKind;
  /** JSON of the kind; checked by its handler. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly state: JobState;
  /** The last that was told; null before the first. */
  readonly progress: JobProgress | null;
  /** How many are in the list of `skips`. */
  readonly skipped: number;
  /** How often it was started; more than once after a pause, a failure that passed, or the death of its process. */
  readonly attempts: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Of the last attempt. */
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** A job that failed for what may pass waits until then; null: it may start at once. */
  readonly notBefore: string | null;
  /** Why it failed, or why it is tried again. */
  readonly error: { readonly code: JobErrorCode; readonly message: string } | null;
  /** JSON that the handler gave back; null before the end. */
  readonly result: Readonly<Record<string, unknown>> | null;
}

/** What a handler is given of the world. */
export interface JobContext {
  /** Aborted when the job is paused or cancelled, or the worker closes. */
  readonly signal: AbortSignal;
  /** May be called as often as wanted; written at most a few times a second. */
  readonly progress: (progress: JobProgress) => void;
  /** Kept with the job, in order; a list of any length. Each attempt begins a new one. */
  readonly skip: (skip: JobSkip) => void;
}

/** @returns what `JobRecord.result` will hold. Must go on where it was when it is called again. */
export type JobHandler = (job: JobRecord, context: JobContext) => Promise<Readonly<Record<string, unknown>>>;

export interface JobWorker {
  /** Interrupts the running job, which goes back to `waiting`, and waits for it. Safe to call twice. */
  close(): Promise<void>;
}

export interface JobQueue {
  /** What BullMQ calls a queue, to be shown; there is none where there is no Redis. */
  readonly bullQueue?: unknown;
  /** A job of the same kind and parameters that is waiting, running or paused is returned instead of a second one. */
  add(kind: JobKind, parameters: Readonly<Record<string, unknown>>): Promise<JobRecord>;
  get(id: string): Promise<JobRecord | undefined>;
  /** Newest first, at most `limit`. */
  list(options?: {
    readonly states?: readonly JobState[];
    readonly limit?: number;
  }): Promise<readonly JobRecord[]>;
  /** Of the last attempt, in the order in which they happened: `limit` after the first `offset`. None of an unknown job. */
  skips(
    id: string,
    options: { readonly offset: number; readonly limit: number },
  ): Promise<readonly JobSkip[]>;
  /** Waiting or running → paused. @throws AppError NOT_FOUND, JOB_STATE where it cannot be */
  pause(id: string): Promise<JobRecord>;
  /** Paused → waiting. @throws AppError NOT_FOUND, JOB_STATE */
  resume(id: string): Promise<JobRecord>;
  /** Waiting, running or paused → cancelled. @throws AppError NOT_FOUND, JOB_STATE */
  cancel(id: string): Promise<JobRecord>;
  /** Failed or cancelled → waiting. @throws AppError NOT_FOUND, JOB_STATE */
  retry(id: string): Promise<JobRecord>;
  /** True while some process, this or another, has a worker on this queue. */
  isWorked(): Promise<boolean>;
  /**
   * Runs jobs one after the other until closed: first those that were interrupted, then whichever came to wait first.
   * A job whose worker died goes back to `waiting`. One that fails for what may pass (a disk that is gone, a busy
   * network) is tried again with growing pauses.
   * @throws AppError LIBRARY_LOCKED where another process works on an embedded queue
   */
  work(handler: JobHandler): Promise<JobWorker>;
  /** Safe to call twice; closes its workers. */
  close(): Promise<void>;
}
