/**
 * One writer for each library: a lock that the operating system drops when its owner dies.
 * Source: SQLite's file locks. Deviation: none.
 *
 * `library.lock` is a tiny database of its own. Its owner keeps a write transaction open, which holds
 * SQLite's RESERVED lock: a second writer is refused, readers may still read the row that says who owns it.
 * A file with a process id in it would survive kill -9 and then lie (the number may belong to another process
 * by now); this cannot. On a network drive it is as good as the drive's own locks.
 */
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { AppError } from '../../model/index.ts';
import { Connection, isBusy } from './connection.ts';

export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601 */
  readonly since: string;
}

/** Another process may be writing its name at this moment, which takes milliseconds. */
const WAIT_MS = 250;

/** Who may hold a lock, as a refusal says it. */
const WRITER =
  'is writing to this library, expected no other writer; wait until it has finished or stop it (searching works meanwhile)';

/** Two that start in the same instant may overwrite each other's name; the winner writes it again. */
const ATTEMPTS_MAX = 10;

export class LibraryLock {
  readonly #connection: Connection;
  #isHeld = true;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * @param does what the owner does, for the refusal: `is writing to …, expected …; wait …`
   * @throws AppError LIBRARY_LOCKED naming the owner, LIBRARY_CORRUPT, FILE_UNREADABLE, DISK_FULL
   */
  static acquire(file: string, does = WRITER): LibraryLock {
    const connection = Connection.openPlain(file, WAIT_MS);
    try {
      take(connection);
      return new LibraryLock(connection);
    } catch (error) {
      const owner = isBusy(error) ? readOwner(connection) : undefined;
      connection.close();
      if (!isBusy(error)) throw error;
      throw locked(file, owner, does, error);
    }
  }

  /** True while a process holds it. */
  static isHeld(file: string): boolean {
    if (!existsSync(file)) return false;
    const connection = Connection.openPlain(file, 0);
    try {
      connection.execute('BEGIN IMMEDIATE');
      connection.execute('ROLLBACK');
      return false;
    } catch (error) {
      if (isBusy(error)) return true;
      throw error;
    } finally {
      connection.close();
    }
  }

  /** Safe to call twice. */
  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#connection.execute('ROLLBACK');
    this.#connection.close();
  }
}

function take(connection: Connection): void {
  const me: LockOwner = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    writeOwner(connection, me);
    connection.execute('BEGIN IMMEDIATE');
    const owner = readOwner(connection);
    if (owner?.pid === me.pid && owner.host === me.host && owner.since === me.since) return;
    connection.execute('ROLLBACK');
  }
  throw new AppError(
    'LIBRARY_LOCKED',
    `${connection.file}: many processes want the library at once; try again`,
  );
}

function writeOwner(connection: Connection, { pid, host, since }: LockOwner): void {
  connection.transaction(() => {
    connection.execute('CREATE TABLE IF NOT EXISTS owner (pid INTEGER, host TEXT, since TEXT) STRICT');
    connection.execute('DELETE FROM owner');
    connection.prepare('INSERT INTO owner VALUES (?, ?, ?)').run(pid, host, since);
  });
}

function readOwner(connection: Connection): LockOwner | undefined {
  try {
    return connection.prepare<LockOwner>('SELECT pid, host, since FROM owner').get();
  } catch {
    // The very first owner has not written its name yet.
    return undefined;
  }
}

function locked(file: string, owner: LockOwner | undefined, does: string, cause: unknown): AppError {
  const who =
    owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.host} since ${owner.since}`;
  return new AppError('LIBRARY_LOCKED', `${file}: ${who} ${does}`, { cause });
}
