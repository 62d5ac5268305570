/**
 * Opens jobs.sqlite, which any process may write: whoever comes first makes it.
 * Source: our own. Deviation: none.
 */
import { AppError } from '../../../model/index.ts';
import { Connection, isBusy } from '../../store/index.ts';
import { APPLICATION_ID, migrations } from './migrations.ts';

/** Two that open a new file at once may refuse each other while it becomes a WAL database. */
const ATTEMPTS_MAX = 5;

/** @throws AppError LIBRARY_CORRUPT, LIBRARY_MISMATCH, LIBRARY_LOCKED, FILE_UNREADABLE, DISK_FULL */
export function openJobs(file: string): Connection {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return openOnce(file);
    } catch (error) {
      if (!isBusy(error) || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}

function openOnce(file: string): Connection {
  const connection = Connection.open(file, 'write');
  try {
    connection.transaction(() => migrate(connection));
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function migrate(connection: Connection): void {
  const { file } = connection;
  const owner = Number(connection.pragma('application_id'));
  const version = Number(connection.pragma('user_version'));
  if (owner !== APPLICATION_ID && (owner !== 0 || version !== 0)) {
    throw new AppError(
      'LIBRARY_CORRUPT',
      `${file}: is a database of another program (application id ${owner}), expected the jobs of Imglish; move it away`,
    );
  }
  if (version > migrations.length) {
    throw new AppError(
      'LIBRARY_MISMATCH',
      `${file}: has schema ${version}, expected at most ${migrations.length}; a newer Imglish made it, update this one`,
    );
  }
  for (const sql of migrations.slice(version)) connection.execute(sql);
  connection.pragma(`application_id = ${APPLICATION_ID}`);
  connection.pragma(`user_version = ${migrations.length}`);
}
