/**
 * Brings the bytes of a picture into memory, under a limit, and says what they are.
 * Source: our own. Deviation: the decoder could open the file by itself, but it remembers files by name (a
 * photo that was edited would give its old pixels) and would wait for ever on a named pipe.
 */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { AppError, messageOf } from '../errors.ts';
import { PICTURE_FORMATS, pictureKind, type PictureFormat } from './picture-format.ts';
import { rawFormat } from './raw-preview.ts';

/** The bytes of a picture of a known format. */
export interface PictureBytes {
  readonly bytes: Uint8Array;
  readonly format: PictureFormat;
  /** How error messages call it: the path, or what stands for it. */
  readonly place: string;
}

/** A file above this is a mistake or an attack; the largest photos of real cameras stay below. */
const BYTES_MAX = 256 * 1024 * 1024;

/** Not to wait for a writer where the path is a named pipe. Windows has neither. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * @param source a path, or the bytes themselves
 * @param options.bytesMax largest accepted size in bytes, default 256 MiB
 * @param options.place how error messages call a picture whose bytes are given
 * @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE, IMAGE_TOO_LARGE, IMAGE_INVALID
 */
export async function readPicture(
  source: string | Uint8Array,
  options: { readonly bytesMax?: number; readonly place?: string },
): Promise<PictureBytes> {
  const bytesMax = options.bytesMax ?? BYTES_MAX;
  const place = typeof source === 'string' ? source : (options.place ?? 'the given picture');
  const bytes = typeof source === 'string' ? await readRegularFile(source, bytesMax) : source;
  checkBytes(place, bytes.length, bytesMax);
  if (bytes.length === 0) {
    throw new AppError(
      'IMAGE_INVALID',
      `${place}: is empty (0 bytes), expected ${PICTURE_FORMATS}; copy the photo again from its source`,
    );
  }
  const kind = pictureKind(bytes);
  if (kind.format === undefined) {
    throw new AppError(
      'IMAGE_INVALID',
      `${place}: is ${kind.found}, expected ${PICTURE_FORMATS}; ${kind.remedy}`,
    );
  }
  const { format } = kind;
  // The RAW files of most makers begin like every TIFF.
  const raw = format === 'tiff' || format === 'cr2' ? rawFormat(bytes, format === 'cr2') : undefined;
  return { bytes, format: raw ?? format, place };
}

/**
 * The first bytes of a picture file, for whoever wants its header only. What it is has been found out before.
 * @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE
 */
export async function readHead(path: string, bytes: number): Promise<Uint8Array> {
  return readRegularFile(path, Number.POSITIVE_INFINITY, bytes);
}

async function readRegularFile(path: string, bytesMax: number, wanted = bytesMax): Promise<Uint8Array> {
  const file = await openFile(path);
  try {
    const status = await file.stat();
    if (!status.isFile()) {
      throw new AppError(
        'FILE_UNREADABLE',
        `${path}: is ${status.isDirectory() ? 'a folder' : 'a pipe, socket or device'}, expected a file; pass the path of one photo`,
      );
    }
    checkBytes(path, status.size, bytesMax);
    return await readAll(file, Math.min(status.size, wanted));
  } catch (error) {
    throw error instanceof AppError ? error : unreadable(path, error);
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, OPEN_FLAGS);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new AppError('FILE_NOT_FOUND', `${path}: no such file, expected a photo; check the path`, {
        cause: error,
      });
    }
    throw unreadable(path, error);
  }
}

/** Reads at most the size seen before: a file that grows meanwhile must not pass the limit. */
async function readAll(file: FileHandle, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await file.read(bytes, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

function checkBytes(place: string, bytes: number, bytesMax: number): void {
  if (bytes <= bytesMax) return;
  throw new AppError(
    'IMAGE_TOO_LARGE',
    `${place}: has ${bytes} bytes, expected at most ${bytesMax}; raise the limit on bytes or save the photo smaller`,
  );
}

function unreadable(path: string, error: unknown): AppError {
  return new AppError(
    'FILE_UNREADABLE',
    `${path}: cannot be read (${messageOf(error)}), expected a readable file; check its permissions and the disk`,
    { cause: error },
  );
}
