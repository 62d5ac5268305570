/**
 * The file form of an approximate index: the graph, and a small header that says what it is.
 * Source: our own format. Deviation: none.
 *
 * The graph is written under a new name; the header names it, with its size and sum, and is replaced by a
 * rename. So at every moment the folder holds one whole snapshot, or the one before. The sum is checked before
 * the graph is read, because the library that reads it trusts every number in the file.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError, messageOf } from '../../model/index.ts';
import { checkWhole } from './graph-file.ts';

const HEADER_FILE = 'snapshot.json';

/** Raised when a reader of the old number would misread the files. */
const FORMAT = 1;

/** Deleted ids are listed in the header; a fifth of three million of them fit. */
const HEADER_BYTES_MAX = 8_388_608;

const count = z.int().nonnegative();

const headerSchema = z.strictObject({
  format: z.literal(FORMAT),
  libraryId: z.string(),
  generationId: count,
  dimension: count,
  /** Of the last change that is contained. */
  sequence: count,
  /** Vectors that a search finds. */
  live: count,
  /** Ids that are in the graph but deleted. */
  dead: z.array(count),
  /** Groups of ids with one and the same vector, which is in the graph under the first. */
  twins: z.array(z.array(count).min(2)),
  file: z.string().regex(/^graph-[0-9]+-[0-9a-f]+\.hnsw$/, 'expected the name of a graph file'),
  bytes: count,
  sha256: z.string(),
});

export type SnapshotHeader = z.infer<typeof headerSchema>;

/** What a snapshot must belong to. */
export type SnapshotOwner = Pick<SnapshotHeader, 'libraryId' | 'generationId' | 'dimension'>;

/** A snapshot whose sum is right. */
export interface Snapshot {
  readonly header: SnapshotHeader;
  /** absolute */
  readonly file: string;
}

/** A name for the next graph file. */
export function newGraphFile(folder: string, sequence: number): string {
  return path.join(folder, `graph-${sequence}-${randomBytes(4).toString('hex')}.hnsw`);
}

/**
 * @returns undefined where there is none
 * @throws AppError LIBRARY_CORRUPT where there is one that cannot be used, with the reason
 */
export async function readSnapshot(folder: string, owner: SnapshotOwner): Promise<Snapshot | undefined> {
  const place = path.join(folder, HEADER_FILE);
  const status = await stat(place).catch(() => undefined);
  if (status === undefined) return undefined;
  if (status.size > HEADER_BYTES_MAX) throw unusable(place, `has ${status.size} bytes`);
  const header = parseHeader(place, await readFile(place, 'utf8'));
  for (const field of ['libraryId', 'generationId', 'dimension'] as const) {
    if (header[field] !== owner[field]) {
      throw unusable(place, `"${field}" is ${header[field]}, expected ${owner[field]}`);
    }
  }
  const file = path.join(folder, header.file);
  const bytes = (await stat(file).catch(() => undefined))?.size;
  if (bytes !== header.bytes) throw unusable(file, `has ${bytes ?? 'no'} bytes, expected ${header.bytes}`);
  const sum = await sha256Of(file);
  if (sum !== header.sha256) throw unusable(file, `SHA-256 is ${sum}, expected ${header.sha256}`);
  return { header, file };
}

/**
 * Makes `file`, which is in the folder already, the snapshot; the one before is deleted.
 * @throws AppError DISK_FULL (the file is not whole); the system's errors
 */
export async function publishSnapshot(
  file: string,
  facts: SnapshotOwner & Pick<SnapshotHeader, 'sequence' | 'live' | 'dead' | 'twins'>,
): Promise<void> {
  const folder = path.dirname(file);
  await checkWhole(file);
  await syncFile(file);
  const header: SnapshotHeader = {
    format: FORMAT,
    ...facts,
    file: path.basename(file),
    bytes: (await stat(file)).size,
    sha256: await sha256Of(file),
  };
  const temporary = path.join(folder, `${HEADER_FILE}.tmp`);
  try {
    await writeSynced(temporary, JSON.stringify(header));
    await rename(temporary, path.join(folder, HEADER_FILE));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
  await removeOthers(folder, path.basename(file));
}

export async function makeSnapshotFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
}

function parseHeader(place: string, text: string): SnapshotHeader {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw unusable(place, messageOf(error));
  }
  const parsed = headerSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw unusable(place, `"${issue?.path.join('.') ?? ''}": ${issue?.message ?? 'invalid'}`);
}

function unusable(place: string, found: string): AppError {
  return new AppError(
    'LIBRARY_CORRUPT',
    `${place}: ${found}; this snapshot of the index cannot be used, the index is built again from the database`,
  );
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1_048_576 }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A rename is on the disk only when its folder is. Windows can neither do this nor needs it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeOthers(folder: string, keep: string): Promise<void> {
  const names = await readdir(folder);
  const old = names.filter((name) => name.startsWith('graph-') && name !== keep);
  // One that a reader has open on Windows stays until the next time.
  await Promise.all(old.map((name) => rm(path.join(folder, name), { force: true }).catch(() => undefined)));
}
