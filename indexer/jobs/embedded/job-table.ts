/**
 * The rows of jobs.sqlite: every step a job can take, each one statement or one transaction.
 * Source: our own. Deviation: none.
 */
import type { JobErrorCode, JobKind, JobProgress, JobRecord, JobSkip, JobState } from '../job-queue.ts';
import { deathFailure, FAILURES_MAX, PAUSE_MS_MAX, type NextTry } from '../retry-rules.ts';
import type { Connection, Query } from '../../store/index.ts';

/** Finished jobs beyond these are deleted, the oldest first. */
export const FINISHED_KEPT = 1000;

interface Row {
  readonly id: number;
  readonly kind: JobKind;
  readonly parameters: string;
  readonly state: JobState;
  readonly attempts: number;
  readonly progress: string | null;
  readonly skipped: number;
  readonly created_ms: number;
  readonly started_ms: number | null;
  readonly finished_ms: number | null;
  readonly not_before_ms: number | null;
  readonly error_code: JobErrorCode | null;
  readonly error_message: string | null;
  readonly result: string | null;
}

/** A job that was taken, and what its end must know. */
export interface TakenJob {
  readonly record: JobRecord;
  /** In a row, before this attempt. */
  readonly failures: number;
}

export type JobFailure = { readonly code: JobErrorCode; readonly message: string };

const COLUMNS =
  'id, kind, parameters, state, attempts, progress, skipped, created_ms, started_ms, finished_ms, not_before_ms, ' +
  'error_code, error_message, result';

/** Waiting, and not within the pause before its next try. */
const READY = `state = 'waiting' AND (not_before_ms IS NULL OR not_before_ms <= ? OR failed_ms > ?)`;

export class JobTable {
  readonly #connection: Connection;
  readonly #now: () => number;
  readonly #queries: ReturnType<typeof prepare>;

  /** @param now milliseconds since 1970 */
  constructor(connection: Connection, now: () => number) {
    this.#connection = connection;
    this.#now = now;
    this.#queries = prepare(connection);
  }

  /** @param parameters JSON with sorted names @returns the id of the new job, or of the one that is asked for already */
  add(kind: JobKind, parameters: string): number {
    return this.#connection.transaction(() => {
      const same = this.#queries.same.get(kind, parameters);
      if (same !== undefined) return same.id;
      return this.#queries.insert.run(kind, parameters, this.#now()).lastId;
    });
  }

  get(id: number): JobRecord | undefined {
    const row = this.#queries.byId.get(id);
    return row && recordOf(row);
  }

  /** Newest first. */
  list(states: readonly JobState[], limit: number): JobRecord[] {
    return this.#queries.list.all(JSON.stringify(states), limit).map(recordOf);
  }

  skips(id: number, offset: number, limit: number): JobSkip[] {
    return this.#queries.skips.all(id, offset, limit);
  }

  /** @returns false where it is in none of the states `from` */
  pause(id: number): boolean {
    return this.#queries.pause.run(id).changes > 0;
  }

  resume(id: number): boolean {
    return this.#queries.resume.run(id).changes > 0;
  }

  cancel(id: number): boolean {
    return this.#queries.cancel.run(this.#now(), id).changes > 0;
  }

  retry(id: number): boolean {
    return this.#queries.retry.run(id).changes > 0;
  }

  state(id: number): JobState | undefined {
    return this.#queries.state.get(id)?.state;
  }

  /** The next job becomes `running`, and its list of skips begins anew. */
  take(): TakenJob | undefined {
    const now = this.#now();
    // A look costs no lock; with a few waiting jobs and none to do, that is all there is.
    if (this.#queries.ready.get(now, now) === undefined) return undefined;
    return this.#connection.transaction(() => {
      const next = this.#queries.ready.get(now, now);
      if (next === undefined) return undefined;
      this.#queries.dropSkips.run(next.id);
      this.#queries.start.run(now, next.id);
      const row = this.#queries.byId.get(next.id);
      return row && { record: recordOf(row), failures: next.failures };
    });
  }

  progress(id: number, progress: JobProgress): void {
    this.#queries.progress.run(JSON.stringify(progress), id);
  }

  addSkips(id: number, skips: readonly JobSkip[]): void {
    this.#connection.transaction(() => {
      let number = this.#queries.skipped.get(id)?.skipped ?? 0;
      for (const { place, code, message } of skips) {
        this.#queries.addSkip.run(id, number, place, code, message);
        number += 1;
      }
      this.#queries.setSkipped.run(number, id);
    });
  }

  /** A job that was paused at its last moment has nothing left to do all the same; a cancelled one stays so. */
  done({ id, attempts }: JobRecord, result: Readonly<Record<string, unknown>>): void {
    this.#queries.done.run(this.#now(), JSON.stringify(result), Number(id), attempts);
    this.#queries.prune.run(FINISHED_KEPT);
  }

  failed({ id, attempts }: JobRecord, { code, message }: JobFailure, next: NextTry | null): void {
    const now = this.#now();
    if (next === null) {
      this.#queries.failed.run(now, code, message, Number(id), attempts);
      this.#queries.prune.run(FINISHED_KEPT);
      return;
    }
    const { pauseMs, failures } = next;
    this.#queries.again.run(now, code, message, now + pauseMs, failures, Number(id), attempts);
  }

  /** Back to `waiting`, at its old place, which is the first. */
  putBack({ id, attempts }: JobRecord): void {
    this.#queries.putBack.run(Number(id), attempts);
  }

  /**
   * The same for all that are `running`; the caller holds the lock, so whoever ran them is dead. A death counts as a
   * failure of the row: a job that no process survives must not end them for ever.
   */
  putAllBack(): void {
    const now = this.#now();
    const { code, message } = deathFailure;
    this.#connection.transaction(() => {
      this.#queries.putAllBack.run(now, PAUSE_MS_MAX);
      this.#queries.failDeadly.run(now, code, message, FAILURES_MAX);
    });
  }
}

/** All statements, by the names of the methods that run them. */
function prepare(connection: Connection) {
  const nextPosition = '(SELECT coalesce(max(position), 0) + 1 FROM jobs)';
  const anew = 'failures = 0, failed_ms = NULL, not_before_ms = NULL';
  const ended = 'not_before_ms = NULL, failed_ms = NULL';
  const change = (sql: string): Query<unknown> => connection.prepare(sql);
  return {
    same: connection.prepare<{ id: number }>(
      `SELECT id FROM jobs WHERE kind = ? AND parameters = ? AND state IN ('waiting', 'running', 'paused') ORDER BY id LIMIT 1`,
    ),
    insert: change(
      `INSERT INTO jobs (kind, parameters, state, position, created_ms) VALUES (?, ?, 'waiting', ${nextPosition}, ?)`,
    ),
    byId: connection.prepare<Row>(`SELECT ${COLUMNS} FROM jobs WHERE id = ?`),
    list: connection.prepare<Row>(
      `SELECT ${COLUMNS} FROM jobs WHERE state IN (SELECT value FROM json_each(?)) ORDER BY id DESC LIMIT ?`,
    ),
    state: connection.prepare<{ state: JobState }>('SELECT state FROM jobs WHERE id = ?'),
    skips: connection.prepare<JobSkip>(
      'SELECT place, code, message FROM skips WHERE job_id = ? AND number >= ? ORDER BY number LIMIT ?',
    ),
    pause: change(
      `UPDATE jobs SET state = 'paused', ${ended} WHERE id = ? AND state IN ('waiting', 'running')`,
    ),
    resume: change(
      `UPDATE jobs SET state = 'waiting', position = ${nextPosition}, ${anew} WHERE id = ? AND state = 'paused'`,
    ),
    cancel: change(
      `UPDATE jobs SET state = 'cancelled', finished_ms = ?, ${ended} WHERE id = ? AND state IN ('waiting', 'running', 'paused')`,
    ),
    retry: change(
      `UPDATE jobs SET state = 'waiting', position = ${nextPosition}, finished_ms = NULL, error_code = NULL, error_message = NULL, ${anew}
       WHERE id = ? AND state IN ('failed', 'cancelled')`,
    ),
    ready: connection.prepare<{ id: number; failures: number }>(
      `SELECT id, failures FROM jobs WHERE ${READY} ORDER BY position LIMIT 1`,
    ),
    start: change(
      `UPDATE jobs SET state = 'running', attempts = attempts + 1, started_ms = ?, skipped = 0, error_code = NULL, error_message = NULL, ${ended}
       WHERE id = ?`,
    ),
    progress: change('UPDATE jobs SET progress = ? WHERE id = ?'),
    skipped: connection.prepare<{ skipped: number }>('SELECT skipped FROM jobs WHERE id = ?'),
    setSkipped: change('UPDATE jobs SET skipped = ? WHERE id = ?'),
    addSkip: change('INSERT INTO skips (job_id, number, place, code, message) VALUES (?, ?, ?, ?, ?)'),
    dropSkips: change('DELETE FROM skips WHERE job_id = ?'),
    done: change(
      `UPDATE jobs SET state = 'done', finished_ms = ?, result = ?, failures = 0
       WHERE id = ? AND attempts = ? AND state IN ('running', 'paused', 'waiting')`,
    ),
    failed: change(
      `UPDATE jobs SET state = 'failed', finished_ms = ?, error_code = ?, error_message = ?
       WHERE id = ? AND attempts = ? AND state = 'running'`,
    ),
    again: change(
      `UPDATE jobs SET state = 'waiting', position = ${nextPosition}, failed_ms = ?, error_code = ?, error_message = ?,
         not_before_ms = ?, failures = ?
       WHERE id = ? AND attempts = ? AND state = 'running'`,
    ),
    putBack: change(`UPDATE jobs SET state = 'waiting' WHERE id = ? AND attempts = ? AND state = 'running'`),
    putAllBack: change(
      `UPDATE jobs SET state = 'waiting', failures = CASE WHEN ? - started_ms > ? THEN 1 ELSE failures + 1 END
       WHERE state = 'running'`,
    ),
    failDeadly: change(
      `UPDATE jobs SET state = 'failed', finished_ms = ?, error_code = ?, error_message = ?
       WHERE state = 'waiting' AND failures >= ?`,
    ),
    prune: change(
      `DELETE FROM jobs WHERE id IN
         (SELECT id FROM jobs WHERE state IN ('done', 'failed', 'cancelled') ORDER BY id DESC LIMIT -1 OFFSET ?)`,
    ),
  };
}

function recordOf(row: Row): JobRecord {
  const { error_code: code, error_message: message } = row;
  return {
    id: String(row.id),
    kind: row.kind,
    parameters: JSON.parse(row.parameters) as JobRecord['parameters'],
    state: row.state,
    progress: row.progress === null ? null : (JSON.parse(row.progress) as JobProgress),
    skipped: row.skipped,
    attempts: row.attempts,
    createdAt: timeOf(row.created_ms),
    startedAt: row.started_ms === null ? null : timeOf(row.started_ms),
    finishedAt: row.finished_ms === null ? null : timeOf(row.finished_ms),
    notBefore: row.not_before_ms === null ? null : timeOf(row.not_before_ms),
    error: code === null ? null : { code, message: message ?? '' },
    result: row.result === null ? null : (JSON.parse(row.result) as JobRecord['result']),
  };
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
