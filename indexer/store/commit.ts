/**
 * Writes what became of a batch of files, in one transaction.
 * Source: our own. Deviation: none.
 */
import type { ErrorCode } from '../../model/index.ts';
import type { Connection, Query, SqlValue } from './connection.ts';
import { detailColumns, detailValues, type PhotoDetails } from './photo-details.ts';
import type { Texts } from './texts.ts';
import { encodeVector } from './vectors.ts';

/** What is found out from the bytes of a photo, apart from its vector. */
export interface ContentFacts {
  /** SHA-256, hexadecimal */
  readonly hash: string;
  readonly bytes: number;
  /** pixels, upright */
  readonly width: number;
  readonly height: number;
  readonly format: string;
  readonly takenAt: string | null;
  readonly details: PhotoDetails;
  /** Version of the reader that found this out. */
  readonly reader: string;
}

/** What another reader may find out of the same bytes. */
export type ReadFacts = Omit<ContentFacts, 'hash' | 'bytes'>;

/** A photo that was read. */
export interface PhotoEntry {
  readonly kind: 'photo';
  readonly path: string;
  readonly rootId: number;
  readonly bytes: number;
  readonly modifiedMs: number;
  /** `facts`: bytes that the library may not have yet; `contentId`: bytes that it has, vector included */
  readonly content:
    { readonly facts: ContentFacts; readonly vector: Float32Array } | { readonly contentId: number };
  /** The image that lay elsewhere with these bytes and is gone from there, or null. */
  readonly movedFrom: number | null;
}

/** A file that was not indexed. */
export interface SkipEntry {
  readonly kind: 'skip';
  readonly path: string;
  readonly code: ErrorCode;
  readonly message: string;
  /** Null where trying again may help. */
  readonly retry: { readonly bytes: number; readonly modifiedMs: number; readonly rules: string } | null;
  /** The photo that this file was before must go: its bytes are no more. */
  readonly dropsImage: boolean;
}

export type CommitEntry = PhotoEntry | SkipEntry;

/** `unchanged`: only its time had changed. */
export type CommitResult =
  | { readonly kind: 'added' | 'updated' | 'moved' | 'unchanged'; readonly imageId: number }
  | { readonly kind: 'skipped'; readonly skipId: number };

interface Known {
  readonly id: number;
  readonly contentId: number;
}

export const factColumns: readonly string[] = [
  'width',
  'height',
  'format',
  'taken_at',
  'reader',
  ...detailColumns,
];

/** In the order of `factColumns`. */
export function factValues({ width, height, format, takenAt, reader, details }: ReadFacts): SqlValue[] {
  return [width, height, format, takenAt, reader, ...detailValues(details)];
}

export class Commit {
  readonly #connection: Connection;
  readonly #texts: Texts;
  readonly #now: () => string;
  readonly #addContent: Query<unknown>;
  readonly #contentId: Query<{ id: number }>;
  readonly #addVector: Query<unknown>;
  readonly #known: Query<Known>;
  readonly #exists: Query<{ id: number }>;
  readonly #addImage: Query<unknown>;
  readonly #updateImage: Query<unknown>;
  readonly #addSkip: Query<{ id: number }>;
  readonly #removeSkip: Query<unknown>;
  readonly #removeImage: Query<unknown>;

  constructor(connection: Connection, texts: Texts, now: () => string) {
    this.#connection = connection;
    this.#texts = texts;
    this.#now = now;
    this.#addContent = connection.prepare(`
      INSERT INTO contents (hash, bytes, added_at, ${factColumns.join(', ')})
      VALUES (unhex(?), ?, ?, ${factColumns.map(() => '?').join(', ')})
      ON CONFLICT (hash) DO UPDATE SET
        ${factColumns.map((column) => `${column} = excluded.${column}`).join(', ')}`);
    this.#contentId = connection.prepare('SELECT id FROM contents WHERE hash = unhex(?)');
    this.#addVector = connection.prepare('INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)');
    this.#known = connection.prepare('SELECT id, content_id AS contentId FROM images WHERE path = ?');
    this.#exists = connection.prepare('SELECT id FROM images WHERE id = ?');
    this.#addImage = connection.prepare(
      'INSERT INTO images (root_id, content_id, path, bytes, modified_ms, indexed_at) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#updateImage = connection.prepare(
      'UPDATE images SET root_id = ?, content_id = ?, path = ?, bytes = ?, modified_ms = ?, indexed_at = ? WHERE id = ?',
    );
    this.#addSkip = connection.prepare(`
      INSERT INTO skips (path, code, message, bytes, modified_ms, rules, skipped_at) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (path) DO UPDATE SET code = excluded.code, message = excluded.message,
        bytes = excluded.bytes, modified_ms = excluded.modified_ms, rules = excluded.rules,
        skipped_at = excluded.skipped_at
      RETURNING id`);
    this.#removeSkip = connection.prepare('DELETE FROM skips WHERE path = ?');
    this.#removeImage = connection.prepare('DELETE FROM images WHERE path = ?');
  }

  /** @returns one result per entry, in order */
  run(entries: readonly CommitEntry[], generationId: number): CommitResult[] {
    return this.#connection.transaction(() =>
      entries.map((entry) => (entry.kind === 'skip' ? this.#skip(entry) : this.#photo(entry, generationId))),
    );
  }

  #photo(entry: PhotoEntry, generationId: number): CommitResult {
    const { contentId, isNewVector } = this.#content(entry, generationId);
    this.#removeSkip.run(entry.path);
    const place = [entry.rootId, contentId, entry.path, entry.bytes, entry.modifiedMs, this.#now()] as const;
    const known = this.#known.get(entry.path);
    if (known !== undefined) {
      this.#updateImage.run(...place, known.id);
      const isSame = known.contentId === contentId && !isNewVector;
      return { kind: isSame ? 'unchanged' : 'updated', imageId: known.id };
    }
    if (entry.movedFrom !== null && this.#exists.get(entry.movedFrom) !== undefined) {
      this.#updateImage.run(...place, entry.movedFrom);
      return { kind: 'moved', imageId: entry.movedFrom };
    }
    return { kind: 'added', imageId: this.#addImage.run(...place).lastId };
  }

  #content({ content }: PhotoEntry, generationId: number): { contentId: number; isNewVector: boolean } {
    if ('contentId' in content) return { contentId: content.contentId, isNewVector: false };
    const { facts, vector } = content;
    const { hash, bytes } = facts;
    this.#addContent.run(hash, bytes, this.#now(), ...factValues(facts));
    const contentId = this.#contentId.get(hash)?.id;
    if (contentId === undefined) throw new Error('a content that was just added is not there');
    this.#texts.setEmbedded(contentId, facts.details);
    const { changes } = this.#addVector.run(generationId, contentId, encodeVector(vector));
    return { contentId, isNewVector: changes > 0 };
  }

  #skip({ path, code, message, retry, dropsImage }: SkipEntry): CommitResult {
    if (dropsImage) this.#removeImage.run(path);
    const values = [retry?.bytes ?? null, retry?.modifiedMs ?? null, retry?.rules ?? null] as const;
    const row = this.#addSkip.get(path, code, message, ...values, this.#now());
    if (row === undefined) throw new Error('RETURNING gave no row');
    return { kind: 'skipped', skipId: row.id };
  }
}
