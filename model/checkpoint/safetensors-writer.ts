/**
 * Writes .safetensors as a stream: no tensor has to fit into memory, and the file appears whole or not at all.
 * Source: the safetensors format page. Deviation: none; like the reference writer, the header is padded to 8
 * bytes and wider elements come first, so that every tensor is aligned to its element size.
 */
import { randomBytes } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { AppError, messageOf } from '../errors.ts';
import { quote } from './checkpoint-error.ts';
import { elementBytes, type TensorDtype } from './checkpoint.ts';
import { HEADER_BYTES_MAX, LENGTH_BYTES, METADATA_KEY, safetensorsDtypes } from './safetensors-dtype.ts';
import { elementCountOf } from './tensor-geometry.ts';

/** Tensor data begins at a multiple of this, the width of the widest element. */
const ALIGNMENT_BYTES = 8;

/** One system call; the kernel takes at most 2 GiB. */
const WRITE_BYTES_MAX = 64 * 1024 * 1024;

export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: TensorDtype;
  /** [] is a scalar. */
  readonly shape: readonly number[];
  /** Little-endian, row-major bytes, cut anywhere; asked for once, when the entry's turn to be written comes. */
  chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** An entry with its place, counted from the end of the header. */
interface Placed {
  readonly entry: SafetensorsEntry;
  readonly begin: number;
  readonly end: number;
}

/**
 * Replaces `target` in one step once everything is on the disk; before that, and after an error, what was there
 * stays. The header lists the tensors in the order of `entries`.
 * @param metadata free text, kept under `__metadata__`
 * @throws AppError INVALID_ARGUMENT (names, shapes, byte counts that differ from the shape), LIMIT_EXCEEDED,
 *   DISK_FULL, FILE_UNWRITABLE; errors thrown by `chunks` as they are
 */
export async function writeSafetensors(
  target: string,
  entries: readonly SafetensorsEntry[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const placed = place(target, entries);
  const header = makeHeader(target, placed, metadata);
  const temporary = path.join(
    path.dirname(target),
    `.${path.basename(target)}.part-${randomBytes(6).toString('hex')}`,
  );
  const handle = await orFileError(target, open(temporary, 'wx'));
  try {
    try {
      await writeAll(target, handle, header);
      for (const { entry, begin, end } of placed.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
        await writeEntry(target, handle, entry, end - begin);
      }
      await orFileError(target, handle.sync());
    } finally {
      await handle.close();
    }
    await orFileError(target, rename(temporary, target));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(path.dirname(target));
}

function place(target: string, entries: readonly SafetensorsEntry[]): Placed[] {
  const names = new Set<string>();
  const sizes = new Map<SafetensorsEntry, number>();
  for (const entry of entries) {
    if (names.has(entry.name) || entry.name === METADATA_KEY) {
      throw invalid(target, entry, 'has a name that is reserved or was given twice');
    }
    names.add(entry.name);
    const isShape = entry.shape.every((size) => Number.isSafeInteger(size) && size >= 0);
    const count = isShape ? elementCountOf(entry.shape) : undefined;
    if (count === undefined)
      throw invalid(target, entry, `has an impossible shape [${entry.shape.join(', ')}]`);
    sizes.set(entry, count * elementBytes[entry.dtype]);
  }
  const begins = new Map<SafetensorsEntry, number>();
  let position = 0;
  // The sort is stable, so that tensors of one width are written in the order given.
  for (const entry of entries.toSorted((a, b) => elementBytes[b.dtype] - elementBytes[a.dtype])) {
    begins.set(entry, position);
    position += sizes.get(entry) ?? 0;
  }
  return entries.map((entry) => {
    const begin = begins.get(entry) ?? 0;
    return { entry, begin, end: begin + (sizes.get(entry) ?? 0) };
  });
}

/** Length and header, padded with spaces. */
function makeHeader(
  target: string,
  placed: readonly Placed[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const fields: [string, unknown][] = Object.keys(metadata).length > 0 ? [[METADATA_KEY, metadata]] : [];
  for (const { entry, begin, end } of placed) {
    fields.push([
      entry.name,
      { dtype: safetensorsDtypes[entry.dtype], shape: entry.shape, data_offsets: [begin, end] },
    ]);
  }
  // Written field by field: an object would move names that look like numbers to the front.
  const json = `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  if (length > HEADER_BYTES_MAX) {
    throw new AppError(
      'LIMIT_EXCEEDED',
      `${target}: the header would take ${length} bytes, expected at most ${HEADER_BYTES_MAX}; write fewer tensors into one file`,
    );
  }
  const bytes = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, LENGTH_BYTES);
  return bytes;
}

async function writeEntry(
  target: string,
  handle: FileHandle,
  entry: SafetensorsEntry,
  bytes: number,
): Promise<void> {
  let written = 0;
  for await (const chunk of entry.chunks()) {
    written += chunk.byteLength;
    if (written > bytes) throw invalid(target, entry, `brings more than the ${bytes} bytes of its shape`);
    await writeAll(target, handle, chunk);
  }
  if (written < bytes) throw invalid(target, entry, `brings ${written} bytes, its shape takes ${bytes}`);
}

async function writeAll(target: string, handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    const length = Math.min(WRITE_BYTES_MAX, bytes.byteLength - done);
    done += (await orFileError(target, handle.write(bytes, done, length))).bytesWritten;
  }
}

/** The new name is safe only when the folder is; systems that cannot sync folders do it on their own. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (handle === undefined) return;
  await handle.sync().catch(() => undefined);
  await handle.close();
}

async function orFileError<T>(target: string, result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const isFull = code === 'ENOSPC' || code === 'EDQUOT';
    throw new AppError(
      isFull ? 'DISK_FULL' : 'FILE_UNWRITABLE',
      `${target}: cannot be written (${messageOf(error)}); ${isFull ? 'free space and try again' : 'check that the folder exists and is yours'}`,
      { cause: error },
    );
  }
}

function invalid(target: string, entry: SafetensorsEntry, problem: string): AppError {
  return new AppError('INVALID_ARGUMENT', `${target}: ${quote(entry.name)} ${problem}`);
}
