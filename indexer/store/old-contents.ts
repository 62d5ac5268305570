/**
 * Contents that an older reader read, for a newer one to look at again.
 * Source: our own. Deviation: none.
 */
import { factColumns, factValues, type ReadFacts } from './commit.ts';
import type { Connection, Query } from './connection.ts';
import type { Texts } from './texts.ts';

/** A place where the bytes of such a content lay when they were indexed. */
export interface OldFacts {
  readonly contentId: number;
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** What the newer reader found; null: nothing, and what is known stays. */
export interface NewFacts {
  readonly contentId: number;
  readonly facts: ReadFacts | null;
}

export class OldContents {
  readonly #connection: Connection;
  readonly #texts: Texts;
  readonly #page: Query<OldFacts>;
  readonly #update: Query<unknown>;
  readonly #keep: Query<unknown>;

  constructor(connection: Connection, texts: Texts) {
    this.#connection = connection;
    this.#texts = texts;
    // Two ranges of the index: it does not help with "not equal".
    this.#page = connection.prepare(`
      SELECT c.id AS contentId, i.path, i.bytes, i.modified_ms AS modifiedMs
      FROM contents c JOIN images i ON i.id = (SELECT min(id) FROM images WHERE content_id = c.id)
      WHERE (c.reader < ? OR c.reader > ?) AND c.id > ? ORDER BY c.id LIMIT ?`);
    this.#update = connection.prepare(
      `UPDATE contents SET ${factColumns.map((column) => `${column} = ?`).join(', ')} WHERE id = ?`,
    );
    this.#keep = connection.prepare('UPDATE contents SET reader = ? WHERE id = ?');
  }

  /** By content, those after `after` (0 for the first page), each with its oldest place. */
  page(reader: string, after: number, limit: number): OldFacts[] {
    return this.#page.all(reader, reader, after, limit);
  }

  update(reader: string, found: readonly NewFacts[]): void {
    this.#connection.transaction(() => {
      for (const { contentId, facts } of found) {
        if (facts === null) {
          this.#keep.run(reader, contentId);
          continue;
        }
        this.#update.run(...factValues(facts), contentId);
        this.#texts.setEmbedded(contentId, facts.details);
      }
    });
  }
}
