/**
 * Size and metadata blocks of a picture, without decoding it.
 * Source: our own, over sharp's metadata. Deviation: none.
 */
import { decodable, decoded } from './decodable.ts';
import type { PictureFormat } from './picture-format.ts';
import type { PictureBytes } from './read-picture.ts';

export interface PictureHeader {
  /** pixels, upright; of a RAW, those of its preview */
  readonly width: number;
  readonly height: number;
  /** Bytes with TIFF structure, perhaps behind the mark `Exif\0\0`: the block, or a whole TIFF or RAW file. */
  readonly exif: Uint8Array | undefined;
  /** As Photoshop wraps it, or bare. */
  readonly iptc: Uint8Array | undefined;
  readonly xmp: Uint8Array | undefined;
}

/** Files that are TIFF structures themselves. */
const TIFF_LIKE: ReadonlySet<PictureFormat> = new Set(['tiff', 'cr2', 'nef', 'arw', 'dng']);

/** @throws AppError IMAGE_INVALID */
export async function pictureHeader(picture: PictureBytes): Promise<PictureHeader> {
  const { bytes, format } = picture;
  // The header of a HEIC needs no decoder; that of a RAW is its preview's.
  const image = TIFF_LIKE.has(format) ? (await decodable(picture)).image : bytes;
  const { default: sharp } = await import('sharp');
  const header = await decoded(picture, sharp(image, { limitInputPixels: false }).metadata());
  const { width, height } = header.autoOrient;
  const isPreview = image !== bytes;
  return {
    width,
    height,
    exif: TIFF_LIKE.has(format) ? bytes : header.exif,
    iptc: isPreview ? undefined : header.iptc,
    xmp: isPreview ? undefined : header.xmp,
  };
}
