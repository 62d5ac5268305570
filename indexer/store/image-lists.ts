/**
 * Photos in the order of their dates, a page at a time.
 * Source: keyset pagination (M. Winand, "Use the Index, Luke"). Deviation: none.
 *
 * Dates are compared as texts, which is by the clock of the camera (see filter/taken-range.ts). The index on dates gives the
 * order, so nothing is sorted; a filter that few photos pass makes it look at many, so this is no work for the thread that
 * serves. Photos without a date come last, those that were added last first.
 */
import type { Connection, SqlValue } from './connection.ts';
import { compileFilter, type FilterNames, type PhotoFilter } from './filter/index.ts';

/** A photo in the list; the next page begins behind it. */
export interface ListPlace {
  readonly id: number;
  readonly contentId: number;
  readonly takenAt: string | null;
}

/** Below everything: there is a part of the list behind it. */
const PART_START = { sql: '1', values: [] } as const;

export class ImageLists {
  readonly #connection: Connection;
  readonly #names: FilterNames;

  constructor(connection: Connection, names: FilterNames) {
    this.#connection = connection;
    this.#names = names;
  }

  /** @param filter checked; @param after the last photo of the page before; @param now see `PhotoFilters` */
  page(
    filter: PhotoFilter | undefined,
    after: ListPlace | undefined,
    limit: number,
    now = new Date(),
  ): ListPlace[] {
    const dated = after?.takenAt === null ? [] : this.#dated(filter, after, limit, now);
    const left = limit - dated.length;
    if (left === 0) return dated;
    return [...dated, ...this.#undated(filter, after?.takenAt === null ? after : undefined, left, now)];
  }

  /** Photos, not contents: each copy counts. */
  count(filter: PhotoFilter, now = new Date()): number {
    const { sql, values } = compileFilter(filter, this.#names, now);
    const [row] = this.#connection
      .prepare<{ count: number }>(
        `SELECT count(*) AS count FROM images i JOIN contents c ON c.id = i.content_id WHERE ${sql}`,
      )
      .all(...values);
    return row?.count ?? 0;
  }

  #dated(
    filter: PhotoFilter | undefined,
    after: ListPlace | undefined,
    limit: number,
    now: Date,
  ): ListPlace[] {
    const behind =
      after === undefined
        ? PART_START
        : { sql: '(c.taken_at, c.id, i.id) < (?, ?, ?)', values: [after.takenAt, after.contentId, after.id] };
    return this.#part('c.taken_at IS NOT NULL', 'c.taken_at DESC, c.id DESC, i.id DESC', behind, {
      filter,
      limit,
      now,
    });
  }

  #undated(
    filter: PhotoFilter | undefined,
    after: ListPlace | undefined,
    limit: number,
    now: Date,
  ): ListPlace[] {
    const behind =
      after === undefined
        ? PART_START
        : { sql: '(c.id, i.id) < (?, ?)', values: [after.contentId, after.id] };
    return this.#part('c.taken_at IS NULL', 'c.id DESC, i.id DESC', behind, { filter, limit, now });
  }

  /** CROSS: by date from the contents on, whatever indexes the condition might use. */
  #part(
    which: string,
    order: string,
    behind: { readonly sql: string; readonly values: readonly SqlValue[] },
    {
      filter,
      limit,
      now,
    }: { readonly filter: PhotoFilter | undefined; readonly limit: number; readonly now: Date },
  ): ListPlace[] {
    const { sql, values } = filter === undefined ? PART_START : compileFilter(filter, this.#names, now);
    return this.#connection
      .prepare<ListPlace>(
        `SELECT i.id, c.id AS contentId, c.taken_at AS takenAt
         FROM contents c CROSS JOIN images i ON i.content_id = c.id
         WHERE ${which} AND ${behind.sql} AND ${sql} ORDER BY ${order} LIMIT ?`,
      )
      .all(...behind.values, ...values, limit);
  }
}
