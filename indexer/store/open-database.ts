/**
 * Opens library.sqlite and brings its schema up to date.
 * Source: our own. Deviation: none.
 */
import { existsSync, statSync } from 'node:fs';
import { AppError } from '../../model/index.ts';
import { Connection } from './connection.ts';
import { APPLICATION_ID, migrations } from './migrations.ts';

/**
 * In write mode creates and migrates; the caller holds the lock of the library.
 * @throws AppError NOT_FOUND (read mode), LIBRARY_CORRUPT, LIBRARY_MISMATCH, FILE_UNREADABLE
 */
export function openDatabase(file: string, mode: 'write' | 'read'): Connection {
  if (mode === 'read' && (!existsSync(file) || statSync(file).size === 0)) throw notThere(file);
  const connection = Connection.open(file, mode);
  try {
    checkOwner(connection);
    const version = Number(connection.pragma('user_version'));
    if (version > migrations.length) throw tooNew(file, version);
    if (version < migrations.length) {
      // Version 0: the writer is just making it.
      if (mode === 'read') throw version === 0 ? notThere(file) : tooOld(file, version);
      migrate(connection, version);
    }
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** A database of another program must not be migrated into ours. */
function checkOwner(connection: Connection): void {
  const owner = Number(connection.pragma('application_id'));
  if (owner === APPLICATION_ID) return;
  const { count } = connection
    .prepare<{ count: number }>('SELECT count(*) AS count FROM sqlite_schema')
    .get() ?? {
    count: 0,
  };
  if (owner === 0 && count === 0) return;
  throw new AppError(
    'LIBRARY_CORRUPT',
    `${connection.file}: is a database of another program (application id ${owner}), expected a library of Imglish; choose another folder with --data`,
  );
}

function migrate(connection: Connection, from: number): void {
  for (const [index, sql] of migrations.entries()) {
    if (index < from) continue;
    connection.transaction(() => {
      connection.execute(sql);
      connection.pragma(`application_id = ${APPLICATION_ID}`);
      connection.pragma(`user_version = ${index + 1}`);
    });
  }
}

function notThere(file: string): AppError {
  return new AppError(
    'NOT_FOUND',
    `${file}: there is no library yet, expected one; make it with "imglish index <folder>", or name its folder with --data`,
  );
}

function tooNew(file: string, version: number): AppError {
  return new AppError(
    'LIBRARY_MISMATCH',
    `${file}: has schema ${version}, expected at most ${migrations.length}; a newer Imglish made it, update this one`,
  );
}

function tooOld(file: string, version: number): AppError {
  return new AppError(
    'LIBRARY_MISMATCH',
    `${file}: has schema ${version}, expected ${migrations.length}; run "imglish index" once, which brings it up to date`,
  );
}
