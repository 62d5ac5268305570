/**
 * The directory of a zip file whose entries are stored as they are, so that each can be read by position.
 * Source: PKWARE APPNOTE 6.3.10, through yauzl. Deviation: compressed and encrypted entries, repeated names and
 * overlapping entries are refused. CRCs are not compared, because torch can be told to leave them out.
 */
import { callbackify } from 'node:util';
import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry, type ZipFile } from 'yauzl';
import { AppError, messageOf } from '../errors.ts';
import { damaged, quote, unsupported } from './checkpoint-error.ts';
import type { RandomAccessFile } from './random-access-file.ts';

/** A network of 40 layers with the state of its optimizer has about 6000. */
const ENTRIES_MAX = 100_000;

/** torch writes the file's stem and a number. */
const NAME_BYTES_MAX = 1024;

/** Headers lie close together, so a few reads of this size bring most of them. */
const WINDOW_BYTES = 16 * 1024;

const FLAG_ENCRYPTED = 1;
const FLAG_DATA_DESCRIPTOR = 8;
const METHOD_STORED = 0;
/** Stands where a 32-bit size did not fit. */
const IN_ZIP64_FIELD = 0xffff_ffff;

/** A stored entry: its bytes are those of the file from `start` on. */
export interface ZipEntry {
  readonly name: string;
  readonly start: number;
  readonly size: number;
}

interface LocatedEntry extends ZipEntry {
  readonly headerStart: number;
}

/**
 * @returns the entries by name, in the order of the directory; folders are left out
 * @throws AppError CHECKPOINT_CORRUPT, CHECKPOINT_UNSAFE (names that lead out of the archive),
 *   CHECKPOINT_UNSUPPORTED (compressed, encrypted), LIMIT_EXCEEDED, FILE_UNREADABLE
 */
export async function readZipDirectory(file: RandomAccessFile): Promise<ReadonlyMap<string, ZipEntry>> {
  try {
    // Names are decoded here: yauzl would turn backslashes into slashes and the unknown into question marks.
    const options = { autoClose: false, decodeStrings: false, lazyEntries: true };
    const zip = await fromRandomAccessReaderPromise(new WindowedReader(file), file.size, options);
    try {
      return await collectEntries(file, zip);
    } finally {
      zip.close();
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw damaged(file.path, `its zip directory cannot be read (${messageOf(error)})`, error);
  }
}

async function collectEntries(file: RandomAccessFile, zip: ZipFile): Promise<Map<string, ZipEntry>> {
  if (zip.entryCount > ENTRIES_MAX) {
    throw new AppError(
      'LIMIT_EXCEEDED',
      `${file.path}: announces ${zip.entryCount} entries, expected at most ${ENTRIES_MAX}; save only the state dictionary`,
    );
  }
  // Declared as a boolean by mistake; before the first entry it is the start of the directory.
  const directoryStart = Number(zip.readEntryCursor);
  const found: Entry[] = [];
  for await (const entry of zip.eachEntry()) {
    checkEntry(file.path, entry);
    found.push(entry);
  }
  const entries = new Map<string, ZipEntry>();
  const located: LocatedEntry[] = [];
  for (const entry of found) {
    const name = nameOf(file.path, entry);
    if (name.endsWith('/')) continue;
    if (entries.has(name)) throw damaged(file.path, `has two entries ${quote(name)}`);
    const start = await locate(file.path, zip, entry, name);
    const size = entry.uncompressedSize;
    entries.set(name, { name, start, size });
    located.push({ name, start, size, headerStart: entry.relativeOffsetOfLocalHeader });
  }
  checkOverlaps(file.path, located, directoryStart);
  return entries;
}

function checkEntry(place: string, entry: Entry): void {
  if (entry.fileNameRaw.length > NAME_BYTES_MAX) {
    throw new AppError(
      'LIMIT_EXCEEDED',
      `${place}: an entry's name has ${entry.fileNameRaw.length} bytes, expected at most ${NAME_BYTES_MAX}; shorten it`,
    );
  }
  const where = `${place}: entry ${quote(nameOf(place, entry))}`;
  if ((entry.generalPurposeBitFlag & FLAG_ENCRYPTED) !== 0) {
    throw unsupported(where, 'is encrypted', 'torch.save never encrypts; decrypt the file first');
  }
  if (entry.compressionMethod !== METHOD_STORED) {
    throw unsupported(
      where,
      `is compressed (method ${entry.compressionMethod}, ${entry.compressedSize} bytes for ${entry.uncompressedSize})`,
      'torch.save never compresses (torch.jit.save does): give a file written by torch.save, or the checkpoint inside this archive',
    );
  }
}

function nameOf(place: string, entry: Entry): string {
  let name: string;
  try {
    name = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(entry.fileNameRaw);
  } catch (error) {
    throw damaged(place, 'an entry has a name that is not UTF-8', error);
  }
  const parts = name.replace(/\/$/, '').split('/');
  const leadsOut = parts.some((part) => part === '' || part === '.' || part === '..');
  if (leadsOut || /[\\\0]|^[A-Za-z]:/.test(name)) {
    throw new AppError(
      'CHECKPOINT_UNSAFE',
      `${place}: an entry is named ${quote(name)}, expected a name inside the archive; torch did not write this file, do not trust it. Nothing was unpacked`,
    );
  }
  return name;
}

/** The second copy of the facts, in front of the data, must agree with the directory. */
async function locate(place: string, zip: ZipFile, entry: Entry, name: string): Promise<number> {
  const local = await zip.readLocalFileHeaderPromise(entry);
  const hasLateSizes = (local.generalPurposeBitFlag & FLAG_DATA_DESCRIPTOR) !== 0;
  const agrees = (inHeader: number, inDirectory: number): boolean =>
    inHeader === inDirectory || inHeader === IN_ZIP64_FIELD || (hasLateSizes && inHeader === 0);
  if (
    !local.fileName.equals(entry.fileNameRaw) ||
    local.compressionMethod !== METHOD_STORED ||
    (local.generalPurposeBitFlag & FLAG_ENCRYPTED) !== 0 ||
    !agrees(local.compressedSize, entry.compressedSize) ||
    !agrees(local.uncompressedSize, entry.uncompressedSize)
  ) {
    throw damaged(place, `the directory and the header of entry ${quote(name)} contradict each other`);
  }
  return local.fileDataStart;
}

/** Every byte belongs to one entry at most, so the entries are never larger than the file together. */
function checkOverlaps(place: string, entries: readonly LocatedEntry[], directoryStart: number): void {
  let end = 0;
  let before = '';
  for (const { name, headerStart, start, size } of entries.toSorted(
    (a, b) => a.headerStart - b.headerStart,
  )) {
    if (headerStart < end) throw damaged(place, `entry ${quote(name)} overlaps entry ${quote(before)}`);
    end = start + size;
    before = name;
  }
  if (end > directoryStart) throw damaged(place, `entry ${quote(before)} overlaps the directory`);
}

/** Lets yauzl read our file, a window at a time. */
class WindowedReader extends RandomAccessReader {
  readonly #file: RandomAccessFile;
  #window = new Uint8Array(0);
  #windowStart = 0;

  constructor(file: RandomAccessFile) {
    super();
    this.#file = file;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    // So that an error thrown by the callback does not end as a rejection that nobody sees.
    callbackify(() => this.#fill(buffer.subarray(offset, offset + length), position))((error) => {
      callback(error, error === null ? length : 0);
    });
  }

  async #fill(target: Uint8Array, position: number): Promise<void> {
    const isInside =
      position >= this.#windowStart && position + target.length <= this.#windowStart + this.#window.length;
    if (!isInside) {
      const available = this.#file.size - position;
      // Where the file is too short this asks for all the same, for the error that says so.
      const length = Math.max(target.length, Math.min(WINDOW_BYTES, available));
      if (!(length <= available)) {
        throw damaged(
          this.#file.path,
          `a zip record lies at byte ${position}, the file has ${this.#file.size}`,
        );
      }
      this.#window = await this.#file.read(position, length);
      this.#windowStart = position;
    }
    const from = position - this.#windowStart;
    target.set(this.#window.subarray(from, from + target.length));
  }
}
