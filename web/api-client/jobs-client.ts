/**
 * Jobs of a server: asking for them, steering them, following them.
 * Source: web/schema/jobs.ts. Deviation: none.
 */
import type {
  FoldersDocument,
  JobAction,
  JobDocument,
  JobListDocument,
  JobSkipsDocument,
  NewJobDocument,
} from '../schema/jobs.ts';
import { pause, type Connection, type CallOptions } from './connection.ts';
import { ImglishError } from './imglish-error.ts';
import { readEvents } from './read-events.ts';

export interface FollowOptions extends CallOptions {
  /** How often in a row a lost connection is made anew, from 0, default 10. */
  readonly reconnects?: number;
}

const RECONNECTS = 10;
const RETRY_MS = 2000;
const RETRY_MS_MAX = 30_000;

const endStates: ReadonlySet<JobDocument['state']> = new Set(['done', 'failed', 'cancelled']);

export class JobsClient {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The same job that is waiting, running or paused is given back instead of a second one. */
  create(job: NewJobDocument, options: CallOptions = {}): Promise<JobDocument> {
    return this.#connection.json('/v1/jobs', { ...options, method: 'POST', body: job });
  }

  /** Newest first. */
  list(
    options: CallOptions & {
      readonly states?: readonly JobDocument['state'][];
      /** 1 to 200, default 100 */
      readonly limit?: number;
    } = {},
  ): Promise<JobListDocument> {
    const { states, limit, ...call } = options;
    return this.#connection.json('/v1/jobs', { ...call, query: { state: states?.join(','), limit } });
  }

  get(id: string, options: CallOptions = {}): Promise<JobDocument> {
    return this.#connection.json(addressOf(id), options);
  }

  /** What was left out, and why. */
  skips(
    id: string,
    options: CallOptions & { readonly offset?: number; readonly limit?: number } = {},
  ): Promise<JobSkipsDocument> {
    const { offset, limit, ...call } = options;
    return this.#connection.json(`${addressOf(id)}/skips`, { ...call, query: { offset, limit } });
  }

  pause(id: string, options: CallOptions = {}): Promise<JobDocument> {
    return this.#act(id, 'pause', options);
  }

  resume(id: string, options: CallOptions = {}): Promise<JobDocument> {
    return this.#act(id, 'resume', options);
  }

  cancel(id: string, options: CallOptions = {}): Promise<JobDocument> {
    return this.#act(id, 'cancel', options);
  }

  retry(id: string, options: CallOptions = {}): Promise<JobDocument> {
    return this.#act(id, 'retry', options);
  }

  /** The folders that index jobs may name: below `path`, or the allowed ones. */
  folders(path?: string, options: CallOptions = {}): Promise<FoldersDocument> {
    return this.#connection.json('/v1/folders', { ...options, query: { path } });
  }

  /**
   * The states of a job as they change, its last one too; then it ends. After a lost connection it goes on: what was missed
   * comes as the latest state.
   */
  follow(id: string, options: FollowOptions = {}): AsyncGenerator<JobDocument, void> {
    return this.#follow(`${addressOf(id)}/events`, options, ({ state }) => endStates.has(state));
  }

  /** The same for all jobs, those that are there first; without end. */
  followAll(options: FollowOptions = {}): AsyncGenerator<JobDocument, void> {
    return this.#follow('/v1/jobs/events', options, () => false);
  }

  async *#follow(
    path: string,
    { signal, reconnects = RECONNECTS }: FollowOptions,
    isLast: (job: JobDocument) => boolean,
  ): AsyncGenerator<JobDocument, void> {
    const call = { ...(signal !== undefined && { signal }) };
    let last: string | undefined;
    let retryMs = RETRY_MS;
    for (let failures = 0; ; failures += 1) {
      try {
        const headers = { ...(last !== undefined && { 'Last-Event-ID': last }) };
        const response = await this.#connection.response(path, { ...call, headers });
        // It ended before we came again.
        if (response.status === 204) return;
        const events = readEvents(response, (ms) => {
          retryMs = ms;
        });
        for await (const { event, data, id } of events) {
          failures = 0;
          last = id ?? last;
          if (event !== 'job') continue;
          const job = JSON.parse(data) as JobDocument;
          yield job;
          if (isLast(job)) return;
        }
      } catch (error) {
        signal?.throwIfAborted();
        const isRefused = error instanceof ImglishError && error.status >= 400 && error.status < 500;
        if (isRefused || failures >= reconnects) throw error;
      }
      if (failures >= reconnects) {
        throw new ImglishError(
          'UNREACHABLE',
          `${path}: the connection was lost ${failures + 1} times in a row`,
        );
      }
      await pause(Math.min(retryMs * 2 ** failures, RETRY_MS_MAX), signal);
    }
  }

  #act(id: string, action: JobAction, options: CallOptions): Promise<JobDocument> {
    return this.#connection.json(`${addressOf(id)}/${action}`, { ...options, method: 'POST' });
  }
}

function addressOf(id: string): string {
  return `/v1/jobs/${encodeURIComponent(id)}`;
}
