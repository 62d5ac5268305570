/**
 * Decoded pictures as plain bytes, and the limits that hold for every one of them.
 * Source: our own. Deviation: none.
 */
import { AppError } from '../errors.ts';

/** A decoded picture: uint8 [height, width, 3], RGB, rows from the top, no padding. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * The longest side of a picture, in pixels. The tables of the resize grow with the sides, not with the
 * area, so a picture of one row needs a limit of its own.
 */
export const SIDE_PIXELS_MAX = 1_000_000;

/** @throws AppError INVALID_ARGUMENT where the sizes are no whole numbers or do not fit the data */
export function checkPixels(pixels: Pixels): void {
  checkSide('picture width', pixels.width);
  checkSide('picture height', pixels.height);
  const bytes = pixels.width * pixels.height * 3;
  if (pixels.data.length !== bytes) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `pixels: ${pixels.data.length} bytes of data, expected ${bytes} (${pixels.width} x ${pixels.height} x 3); pass RGB without alpha`,
    );
  }
}

/** @throws AppError INVALID_ARGUMENT where `size` is no whole number from 1 to SIDE_PIXELS_MAX */
export function checkSide(name: string, size: number): void {
  if (!Number.isInteger(size) || size < 1 || size > SIDE_PIXELS_MAX) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `${name}: ${size}, expected a whole number of pixels from 1 to ${SIDE_PIXELS_MAX}`,
    );
  }
}
