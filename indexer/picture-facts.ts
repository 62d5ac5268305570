/**
 * What the library keeps of a picture beside its vector.
 * Source: our own, over sharp's metadata. Deviation: none.
 */
import sharp from 'sharp';
import { AppError, messageOf, type PictureBytes } from '../model/index.ts';
import { takenAt } from './exif.ts';

export interface PictureFacts {
  /** pixels, after turning upright */
  readonly width: number;
  readonly height: number;
  readonly format: string;
  /** See `takenAt`. */
  readonly takenAt: string | null;
}

/**
 * Raised when this file finds out more, or something else. Each content keeps the one it was read by, so that
 * a later version can tell which to look at again; files that were refused are tried again.
 */
export const factsReader = 'facts-1';

/** @throws AppError IMAGE_INVALID */
export async function pictureFacts({ bytes, format, place }: PictureBytes): Promise<PictureFacts> {
  try {
    const { autoOrient, exif } = await sharp(bytes, { limitInputPixels: false }).metadata();
    return { width: autoOrient.width, height: autoOrient.height, format, takenAt: await takenAt(exif) };
  } catch (error) {
    throw new AppError(
      'IMAGE_INVALID',
      `${place}: its header cannot be read (${messageOf(error)}), expected a complete ${format}; copy it again from its source`,
      { cause: error },
    );
  }
}
