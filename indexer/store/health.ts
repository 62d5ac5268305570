/**
 * Questions about the soundness of the database, and what may be cleared away.
 * Source: our own. Deviation: none.
 */
import type { Connection, Query } from './connection.ts';

/** Photos have their vectors under content ids, texts under text ids; the tables are alike. */
export type Corpus = 'photos' | 'texts';

export interface RawVector {
  /** Content id or text id. */
  readonly id: number;
  /** As stored, whatever its length. */
  readonly bytes: Uint8Array;
}

/** How the log of changes differs from the vectors; the first id of each, or null. */
export interface LogGaps {
  /** Vectors that the log does not have as added. */
  readonly unlogged: number;
  readonly firstUnlogged: number | null;
  /** Additions in the log whose vector is not there. */
  readonly vanished: number;
  readonly firstVanished: number | null;
}

/** Four questions about one generation in one statement, so of one moment. */
const FOUR_TIMES = [1, 2, 3, 4];

interface CorpusQueries {
  readonly page: Query<RawVector>;
  readonly bounds: Query<{ count: number; first: number | null; last: number | null }>;
  readonly gaps: Query<LogGaps>;
  readonly orphans: Query<{ count: number; first: number | null }>;
  readonly dropLog: Query<unknown>;
}

export class Health {
  readonly #corpora: Readonly<Record<Corpus, CorpusQueries>>;
  readonly #unusedContents: Query<{ count: number }>;
  readonly #unsaidTexts: Query<{ count: number; first: number | null }>;
  readonly #images: Query<{ id: number }>;
  readonly #imageBounds: Query<{ count: number; first: number | null; last: number | null }>;
  readonly #hasContent: Query<{ id: number }>;

  constructor(connection: Connection) {
    this.#corpora = {
      photos: corpusQueries(connection, 'vectors', 'changes', 'content_id', 'contents'),
      texts: corpusQueries(connection, 'text_vectors', 'text_changes', 'text_id', 'texts'),
    };
    this.#unusedContents = connection.prepare(
      'SELECT count(*) AS count FROM contents c WHERE NOT EXISTS (SELECT 1 FROM images i WHERE i.content_id = c.id)',
    );
    this.#unsaidTexts = connection.prepare(`
      SELECT count(*) AS count, min(id) AS first FROM texts t
      WHERE NOT EXISTS (SELECT 1 FROM text_links l WHERE l.text_id = t.id)`);
    this.#images = connection.prepare('SELECT id FROM images WHERE id >= ? ORDER BY id LIMIT ?');
    this.#imageBounds = connection.prepare(
      'SELECT count(*) AS count, min(id) AS first, max(id) AS last FROM images',
    );
    this.#hasContent = connection.prepare('SELECT id FROM contents WHERE hash = unhex(?)');
  }

  /** Vectors as stored, by id, those from `from` on. */
  vectorsFrom(corpus: Corpus, generationId: number, from: number, limit: number): RawVector[] {
    return this.#corpora[corpus].page.all(generationId, from, limit);
  }

  /** How many vectors, and the first and last id. */
  vectorBounds(corpus: Corpus, generationId: number): { count: number; first: number; last: number } {
    const row = this.#corpora[corpus].bounds.get(generationId);
    return { count: row?.count ?? 0, first: row?.first ?? 0, last: row?.last ?? 0 };
  }

  logGaps(corpus: Corpus, generationId: number): LogGaps {
    const none = { unlogged: 0, firstUnlogged: null, vanished: 0, firstVanished: null };
    return this.#corpora[corpus].gaps.get(...FOUR_TIMES.map(() => generationId)) ?? none;
  }

  /** Vectors, of any generation, of what is not there. */
  orphanVectors(corpus: Corpus): { readonly count: number; readonly first: number | null } {
    return this.#corpora[corpus].orphans.get() ?? { count: 0, first: null };
  }

  /** Contents that lie nowhere any more. */
  countUnusedContents(): number {
    return this.#unusedContents.get()?.count ?? 0;
  }

  /** Texts that nobody says. */
  unsaidTexts(): { readonly count: number; readonly first: number | null } {
    return this.#unsaidTexts.get() ?? { count: 0, first: null };
  }

  imageIdsFrom(from: number, limit: number): number[] {
    return this.#images.all(from, limit).map(({ id }) => id);
  }

  imageBounds(): { count: number; first: number; last: number } {
    const row = this.#imageBounds.get();
    return { count: row?.count ?? 0, first: row?.first ?? 0, last: row?.last ?? 0 };
  }

  /** @param hash hexadecimal */
  hasContent(hash: string): boolean {
    return this.#hasContent.get(hash) !== undefined;
  }

  /**
   * Removes the log of generations that are gone, at most `limit` rows; call it until it returns 0. The rest of the
   * log stays: a reader that was asleep for long learns of a removal only by it.
   */
  dropOldLog(corpus: Corpus, limit: number): number {
    return this.#corpora[corpus].dropLog.run(limit).changes;
  }
}

function corpusQueries(
  connection: Connection,
  table: string,
  log: string,
  id: string,
  owner: string,
): CorpusQueries {
  const unlogged = `FROM ${table} v WHERE v.generation_id = ? AND NOT EXISTS (SELECT 1 FROM ${log} c
    WHERE c.generation_id = v.generation_id AND c.${id} = v.${id} AND c.kind = 'add')`;
  const vanished = `FROM ${log} c WHERE c.generation_id = ? AND c.kind = 'add' AND NOT EXISTS
    (SELECT 1 FROM ${table} v WHERE v.generation_id = c.generation_id AND v.${id} = c.${id})`;
  return {
    page: connection.prepare(
      `SELECT ${id} AS id, vector AS bytes FROM ${table} WHERE generation_id = ? AND ${id} >= ? ORDER BY ${id} LIMIT ?`,
    ),
    bounds: connection.prepare(
      `SELECT count(*) AS count, min(${id}) AS first, max(${id}) AS last FROM ${table} WHERE generation_id = ?`,
    ),
    gaps: connection.prepare(`
      SELECT (SELECT count(*) ${unlogged}) AS unlogged, (SELECT min(v.${id}) ${unlogged}) AS firstUnlogged,
        (SELECT count(*) ${vanished}) AS vanished, (SELECT min(c.${id}) ${vanished}) AS firstVanished`),
    orphans: connection.prepare(`
      SELECT count(*) AS count, min(${id}) AS first FROM ${table} v WHERE
        NOT EXISTS (SELECT 1 FROM ${owner} o WHERE o.id = v.${id})
        OR NOT EXISTS (SELECT 1 FROM generations g WHERE g.id = v.generation_id)`),
    dropLog: connection.prepare(`
      DELETE FROM ${log} WHERE sequence IN (SELECT sequence FROM ${log}
        WHERE generation_id NOT IN (SELECT id FROM generations) LIMIT ?)`),
  };
}
