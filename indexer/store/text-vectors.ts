/**
 * Vectors of texts, and the log of what happened to them; as vectors.ts does for photos.
 * Source: our own. Deviation: none.
 */
import type { Connection, Query } from './connection.ts';
import { decodeVector, encodeVector, type VectorSummary } from './vectors.ts';

/** The last thing that happened to the vector of a text. */
export interface TextVectorChange {
  /** Grows with every change, apart from those of photos. */
  readonly sequence: number;
  readonly textId: number;
  /** float32 [D], unit length; null: the vector is gone */
  readonly vector: Float32Array | null;
}

export interface TextToEmbed {
  readonly id: number;
  readonly text: string;
}

export class TextVectors {
  readonly #connection: Connection;
  readonly #get: Query<{ vector: Uint8Array }>;
  readonly #add: Query<unknown>;
  readonly #since: Query<{ sequence: number; textId: number; vector: Uint8Array | null }>;
  readonly #summary: Query<VectorSummary>;
  readonly #drop: Query<unknown>;
  readonly #missing: Query<TextToEmbed>;
  readonly #missingCount: Query<{ count: number }>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#get = connection.prepare('SELECT vector FROM text_vectors WHERE generation_id = ? AND text_id = ?');
    // The text may be gone by now, and the generation too.
    this.#add = connection.prepare(`
      INSERT OR IGNORE INTO text_vectors SELECT g.id, t.id, ? FROM generations g, texts t
      WHERE g.id = ? AND t.id = ?`);
    this.#since = connection.prepare(`
      SELECT c.sequence, c.text_id AS textId, v.vector FROM text_changes c
      LEFT JOIN text_vectors v ON v.generation_id = c.generation_id AND v.text_id = c.text_id
      WHERE c.sequence > ? AND c.generation_id = ? ORDER BY c.sequence LIMIT ?`);
    this.#summary = connection.prepare(`
      SELECT (SELECT count(*) FROM text_vectors WHERE generation_id = ?) AS count, coalesce(
        (SELECT sequence FROM text_changes WHERE generation_id = ? ORDER BY sequence DESC LIMIT 1), 0) AS sequence`);
    this.#drop = connection.prepare('DELETE FROM text_vectors WHERE generation_id = ? AND text_id = ?');
    const missing = `FROM texts t WHERE t.id > ? AND NOT EXISTS
      (SELECT 1 FROM text_vectors v WHERE v.generation_id = ? AND v.text_id = t.id)`;
    this.#missing = connection.prepare(`SELECT t.id, t.text ${missing} ORDER BY t.id LIMIT ?`);
    this.#missingCount = connection.prepare(`SELECT count(*) AS count ${missing}`);
  }

  /** @returns float32 [D], unit length */
  get(generationId: number, textId: number, dimension: number): Float32Array | undefined {
    const row = this.#get.get(generationId, textId);
    return row && decodeVector(row.vector, dimension, this.#connection.file);
  }

  /** All or none, in one transaction. Texts that are gone, or have their vector, are passed over. */
  add(
    generationId: number,
    entries: readonly { readonly textId: number; readonly vector: Float32Array }[],
  ): void {
    this.#connection.transaction(() => {
      for (const { textId, vector } of entries) this.#add.run(encodeVector(vector), generationId, textId);
    });
  }

  /** Changes after `sequence`, oldest first, at most `limit`; an empty page is the end. */
  since(generationId: number, sequence: number, limit: number, dimension: number): TextVectorChange[] {
    return this.#since.all(sequence, generationId, limit).map((row) => ({
      sequence: row.sequence,
      textId: row.textId,
      vector: row.vector && decodeVector(row.vector, dimension, this.#connection.file),
    }));
  }

  /** Both of one moment, whatever the writer does meanwhile. */
  summary(generationId: number): VectorSummary {
    return this.#summary.get(generationId, generationId) ?? { count: 0, sequence: 0 };
  }

  /** Forgets vectors; embedding the missing ones makes them again. */
  drop(generationId: number, textIds: readonly number[]): void {
    this.#connection.transaction(() => {
      for (const textId of textIds) this.#drop.run(generationId, textId);
    });
  }

  /** Texts without a vector in this generation, by id, those after `after` (0 for the first page). */
  missing(generationId: number, after: number, limit: number): TextToEmbed[] {
    return this.#missing.all(after, generationId, limit);
  }

  missingCount(generationId: number): number {
    return this.#missingCount.get(0, generationId)?.count ?? 0;
  }
}
