/**
 * Opens the file of an indexed photo, and makes sure that it still is one and lies where it lay.
 * Source: our own. Deviation: none.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { ImageRecord } from '../indexer/index.ts';
import { AppError, messageOf, pictureKind, type PictureFormat, type RawFormat } from '../model/index.ts';

/** Close the handle when done. */
export interface OpenOriginal {
  readonly file: FileHandle;
  readonly format: PictureFormat;
  readonly bytes: number;
  readonly modified: Date;
}

/** Not to wait for a writer where the path has become a named pipe. Windows has neither. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
/** Enough to tell every format by. */
const HEAD_BYTES = 1024;

const rawFormats: readonly RawFormat[] = ['cr2', 'nef', 'arw', 'dng'];

/** @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE */
export async function openOriginal(record: ImageRecord): Promise<OpenOriginal> {
  const file = await openPath(record.path);
  try {
    return await checked(file, record);
  } catch (error) {
    await file.close();
    if (error instanceof AppError) throw error;
    throw new AppError(
      'FILE_UNREADABLE',
      `${record.path}: cannot be read (${messageOf(error)}); index its folder again`,
      {
        cause: error,
      },
    );
  }
}

async function openPath(file: string): Promise<FileHandle> {
  try {
    return await open(file, OPEN_FLAGS);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new AppError(
        'FILE_NOT_FOUND',
        `${file}: is no longer there; put the photo back, or index its folder again to forget it`,
        { cause: error },
      );
    }
    throw new AppError(
      'FILE_UNREADABLE',
      `${file}: cannot be opened (${code ?? messageOf(error)}); check its permissions`,
      {
        cause: error,
      },
    );
  }
}

async function checked(file: FileHandle, record: ImageRecord): Promise<OpenOriginal> {
  const status = await file.stat();
  if (!status.isFile()) throw refused(record, 'is no longer a regular file');
  const head = Buffer.alloc(HEAD_BYTES);
  const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
  const kind = pictureKind(head.subarray(0, bytesRead));
  // Whatever a path has become, nothing but pictures ever leaves by it.
  if (kind.format === undefined) throw refused(record, 'is no longer a picture');
  if (!(await liesBelowRoot(record, status)) && !(await hasIndexedBytes(file, record))) {
    throw refused(record, 'has become a link to somewhere else');
  }
  return { file, format: formatOf(record, kind.format), bytes: status.size, modified: status.mtime };
}

/** RAW files of most makers begin like any TIFF; what they are was found out from the whole file. */
function formatOf(record: ImageRecord, found: PictureFormat): PictureFormat {
  const indexed = rawFormats.find((format) => format === record.format);
  return found === 'tiff' && indexed !== undefined ? indexed : found;
}

/**
 * Whether the open file is the one below the indexed folder. The path is resolved after the opening and its
 * file compared with the open one, so that a link swapped in between is noticed.
 */
async function liesBelowRoot(
  record: ImageRecord,
  opened: { readonly dev: number; readonly ino: number },
): Promise<boolean> {
  const real = await realpath(record.path);
  const root = await realpath(record.root);
  if (real !== root && !real.startsWith(root.endsWith(path.sep) ? root : root + path.sep)) return false;
  const named = await stat(real);
  return named.dev === opened.dev && named.ino === opened.ino;
}

/** A library may be told to follow links. Where one leads out, only the very bytes that were indexed are given. */
async function hasIndexedBytes(file: FileHandle, record: ImageRecord): Promise<boolean> {
  const hash = createHash('sha256');
  for await (const chunk of file.createReadStream({ start: 0, autoClose: false }))
    hash.update(chunk as Buffer);
  return hash.digest('hex') === record.contentHash;
}

function refused(record: ImageRecord, found: string): AppError {
  return new AppError(
    'FILE_UNREADABLE',
    `${record.path}: ${found}, expected the photo that was indexed; index its folder again`,
  );
}
