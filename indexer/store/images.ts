/**
 * Photos in the library: places (images) and what lies there (contents).
 * Source: our own. Deviation: none.
 */
import type { Connection, Query } from './connection.ts';
import { belowRange } from './path-range.ts';
import { detailsSql, splitDetails, type PhotoDetails } from './photo-details.ts';

/** One photo, as the rest of the engine sees it. */
export interface ImageRecord {
  readonly id: number;
  /** What the vector index knows it by; photos with the same bytes share it. */
  readonly contentId: number;
  /** absolute */
  readonly path: string;
  /** The folder (or file) it was indexed under, absolute. */
  readonly root: string;
  readonly bytes: number;
  /** milliseconds since 1970, with fractions where the disk has them */
  readonly modifiedMs: number;
  /** SHA-256, hexadecimal */
  readonly contentHash: string;
  /** pixels, upright */
  readonly width: number;
  readonly height: number;
  readonly format: string;
  /** ISO 8601 as EXIF says, usually without a zone; null where it does not say */
  readonly takenAt: string | null;
  /** ISO 8601, UTC */
  readonly indexedAt: string;
  /** What a camera and a program wrote into it. */
  readonly details: PhotoDetails;
}

/** What a scan needs to know of a path: whether the file must be read again. */
export interface KnownImage {
  readonly id: number;
  readonly rootId: number;
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Whether the generation in question has its vector. */
  readonly hasVector: boolean;
}

/** What is known of some bytes. */
export interface KnownContent {
  readonly id: number;
  readonly hasVector: boolean;
}

/** A place where some bytes lie. */
export interface Place {
  readonly id: number;
  readonly path: string;
  readonly rootId: number;
}

/** A row as the database gives it. */
type FlatRecord = Omit<ImageRecord, 'details'>;

const recordSql = `
  SELECT i.id, i.content_id AS contentId, i.path, r.path AS root, i.bytes, i.modified_ms AS modifiedMs,
    lower(hex(c.hash)) AS contentHash, c.width, c.height, c.format, c.taken_at AS takenAt,
    i.indexed_at AS indexedAt, ${detailsSql('c')}
  FROM images i JOIN contents c ON c.id = i.content_id JOIN roots r ON r.id = i.root_id`;

export class Images {
  readonly #connection: Connection;
  readonly #byId: Query<FlatRecord>;
  readonly #byIds: Query<FlatRecord>;
  readonly #byContents: Query<FlatRecord>;
  readonly #byContent: Query<FlatRecord>;
  readonly #takenAt: Query<{ contentId: number; takenAt: string | null }>;
  readonly #totals: Query<{ images: number; bytes: number }>;
  readonly #known: Query<Omit<KnownImage, 'hasVector'> & { hasVector: number }>;
  readonly #content: Query<{ id: number; hasVector: number }>;
  readonly #hashesOfSize: Query<{ hash: string }>;
  readonly #places: Query<Place>;
  readonly #below: Query<Place>;
  readonly #remove: Query<unknown>;
  readonly #orphans: Query<{ id: number; hash: string }>;
  readonly #removeContent: Query<unknown>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#byId = connection.prepare(`${recordSql} WHERE i.id = ?`);
    this.#byIds = connection.prepare(
      `${recordSql} WHERE i.id IN (SELECT value FROM json_each(?)) ORDER BY i.id`,
    );
    this.#byContent = connection.prepare(`${recordSql} WHERE i.content_id = ? ORDER BY i.id LIMIT ?`);
    this.#byContents = connection.prepare(
      `${recordSql} WHERE i.content_id IN (SELECT value FROM json_each(?)) ORDER BY i.id`,
    );
    this.#takenAt = connection.prepare(`
      SELECT c.id AS contentId, c.taken_at AS takenAt FROM json_each(?) j CROSS JOIN contents c ON c.id = j.value`);
    this.#totals = connection.prepare(
      'SELECT count(*) AS images, coalesce(sum(bytes), 0) AS bytes FROM images',
    );
    this.#known = connection.prepare(`
      SELECT i.id, i.root_id AS rootId, i.bytes, i.modified_ms AS modifiedMs,
        EXISTS (SELECT 1 FROM vectors v WHERE v.generation_id = ? AND v.content_id = i.content_id) AS hasVector
      FROM images i WHERE i.path = ?`);
    this.#content = connection.prepare(`
      SELECT c.id,
        EXISTS (SELECT 1 FROM vectors v WHERE v.generation_id = ? AND v.content_id = c.id) AS hasVector
      FROM contents c WHERE c.hash = unhex(?)`);
    this.#hashesOfSize = connection.prepare(`
      SELECT lower(hex(c.hash)) AS hash FROM contents c
      WHERE c.bytes = ? AND EXISTS (SELECT 1 FROM vectors v WHERE v.generation_id = ? AND v.content_id = c.id)
      LIMIT ?`);
    this.#places = connection.prepare(
      'SELECT id, path, root_id AS rootId FROM images WHERE content_id = ? ORDER BY id LIMIT ?',
    );
    this.#below = connection.prepare(
      'SELECT id, path, root_id AS rootId FROM images WHERE path > ? AND path >= ? AND path < ? ORDER BY path LIMIT ?',
    );
    this.#remove = connection.prepare('DELETE FROM images WHERE id = ?');
    this.#orphans = connection.prepare(`
      SELECT c.id, lower(hex(c.hash)) AS hash FROM contents c
      WHERE c.id > ? AND NOT EXISTS (SELECT 1 FROM images i WHERE i.content_id = c.id) ORDER BY c.id LIMIT ?`);
    this.#removeContent = connection.prepare('DELETE FROM contents WHERE id = ?');
  }

  byId(id: number): ImageRecord | undefined {
    const row = this.#byId.get(id);
    return row && splitDetails(row);
  }

  /** In the order asked for; those that are gone are left out. */
  byIds(ids: readonly number[]): ImageRecord[] {
    const byId = new Map(this.#byIds.all(JSON.stringify(ids)).map((row) => [row.id, row]));
    return ids.flatMap((id) => {
      const row = byId.get(id);
      return row === undefined ? [] : [splitDetails(row)];
    });
  }

  /** The oldest `limit` photos with this content. */
  byContent(contentId: number, limit: number): ImageRecord[] {
    return this.#byContent.all(contentId, limit).map((row) => splitDetails(row));
  }

  /** Every photo with one of these contents, in order of their ids. */
  byContents(contentIds: readonly number[]): ImageRecord[] {
    return this.#byContents.all(JSON.stringify(contentIds)).map((row) => splitDetails(row));
  }

  /** When these contents were taken; see `ImageRecord`. */
  takenAt(contentIds: readonly number[]): { readonly contentId: number; readonly takenAt: string | null }[] {
    return this.#takenAt.all(JSON.stringify(contentIds));
  }

  totals(): { readonly images: number; readonly bytes: number } {
    return this.#totals.get() ?? { images: 0, bytes: 0 };
  }

  known(path: string, generationId: number): KnownImage | undefined {
    const row = this.#known.get(generationId, path);
    return row && { ...row, hasVector: row.hasVector === 1 };
  }

  /** @param hash hexadecimal */
  content(hash: string, generationId: number): KnownContent | undefined {
    const row = this.#content.get(generationId, hash);
    return row && { id: row.id, hasVector: row.hasVector === 1 };
  }

  /** Hashes, hexadecimal, of contents with so many bytes and a vector in this generation, at most `limit`. */
  hashesOfSize(bytes: number, generationId: number, limit: number): string[] {
    return this.#hashesOfSize.all(bytes, generationId, limit).map(({ hash }) => hash);
  }

  /** The oldest `limit` photos with this content. */
  places(contentId: number, limit: number): Place[] {
    return this.#places.all(contentId, limit);
  }

  /** Photos at `folder` (a file) or anywhere below it, by path, those after `after` ('' for the first page). */
  below(folder: string, after: string, limit: number): Place[] {
    return this.#below.all(after, ...belowRange(folder), limit);
  }

  /** Their contents stay until `removeOrphans`. */
  remove(ids: readonly number[]): void {
    this.#connection.transaction(() => {
      for (const id of ids) this.#remove.run(id);
    });
  }

  /**
   * Deletes contents that lie nowhere any more, with their vectors in every generation.
   * @param after the last id of the page before, 0 for the first
   * @returns what was deleted, at most `limit`; an empty page is the end
   */
  removeOrphans(after: number, limit: number): { readonly id: number; readonly hash: string }[] {
    return this.#connection.transaction(() => {
      const orphans = this.#orphans.all(after, limit);
      for (const { id } of orphans) this.#removeContent.run(id);
      return orphans;
    });
  }
}
