/**
 * RAW files of cameras: tells them from other TIFF files, and finds the largest JPEG that the camera put in.
 * Source: TIFF 6.0, the DNG specification 1.7, and the layouts of CR2, NEF and ARW as exiftool documents them.
 * Deviation: the sensor's own values are never developed; what the photographer saw on the camera is that
 * JPEG. Two places are known for one: the JPEGInterchangeFormat tags (NEF, ARW), and a single strip of an IFD
 * that is no sensor data (CR2, DNG). No maintained library for Node.js does this alone.
 */
import { AppError } from '../errors.ts';
import type { RawFormat } from './picture-format.ts';
import { tiffDirectories, type TiffDirectories, type TiffDirectory } from './tiff-directories.ts';

export interface RawPreview {
  /** A part of the file's bytes. */
  readonly jpeg: Uint8Array;
  /** What EXIF calls Orientation, 1 to 8: the RAW's own, which holds for its preview too. */
  readonly orientation: number;
}

const TAG = {
  compression: 0x01_03,
  photometric: 0x01_06,
  make: 0x01_0f,
  stripOffsets: 0x01_11,
  orientation: 0x01_12,
  stripByteCounts: 0x01_17,
  jpegOffset: 0x02_01,
  jpegBytes: 0x02_02,
  dngVersion: 0xc6_12,
} as const;

/** Values of `photometric` that mean sensor data: one colour for each pixel, or linear light. */
const SENSOR = new Set([32_803, 34_892]);
/** Values of `compression` that mean JPEG, in the old way and the new. */
const JPEG = new Set([6, 7]);

/** Segments before the picture's size in a JPEG; cameras write some 20. */
const SEGMENTS_MAX = 256;

/** What kind of RAW it is; undefined for every other TIFF file. `isCr2`: the first bytes said so. */
export function rawFormat(bytes: Uint8Array, isCr2: boolean): RawFormat | undefined {
  const directories = tiffDirectories(bytes);
  if (directories === undefined) return isCr2 ? 'cr2' : undefined;
  const [first] = directories.all;
  if (isCr2) return 'cr2';
  if (first.has(TAG.dngVersion)) return 'dng';
  const make = first.text(TAG.make).toUpperCase();
  const maker = make.startsWith('NIKON') ? 'nef' : make.startsWith('SONY') ? 'arw' : undefined;
  const hasSensor = directories.all.some((one) => SENSOR.has(one.number(TAG.photometric) ?? 0));
  // Where the end is missing, the sensor's directory may be: a RAW must not pass for the tiny picture before it.
  return hasSensor || directories.isTruncated ? maker : undefined;
}

/**
 * The JPEG with the most pixels.
 * @throws AppError IMAGE_INVALID where there is none, or one lies outside the file
 */
export function rawPreview(bytes: Uint8Array, format: RawFormat, place: string): RawPreview {
  const directories = tiffDirectories(bytes);
  if (directories === undefined) throw truncated(place, format);
  let best: { readonly jpeg: Uint8Array; readonly pixels: number } | undefined;
  for (const { offset, length } of candidates(directories)) {
    if (offset + length > bytes.length) throw truncated(place, format);
    const jpeg = bytes.subarray(offset, offset + length);
    const pixels = jpegPixels(jpeg);
    if (pixels > (best?.pixels ?? 0)) best = { jpeg, pixels };
  }
  if (best === undefined) {
    if (directories.isTruncated) throw truncated(place, format);
    throw new AppError(
      'IMAGE_INVALID',
      `${place}: is a ${format.toUpperCase()} file without a JPEG preview, expected one; have the camera or a RAW program write one, or export the photo as JPEG`,
    );
  }
  const orientation = directories.all[0].number(TAG.orientation) ?? 1;
  return { jpeg: best.jpeg, orientation: orientation >= 1 && orientation <= 8 ? orientation : 1 };
}

interface Extent {
  readonly offset: number;
  readonly length: number;
}

function candidates({ all }: TiffDirectories): Extent[] {
  return all.flatMap((directory) => [interchange(directory), strip(directory)].filter(isExtent));
}

function interchange(directory: TiffDirectory): Extent | undefined {
  return extent(directory.number(TAG.jpegOffset), directory.number(TAG.jpegBytes));
}

function strip(directory: TiffDirectory): Extent | undefined {
  if (SENSOR.has(directory.number(TAG.photometric) ?? 0)) return undefined;
  if (!JPEG.has(directory.number(TAG.compression) ?? 0)) return undefined;
  if (directory.count(TAG.stripOffsets) !== 1) return undefined;
  return extent(directory.number(TAG.stripOffsets), directory.number(TAG.stripByteCounts));
}

function extent(offset: number | undefined, length: number | undefined): Extent | undefined {
  return offset === undefined || length === undefined || length === 0 ? undefined : { offset, length };
}

function isExtent(value: Extent | undefined): value is Extent {
  return value !== undefined;
}

/**
 * Width x height of a JPEG that every program can show; 0 for the lossless kind, in which CR2 keeps the
 * sensor's values, and for everything else.
 */
export function jpegPixels(jpeg: Uint8Array): number {
  const view = new DataView(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  if (jpeg.length < 4 || view.getUint16(0) !== 0xff_d8) return 0;
  let place = 2;
  for (let segment = 0; segment < SEGMENTS_MAX && place + 9 <= jpeg.length; segment += 1) {
    if (view.getUint8(place) !== 0xff) return 0;
    const marker = view.getUint8(place + 1);
    // Baseline, extended and progressive, each with 8 bits.
    if (marker >= 0xc0 && marker <= 0xc2) {
      return view.getUint8(place + 4) === 8 ? view.getUint16(place + 5) * view.getUint16(place + 7) : 0;
    }
    if (marker === 0xda || marker === 0xc3 || marker === 0xd9) return 0;
    // A marker may be preceded by any number of filling bytes.
    place += marker === 0xff ? 1 : 2 + view.getUint16(place + 2);
  }
  return 0;
}

function truncated(place: string, format: RawFormat): AppError {
  return new AppError(
    'IMAGE_INVALID',
    `${place}: is a ${format.toUpperCase()} file that points to bytes that it does not have, expected all of it; copy it again from the camera`,
  );
}
