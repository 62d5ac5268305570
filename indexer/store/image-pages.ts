/**
 * All photos, page by page, with their vectors: what an export and a check of the library read.
 * Source: our own. Deviation: none.
 */
import type { Connection, Query } from './connection.ts';
import { decodeVector } from './vectors.ts';

export interface ImagePageRow {
  readonly id: number;
  /** float32 [D], unit length; null where the generation has none, or none is wanted */
  readonly vector: Float32Array | null;
}

/** Photos with a vector only; or all, with what vector they have; or all, without vectors. */
export type ImagePageChoice = 'embedded' | 'all' | 'plain';

export class ImagePages {
  readonly #connection: Connection;
  readonly #pages: Readonly<Record<ImagePageChoice, Query<{ id: number; vector: Uint8Array | null }>>>;
  readonly #embedded: Query<{ count: number }>;

  constructor(connection: Connection) {
    this.#connection = connection;
    const joined = 'vectors v ON v.generation_id = ? AND v.content_id = i.content_id';
    const page = (columns: string, join: string) =>
      connection.prepare<{ id: number; vector: Uint8Array | null }>(
        `SELECT i.id, ${columns} FROM images i ${join} WHERE i.id > ? ORDER BY i.id LIMIT ?`,
      );
    this.#pages = {
      // CROSS: in the order of the photos, not of the vectors.
      embedded: page('v.vector', `CROSS JOIN ${joined}`),
      all: page('v.vector', `LEFT JOIN ${joined}`),
      plain: page('NULL AS vector', 'LEFT JOIN (SELECT 1) ON ? < 0'),
    };
    this.#embedded = connection.prepare(
      'SELECT count(*) AS count FROM images i JOIN vectors v ON v.generation_id = ? AND v.content_id = i.content_id',
    );
  }

  /** By id, those after `after` (0 for the first page). */
  page(
    choice: ImagePageChoice,
    generation: { readonly id: number; readonly dimension: number },
    after: number,
    limit: number,
  ): ImagePageRow[] {
    return this.#pages[choice].all(generation.id, after, limit).map(({ id, vector }) => ({
      id,
      vector: vector && decodeVector(vector, generation.dimension, this.#connection.file),
    }));
  }

  /** Photos that have a vector in this generation. */
  countEmbedded(generationId: number): number {
    return this.#embedded.get(generationId)?.count ?? 0;
  }
}
