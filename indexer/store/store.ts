/**
 * The database of a library: the only truth, and the only place with SQL.
 * Source: our own. Deviation: none.
 */
import { openDatabase } from './open-database.ts';
import { Commit, type CommitEntry, type CommitResult } from './commit.ts';
import type { Connection, Query } from './connection.ts';
import { ExactDuplicates } from './exact-duplicates.ts';
import { FacetRows } from './facet-rows.ts';
import { FilterNames, PhotoFilters } from './filter/index.ts';
import { Generations } from './generations.ts';
import { Health } from './health.ts';
import { HoldingsCounter } from './holdings.ts';
import { ImageLists } from './image-lists.ts';
import { ImagePages } from './image-pages.ts';
import { Images } from './images.ts';
import { Mounts } from './mounts.ts';
import { NearDuplicates } from './near-duplicates.ts';
import { NearGroups } from './near-groups.ts';
import { OldContents } from './old-contents.ts';
import { Roots } from './roots.ts';
import { Skips } from './skips.ts';
import { TextLookup } from './text-lookup.ts';
import { TextTags } from './text-tags.ts';
import { TextVectors } from './text-vectors.ts';
import { Texts } from './texts.ts';
import { Vectors } from './vectors.ts';
import { Words } from './words.ts';

export interface Totals {
  readonly images: number;
  /** of the photo files */
  readonly bytes: number;
  readonly skipped: number;
}

/** More than a batch of anything changes; some 0.1 s. Where it is not enough, the next transaction goes on. */
const WORDS_PER_TRANSACTION = 2000;

export class Store {
  /** The database, absolute. */
  readonly file: string;
  /** Random; derived files of another library have another one. */
  readonly libraryId: string;
  readonly images: Images;
  readonly imagePages: ImagePages;
  readonly imageLists: ImageLists;
  readonly facetRows: FacetRows;
  readonly photoFilters: PhotoFilters;
  readonly roots: Roots;
  readonly generations: Generations;
  readonly vectors: Vectors;
  readonly skips: Skips;
  readonly oldContents: OldContents;
  readonly mounts: Mounts;
  readonly texts: Texts;
  readonly textVectors: TextVectors;
  readonly textLookup: TextLookup;
  readonly textTags: TextTags;
  readonly words: Words;
  readonly health: Health;
  readonly exactDuplicates: ExactDuplicates;
  readonly nearDuplicates: NearDuplicates;
  readonly nearGroups: NearGroups;
  readonly holdings: HoldingsCounter;
  readonly #connection: Connection;
  readonly #commit: Commit;
  readonly #ownChanges: Query<{ own: number }>;
  #totals: (Totals & { readonly version: string }) | undefined;

  private constructor(connection: Connection) {
    this.#connection = connection;
    this.file = connection.file;
    this.libraryId = connection.prepare<{ id: string }>('SELECT id FROM library').get()?.id ?? '';
    this.images = new Images(connection);
    this.imagePages = new ImagePages(connection);
    const names = new FilterNames(connection);
    this.photoFilters = new PhotoFilters(connection, this.images, names);
    this.imageLists = new ImageLists(connection, names);
    this.facetRows = new FacetRows(connection, names);
    this.roots = new Roots(connection, now);
    this.generations = new Generations(connection, now);
    this.vectors = new Vectors(connection);
    this.skips = new Skips(connection);
    this.texts = new Texts(connection, now);
    this.oldContents = new OldContents(connection, this.texts);
    this.mounts = new Mounts(connection, now);
    this.textVectors = new TextVectors(connection);
    this.textLookup = new TextLookup(connection);
    this.textTags = new TextTags(connection, this.texts, now);
    this.words = new Words(connection);
    this.health = new Health(connection);
    this.exactDuplicates = new ExactDuplicates(connection);
    this.nearDuplicates = new NearDuplicates(connection);
    this.nearGroups = new NearGroups(connection, now);
    this.#ownChanges = connection.prepare('SELECT total_changes() AS own');
    this.holdings = new HoldingsCounter(connection, () => this.version());
    this.#commit = new Commit(connection, this.texts, now);
  }

  /** Errors as `openDatabase`. In write mode the caller holds the lock. */
  static open(file: string, mode: 'write' | 'read'): Store {
    const connection = openDatabase(file, mode);
    try {
      const store = new Store(connection);
      if (mode === 'write') connection.atEnd(() => store.words.catchUp(WORDS_PER_TRANSACTION));
      return store;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** All entries or none. @returns one result per entry, in order */
  commit(entries: readonly CommitEntry[], generationId: number): CommitResult[] {
    return this.#commit.run(entries, generationId);
  }

  /** Another one after each commit, here or elsewhere; says nothing across connections. */
  version(): string {
    const { own } = this.#ownChanges.get() ?? { own: 0 };
    return `${String(this.#connection.pragma('data_version'))} ${own}`;
  }

  /** Counted again only when something was committed, here or elsewhere: it may be asked for often. */
  totals(): Totals {
    const version = this.version();
    if (this.#totals?.version !== version) {
      this.#totals = { version, ...this.images.totals(), skipped: this.skips.count() };
    }
    return this.#totals;
  }

  /** Bytes of the database, without its write-ahead log. */
  databaseBytes(): number {
    return Number(this.#connection.pragma('page_count')) * Number(this.#connection.pragma('page_size'));
  }

  /**
   * From now until `close`, everything that is read is of one moment, whatever the writer does; its log grows
   * meanwhile. For a connection of one's own.
   */
  holdMoment(): void {
    this.#connection.execute('BEGIN');
    // A transaction begins with its first read.
    this.totals();
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
