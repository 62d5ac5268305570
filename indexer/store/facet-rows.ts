/**
 * What facets count, read page by page: of each photo that passes a filter, what one could filter by.
 * Source: our own. Deviation: none.
 *
 * Rejected: one GROUP BY for each facet. Nine of them look at every photo nine times and sort it each time, and what belongs
 * together (cameras in any case of letters, folders with all below them) has to be put together in JavaScript anyway.
 */
import type { Connection, Query } from './connection.ts';
import { compileFilter, folderSql, type FilterNames, type PhotoFilter } from './filter/index.ts';

/** One photo. */
export interface FacetRow {
  readonly id: number;
  readonly rootId: number;
  /** absolute, with the separator at its end */
  readonly folder: string;
  readonly takenAt: string | null;
  readonly camera: string | null;
  readonly lens: string | null;
  readonly width: number;
  readonly height: number;
  readonly format: string;
  /** degrees; null together with the longitude */
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly location: string | null;
}

/** Once for each photo and tag. */
export interface TagRow {
  readonly imageId: number;
  readonly textId: number;
}

const ROWS_PER_PAGE = 4096;

export class FacetRows {
  readonly #connection: Connection;
  readonly #tagsOf: Query<TagRow>;
  /** Names that filters are held against. */
  readonly names: FilterNames;

  constructor(connection: Connection, names: FilterNames) {
    this.#connection = connection;
    this.names = names;
    // CROSS: from the few photos to their tags.
    this.#tagsOf = connection.prepare(`
      WITH asked AS (SELECT i.id, i.content_id FROM json_each(?) j CROSS JOIN images i ON i.id = j.value)
      SELECT a.id AS imageId, l.text_id AS textId FROM asked a CROSS JOIN text_links l ON l.image_id = a.id
        CROSS JOIN texts t ON t.id = l.text_id WHERE t.kind = 'tag'
      UNION
      SELECT a.id, l.text_id FROM asked a CROSS JOIN text_links l ON l.content_id = a.content_id
        CROSS JOIN texts t ON t.id = l.text_id WHERE t.kind = 'tag'`);
  }

  /** All of one moment, in pages. @param filter checked; undefined: every photo */
  *pages(filter: PhotoFilter | undefined, now: Date): Generator<readonly FacetRow[]> {
    const { sql, values } =
      filter === undefined ? { sql: '1', values: [] } : compileFilter(filter, this.names, now);
    // CROSS: in the order of the photos, so that each page goes on where the one before ended.
    const page = this.#connection.prepare<FacetRow>(`
      SELECT i.id, i.root_id AS rootId, ${folderSql('i.path')} AS folder, c.taken_at AS takenAt, c.camera, c.lens,
        c.width, c.height, c.format, c.latitude, c.longitude, c.location
      FROM images i CROSS JOIN contents c ON c.id = i.content_id
      WHERE i.id > ? AND ${sql} ORDER BY i.id LIMIT ?`);
    for (let last: number | undefined = 0; last !== undefined;) {
      const rows = page.all(last, ...values, ROWS_PER_PAGE);
      if (rows.length > 0) yield rows;
      last = rows.length < ROWS_PER_PAGE ? undefined : rows.at(-1)?.id;
    }
  }

  /** Tags of these photos, whoever gave them. */
  tagsOf(imageIds: readonly number[]): readonly TagRow[] {
    return this.#tagsOf.all(JSON.stringify(imageIds));
  }

  /** Whatever is committed meanwhile, `work` sees one moment. */
  atOneMoment<T>(work: () => T): T {
    this.#connection.execute('SAVEPOINT facets');
    try {
      return work();
    } finally {
      this.#connection.execute('RELEASE facets');
    }
  }
}
