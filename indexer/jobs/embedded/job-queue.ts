/**
 * The job queue that needs nothing but the data folder: jobs.sqlite, which every process may read and write, and
 * jobs.lock, held by the one that works.
 * Source: DESIGN, "jobs". Deviation: none.
 */
import path from 'node:path';
import { LibraryLock, type Connection } from '../../store/index.ts';
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
import { JobTable } from './job-table.ts';
import { openJobs } from './open-jobs.ts';
import { EmbeddedWorker } from './worker.ts';

export interface EmbeddedQueueOptions {
  readonly dataFolder: string;
  readonly onNotice?: (notice: string) => void;
  /** Milliseconds since 1970; for tests. */
  readonly now?: () => number;
}

const WORKER =
  'works on the jobs of this library already, expected no other worker; new jobs are done by that one';

export class EmbeddedJobQueue implements JobQueue {
  readonly #connection: Connection;
  readonly #lockFile: string;
  readonly #table: JobTable;
  readonly #onNotice: (notice: string) => void;
  #worker: EmbeddedWorker | undefined;

  private constructor(connection: Connection, options: EmbeddedQueueOptions) {
    this.#connection = connection;
    this.#lockFile = path.join(options.dataFolder, 'jobs.lock');
    this.#table = new JobTable(connection, options.now ?? Date.now);
    this.#onNotice = options.onNotice ?? (() => undefined);
  }

  /** The folder is there. @throws AppError LIBRARY_CORRUPT, LIBRARY_MISMATCH, LIBRARY_LOCKED, FILE_UNREADABLE, DISK_FULL */
  static open(options: EmbeddedQueueOptions): EmbeddedJobQueue {
    const connection = openJobs(path.join(options.dataFolder, 'jobs.sqlite'));
    try {
      return new EmbeddedJobQueue(connection, options);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  async add(kind: JobKind, parameters: Readonly<Record<string, unknown>>): Promise<JobRecord> {
    const id = String(this.#table.add(kind, canonicalJson(parameters)));
    this.#worker?.changed();
    return this.#existing(id);
  }

  async get(id: string): Promise<JobRecord | undefined> {
    return this.#find(id);
  }

  async list(
    options: { readonly states?: readonly JobState[]; readonly limit?: number } = {},
  ): Promise<readonly JobRecord[]> {
    return this.#table.list(options.states ?? jobStates, options.limit ?? LIST_DEFAULT);
  }

  async skips(
    id: string,
    { offset, limit }: { readonly offset: number; readonly limit: number },
  ): Promise<readonly JobSkip[]> {
    return isId(id) ? this.#table.skips(Number(id), offset, limit) : [];
  }

  async pause(id: string): Promise<JobRecord> {
    return this.#change(id, 'paused', (number) => this.#table.pause(number));
  }

  async resume(id: string): Promise<JobRecord> {
    return this.#change(id, 'resumed', (number) => this.#table.resume(number));
  }

  async cancel(id: string): Promise<JobRecord> {
    return this.#change(id, 'cancelled', (number) => this.#table.cancel(number));
  }

  async retry(id: string): Promise<JobRecord> {
    return this.#change(id, 'tried again', (number) => this.#table.retry(number));
  }

  async isWorked(): Promise<boolean> {
    return LibraryLock.isHeld(this.#lockFile);
  }

  async work(handler: JobHandler): Promise<JobWorker> {
    const lock = LibraryLock.acquire(this.#lockFile, WORKER);
    this.#worker = new EmbeddedWorker({ table: this.#table, lock, handler, onNotice: this.#onNotice });
    return this.#worker;
  }

  async close(): Promise<void> {
    await this.#worker?.close();
    this.#connection.close();
  }

  #change(id: string, what: string, change: (id: number) => boolean): JobRecord {
    const before = this.#existing(id);
    if (!change(Number(id))) throw jobStateWrong(this.#find(id) ?? before, what);
    this.#worker?.changed();
    return this.#existing(id);
  }

  #find(id: string): JobRecord | undefined {
    return isId(id) ? this.#table.get(Number(id)) : undefined;
  }

  #existing(id: string): JobRecord {
    const record = this.#find(id);
    if (record === undefined) throw jobNotFound(id);
    return record;
  }
}

function isId(id: string): boolean {
  return /^\d{1,15}$/.test(id);
}
