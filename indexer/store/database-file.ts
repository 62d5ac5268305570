/**
 * The database as a file: copied while in use, looked at without being opened as a library, put out of use.
 * Source: SQLite's online backup and its WAL mode. Deviation: none.
 */
import { statSync } from 'node:fs';
import { AppError } from '../../model/index.ts';
import { Connection, isBusy } from './connection.ts';
import type { Generation } from './generations.ts';
import { APPLICATION_ID, migrations } from './migrations.ts';

/** What a database holds, whatever its schema. */
export interface DatabaseFacts {
  readonly libraryId: string;
  readonly schemaVersion: number;
  readonly images: number;
  readonly contents: number;
  readonly roots: number;
  readonly vectors: number;
  readonly generations: readonly Pick<
    Generation,
    'modelName' | 'modelIdentity' | 'preprocessVersion' | 'dimension' | 'state'
  >[];
}

/** 4 MB: some 20 ms, after which other work has its turn. */
const PAGES_PER_STEP = 1000;

const PROBLEMS_MAX = 20;

/**
 * Copies a database that may be in use. The copy is one file, without a log beside it, that may lie on a disk that
 * cannot be written to.
 * @throws AppError ABORTED, NOT_FOUND, LIBRARY_CORRUPT, DISK_FULL, FILE_UNREADABLE
 */
export async function copyDatabase(
  file: string,
  target: string,
  options: {
    readonly signal?: AbortSignal | undefined;
    readonly onBytes?: ((done: number, total: number) => void) | undefined;
  } = {},
): Promise<void> {
  const source = Connection.open(file, 'read');
  try {
    const pageBytes = Number(source.pragma('page_size'));
    await source.copyTo(target, PAGES_PER_STEP, ({ total, left }) => {
      if (options.signal?.aborted === true) throw new AppError('ABORTED', 'the copy was stopped');
      options.onBytes?.((total - left) * pageBytes, total * pageBytes);
    });
  } finally {
    source.close();
  }
  setJournal(target, 'delete');
}

/**
 * Reads what a database holds without changing anything, its schema included.
 * @throws AppError LIBRARY_CORRUPT, LIBRARY_MISMATCH (newer than this program), FILE_UNREADABLE
 */
export function inspectDatabase(file: string): DatabaseFacts {
  const connection = Connection.open(file, 'read');
  try {
    const owner = Number(connection.pragma('application_id'));
    if (owner !== APPLICATION_ID) {
      throw new AppError(
        'LIBRARY_CORRUPT',
        `${file}: has application id ${owner}, expected a library of Imglish (${APPLICATION_ID}); choose another file`,
      );
    }
    const schemaVersion = Number(connection.pragma('user_version'));
    if (schemaVersion > migrations.length) {
      throw new AppError(
        'LIBRARY_MISMATCH',
        `${file}: has schema ${schemaVersion}, expected at most ${migrations.length}; a newer Imglish made it, update this one`,
      );
    }
    const count = (table: string): number =>
      connection.prepare<{ count: number }>(`SELECT count(*) AS count FROM ${table}`).get()?.count ?? 0;
    return {
      libraryId: connection.prepare<{ id: string }>('SELECT id FROM library').get()?.id ?? '',
      schemaVersion,
      images: count('images'),
      contents: count('contents'),
      roots: count('roots'),
      vectors: count('vectors'),
      generations: connection
        .prepare<DatabaseFacts['generations'][number]>(
          `SELECT model_name AS modelName, model_identity AS modelIdentity,
             preprocess_version AS preprocessVersion, dimension, state FROM generations ORDER BY id`,
        )
        .all(),
    };
  } finally {
    connection.close();
  }
}

/**
 * Reads every page and every reference: a second for some hundred megabytes, on the calling thread.
 * @param isFull also that every index holds what its table holds
 * @returns what is wrong, at most 20 lines of each kind; nothing for a whole database
 */
export function databaseProblems(file: string, isFull: boolean): string[] {
  const connection = Connection.open(file, 'read');
  try {
    const pragma = isFull ? 'integrity_check' : 'quick_check';
    const problems = connection
      .prepare<Readonly<Record<string, string>>>(`PRAGMA ${pragma}(${PROBLEMS_MAX})`)
      .all()
      .flatMap((row) => Object.values(row))
      .filter((line) => line !== 'ok');
    const references = connection
      .prepare<{ table: string; rowid: number | null; parent: string; count: number }>(
        `SELECT "table", parent, min(rowid) AS rowid, count(*) AS count FROM pragma_foreign_key_check
         GROUP BY "table", parent LIMIT ${PROBLEMS_MAX}`,
      )
      .all()
      .map(
        ({ table, rowid, parent, count }) =>
          `${count} rows of "${table}" (the first is ${rowid ?? '?'}) refer to a row of "${parent}" that is not there`,
      );
    return [...problems, ...references];
  } catch (error) {
    // A page that cannot be read at all ends the check.
    if (error instanceof AppError && error.code === 'LIBRARY_CORRUPT') return [error.message];
    throw error;
  } finally {
    connection.close();
  }
}

/**
 * Writes the log into the database and does away with it, so that the file may be replaced. While any process reads
 * the library this is refused: it would go on with parts of two databases.
 * @throws AppError LIBRARY_LOCKED, LIBRARY_CORRUPT
 */
export function retireDatabase(file: string): void {
  setJournal(file, 'delete');
}

/** Bytes that a database takes on the disk, its log included, and how many of them hold nothing. */
export function databaseSize(file: string): { readonly bytes: number; readonly freeBytes: number } {
  const connection = Connection.open(file, 'read');
  try {
    const pageBytes = Number(connection.pragma('page_size'));
    const freeBytes = Number(connection.pragma('freelist_count')) * pageBytes;
    const logBytes = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
    return { bytes: Number(connection.pragma('page_count')) * pageBytes + logBytes, freeBytes };
  } finally {
    connection.close();
  }
}

/**
 * Brings the log into the database and cuts it off; with `rewrite` the whole database is written anew without its free
 * pages, on the calling thread. Readers go on meanwhile; where one keeps the log in use, the log stays.
 * @throws AppError LIBRARY_LOCKED, DISK_FULL
 */
export function vacuumDatabase(file: string, options: { readonly rewrite: boolean }): void {
  const connection = Connection.open(file, 'write');
  try {
    if (options.rewrite) connection.execute('VACUUM');
    connection.pragma('optimize');
    connection.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    connection.close();
  }
}

/** Turns the log of a copy on, as a library has it. */
export function activateDatabase(file: string): void {
  setJournal(file, 'wal');
}

function setJournal(file: string, mode: 'wal' | 'delete'): void {
  const connection = Connection.openPlain(file, 0);
  try {
    const now = connection.pragma(`journal_mode = ${mode}`);
    if (now === mode) return;
    throw inUse(file);
  } catch (error) {
    throw isBusy(error) ? inUse(file) : error;
  } finally {
    connection.close();
  }
}

function inUse(file: string): AppError {
  return new AppError(
    'LIBRARY_LOCKED',
    `${file}: another process is reading this library, expected none; stop it (imglish serve, a search under way) and try again`,
  );
}
