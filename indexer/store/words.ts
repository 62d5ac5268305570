/**
 * The index of words: which contents something is written about.
 * Source: the SQLite documentation, "FTS5". Deviation: none.
 */
import type { Connection, Query, SqlValue } from './connection.ts';
import { wordColumns, WordDocuments, type WordColumn } from './word-document.ts';

/** Around a word that was looked for; control characters are in no text that the library keeps. */
const OPEN = '\u0002';
const CLOSE = '\u0003';
const marked = new RegExp(`${OPEN}([^${CLOSE}]*)${CLOSE}`, 'g');

/**
 * A word in a name weighs as much as one in a caption; keywords are chosen with care; a camera is on thousands of photos
 * whose content it says nothing of.
 */
const WEIGHTS: Readonly<Record<WordColumn, number>> = {
  name: 1,
  caption: 1,
  keywords: 2,
  camera: 0.5,
  place: 2,
};

/** Where words stand, as they are written there. */
export interface WordPlace {
  readonly column: WordColumn;
  readonly words: readonly string[];
}

export class Words {
  readonly #connection: Connection;
  readonly #documents: WordDocuments;
  readonly #changed: Query<{ id: number }>;
  readonly #seen: Query<unknown>;
  readonly #drop: Query<unknown>;
  readonly #add: Query<unknown>;
  readonly #count: Query<{ count: number }>;
  readonly #best: Query<{ id: number }>;
  readonly #marked: Query<Readonly<Record<WordColumn, string>>>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#documents = new WordDocuments(connection);
    this.#changed = connection.prepare('SELECT content_id AS id FROM word_changes LIMIT ?');
    this.#seen = connection.prepare('DELETE FROM word_changes WHERE content_id = ?');
    this.#drop = connection.prepare('DELETE FROM words WHERE rowid = CAST(? AS INTEGER)');
    this.#add = connection.prepare(
      `INSERT INTO words (rowid, ${wordColumns.join(', ')}) VALUES (?, ${wordColumns.map(() => '?').join(', ')})`,
    );
    this.#count = connection.prepare(
      'SELECT count(*) AS count FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)',
    );
    const weights = wordColumns.map((column) => WEIGHTS[column].toFixed(1)).join(', ');
    this.#best = connection.prepare(
      `SELECT rowid AS id FROM words WHERE words MATCH ? ORDER BY bm25(words, ${weights}), rowid LIMIT ? OFFSET ?`,
    );
    // CAST: numbers are bound as floating point, and FTS5 passes over such a condition on its row id.
    const highlights = wordColumns.map(
      (column, index) => `highlight(words, ${index}, '${OPEN}', '${CLOSE}') AS ${column}`,
    );
    this.#marked = connection.prepare(
      `SELECT ${highlights.join(', ')} FROM words WHERE words MATCH ? AND rowid = CAST(? AS INTEGER)`,
    );
  }

  /**
   * Writes the rows of contents that have changed, at most `limit`; in the caller's transaction, if there is one.
   * @returns how many were written; fewer than `limit`: it is up to date
   */
  catchUp(limit: number): number {
    const changed = this.#changed.all(limit);
    for (const { id } of changed) {
      this.#drop.run(id);
      const document = this.#documents.of(id);
      const texts: SqlValue[] = document === undefined ? [] : wordColumns.map((column) => document[column]);
      if (texts.some((text) => text !== '')) this.#add.run(id, ...texts);
      this.#seen.run(id);
    }
    return changed.length;
  }

  /** As `catchUp`, in a transaction of its own. */
  catchUpAlone(limit: number): number {
    if (this.#changed.get(1) === undefined) return 0;
    return this.#connection.transaction(() => this.catchUp(limit));
  }

  /** Contents in which a query of FTS5 is met, counted up to `max`. */
  count(match: string, max: number): number {
    return this.#count.get(match, max)?.count ?? 0;
  }

  /** Contents that a query of FTS5 is met by, best first (BM25), equal ones by id. */
  best(match: string, limit: number, offset: number): number[] {
    return this.#best.all(match, limit, offset).map(({ id }) => id);
  }

  /** Where the words of a query of FTS5 stand in a content, each word once and in small letters. */
  placesIn(contentId: number, match: string): WordPlace[] {
    const row = this.#marked.get(match, contentId);
    if (row === undefined) return [];
    return wordColumns.flatMap((column) => {
      const words = new Set([...row[column].matchAll(marked)].map(([, word = '']) => word.toLowerCase()));
      return words.size === 0 ? [] : [{ column, words: [...words] }];
    });
  }
}
