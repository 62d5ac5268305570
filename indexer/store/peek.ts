/**
 * Which model a library is searched with, without opening it: no lock, no index, any schema.
 * Source: our own. Deviation: none.
 */
import { existsSync, statSync } from 'node:fs';
import { Connection } from './connection.ts';
import { readActive, type Generation } from './generations.ts';
import { APPLICATION_ID } from './migrations.ts';

/**
 * @returns undefined where there is no library or nothing in it; what is wrong with it is told when it is opened
 * @throws AppError LIBRARY_CORRUPT, FILE_UNREADABLE
 */
export function peekActive(file: string): Generation | undefined {
  if (!existsSync(file) || statSync(file).size === 0) return undefined;
  const connection = Connection.open(file, 'read');
  try {
    const isOurs = Number(connection.pragma('application_id')) === APPLICATION_ID;
    return isOurs ? readActive(connection) : undefined;
  } finally {
    connection.close();
  }
}
