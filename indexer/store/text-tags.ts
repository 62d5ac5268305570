/**
 * Tags that the engine gives to photos: one source for each list of labels, and which photos it has looked at.
 * Source: our own. Deviation: none.
 */
import type { Connection, Query } from './connection.ts';
import type { Texts } from './texts.ts';
import { decodeVector } from './vectors.ts';

export interface TagSource {
  readonly id: number;
  /** Counts how often the list was begun anew. */
  readonly run: number;
}

export interface GivenTag {
  /** As `normalText` leaves it. */
  readonly tag: string;
  /** cosine */
  readonly score: number;
  /** null where the model cannot tell */
  readonly pMatch: number | null;
}

export interface TaggedContent {
  readonly contentId: number;
  readonly tags: readonly GivenTag[];
}

export interface ContentToTag {
  readonly contentId: number;
  /** float32 [D], unit length */
  readonly vector: Float32Array;
}

/** Digits of scores that are kept with a tag. */
const SCORE_DIGITS = 4;

/** The place of the source of a list, beside the paths of files. */
export function tagPlace(list: string): string {
  return `tags:${list}`;
}

export class TextTags {
  readonly #connection: Connection;
  readonly #texts: Texts;
  readonly #now: () => string;
  readonly #source: Query<TagSource & { taggedWith: string | null }>;
  readonly #begin: Query<TagSource>;
  readonly #forget: Query<unknown>;
  readonly #finish: Query<unknown>;
  readonly #waiting: Query<{ contentId: number; vector: Uint8Array }>;
  readonly #waitingCount: Query<{ count: number }>;
  readonly #means: Query<{ vector: Uint8Array }>;
  readonly #note: Query<unknown>;
  readonly #link: Query<unknown>;
  readonly #dropOld: Query<unknown>;

  constructor(connection: Connection, texts: Texts, now: () => string) {
    this.#connection = connection;
    this.#texts = texts;
    this.#now = now;
    this.#source = connection.prepare(
      'SELECT id, run, tagged_with AS taggedWith FROM text_sources WHERE place = ?',
    );
    this.#begin = connection.prepare(`
      INSERT INTO text_sources (place, form, run, tagged_with) VALUES (?, 'file', 1, ?)
      ON CONFLICT (place) DO UPDATE SET run = run + 1, version = NULL, tagged_with = excluded.tagged_with
      RETURNING id, run`);
    this.#forget = connection.prepare(
      "UPDATE text_sources SET tagged_with = '', version = NULL WHERE id = ?",
    );
    this.#finish = connection.prepare(
      'UPDATE text_sources SET version = tagged_with, imported_at = ? WHERE id = ? AND run = ?',
    );
    const waiting = `FROM vectors v WHERE v.generation_id = ? AND v.content_id > ?
      AND EXISTS (SELECT 1 FROM images i WHERE i.content_id = v.content_id)
      AND NOT EXISTS (SELECT 1 FROM tagged_contents t
        WHERE t.source_id = ? AND t.content_id = v.content_id AND t.run = ?)`;
    this.#waiting = connection.prepare(
      `SELECT v.content_id AS contentId, v.vector ${waiting} ORDER BY v.content_id LIMIT ?`,
    );
    this.#waitingCount = connection.prepare(`SELECT count(*) AS count ${waiting}`);
    this.#means = connection.prepare(
      'SELECT vector FROM vectors WHERE generation_id = ? ORDER BY content_id LIMIT ?',
    );
    // The photo may have left the library meanwhile, and the source may have been removed.
    this.#note = connection.prepare(`
      INSERT INTO tagged_contents SELECT s.id, c.id, s.run FROM text_sources s, contents c
      WHERE s.id = ? AND s.run = ? AND c.id = ?
      ON CONFLICT (source_id, content_id) DO UPDATE SET run = excluded.run`);
    this.#link = connection.prepare(`
      INSERT INTO text_links (text_id, source_id, content_id, metadata, run) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (source_id, text_id, coalesce(path, ''), coalesce(content_id, 0), coalesce(key, '')) DO UPDATE
      SET run = excluded.run, metadata = excluded.metadata`);
    this.#dropOld = connection.prepare(
      'DELETE FROM text_links WHERE content_id = ? AND source_id = ? AND run <> ?',
    );
  }

  /** Goes on with a list; begins it anew where `taggedWith` (labels, prompts, rule, model) is another than before. */
  start(list: string, taggedWith: string): TagSource {
    return this.#connection.transaction(() => {
      const known = this.#source.get(tagPlace(list));
      if (known?.taggedWith === taggedWith) return { id: known.id, run: known.run };
      const begun = this.#begin.get(tagPlace(list), taggedWith);
      if (begun === undefined) throw new Error('RETURNING gave no row');
      return begun;
    });
  }

  /**
   * Contents with a vector that were not looked at in this run, by id.
   * @param after the last id of the page before, 0 for the first
   */
  waiting(
    source: TagSource,
    generation: { readonly id: number; readonly dimension: number },
    after: number,
    limit: number,
  ): ContentToTag[] {
    return this.#waiting
      .all(generation.id, after, source.id, source.run, limit)
      .map(({ contentId, vector }) => ({
        contentId,
        vector: decodeVector(vector, generation.dimension, this.#connection.file),
      }));
  }

  waitingCount(source: TagSource, generationId: number): number {
    return this.#waitingCount.get(generationId, 0, source.id, source.run)?.count ?? 0;
  }

  /** Vectors of the oldest photos. @returns float32 [D] each */
  oldestVectors(
    generation: { readonly id: number; readonly dimension: number },
    limit: number,
  ): Float32Array[] {
    return this.#means
      .all(generation.id, limit)
      .map(({ vector }) => decodeVector(vector, generation.dimension, this.#connection.file));
  }

  /**
   * Sets the tags of photos, in one transaction; those of earlier runs go.
   * @returns how many tags were set
   */
  set(source: TagSource, contents: readonly TaggedContent[]): number {
    return this.#connection.transaction(() => {
      let count = 0;
      for (const { contentId, tags } of contents) {
        if (this.#note.run(source.id, source.run, contentId).changes === 0) continue;
        for (const { tag, score, pMatch } of tags) {
          const metadata = JSON.stringify({
            score: rounded(score),
            pMatch: pMatch === null ? null : rounded(pMatch),
          });
          this.#link.run(this.#texts.keep('tag', tag).id, source.id, contentId, metadata, source.run);
          count += 1;
        }
        this.#dropOld.run(contentId, source.id, source.run);
      }
      return count;
    });
  }

  /** Notes that every photo has been looked at. */
  finish({ id, run }: TagSource): void {
    this.#finish.run(this.#now(), id, run);
  }

  /** Before a source is removed, which takes several steps: a run that comes between begins anew. */
  forget(sourceId: number): void {
    this.#forget.run(sourceId);
  }
}

function rounded(value: number): number {
  return Number(value.toFixed(SCORE_DIGITS));
}
