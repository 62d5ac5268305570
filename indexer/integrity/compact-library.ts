/**
 * Gives back what a library no longer needs.
 * Source: our own. Deviation: none.
 */
import { statfs } from 'node:fs/promises';
import os from 'node:os';
import type { Library } from '../library/library.ts';
import { databaseSize, type Corpus } from '../store/index.ts';
import { runDatabaseTask } from './database-work.ts';
import { stopIfAborted } from './findings.ts';
import { clearPreviews } from './previews.ts';

export interface CompactReport {
  /** Of the database with its log. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Contents that lay nowhere any more. */
  readonly contents: number;
  readonly previews: number;
  /** Rows of the log of generations that are gone. */
  readonly logRows: number;
  /** Whether the database was written anew; if not, why. */
  readonly rewritten: boolean;
  readonly reason: string;
}

const ROWS_PER_STEP = 500;

/** Below this part of free pages, writing the database anew gains less than it costs. */
const FREE_PART_MIN = 0.1;

/** SQLite writes the new database to a temporary file, then to the log. */
const SPACE_FACTOR = 2.2;

/**
 * For the writer; other writers of this process may have to wait. Vectors of retired generations stay, they are deleted
 * on request only.
 * @throws AppError ABORTED, DISK_FULL, LIBRARY_LOCKED; what was done stays
 */
export async function compactLibrary(
  library: Library,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<CompactReport> {
  const { store } = library;
  const bytesBefore = databaseSize(store.file).bytes;
  let contents = 0;
  for (let after = 0; ;) {
    stopIfAborted(options.signal);
    const removed = store.images.removeOrphans(after, ROWS_PER_STEP);
    const last = removed.at(-1);
    if (last === undefined) break;
    contents += removed.length;
    after = last.id;
  }
  let logRows = 0;
  for (const corpus of ['photos', 'texts'] as const satisfies readonly Corpus[]) {
    for (;;) {
      stopIfAborted(options.signal);
      const dropped = store.health.dropOldLog(corpus, ROWS_PER_STEP);
      if (dropped === 0) break;
      logRows += dropped;
    }
  }
  const previews = await clearPreviews(store, library.dataFolder, options.signal);
  await library.catchUp();
  await library.search(async ({ generation, vectors, searchTexts }) => {
    await vectors.compact();
    if (store.textVectors.summary(generation.id).count > 0) await searchTexts((texts) => texts.compact());
  });
  await library.saveIndex();
  stopIfAborted(options.signal);
  const reason = await reasonToKeep(library);
  // Not stopped half-way: the thread could not be, and its work is whole or nothing.
  await runDatabaseTask({ kind: 'vacuum', file: store.file, rewrite: reason === '' }, undefined);
  const bytesAfter = databaseSize(store.file).bytes;
  return { bytesBefore, bytesAfter, contents, previews, logRows, rewritten: reason === '', reason };
}

/** @returns why the database is not written anew; nothing where it is worth it and there is room */
async function reasonToKeep({ dataFolder, store }: Library): Promise<string> {
  const { bytes, freeBytes } = databaseSize(store.file);
  if (freeBytes < bytes * FREE_PART_MIN) {
    return `only ${((100 * freeBytes) / Math.max(1, bytes)).toFixed(0)} % of the database are free`;
  }
  for (const folder of [dataFolder, os.tmpdir()]) {
    const { bavail, bsize } = await statfs(folder);
    const needed = Math.ceil(bytes * SPACE_FACTOR);
    if (bavail * bsize < needed) {
      return `${folder} has ${bavail * bsize} bytes of space, expected ${needed}; free some space`;
    }
  }
  return '';
}
