/**
 * The database of a library: the only truth, and the only place with SQL.
 * Source: our own. Deviation: none.
 */
import { openDatabase } from './open-database.ts';
import { Commit, type CommitEntry, type CommitResult } from './commit.ts';
import type { Connection, Query } from './connection.ts';
import { Generations } from './generations.ts';
import { Images } from './images.ts';
import { Roots } from './roots.ts';
import { Skips } from './skips.ts';
import { Vectors } from './vectors.ts';

export interface Totals {
  readonly images: number;
  /** of the photo files */
  readonly bytes: number;
  readonly skipped: number;
}

export class Store {
  /** Random; derived files of another library have another one. */
  readonly libraryId: string;
  readonly images: Images;
  readonly roots: Roots;
  readonly generations: Generations;
  readonly vectors: Vectors;
  readonly skips: Skips;
  readonly #connection: Connection;
  readonly #commit: Commit;
  readonly #ownChanges: Query<{ own: number }>;
  #totals: (Totals & { readonly version: string }) | undefined;

  private constructor(connection: Connection) {
    this.#connection = connection;
    this.libraryId = connection.prepare<{ id: string }>('SELECT id FROM library').get()?.id ?? '';
    this.images = new Images(connection);
    this.roots = new Roots(connection, now);
    this.generations = new Generations(connection, now);
    this.vectors = new Vectors(connection);
    this.skips = new Skips(connection);
    this.#ownChanges = connection.prepare('SELECT total_changes() AS own');
    this.#commit = new Commit(connection, now);
  }

  /** Errors as `openDatabase`. In write mode the caller holds the lock. */
  static open(file: string, mode: 'write' | 'read'): Store {
    const connection = openDatabase(file, mode);
    try {
      return new Store(connection);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** All entries or none. @returns one result per entry, in order */
  commit(entries: readonly CommitEntry[], generationId: number): CommitResult[] {
    return this.#commit.run(entries, generationId);
  }

  /** Counted again only when something was committed, here or elsewhere: it may be asked for often. */
  totals(): Totals {
    const { own } = this.#ownChanges.get() ?? { own: 0 };
    const version = `${String(this.#connection.pragma('data_version'))} ${own}`;
    if (this.#totals?.version !== version) {
      this.#totals = { version, ...this.images.totals(), skipped: this.skips.count() };
    }
    return this.#totals;
  }

  /** Bytes of the database, without its write-ahead log. */
  databaseBytes(): number {
    return Number(this.#connection.pragma('page_count')) * Number(this.#connection.pragma('page_size'));
  }

  /** Reads every page: seconds for a large library. @returns 'ok', or what is wrong */
  check(): string {
    return String(this.#connection.pragma('quick_check(1)'));
  }

  /** Safe to call twice. */
  close(): void {
    this.#connection.close();
  }
}

function now(): string {
  return new Date().toISOString();
}
