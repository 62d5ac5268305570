/**
 * Pairs of contents that look alike, and how far a generation is compared.
 * Source: our own. Deviation: none.
 */
import type { Connection, Query } from './connection.ts';

/** Two contents that look alike; the smaller id first. */
export interface NearPair {
  readonly contentA: number;
  readonly contentB: number;
  /** cosine */
  readonly score: number;
}

/** Everything up to a change of the store was compared, and what is at least `floor` alike was kept. */
export interface Comparison {
  /** cosine */
  readonly floor: number;
  /** See migrations.ts; 0 where nothing is compared yet. */
  readonly sequence: number;
}

export class NearDuplicates {
  readonly #connection: Connection;
  readonly #shapes: Query<{ contentId: number; grid: Uint8Array }>;
  readonly #addShape: Query<unknown>;
  readonly #comparison: Query<Comparison>;
  readonly #note: Query<unknown>;
  readonly #pending: Query<{ count: number }>;
  readonly #addPair: Query<unknown>;
  readonly #score: Query<{ score: number }>;
  readonly #page: Query<NearPair>;
  readonly #count: Query<{ count: number }>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#shapes = connection.prepare(
      'SELECT content_id AS contentId, grid FROM shapes WHERE content_id IN (SELECT value FROM json_each(?))',
    );
    // The content may have lost its last place meanwhile.
    this.#addShape = connection.prepare(
      'INSERT OR IGNORE INTO shapes (content_id, grid) SELECT id, ? FROM contents WHERE id = ?',
    );
    this.#comparison = connection.prepare(
      'SELECT floor, sequence FROM near_comparisons WHERE generation_id = ?',
    );
    this.#note = connection.prepare(`
      INSERT INTO near_comparisons (generation_id, floor, sequence) SELECT id, ?, ? FROM generations WHERE id = ?
      ON CONFLICT (generation_id) DO UPDATE SET floor = excluded.floor, sequence = excluded.sequence`);
    this.#pending = connection.prepare(`
      SELECT count(*) AS count FROM changes
      WHERE sequence > ? AND generation_id = ? AND kind = 'add'`);
    // Either vector may be gone by now, and its pairs with it.
    this.#addPair = connection.prepare(`
      INSERT OR REPLACE INTO near_pairs (generation_id, content_a, content_b, score)
      SELECT a.generation_id, a.content_id, b.content_id, ? FROM vectors a
      JOIN vectors b ON b.generation_id = a.generation_id AND b.content_id = ?
      WHERE a.generation_id = ? AND a.content_id = ?`);
    this.#score = connection.prepare(
      'SELECT score FROM near_pairs WHERE generation_id = ? AND content_a = ? AND content_b = ?',
    );
    this.#page = connection.prepare(`
      SELECT content_a AS contentA, content_b AS contentB, score FROM near_pairs
      WHERE generation_id = ? AND score >= ? AND score <= ? AND (
        score < ? OR content_a > ? OR (content_a = ? AND content_b > ?))
      ORDER BY score DESC, content_a, content_b LIMIT ?`);
    this.#count = connection.prepare(
      'SELECT count(*) AS count FROM near_pairs WHERE generation_id = ? AND score >= ?',
    );
  }

  /** Those that are known, by content id: 64 grey values, 8 rows of 8. */
  shapes(contentIds: readonly number[]): Map<number, Uint8Array> {
    const rows = this.#shapes.all(JSON.stringify(contentIds));
    return new Map(rows.map(({ contentId, grid }) => [contentId, grid]));
  }

  addShapes(shapes: ReadonlyMap<number, Uint8Array>): void {
    this.#connection.transaction(() => {
      for (const [contentId, grid] of shapes) this.#addShape.run(grid, contentId);
    });
  }

  /** How far this generation is compared; undefined where nobody has begun. */
  comparison(generationId: number): Comparison | undefined {
    return this.#comparison.get(generationId);
  }

  /** Contents that came after `sequence`. */
  pending(generationId: number, sequence: number): number {
    return this.#pending.get(sequence, generationId)?.count ?? 0;
  }

  /** Both in one transaction: whoever goes on from `comparison.sequence` finds all pairs up to it. */
  advance(generationId: number, comparison: Comparison, pairs: readonly NearPair[]): void {
    this.#connection.transaction(() => {
      for (const { contentA, contentB, score } of pairs) {
        this.#addPair.run(score, contentB, generationId, contentA);
      }
      this.#note.run(comparison.floor, comparison.sequence, generationId);
    });
  }

  /** The cosine of a pair; undefined where the two are none. */
  score(generationId: number, contentId: number, other: number): number | undefined {
    const [a, b] = contentId < other ? [contentId, other] : [other, contentId];
    return this.#score.get(generationId, a, b)?.score;
  }

  /** Pairs at least so alike, the most alike first. @param after undefined for the first page */
  pairs(generationId: number, threshold: number, after: NearPair | undefined, limit: number): NearPair[] {
    // A cosine may be a little above 1.
    const { contentA, contentB, score } = after ?? { contentA: 0, contentB: 0, score: 2 };
    return this.#page.all(generationId, threshold, score, score, contentA, contentA, contentB, limit);
  }

  /** Pairs at least so alike. */
  count(generationId: number, threshold: number): number {
    return this.#count.get(generationId, threshold)?.count ?? 0;
  }
}
