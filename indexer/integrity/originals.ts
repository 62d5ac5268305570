/**
 * The photo files: there, and with the bytes that were indexed.
 * Source: our own. Deviation: none.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { messageOf } from '../../model/index.ts';
import type { ImageRecord, Store } from '../store/index.ts';
import { stopIfAborted, type Findings, type IntegrityOptions } from './findings.ts';

/** A quick check asks the disk for so many, at random places of the library. */
const QUICK_FILES = 64;
const PHOTOS_PER_PAGE = 256;
const CHUNK_BYTES = 1_048_576;

/** Quick: some are there and have their size and time. Full: all are read and have their SHA-256. */
export async function checkOriginals(
  store: Store,
  findings: Findings,
  options: IntegrityOptions & { readonly onDone: (done: number) => void },
): Promise<void> {
  const { count, first, last } = store.health.imageBounds();
  findings.total = count;
  if (options.full === true || count <= QUICK_FILES) {
    for (let from = first; ;) {
      const ids = store.health.imageIdsFrom(from, PHOTOS_PER_PAGE);
      const end = ids.at(-1);
      if (end === undefined) return;
      for (const id of ids) await checkPhoto(store, id, findings, options);
      from = end + 1;
    }
  }
  for (let index = 0; index < QUICK_FILES; index += 1) {
    const from = first + Math.floor(Math.random() * (last - first + 1));
    for (const id of store.health.imageIdsFrom(from, 1)) await checkPhoto(store, id, findings, options);
  }
}

async function checkPhoto(
  store: Store,
  id: number,
  findings: Findings,
  options: IntegrityOptions & { readonly onDone: (done: number) => void },
): Promise<void> {
  stopIfAborted(options.signal);
  const image = store.images.byId(id);
  // Removed meanwhile.
  if (image === undefined) return;
  findings.checked += 1;
  options.onDone(findings.checked);
  const again = 'run "imglish index", or plug the drive in';
  const status = await stat(image.path).catch(() => undefined);
  if (status === undefined) {
    findings.attention(image.path, 'is not there, expected the photo that was indexed', again);
  } else if (status.size !== image.bytes || status.mtimeMs !== image.modifiedMs) {
    findings.attention(image.path, 'was changed since it was indexed', 'run "imglish index"');
  } else if (options.full === true) {
    await checkBytes(image, findings, options.signal);
  }
}

async function checkBytes(
  image: ImageRecord,
  findings: Findings,
  signal: AbortSignal | undefined,
): Promise<void> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(image.path, { highWaterMark: CHUNK_BYTES })) {
      stopIfAborted(signal);
      hash.update(chunk as Buffer);
    }
  } catch (error) {
    stopIfAborted(signal);
    findings.damage(image.path, `cannot be read (${messageOf(error)})`, 'check the disk and the permissions');
    return;
  }
  const sum = hash.digest('hex');
  if (sum === image.contentHash) return;
  findings.damage(
    image.path,
    `SHA-256 is ${sum}, expected ${image.contentHash}, though size and time are those of before`,
    'the disk may be failing: restore the photo from your own backup',
  );
}
