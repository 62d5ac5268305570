/**
 * Files that could not be indexed, and why.
 * Source: our own. Deviation: none.
 */
import type { ErrorCode } from '../../model/index.ts';
import type { Connection, Query } from './connection.ts';
import { belowRange } from './path-range.ts';

export interface SkipRecord {
  readonly id: number;
  /** absolute; bytes that are no UTF-8 are written as \xff */
  readonly path: string;
  readonly code: ErrorCode;
  /** place, found, expected, remedy */
  readonly message: string;
  /** With `modifiedMs` and `rules`: trying again is in vain while they stay. Null where it may help. */
  readonly bytes: number | null;
  readonly modifiedMs: number | null;
  readonly rules: string | null;
}

const columns = 'id, path, code, message, bytes, modified_ms AS modifiedMs, rules';

export class Skips {
  readonly #connection: Connection;
  readonly #byPath: Query<SkipRecord>;
  readonly #page: Query<SkipRecord>;
  readonly #below: Query<{ id: number; path: string }>;
  readonly #count: Query<{ count: number }>;
  readonly #remove: Query<unknown>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#byPath = connection.prepare(`SELECT ${columns} FROM skips WHERE path = ?`);
    this.#page = connection.prepare(`SELECT ${columns} FROM skips WHERE id > ? ORDER BY id LIMIT ?`);
    this.#below = connection.prepare(
      'SELECT id, path FROM skips WHERE path > ? AND path >= ? AND path < ? ORDER BY path LIMIT ?',
    );
    this.#count = connection.prepare('SELECT count(*) AS count FROM skips');
    this.#remove = connection.prepare('DELETE FROM skips WHERE id = ?');
  }

  byPath(path: string): SkipRecord | undefined {
    return this.#byPath.get(path);
  }

  /** By id, those after `after` (0 for the first page). */
  page(after: number, limit: number): SkipRecord[] {
    return this.#page.all(after, limit);
  }

  /** As `Images.below`. */
  below(folder: string, after: string, limit: number): { readonly id: number; readonly path: string }[] {
    return this.#below.all(after, ...belowRange(folder), limit);
  }

  count(): number {
    return this.#count.get()?.count ?? 0;
  }

  remove(ids: readonly number[]): void {
    this.#connection.transaction(() => {
      for (const id of ids) this.#remove.run(id);
    });
  }
}
