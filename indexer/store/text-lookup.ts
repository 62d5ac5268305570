/**
 * What a lookup of texts asks the database: vectors of some kinds, and which photos and catalogue keys say a text.
 * Source: our own. Deviation: none.
 */
import type { Connection, Query } from './connection.ts';
import { textKinds, type TextKind } from './texts.ts';
import { decodeVector } from './vectors.ts';

export interface TextVector {
  readonly id: number;
  /** float32 [D], unit length */
  readonly vector: Float32Array;
}

/** One saying of a text, with the photo it speaks of where that is in the library. */
export interface TextSaying {
  readonly textId: number;
  /** Absolute path of the file that says it; 'embedded': the photo itself; 'tags:…': the engine. */
  readonly source: string;
  /** Of the photo; null where it speaks of none in the library. */
  readonly imageId: number | null;
  readonly path: string | null;
  /** Of a catalogue. */
  readonly key: string | null;
  /** JSON object */
  readonly metadata: string | null;
}

/** What there is to be found. */
export interface TextCounts {
  /** Texts by kind. */
  readonly texts: Readonly<Record<TextKind, number>>;
  /** Those of them that have a vector in the generation. */
  readonly withVector: Readonly<Record<TextKind, number>>;
}

/** Counting that takes longer is repeated only after a while, though something was committed. */
const QUICK_COUNT_MS = 5;
/** The while: so many times as long as counting took. */
const PATIENCE = 50;

interface KnownCounts {
  readonly counts: TextCounts;
  readonly generationId: number;
  readonly version: string;
  readonly at: number;
  readonly tookMs: number;
}

export class TextLookup {
  readonly #connection: Connection;
  readonly #page: Query<{ id: number; vector: Uint8Array }>;
  readonly #counts: Query<{ kind: TextKind; texts: number; withVector: number }>;
  readonly #ownChanges: Query<{ own: number }>;
  readonly #sayings: Query<TextSaying>;
  readonly #sayingCount: Query<{ count: number }>;
  readonly #ofContent: Query<{ id: number }>;
  #known: KnownCounts | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#page = connection.prepare(`
      SELECT v.text_id AS id, v.vector FROM text_vectors v JOIN texts t ON t.id = v.text_id
      WHERE v.generation_id = ? AND v.text_id > ? AND t.kind IN (SELECT value FROM json_each(?))
      ORDER BY v.text_id LIMIT ?`);
    this.#counts = connection.prepare(`
      SELECT t.kind, count(*) AS texts, count(v.text_id) AS withVector FROM texts t
      LEFT JOIN text_vectors v ON v.generation_id = ? AND v.text_id = t.id GROUP BY t.kind`);
    this.#ownChanges = connection.prepare('SELECT total_changes() AS own');
    // What is written into the bytes, or learnt from them, is said of every photo with these bytes.
    this.#sayings = connection.prepare(`
      SELECT l.text_id AS textId, s.place AS source, i.id AS imageId, i.path, l.key, l.metadata
      FROM text_links l JOIN text_sources s ON s.id = l.source_id
      LEFT JOIN images i ON i.id = l.image_id OR (l.image_id IS NULL AND i.content_id = l.content_id)
      WHERE l.text_id = ? ORDER BY l.id, i.id LIMIT ?`);
    this.#sayingCount = connection.prepare('SELECT count(*) AS count FROM text_links WHERE text_id = ?');
    this.#ofContent = connection.prepare(`
      SELECT text_id AS id FROM text_links WHERE content_id = ?
      UNION SELECT l.text_id FROM images i JOIN text_links l ON l.image_id = i.id WHERE i.content_id = ?`);
  }

  /** Vectors of texts of these kinds, by text id, those after `after` (0 for the first page). */
  vectorsOf(
    kinds: readonly TextKind[],
    generation: { readonly id: number; readonly dimension: number },
    after: number,
    limit: number,
  ): TextVector[] {
    return this.#page.all(generation.id, after, JSON.stringify(kinds), limit).map(({ id, vector }) => ({
      id,
      vector: decodeVector(vector, generation.dimension, this.#connection.file),
    }));
  }

  /** Counted again when something was committed, and it is quick or some time ago. */
  counts(generationId: number): TextCounts {
    const version = `${String(this.#connection.pragma('data_version'))} ${this.#ownChanges.get()?.own ?? 0}`;
    const known = this.#known;
    const start = performance.now();
    if (known?.generationId === generationId) {
      const isFresh = known.tookMs > QUICK_COUNT_MS && start - known.at < PATIENCE * known.tookMs;
      if (known.version === version || isFresh) return known.counts;
    }
    const rows = this.#counts.all(generationId);
    const of = (field: 'texts' | 'withVector'): Record<TextKind, number> => {
      const counts: Record<TextKind, number> = { caption: 0, tag: 0, line: 0 };
      for (const kind of textKinds) counts[kind] = rows.find((row) => row.kind === kind)?.[field] ?? 0;
      return counts;
    };
    const counts = { texts: of('texts'), withVector: of('withVector') };
    const at = performance.now();
    this.#known = { counts, generationId, version, at, tookMs: at - start };
    return counts;
  }

  /** Who says a text and of which photos, oldest first, at most `limit`. */
  sayings(textId: number, limit: number): TextSaying[] {
    return this.#sayings.all(textId, limit);
  }

  sayingCount(textId: number): number {
    return this.#sayingCount.get(textId)?.count ?? 0;
  }

  /** Texts that are said of a photo, or of another with the same bytes. */
  ofContent(contentId: number): Set<number> {
    return new Set(this.#ofContent.all(contentId, contentId).map(({ id }) => id));
  }
}
