/**
 * Preview files: whole, and of photos that the library has.
 * Source: our own; RIFF header by the WebP container specification. Deviation: none.
 */
import { open, opendir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Store } from '../store/index.ts';
import { stopIfAborted, type Findings, type IntegrityOptions } from './findings.ts';

const QUICK_FILES_MAX = 500;

/** "RIFF", u32 length of what follows, "WEBP". */
const HEADER_BYTES = 12;

/** A file under another name is being written; one that is older was left behind. */
const LEFTOVER_AFTER_MS = 3_600_000;

interface PreviewFile {
  readonly file: string;
  readonly state: 'good' | 'damaged' | 'unknown' | 'leftover';
  readonly found: string;
}

export async function checkPreviews(
  store: Store,
  dataFolder: string,
  findings: Findings,
  { full, signal }: IntegrityOptions,
): Promise<void> {
  let unused = 0;
  for await (const { file, state, found } of previewFiles(store, dataFolder)) {
    stopIfAborted(signal);
    findings.checked += 1;
    if (state === 'damaged') findings.damage(file, found, 'delete it; it is made again from the photo');
    if (state === 'unknown' || state === 'leftover') unused += 1;
    if (full !== true && findings.checked >= QUICK_FILES_MAX) break;
  }
  findings.total = findings.checked;
  if (unused === 0) return;
  findings.attention(
    path.join(dataFolder, 'thumbnails'),
    `${unused} previews are of no photo in the library`,
    'they take space only; the job "compact" deletes them',
  );
}

/** Deletes previews that are damaged or of no photo. @returns how many */
export async function clearPreviews(
  store: Store,
  dataFolder: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  let removed = 0;
  for await (const { file, state } of previewFiles(store, dataFolder)) {
    stopIfAborted(signal);
    if (state === 'good') continue;
    await rm(file, { force: true });
    removed += 1;
  }
  return removed;
}

async function* previewFiles(store: Store, dataFolder: string): AsyncGenerator<PreviewFile> {
  const top = path.join(dataFolder, 'thumbnails');
  for await (const folder of entriesOf(top)) {
    for await (const name of entriesOf(path.join(top, folder))) {
      const file = path.join(top, folder, name);
      const hash = /^([0-9a-f]{64})-(?:small|large)\.webp(\..+\.tmp)?$/.exec(name);
      if (hash === null) continue;
      const status = await stat(file).catch(() => undefined);
      if (status === undefined) continue;
      if (hash[2] !== undefined) {
        const isOld = Date.now() - status.mtimeMs > LEFTOVER_AFTER_MS;
        if (isOld) yield { file, state: 'leftover', found: 'was left behind' };
      } else if (!store.health.hasContent(hash[1] ?? '')) {
        yield { file, state: 'unknown', found: 'is of no photo' };
      } else {
        const found = await damageOf(file, status.size);
        yield { file, state: found === '' ? 'good' : 'damaged', found };
      }
    }
  }
}

/** @returns what is wrong, or nothing */
async function damageOf(file: string, size: number): Promise<string> {
  const header = Buffer.alloc(HEADER_BYTES);
  const handle = await open(file, 'r').catch(() => undefined);
  // Deleted meanwhile.
  if (handle === undefined) return '';
  try {
    await handle.read(header, 0, HEADER_BYTES, 0);
  } finally {
    await handle.close();
  }
  if (header.toString('latin1', 0, 4) !== 'RIFF' || header.toString('latin1', 8, 12) !== 'WEBP') {
    return `has ${size} bytes and is no WebP picture`;
  }
  const expected = header.readUInt32LE(4) + 8;
  return size === expected ? '' : `has ${size} bytes, expected ${expected}`;
}

async function* entriesOf(folder: string): AsyncGenerator<string> {
  const entries = await opendir(folder).catch(() => undefined);
  if (entries === undefined) return;
  try {
    for await (const { name } of entries) yield name;
  } catch (error) {
    // A file in the place of a folder has no entries.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') throw error;
  }
}
