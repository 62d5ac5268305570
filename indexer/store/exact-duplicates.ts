/**
 * Contents that lie in several places: exact copies.
 * Source: our own. Deviation: none.
 */
import type { Connection, Query } from './connection.ts';

/** Where a page of copied contents ends: those with the most copies come first. */
export interface CopiedContent {
  readonly contentId: number;
  /** places of it, 2 or more */
  readonly places: number;
}

export interface CopyTotals {
  /** contents that lie in several places */
  readonly groups: number;
  /** all places of those */
  readonly images: number;
  /** that all copies but one of each take */
  readonly spareBytes: number;
}

export class ExactDuplicates {
  readonly #page: Query<CopiedContent>;
  readonly #totals: Query<CopyTotals>;

  constructor(connection: Connection) {
    const copied =
      'SELECT content_id, count(*) AS places FROM images GROUP BY content_id HAVING count(*) > 1';
    this.#page = connection.prepare(`
      SELECT content_id AS contentId, places FROM (${copied})
      WHERE places < ? OR (places = ? AND content_id > ?) ORDER BY places DESC, content_id LIMIT ?`);
    this.#totals = connection.prepare(`
      SELECT count(*) AS groups, coalesce(sum(places), 0) AS images,
        coalesce(sum((places - 1) * c.bytes), 0) AS spareBytes
      FROM (${copied}) JOIN contents c ON c.id = content_id`);
  }

  /** @param after undefined for the first page */
  page(after: CopiedContent | undefined, limit: number): CopiedContent[] {
    const places = after?.places ?? Number.MAX_SAFE_INTEGER;
    return this.#page.all(places, places, after?.contentId ?? 0, limit);
  }

  totals(): CopyTotals {
    return this.#totals.get() ?? { groups: 0, images: 0, spareBytes: 0 };
  }
}
