/**
 * What the library keeps of a picture beside its vector.
 * Source: our own. Deviation: none.
 */
import { pictureHeader, readHead, readPicture, type PictureBytes } from '../../model/index.ts';
import { photoMetadata } from './metadata/index.ts';
import type { ReadFacts } from '../store/index.ts';

/**
 * Raised when this file finds out more, or something else. Each content keeps the one it was read by: the next
 * run of indexing looks at those of an older reader again. Files that were refused are tried again, too.
 */
export const factsReader = 'facts-3';

/** The header and all metadata of a JPEG are in front of its pixels, and seldom longer. */
const JPEG_HEAD_BYTES = 262_144;

/** @throws AppError IMAGE_INVALID */
export async function pictureFacts(picture: PictureBytes): Promise<ReadFacts> {
  const header = await pictureHeader(picture);
  const { takenAt, details } = photoMetadata(header);
  const { width, height } = header;
  return { width, height, format: picture.format, takenAt, details, reader: factsReader };
}

/**
 * The same of a file that was read before and has not changed since, with as few bytes read as will do.
 * @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE, IMAGE_INVALID, IMAGE_TOO_LARGE
 */
export async function factsOfFile(path: string, bytesMax: number): Promise<ReadFacts> {
  const head = await readHead(path, JPEG_HEAD_BYTES);
  if (isJpeg(head)) {
    try {
      return await pictureFacts({ bytes: head, format: 'jpeg', place: path });
    } catch {
      // A longer head than usual: read it all.
    }
  }
  return pictureFacts(await readPicture(path, { bytesMax }));
}

function isJpeg(head: Uint8Array): boolean {
  return head[0] === 0xff && head[1] === 0xd8;
}
