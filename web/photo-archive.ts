/**
 * Files of photos as one ZIP, made while it is sent.
 * Source: yazl; APPNOTE.TXT of PKWARE. Deviation: nothing is compressed, because photos are.
 *
 * One file is open at a time, and it is read no faster than the archive is taken. A file that cannot be had is named in a text
 * at the end; so is one that fails half-way, with what was read of it in the archive.
 */
import path from 'node:path';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import type { ImageRecord, Library } from '../indexer/index.ts';
import { isAppError, messageOf } from '../model/index.ts';
import { openOriginal, type OpenOriginal } from './open-original.ts';
import { withoutFolders } from './place-names.ts';

const CHUNK_BYTES = 262_144;

/** Of the text about those that are not in the archive. */
const REPORT_NAME = 'not in this archive.txt';

/** What a ZIP can say of time begins here. */
const EARLIEST = new Date(1980, 0, 1);

/** Not allowed in names by one system or another. */
const FORBIDDEN = /[\p{Cc}<>:"/\\|?*]/gu;

export interface ArchiveRequest {
  readonly records: readonly ImageRecord[];
  /** Ids of photos that are not in the library. */
  readonly missing: readonly number[];
}

/** The bytes of the archive. Whoever leaves the loop early stops the reading. */
export async function* photoArchive(
  library: Library,
  { records, missing }: ArchiveRequest,
): AsyncGenerator<Uint8Array> {
  const zip = new ZipFile();
  const left = new AbortController();
  const output = zip.outputStream as Readable;
  zip.once('error', (error: unknown) => output.destroy(error instanceof Error ? error : undefined));
  const filling = fill(zip, library, { records, missing }, left.signal);
  // The reader of the output is told.
  filling.catch((error: unknown) => output.destroy(error instanceof Error ? error : undefined));
  try {
    for await (const chunk of output) yield chunk as Uint8Array;
  } finally {
    left.abort();
    await filling.catch(() => undefined);
  }
}

async function fill(
  zip: ZipFile,
  library: Library,
  { records, missing }: ArchiveRequest,
  signal: AbortSignal,
): Promise<void> {
  const names = new UniqueNames([REPORT_NAME]);
  const problems = missing.map((id) => `photo ${id}: is not in the library; it may have been removed`);
  const told = (message: string): number => problems.push(withoutFolders(message, library));
  for (const record of records) {
    if (signal.aborted) return;
    const opened = await tryToOpen(record);
    if ('problem' in opened) told(opened.problem);
    else await add(zip, opened, { name: names.of(path.basename(record.path)), signal, told });
  }
  if (problems.length > 0)
    zip.addBuffer(Buffer.from(`${problems.join('\n')}\n`), REPORT_NAME, { compress: false });
  zip.end();
}

async function tryToOpen(record: ImageRecord): Promise<OpenOriginal | { readonly problem: string }> {
  try {
    return await openOriginal(record);
  } catch (error) {
    if (isAppError(error)) return { problem: error.message };
    throw error;
  }
}

async function add(
  zip: ZipFile,
  { file, bytes, modified }: OpenOriginal,
  options: {
    readonly name: string;
    readonly signal: AbortSignal;
    readonly told: (message: string) => void;
  },
): Promise<void> {
  const { name, signal, told } = options;
  /** What was there when it was opened; an error ends the entry, not the archive. */
  async function* contents(): AsyncGenerator<Uint8Array> {
    try {
      for (let at = 0; at < bytes;) {
        const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, bytes - at));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
        if (bytesRead === 0) {
          told(`${name}: has become shorter while it was read; only its beginning is in the archive`);
          return;
        }
        yield buffer.subarray(0, bytesRead);
        at += bytesRead;
      }
    } catch (error) {
      told(`${name}: could be read in part only (${messageOf(error)}); its beginning is in the archive`);
    }
  }
  const source = Readable.from(contents(), { objectMode: false, highWaterMark: CHUNK_BYTES });
  try {
    zip.addReadStream(source, name, { compress: false, mtime: modified < EARLIEST ? EARLIEST : modified });
    await finished(source, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    source.destroy();
    await file.close();
  }
}

/** Names that differ in more than the case of their letters, and are allowed everywhere. */
export class UniqueNames {
  readonly #taken: Set<string>;

  constructor(taken: readonly string[]) {
    this.#taken = new Set(taken.map((name) => name.toLowerCase()));
  }

  of(fileName: string): string {
    // Half a surrogate pair, which some systems allow in names, has no UTF-8 form.
    const plain = Buffer.from(fileName).toString().replaceAll(FORBIDDEN, '_');
    const { name, ext } = path.parse(plain);
    for (let number = 1; ; number += 1) {
      const one = number === 1 ? plain : `${name} (${number})${ext}`;
      if (this.#taken.has(one.toLowerCase())) continue;
      this.#taken.add(one.toLowerCase());
      return one;
    }
  }
}
