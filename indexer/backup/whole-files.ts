/**
 * Files that are copied or checked as a whole, with their sums; on the disk before anybody relies on them.
 * Source: our own. Deviation: none.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { AppError, messageOf } from '../../model/index.ts';

const CHUNK_BYTES = 1_048_576;

export interface FileSum {
  readonly bytes: number;
  /** hexadecimal */
  readonly sha256: string;
}

export interface FileWork {
  readonly signal?: AbortSignal | undefined;
  /** Told of each piece. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** @throws AppError FILE_UNREADABLE, ABORTED */
export async function sumOf(file: string, work: FileWork = {}): Promise<FileSum> {
  return readThrough(file, work, () => Promise.resolve());
}

/**
 * Copies a file, makes its folder, and waits until it is on the disk.
 * @returns what was written: sum and size of the copy, read once
 * @throws AppError FILE_UNREADABLE, FILE_UNWRITABLE, DISK_FULL, ABORTED
 */
export async function copyFile(from: string, to: string, work: FileWork = {}): Promise<FileSum> {
  await mkdir(path.dirname(to), { recursive: true });
  const handle = await open(to, 'w').catch((error: unknown) => {
    throw unwritable(to, error);
  });
  try {
    const sum = await readThrough(from, work, async (chunk) => {
      await handle.writeFile(chunk).catch((error: unknown) => {
        throw unwritable(to, error);
      });
    });
    await handle.sync();
    return sum;
  } finally {
    await handle.close();
  }
}

/** Waits until a file, or the names in a folder, are on the disk. Windows cannot do the latter, nor needs it. */
export async function syncToDisk(place: string, kind: 'file' | 'folder'): Promise<void> {
  if (kind === 'folder' && process.platform === 'win32') return;
  const handle = await open(place, kind === 'file' ? 'r+' : 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Plain files below a folder, as paths relative to it with slashes, sorted; links are left out. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .toSorted();
}

export function unwritable(file: string, error: unknown): AppError {
  const isFull = (error as NodeJS.ErrnoException).code === 'ENOSPC';
  return new AppError(
    isFull ? 'DISK_FULL' : 'FILE_UNWRITABLE',
    `${file}: cannot be written (${messageOf(error)}); ${isFull ? 'free some space' : 'choose another place or make it writable'}`,
    { cause: error },
  );
}

async function readThrough(
  file: string,
  { signal, onBytes }: FileWork,
  take: (chunk: Uint8Array) => Promise<void>,
): Promise<FileSum> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const piece of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
      if (signal?.aborted === true) throw new AppError('ABORTED', `${file}: was stopped`);
      const chunk = piece as Buffer;
      hash.update(chunk);
      bytes += chunk.length;
      onBytes?.(chunk.length);
      await take(chunk);
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError(
      'FILE_UNREADABLE',
      `${file}: ${messageOf(error)}; check the disk and the permissions`,
      {
        cause: error,
      },
    );
  }
  return { bytes, sha256: hash.digest('hex') };
}
