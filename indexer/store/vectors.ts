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

const BYTES_PER_FLOAT = 4;

export class Vectors {
  readonly #connection: Connection;
  readonly #get: Query<{ vector: Uint8Array }>;
  readonly #since: Query<{ sequence: number; contentId: number; vector: Uint8Array | null }>;
  readonly #summary: Query<VectorSummary>;
  readonly #missing: Query<{ count: number }>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#get = connection.prepare('SELECT vector FROM vectors WHERE generation_id = ? AND content_id = ?');
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
  }

  /** @returns float32 [D], unit length */
  get(generationId: number, contentId: number, dimension: number): Float32Array | undefined {
    const row = this.#get.get(generationId, contentId);
    return row && this.#decode(row.vector, dimension);
  }

  /** Changes after `sequence`, oldest first, at most `limit`; an empty page is the end. */
  since(generationId: number, sequence: number, limit: number, dimension: number): VectorChange[] {
    return this.#since.all(sequence, generationId, limit).map((row) => ({
      sequence: row.sequence,
      contentId: row.contentId,
      vector: row.vector && this.#decode(row.vector, dimension),
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

  #decode(bytes: Uint8Array, dimension: number): Float32Array {
    if (bytes.byteLength !== dimension * BYTES_PER_FLOAT) {
      throw new AppError(
        'LIBRARY_CORRUPT',
        `${this.#connection.file}: a vector has ${bytes.byteLength} bytes, expected ${dimension * BYTES_PER_FLOAT}; restore a backup, or move the library away and index again`,
      );
    }
    // A copy: the bytes may not be aligned, and belong to the statement.
    return new Float32Array(bytes.slice().buffer);
  }
}

/** The bytes that are stored. */
export function encodeVector(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

// Every platform that Node.js 20 runs on but s390x is little-endian; there, we would store the wrong bytes.
if (endianness() !== 'LE') throw new Error('Imglish needs a little-endian processor');
