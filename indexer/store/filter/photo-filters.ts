/**
 * Which photos pass a filter: how many, which, and of given ones which.
 * Source: our own. Deviation: none.
 */
import type { Connection, SqlValue } from '../connection.ts';
import type { ImageRecord, Images } from '../images.ts';
import { compileFilter } from './compile-filter.ts';
import type { FilterNames } from './filter-names.ts';
import type { PhotoFilter } from './photo-filter.ts';

/**
 * Every filter given here was checked. A content passes if one of its photos does. Relative dates are those before `now`:
 * who asks several times for one search passes the same moment each time, or a filter that went through `atMoment`.
 */
export class PhotoFilters {
  readonly #connection: Connection;
  readonly #images: Images;
  readonly #names: FilterNames;

  constructor(connection: Connection, images: Images, names: FilterNames) {
    this.#connection = connection;
    this.#images = images;
    this.#names = names;
  }

  /** Contents with a vector in this generation that pass. */
  count(filter: PhotoFilter, generationId: number, now = new Date()): number {
    const { sql, values } = this.#passing(filter, now);
    const [row] = this.#all<{ count: number }>(
      `SELECT count(*) AS count FROM (${sql}) p
       WHERE EXISTS (SELECT 1 FROM vectors v WHERE v.generation_id = ? AND v.content_id = p.id)`,
      [...values, generationId],
    );
    return row?.count ?? 0;
  }

  /** The same contents, by id, those after `after` (0 for the first page). */
  contentIds(
    filter: PhotoFilter,
    generationId: number,
    after: number,
    limit: number,
    now = new Date(),
  ): number[] {
    const { sql, values } = this.#passing(filter, now);
    return this.#all<{ id: number }>(
      `SELECT p.id FROM (${sql}) p
       WHERE p.id > ? AND EXISTS (SELECT 1 FROM vectors v WHERE v.generation_id = ? AND v.content_id = p.id)
       ORDER BY p.id LIMIT ?`,
      [...values, after, generationId, limit],
    ).map(({ id }) => id);
  }

  /** Which of these contents pass. */
  pass(filter: PhotoFilter, contentIds: readonly number[], now = new Date()): Set<number> {
    return new Set(this.#passingImages(filter, contentIds, now).map(({ contentId }) => contentId));
  }

  /** Those photos of these contents that pass themselves, in order of their ids: what a hit shows. */
  imagesOf(filter: PhotoFilter, contentIds: readonly number[], now = new Date()): ImageRecord[] {
    const passing = this.#passingImages(filter, contentIds, now);
    const ids = new Set(passing.map(({ id }) => id));
    const contents = [...new Set(passing.map(({ contentId }) => contentId))];
    return this.#images.byContents(contents).filter(({ id }) => ids.has(id));
  }

  /** CROSS: from the given contents on, whatever indexes the condition might use. */
  #passingImages(
    filter: PhotoFilter,
    contentIds: readonly number[],
    now: Date,
  ): { readonly id: number; readonly contentId: number }[] {
    const { sql, values } = compileFilter(filter, this.#names, now);
    return this.#all(
      `SELECT i.id, c.id AS contentId FROM json_each(?) j CROSS JOIN contents c ON c.id = j.value
       CROSS JOIN images i ON i.content_id = c.id WHERE ${sql}`,
      [JSON.stringify(contentIds), ...values],
    );
  }

  /** A query for the ids of contents, each once. Where it asks for bytes alone, it leaves the photos aside. */
  #passing(filter: PhotoFilter, now: Date): { readonly sql: string; readonly values: readonly SqlValue[] } {
    const { sql, values, asksImage } = compileFilter(filter, this.#names, now);
    if (!asksImage) {
      // A content without a place is one that is just being removed.
      return {
        sql: `SELECT c.id FROM contents c WHERE ${sql} AND EXISTS (SELECT 1 FROM images i WHERE i.content_id = c.id)`,
        values,
      };
    }
    return {
      sql: `SELECT DISTINCT c.id FROM images i JOIN contents c ON c.id = i.content_id WHERE ${sql}`,
      values,
    };
  }

  /** Prepared each time: a filter is a text of its own, and preparing takes a tenth of a millisecond. */
  #all<Row>(sql: string, values: readonly SqlValue[]): Row[] {
    return this.#connection.prepare<Row>(sql).all(...values);
  }
}
