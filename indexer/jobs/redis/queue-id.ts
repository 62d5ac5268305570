/**
 * Which queue on a Redis server belongs to a data folder: a random name in a file of the folder, so that the folder
 * may be moved, mounted elsewhere, or stand beside others on one server.
 * Source: our own. Deviation: none.
 */
import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError, messageOf } from '../../../model/index.ts';

const FILE = 'jobs-queue.id';

/** @throws AppError FILE_UNREADABLE, LIBRARY_CORRUPT */
export async function queueIdOf(dataFolder: string): Promise<string> {
  const file = path.join(dataFolder, FILE);
  const known = await read(file);
  if (known !== undefined) return known;
  // Written beside and then linked, which refuses a second name and never shows half of one.
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, `${randomUUID()}\n`, { flush: true });
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    await rm(draft, { force: true });
  }
  return (await read(file)) ?? (await Promise.reject(unreadable(file, 'it vanished')));
}

async function read(file: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(file, error);
  }
  if (/^[0-9a-f-]{36}\n?$/.test(text)) return text.trim();
  throw new AppError(
    'LIBRARY_CORRUPT',
    `${file}: found other text, expected the name of a queue; delete the file, and add what was waiting anew`,
  );
}

function unreadable(file: string, error: unknown): AppError {
  return new AppError(
    'FILE_UNREADABLE',
    `${file}: ${messageOf(error)}, expected to read or write the name of the queue; make the folder of the library writable`,
    { cause: error },
  );
}
