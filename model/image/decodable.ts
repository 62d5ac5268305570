/**
 * Brings every accepted format into one that the picture library decodes: the file itself for most, the
 * camera's preview for RAW files, uncompressed pixels for HEIC (whose compression is patented, so that the
 * library's prebuilt form reads its header and its metadata only).
 * Source: our own. Deviation: none.
 *
 * A HEIC is decoded once, and its pixels serve the network and the previews alike: keep what `decodable` gives
 * and pass it on in place of a path or bytes.
 */
import { AppError, messageOf } from '../errors.ts';
import { decodeHeic, HeicError } from './heic-decoder.ts';
import { PICTURE_FORMATS, type PictureFormat } from './picture-format.ts';
import { SIDE_PIXELS_MAX } from './pixels.ts';
import { rawPreview } from './raw-preview.ts';
import type { PictureBytes } from './read-picture.ts';

/** Above this a decode takes gigabytes. The default of sharp. */
export const PIXELS_MAX = 16_383 * 16_383;

/** A picture that sharp can decode. */
export interface DecodablePicture extends PictureBytes {
  /** What is decoded; `bytes` stays the file. */
  readonly image: Uint8Array;
  /** What `image` is. */
  readonly imageFormat: 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif';
}

/**
 * @param options.pixelsMax checked for HEIC before it is decoded; for the others when they are opened
 * @throws AppError IMAGE_INVALID, IMAGE_TOO_LARGE, ABORTED
 */
export async function decodable(
  picture: PictureBytes,
  options: { readonly pixelsMax?: number; readonly signal?: AbortSignal } = {},
): Promise<DecodablePicture> {
  const { bytes, format, place } = picture;
  if (format === 'heic')
    return { ...picture, image: await heicPixels(picture, options), imageFormat: 'tiff' };
  if (isPlain(format)) return { ...picture, image: bytes, imageFormat: format };
  const { jpeg, orientation } = rawPreview(bytes, format, place);
  return { ...picture, image: await withOrientation(picture, jpeg, orientation), imageFormat: 'jpeg' };
}

type PlainFormat = DecodablePicture['imageFormat'];
const plainFormats: readonly PictureFormat[] = [
  'jpeg',
  'png',
  'webp',
  'gif',
  'tiff',
  'avif',
] satisfies readonly PlainFormat[];

function isPlain(format: PictureFormat): format is PlainFormat {
  return plainFormats.includes(format);
}

async function heicPixels(
  picture: PictureBytes,
  { pixelsMax = PIXELS_MAX, signal }: { readonly pixelsMax?: number; readonly signal?: AbortSignal },
): Promise<Uint8Array> {
  const { bytes, place } = picture;
  checkSignal(signal);
  // Loaded with the first picture: a search by words starts 0.1 s sooner without it.
  const { default: sharp } = await import('sharp');
  const header = await decoded(picture, sharp(bytes, { limitInputPixels: false }).metadata());
  checkSize(place, header.width, header.height, pixelsMax);
  try {
    const tiff = await decodeHeic({ bytes, profile: header.icc ?? null, pixelsMax });
    checkSignal(signal);
    return tiff;
  } catch (error) {
    if (error instanceof HeicError) throw invalid(picture, error.message, error);
    throw error;
  }
}

/**
 * The preview with an EXIF block of nothing but the orientation put before all others, unless it has one.
 * The first block is the one that readers believe.
 */
async function withOrientation(
  picture: PictureBytes,
  jpeg: Uint8Array,
  orientation: number,
): Promise<Uint8Array> {
  if (orientation === 1) return jpeg;
  const { default: sharp } = await import('sharp');
  const own = (await decoded(picture, sharp(jpeg, { limitInputPixels: false }).metadata())).orientation;
  if (own !== undefined) return jpeg;
  const block = Buffer.from(ORIENTATION_BLOCK, 'hex');
  block.writeUInt16BE(orientation, ORIENTATION_PLACE);
  return Buffer.concat([jpeg.subarray(0, 2), block, jpeg.subarray(2)]);
}

/** A JPEG segment: marker, length, "Exif", TIFF header, a directory of one entry, end. */
const ORIENTATION_BLOCK = 'ffe100224578696600004d4d002a00000008000101120003000000010000000000000000';
/** Of the entry's value in it. */
const ORIENTATION_PLACE = 28;

/** Puts the decoder's words into our form of error. */
export async function decoded<T>(picture: PictureBytes, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const lines = messageOf(error).split('\n');
    throw invalid(picture, (lines.at(-1) ?? '').trim() || lines.join(' '), error);
  }
}

export function invalid(picture: PictureBytes, found: string, cause?: unknown): AppError {
  return new AppError(
    'IMAGE_INVALID',
    `${picture.place}: cannot be decoded as ${picture.format} (${found}), expected a complete ${PICTURE_FORMATS}; copy it again from its source or save it anew in an image program`,
    { cause },
  );
}

/** @throws AppError IMAGE_TOO_LARGE */
export function checkSize(place: string, width: number, height: number, pixelsMax: number): void {
  const found = `${place}: has ${width} x ${height} pixels`;
  if (width * height > pixelsMax) {
    throw new AppError(
      'IMAGE_TOO_LARGE',
      `${found} (${width * height}), expected at most ${pixelsMax}; raise the limit on pixels or save the picture smaller`,
    );
  }
  if (Math.max(width, height) > SIDE_PIXELS_MAX) {
    throw new AppError(
      'IMAGE_TOO_LARGE',
      `${found}, expected no side above ${SIDE_PIXELS_MAX}; cut the picture into parts`,
    );
  }
}

/** @throws AppError ABORTED */
export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new AppError('ABORTED', 'reading a picture was called off before it was finished', {
    cause: signal.reason,
  });
}
