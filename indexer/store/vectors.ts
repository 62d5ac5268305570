/**
 * Vectors, and the log of what happened to them.
 * Source: our own. Deviation: none.
 */
import { endianness } from 'node:os';
import { AppError } from '../../model/index.ts';
import type { Connection, Query } from './connection.ts';

/** The last thing that happened to the vector of a content. */
export interface VectorChange {
  /** Grows with every change; see migrations.ts. */
  readonly sequence: number;
  readonly contentId: number;
  /** float32 [D], unit length; null: the vector is gone */
  readonly vector: Float32Array | null;
}

export interface VectorSummary {
  readonly count: number;
  /** Of the last change; 0 where nothing happened yet. */
  readonly sequence: number;
}

/** Bytes that a generation has no vector of yet. */
export interface ContentToEmbed {
  readonly contentId: number;
  /** SHA-256, hexadecimal */
  readonly hash: string;
}

/** A photo that a generation cannot find. */
export interface ImageWithoutVector {
  readonly id: number;
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

const BYTES_PER_FLOAT = 4;

export class Vectors {
  readonly #connection: Connection;
  readonly #get: Query<{ vector: Uint8Array }>;
  readonly #ofContents: Query<{ contentId: number; vector: Uint8Array }>;
  readonly #contentIds: Query<{ id: number }>;
  readonly #lastContentId: Query<{ id: number | null }>;
  readonly #since: Query<{ sequence: number; contentId: number; vector: Uint8Array | null }>;
  readonly #summary: Query<VectorSummary>;
  readonly #missing: Query<{ count: number }>;
  readonly #add: Query<unknown>;
  readonly #drop: Query<unknown>;
  readonly #waiting: Query<ContentToEmbed>;
  readonly #imagesWithout: Query<ImageWithoutVector>;
  readonly #waitingCount: Query<{ count: number }>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#get = connection.prepare('SELECT vector FROM vectors WHERE generation_id = ? AND content_id = ?');
    // CROSS: from the given contents on, and not through all vectors of the generation.
    this.#ofContents = connection.prepare(`
      SELECT v.content_id AS contentId, v.vector FROM json_each(?) j
      CROSS JOIN vectors v ON v.generation_id = ? AND v.content_id = j.value`);
    this.#contentIds = connection.prepare(`
      SELECT content_id AS id FROM vectors WHERE generation_id = ? AND content_id > ? ORDER BY content_id LIMIT ?`);
    this.#lastContentId = connection.prepare(
      'SELECT max(content_id) AS id FROM vectors WHERE generation_id = ?',
    );
    this.#since = connection.prepare(`
      SELECT c.sequence, c.content_id AS contentId, v.vector FROM changes c
      LEFT JOIN vectors v ON v.generation_id = c.generation_id AND v.content_id = c.content_id
      WHERE c.sequence > ? AND c.generation_id = ? ORDER BY c.sequence LIMIT ?`);
    this.#summary = connection.prepare(`
      SELECT (SELECT count(*) FROM vectors WHERE generation_id = ?) AS count, coalesce(
        (SELECT sequence FROM changes WHERE generation_id = ? ORDER BY sequence DESC LIMIT 1), 0) AS sequence`);
    this.#missing = connection.prepare(`
      SELECT count(*) AS count FROM images i WHERE NOT EXISTS
        (SELECT 1 FROM vectors v WHERE v.generation_id = ? AND v.content_id = i.content_id)`);
    // A content may have lost its last place since its photo was read.
    this.#add = connection.prepare(`
      INSERT OR IGNORE INTO vectors (generation_id, content_id, vector)
      SELECT ?, id, ? FROM contents WHERE id = ?`);
    this.#drop = connection.prepare('DELETE FROM vectors WHERE generation_id = ? AND content_id = ?');
    this.#waiting = connection.prepare(`
      SELECT DISTINCT i.content_id AS contentId, lower(hex(c.hash)) AS hash
      FROM images i JOIN contents c ON c.id = i.content_id
      WHERE i.content_id > ? AND NOT EXISTS
        (SELECT 1 FROM vectors v WHERE v.generation_id = ? AND v.content_id = i.content_id)
      ORDER BY i.content_id LIMIT ?`);
    this.#imagesWithout = connection.prepare(`
      SELECT i.id, i.path, i.bytes, i.modified_ms AS modifiedMs FROM images i
      WHERE i.id > ? AND NOT EXISTS
        (SELECT 1 FROM vectors v WHERE v.generation_id = ? AND v.content_id = i.content_id)
      ORDER BY i.id LIMIT ?`);
    this.#waitingCount = connection.prepare(`
      SELECT count(DISTINCT i.content_id) AS count FROM images i WHERE NOT EXISTS
        (SELECT 1 FROM vectors v WHERE v.generation_id = ? AND v.content_id = i.content_id)`);
  }

  /** @returns float32 [D], unit length */
  get(generationId: number, contentId: number, dimension: number): Float32Array | undefined {
    const row = this.#get.get(generationId, contentId);
    return row && decodeVector(row.vector, dimension, this.#connection.file);
  }

  /** Those of these contents that there are; float32 [D], unit length. */
  ofContents(
    generationId: number,
    contentIds: readonly number[],
    dimension: number,
  ): { readonly contentId: number; readonly vector: Float32Array }[] {
    return this.#ofContents.all(JSON.stringify(contentIds), generationId).map(({ contentId, vector }) => {
      return { contentId, vector: viewVector(vector, dimension, this.#connection.file) };
    });
  }

  /** Contents with a vector, by id, those after `after` (0 for the first page). */
  contentIds(generationId: number, after: number, limit: number): number[] {
    return this.#contentIds.all(generationId, after, limit).map(({ id }) => id);
  }

  /** The largest id of a content with a vector; 0 where there is none. */
  lastContentId(generationId: number): number {
    return this.#lastContentId.get(generationId)?.id ?? 0;
  }

  /** Changes after `sequence`, oldest first, at most `limit`; an empty page is the end. */
  since(generationId: number, sequence: number, limit: number, dimension: number): VectorChange[] {
    return this.#since.all(sequence, generationId, limit).map((row) => ({
      sequence: row.sequence,
      contentId: row.contentId,
      vector: row.vector && decodeVector(row.vector, dimension, this.#connection.file),
    }));
  }

  /** Both of one moment, whatever the writer does meanwhile. */
  summary(generationId: number): VectorSummary {
    return this.#summary.get(generationId, generationId) ?? { count: 0, sequence: 0 };
  }

  /** Photos that cannot be found in this generation, because their vector is of another one. */
  missing(generationId: number): number {
    return this.#missing.get(generationId)?.count ?? 0;
  }

  /**
   * Contents that lie somewhere and have no vector in this generation, by id.
   * @param after the last id of the page before, 0 for the first
   */
  waiting(generationId: number, after: number, limit: number): ContentToEmbed[] {
    return this.#waiting.all(after, generationId, limit);
  }

  /** Photos without a vector in this generation, by id, those after `after` (0 for the first page). */
  imagesWithout(generationId: number, after: number, limit: number): ImageWithoutVector[] {
    return this.#imagesWithout.all(after, generationId, limit);
  }

  /** Forgets vectors; the next run of indexing makes them again. */
  drop(generationId: number, contentIds: readonly number[]): void {
    this.#connection.transaction(() => {
      for (const contentId of contentIds) this.#drop.run(generationId, contentId);
    });
  }

  waitingCount(generationId: number): number {
    return this.#waitingCount.get(generationId)?.count ?? 0;
  }

  /** All or none, in one transaction. @returns how many are new: known ones and vanished contents are left out */
  add(generationId: number, entries: readonly { contentId: number; vector: Float32Array }[]): number {
    return this.#connection.transaction(() => {
      let added = 0;
      for (const { contentId, vector } of entries) {
        added += this.#add.run(generationId, encodeVector(vector), contentId).changes;
      }
      return added;
    });
  }
}

/** @returns a copy: the bytes may not be aligned, and belong to the statement */
export function decodeVector(bytes: Uint8Array, dimension: number, file: string): Float32Array {
  if (bytes.byteLength !== dimension * BYTES_PER_FLOAT) {
    throw new AppError(
      'LIBRARY_CORRUPT',
      `${file}: a vector has ${bytes.byteLength} bytes, expected ${dimension * BYTES_PER_FLOAT}; restore a backup, or move the library away and index again`,
    );
  }
  return new Float32Array(bytes.slice().buffer);
}

/** Without a copy where the bytes are aligned: a scan reads thousands, looks once at each and lets it go. */
function viewVector(bytes: Uint8Array, dimension: number, file: string): Float32Array {
  const isAligned = bytes.byteOffset % BYTES_PER_FLOAT === 0;
  if (!isAligned || bytes.byteLength !== dimension * BYTES_PER_FLOAT)
    return decodeVector(bytes, dimension, file);
  return new Float32Array(bytes.buffer, bytes.byteOffset, dimension);
}

/** The bytes that are stored. */
export function encodeVector(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

// Every platform that Node.js 20 runs on but s390x is little-endian; there, we would store the wrong bytes.
if (endianness() !== 'LE') throw new Error('Imglish needs a little-endian processor');
