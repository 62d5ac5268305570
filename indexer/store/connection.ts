/**
 * One SQLite connection whose every failure leaves as an `AppError` with a remedy.
 * Source: better-sqlite3 and SQLite's result codes. Deviation: none.
 */
import { statfsSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { AppError, type ErrorCode } from '../../model/index.ts';

/** What SQLite stores. */
export type SqlValue = string | number | bigint | Uint8Array | null;

/** A prepared statement. `Row` is what the SELECT list says; SQLite cannot check it. */
export interface Query<Row> {
  get(...values: readonly SqlValue[]): Row | undefined;
  all(...values: readonly SqlValue[]): Row[];
  /** @returns how many rows were changed, and the row id of the last INSERT */
  run(...values: readonly SqlValue[]): { readonly changes: number; readonly lastId: number };
}

/** How long a statement waits for another process before it fails as BUSY. Our writes take milliseconds. */
const BUSY_TIMEOUT_MS = 5000;

/** The write-ahead log is cut back to this once it was checkpointed, so that it does not stay large. */
const JOURNAL_BYTES_MAX = 67_108_864;

/** With less than this a disk is full: the smallest thing that SQLite makes beside a database is half as large. */
const FREE_BYTES_MIN = 65_536;

export class Connection {
  /** Path of the database file, as errors name it. */
  readonly file: string;
  readonly #database: Database.Database;
  #atEnd: (() => unknown) | undefined;

  private constructor(file: string, database: Database.Database) {
    this.file = file;
    this.#database = database;
  }

  /**
   * In write mode creates the file. WAL lets readers work beside the writer and makes a commit one append.
   * `synchronous = FULL`: a commit is on the disk when it returns, so neither kill -9 nor a power cut loses it;
   * NORMAL would stand kill -9 only. Measured: a batch of 8 photos commits in 4.5 ms with FULL, and takes some
   * 55 ms to decode and embed.
   */
  static open(file: string, mode: 'write' | 'read'): Connection {
    return translated(file, () => {
      const database = new Database(file, {
        readonly: mode === 'read',
        fileMustExist: mode === 'read',
        timeout: BUSY_TIMEOUT_MS,
      });
      try {
        if (mode === 'write') {
          database.pragma('journal_mode = WAL');
          database.pragma('synchronous = FULL');
          database.pragma(`journal_size_limit = ${JOURNAL_BYTES_MAX}`);
        }
        database.pragma('foreign_keys = ON');
        // A stranger's database must not run functions from its schema.
        database.pragma('trusted_schema = OFF');
        return new Connection(file, database);
      } catch (error) {
        database.close();
        throw error;
      }
    });
  }

  /** For locks: no WAL, so that a lock is one file. Waits `timeoutMs` for others. */
  static openPlain(file: string, timeoutMs: number): Connection {
    return translated(file, () => new Connection(file, new Database(file, { timeout: timeoutMs })));
  }

  prepare<Row = unknown>(sql: string): Query<Row> {
    const { file } = this;
    const statement = translated(file, () => this.#database.prepare<unknown[], Row>(sql));
    return {
      get: (...values) => translated(file, () => statement.get(...values)),
      all: (...values) => translated(file, () => statement.all(...values)),
      run: (...values) =>
        translated(file, () => {
          const { changes, lastInsertRowid } = statement.run(...values);
          return { changes, lastId: Number(lastInsertRowid) };
        }),
    };
  }

  /** Runs statements that take no values. */
  execute(sql: string): void {
    translated(this.file, () => this.#database.exec(sql));
  }

  /** The value of a pragma that has one. */
  pragma(text: string): unknown {
    return translated(this.file, () => this.#database.pragma(text, { simple: true }));
  }

  /** All of `work` or nothing. Takes the write lock at the start, so it cannot fail for it half-way. */
  transaction<T>(work: () => T): T {
    const isOutermost = !this.#database.inTransaction;
    const whole = (): T => {
      const result = work();
      if (isOutermost) this.#atEnd?.();
      return result;
    };
    return translated(this.file, () => this.#database.transaction(whole).immediate());
  }

  /** Done at the end of each transaction from now on, inside it: what follows from the rest of it. */
  atEnd(work: () => unknown): void {
    this.#atEnd = work;
  }

  /**
   * Copies the database page by page, as it is at the first page, while others write: the transaction that is held
   * meanwhile keeps SQLite from beginning anew at each of their commits. The steps leave room for other work.
   * @param onStep told of pages; what it throws ends the copy
   */
  async copyTo(
    target: string,
    pagesPerStep: number,
    onStep: (pages: { readonly total: number; readonly left: number }) => void,
  ): Promise<void> {
    this.execute('BEGIN');
    // A transaction begins with its first read.
    this.prepare('SELECT count(*) FROM sqlite_schema').get();
    try {
      await this.#database.backup(target, {
        progress: ({ totalPages, remainingPages }) => {
          onStep({ total: totalPages, left: remainingPages });
          return pagesPerStep;
        },
      });
    } catch (error) {
      translated(this.file, () => {
        throw error;
      });
    } finally {
      this.execute('ROLLBACK');
    }
  }

  /** Safe to call twice. */
  close(): void {
    translated(this.file, () => this.#database.close());
  }
}

/** True for the refusal that means "somebody else holds the lock". */
export function isBusy(error: unknown): boolean {
  return error instanceof AppError && resultCode(error.cause).startsWith('SQLITE_BUSY');
}

function translated<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = resultCode(error);
    if (code === '') throw error;
    const [kind, remedy] = isFull(file, code) ? (['DISK_FULL', fullRemedy()] as const) : meaningOf(code);
    throw new AppError(kind, `${file}: ${(error as Error).message} (${code}); ${remedy}`, { cause: error });
  }
}

function resultCode(error: unknown): string {
  return error instanceof Database.SqliteError ? error.code : '';
}

/** What a result code means for the user; extended codes begin with the plain ones. */
const meanings: readonly (readonly [string, ErrorCode, string])[] = [
  ['SQLITE_CORRUPT', 'LIBRARY_CORRUPT', corruptRemedy()],
  ['SQLITE_NOTADB', 'LIBRARY_CORRUPT', corruptRemedy()],
  ['SQLITE_FULL', 'DISK_FULL', fullRemedy()],
  // The memory that processes share is a file of 32 kB beside the database; even reading needs it.
  ['SQLITE_IOERR_SHMSIZE', 'DISK_FULL', fullRemedy()],
  ['SQLITE_BUSY', 'LIBRARY_LOCKED', 'another process is writing, try again when it has finished'],
  ['SQLITE_READONLY', 'FILE_UNREADABLE', 'make the folder of the library writable'],
  ['SQLITE_CANTOPEN', 'FILE_UNREADABLE', 'check the permissions of the file and its folder'],
  ['SQLITE_PERM', 'FILE_UNREADABLE', 'check the permissions of the file and its folder'],
  ['SQLITE_IOERR', 'FILE_UNREADABLE', 'check the disk; a network drive may be gone'],
];

function fullRemedy(): string {
  return 'the disk is full: free some space; what was committed before is safe';
}

/** Some systems report a disk without space as one that failed. */
function isFull(file: string, code: string): boolean {
  if (!code.startsWith('SQLITE_IOERR') && !code.startsWith('SQLITE_CANTOPEN')) return false;
  try {
    const { bavail, bsize } = statfsSync(path.dirname(file));
    return bavail * bsize < FREE_BYTES_MIN;
  } catch {
    return false;
  }
}

function corruptRemedy(): string {
  return (
    'the database is damaged or not one of Imglish. The photos themselves are untouched: move the file ' +
    'together with its -wal and -shm away and index again, or restore a backup'
  );
}

/** A code that is not listed is a mistake of ours in the SQL; it stays as it is. */
function meaningOf(code: string): readonly [ErrorCode, string] {
  for (const [prefix, kind, remedy] of meanings) if (code.startsWith(prefix)) return [kind, remedy];
  return ['LIBRARY_CORRUPT', 'the library refused what Imglish wrote; please report this'];
}
