/**
 * A backup becomes the library of a data folder.
 * Source: our own. Deviation: none.
 *
 * Nothing of the old library is touched before the backup was read to its end and found whole. Then one rename puts
 * the new database in place; killed before, the folder holds the old library, after, the new one.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../model/index.ts';
import type { JobProgress } from '../jobs/job-queue.ts';
import {
  activateDatabase,
  databaseProblems,
  inspectDatabase,
  LibraryLock,
  retireDatabase,
  type DatabaseFacts,
} from '../store/index.ts';
import { WorkMeter } from '../pipeline/work-meter.ts';
import { corrupt, DATABASE_FILE, MODELS_FOLDER, readManifest, type Manifest } from './manifest.ts';
import { copyFile, sumOf, syncToDisk, unwritable } from './whole-files.ts';

export interface RestoreOptions {
  /** A folder that `backupLibrary` made. */
  readonly backup: string;
  /** absolute */
  readonly dataFolder: string;
  /** Where models of the backup go that are not there; default: models in the data folder. */
  readonly modelsFolder?: string;
  /** Default false: a library that holds photos is not replaced. */
  readonly force?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Counts bytes. */
  readonly onProgress?: ((progress: JobProgress) => void) | undefined;
}

export interface RestoreReport {
  readonly dataFolder: string;
  /** Of the backup, ISO 8601 */
  readonly createdAt: string;
  readonly images: number;
  readonly vectors: number;
  /** Models and previews that were copied. */
  readonly files: number;
  readonly seconds: number;
}

/** The copy while it is checked; the lock allows only one. */
const COMING_FILE = `${DATABASE_FILE}.restoring`;

/**
 * @throws AppError NOT_FOUND, BACKUP_CORRUPT, LIBRARY_MISMATCH (made by a newer Imglish), NAME_TAKEN (a library that holds
 *   photos), LIBRARY_LOCKED (another process has it open), DISK_FULL, FILE_UNWRITABLE, ABORTED
 */
export async function restoreLibrary(options: RestoreOptions): Promise<RestoreReport> {
  const start = performance.now();
  const backup = path.resolve(options.backup);
  const manifest = await readManifest(backup);
  const meter = new WorkMeter(options.onProgress);
  const total = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  const onBytes = (bytes: number): void => {
    done += bytes;
    meter.update('reading the backup', { done, total });
  };
  await checkFiles(backup, manifest, { signal: options.signal, onBytes });
  try {
    await mkdir(options.dataFolder, { recursive: true });
  } catch (error) {
    throw unwritable(options.dataFolder, error);
  }
  const lock = LibraryLock.acquire(path.join(options.dataFolder, 'library.lock'));
  try {
    refuseFull(options.dataFolder, options.force === true);
    const files = await bringFiles(backup, manifest, options);
    await replaceDatabase(backup, manifest, options);
    const { createdAt, images, vectors } = manifest;
    const seconds = (performance.now() - start) / 1000;
    return { dataFolder: options.dataFolder, createdAt, images, vectors, files, seconds };
  } finally {
    await rm(path.join(options.dataFolder, COMING_FILE), { force: true });
    lock.release();
  }
}

/** Every file of the manifest is there and is what it was. */
async function checkFiles(
  backup: string,
  manifest: Manifest,
  work: { readonly signal: AbortSignal | undefined; readonly onBytes: (bytes: number) => void },
): Promise<void> {
  for (const file of manifest.files) {
    const place = path.join(backup, file.path);
    const status = await stat(place).catch(() => undefined);
    if (status?.size !== file.bytes) {
      throw corrupt(place, `has ${status?.size ?? 'no'} bytes, expected ${file.bytes}`);
    }
    const { sha256 } = await sumOf(place, work);
    if (sha256 !== file.sha256) throw corrupt(place, `SHA-256 is ${sha256}, expected ${file.sha256}`);
  }
}

function refuseFull(dataFolder: string, force: boolean): void {
  const file = path.join(dataFolder, DATABASE_FILE);
  if (force || !existsSync(file)) return;
  const facts = factsOrDamage(file);
  if (facts !== undefined && facts.images + facts.roots === 0) return;
  const found = facts === undefined ? 'a library that cannot be read' : `a library of ${facts.images} photos`;
  throw new AppError(
    'NAME_TAKEN',
    `${dataFolder}: holds ${found}, expected none; choose another folder with --data, or replace it with --force`,
  );
}

function factsOrDamage(file: string): DatabaseFacts | undefined {
  try {
    return inspectDatabase(file);
  } catch {
    return undefined;
  }
}

/** Models and previews: files under their own names, which are never overwritten. */
async function bringFiles(backup: string, manifest: Manifest, options: RestoreOptions): Promise<number> {
  let copied = 0;
  for (const file of manifest.files) {
    if (file.path === DATABASE_FILE) continue;
    const target = file.path.startsWith(`${MODELS_FOLDER}/`)
      ? path.join(
          options.modelsFolder ?? path.join(options.dataFolder, MODELS_FOLDER),
          file.path.slice(MODELS_FOLDER.length + 1),
        )
      : path.join(options.dataFolder, file.path);
    if (existsSync(target)) continue;
    const temporary = `${target}.restoring`;
    await copyChecked(path.join(backup, file.path), temporary, file.sha256, options.signal);
    await rename(temporary, target);
    copied += 1;
  }
  return copied;
}

async function replaceDatabase(backup: string, manifest: Manifest, options: RestoreOptions): Promise<void> {
  const { dataFolder, signal } = options;
  const file = path.join(dataFolder, DATABASE_FILE);
  const coming = path.join(dataFolder, COMING_FILE);
  const sha256 = manifest.files.find((one) => one.path === DATABASE_FILE)?.sha256 ?? '';
  for (const rest of ['', '-wal', '-shm', '-journal']) await rm(coming + rest, { force: true });
  await copyChecked(path.join(backup, DATABASE_FILE), coming, sha256, signal);
  checkDatabase(coming, manifest);
  activateDatabase(coming);
  await syncToDisk(coming, 'file');
  if (signal?.aborted === true) throw new AppError('ABORTED', 'restoring was stopped; nothing was changed');
  try {
    await retireOld(file);
    // Derived, and of the old database: numbers of the two would not fit. Without it the old library is still whole.
    await rm(path.join(dataFolder, 'vectors'), { recursive: true, force: true });
    await rename(coming, file);
    await syncToDisk(dataFolder, 'folder');
  } catch (error) {
    throw error instanceof AppError ? error : unwritable(file, error);
  }
}

/** A sum says that the bytes are those that were written; this, that they are a library. */
function checkDatabase(file: string, manifest: Manifest): void {
  const [problem] = databaseProblems(file, true);
  if (problem !== undefined) throw corrupt(file, problem);
  const facts = inspectDatabase(file);
  for (const field of ['libraryId', 'schemaVersion', 'images', 'vectors'] as const) {
    if (facts[field] !== manifest[field]) {
      throw corrupt(file, `"${field}" is ${facts[field]}, the manifest says ${manifest[field]}`);
    }
  }
}

/** After this the old database is one file, whole, and nothing beside it would be read with the new one. */
async function retireOld(file: string): Promise<void> {
  if (!existsSync(file)) return;
  try {
    retireDatabase(file);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'LIBRARY_CORRUPT') throw error;
    // Damaged beyond reading, which may be why a backup is restored. It is kept, under another name.
    const kept = `${file}.damaged-${Date.now()}`;
    for (const rest of ['-wal', '-shm', '']) {
      if (existsSync(file + rest)) await rename(file + rest, kept + rest);
    }
  }
}

async function copyChecked(
  from: string,
  to: string,
  sha256: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const written = await copyFile(from, to, { signal });
  if (written.sha256 === sha256) return;
  await rm(to, { force: true });
  throw corrupt(from, `changed while it was restored`);
}
