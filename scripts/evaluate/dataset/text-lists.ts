/**
 * Captions and splits as lists of lines, in the form of the Flickr releases.
 * Source: Hodosh, Young, Hockenmaier 2013 (Flickr8k.token.txt); Young et al. 2014 (Flickr30k has the same form).
 * Deviation: none.
 */
import { readFile, stat } from 'node:fs/promises';
import { AppError, messageOf } from '../../../model/index.ts';
import { checkPhotoPath } from './captioned-photos.ts';

/** Lists of captions are megabytes; a larger file is something else. */
const LIST_BYTES_MAX = 256_000_000;

/** Captions by photo, in the order of the file. @throws AppError INVALID_ARGUMENT naming the line */
export async function readCaptions(file: string): Promise<Map<string, string[]>> {
  const captions = new Map<string, string[]>();
  for (const [index, line] of (await readLines(file)).entries()) {
    if (line === '') continue;
    const match = /^([^\t]+)#\d+\t(.*\S.*)$/.exec(line);
    const [, photo, caption] = match ?? [];
    if (photo === undefined || caption === undefined) {
      throw new AppError(
        'INVALID_ARGUMENT',
        `${file}:${index + 1}: found "${line.slice(0, 60)}", expected "photo.jpg#0", a tab and a caption`,
      );
    }
    checkPhotoPath(`${file}:${index + 1}`, photo);
    const list = captions.get(photo) ?? [];
    list.push(caption.trim());
    captions.set(photo, list);
  }
  return captions;
}

/** The photos of a split, each once. */
export async function readList(file: string): Promise<string[]> {
  const lines = (await readLines(file)).map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ''))];
}

/** @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE, LIMIT_EXCEEDED */
export async function readLines(file: string): Promise<string[]> {
  try {
    const { size } = await stat(file);
    if (size > LIST_BYTES_MAX) {
      throw new AppError(
        'LIMIT_EXCEEDED',
        `${file}: ${size} bytes, expected at most ${LIST_BYTES_MAX}; give a list of lines, or a dataset_….json`,
      );
    }
    return (await readFile(file, 'utf8')).split(/\r?\n/);
  } catch (error) {
    throw error instanceof AppError ? error : unreadableList(file, error);
  }
}

export function unreadableList(file: string, error: unknown): AppError {
  const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return new AppError(
    missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
    `${file}: ${messageOf(error)}; give a list of photos or captions`,
    { cause: error },
  );
}
