/**
 * Picture bytes to RGB bytes, with sharp, which is libvips.
 * Source: BEIT3.md sections 8 and 14; sharp's documentation and its pipeline.cc, whose order of steps is
 * fixed. Deviation: 16-bit grey gives its high byte (the official code clips it to white), and a JPEG
 * without its end marker is refused (the official code reads it). What is not obvious about sharp:
 *
 * - It stops at damage by `failOn`. 'error' refuses truncated files of every format ('truncated' gives
 *   black for a truncated TIFF) and leaves alone the harmless oddities of some phones' JPEG files, which
 *   'warning' refuses.
 * - An embedded colour profile is applied unless `ignoreIcc`. 16-bit pictures with a profile are brought to
 *   Display P3, not sRGB; only a named output profile brings them on to sRGB.
 * - CMYK goes through a built-in profile even with `ignoreIcc`. The official code has a plain formula.
 * - Alpha is multiplied into the colours before a resize, and `removeAlpha` comes after it: the colour
 *   under a transparent pixel survives only a decode without resize.
 * - A JPEG shrunk while loading has ceil(side / n) rows, which are then taken for the whole picture: where n
 *   does not divide the sides, the picture is stretched by up to half an output pixel (mean difference
 *   to the exact resize 1.3 to 3.3 of 255 in place of 0.4 to 0.7). Naming the pipeline's colour space, or
 *   extracting everything before the resize, switches this off.
 * - Any extract makes it turn the picture before the resize, at full size and without shrinking while
 *   loading: 200 ms in place of 40 for 12 megapixels. Crops of ordinary shapes are left to us.
 * - Enlarging shifts the picture (mean difference 6 of 255): it is never asked to.
 */
import type { Sharp } from 'sharp';
import { AppError } from '../errors.ts';
import { cmykToRgb } from './cmyk.ts';
import {
  checkSignal,
  checkSize,
  decodable,
  decoded,
  invalid,
  PIXELS_MAX,
  type DecodablePicture,
} from './decodable.ts';
import type { Pixels } from './pixels.ts';
import { readPicture } from './read-picture.ts';
import type { ResizeWindow } from './resize-bicubic.ts';

/** How a picture becomes RGB, and what it may cost. */
export interface DecodeOptions {
  /** Turn the picture upright as its EXIF orientation says. */
  readonly orient: boolean;
  /** Lay transparent pictures on white; otherwise alpha is dropped and the colour under it stays. */
  readonly flatten: boolean;
  /**
   * `srgb`: convert by the embedded colour profile. `stored`: take the numbers as they are. Default: `stored`
   * where neither `orient` nor `flatten` is asked for, which is the official transform, else `srgb`.
   */
  readonly colour?: 'srgb' | 'stored';
  /** Largest accepted file, in bytes; 1 or more, default 256 MiB. */
  readonly bytesMax?: number;
  /** Largest accepted picture, in pixels; 1 or more, default 268,402,689 (16383 x 16383). */
  readonly pixelsMax?: number;
  /** How error messages call a picture whose bytes are given; default "the given picture". */
  readonly place?: string;
  /** Checked between the steps; a decode under way is finished first. */
  readonly signal?: AbortSignal;
}

/** A picture whose header was read and found acceptable; nothing is decoded yet. */
export interface OpenPicture {
  /** Size in pixels after orientation. */
  readonly width: number;
  readonly height: number;
  /** Only a decode at full size gives the right pixels: its alpha or its inks are dealt with one by one. */
  readonly fullDecodeOnly: boolean;
  readonly picture: DecodablePicture;
  readonly options: DecodeOptions;
  readonly steps: ColourSteps;
}

/** What the header says about the way to sRGB. */
interface ColourSteps {
  readonly ignoreProfile: boolean;
  readonly inks: boolean;
  readonly fromDisplayP3: boolean;
  /** Stored as 8-bit RGB, whatever the profile: then naming sRGB for the pipeline changes no byte. */
  readonly plainRgb: boolean;
}

/** A path, the bytes of a file, or a picture that was made decodable before. */
export type PictureSource = string | Uint8Array | DecodablePicture;

/** The largest factor by which a JPEG is shrunk while loading. */
const JPEG_SHRINK_MAX = 8;

/**
 * Reads and decodes a whole picture. Animations and multi-page files give their first frame.
 * @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE, IMAGE_INVALID, IMAGE_TOO_LARGE, ABORTED
 */
export async function decodePixels(source: PictureSource, options: DecodeOptions): Promise<Pixels> {
  return decodeFull(await openPicture(source, options));
}

/** Reads the file and the header, and checks every limit. Errors as `decodePixels`. */
export async function openPicture(source: PictureSource, options: DecodeOptions): Promise<OpenPicture> {
  checkLimit('bytesMax', options.bytesMax);
  checkLimit('pixelsMax', options.pixelsMax);
  checkSignal(options.signal);
  const picture = await decodableOf(source, options);
  checkSignal(options.signal);
  const { imageFormat } = picture;
  const { default: sharp } = await import('sharp');
  const header = await decoded(picture, sharp(picture.image, { limitInputPixels: false }).metadata());
  if (header.format !== imageFormat && !(imageFormat === 'avif' && header.format === 'heif')) {
    throw invalid(picture, `it begins as ${imageFormat} but is read as ${header.format}`);
  }
  checkSize(picture.place, header.width, header.height, options.pixelsMax ?? PIXELS_MAX);
  const stored = (options.colour ?? (options.orient || options.flatten ? 'srgb' : 'stored')) === 'stored';
  const steps = {
    ignoreProfile: stored,
    inks: stored && header.space === 'cmyk',
    fromDisplayP3: !stored && header.hasProfile && header.space === 'rgb16',
    plainRgb: header.space === 'srgb',
  };
  const size = options.orient ? header.autoOrient : header;
  const fullDecodeOnly = steps.inks || (header.hasAlpha && !options.flatten);
  return { width: size.width, height: size.height, fullDecodeOnly, picture, options, steps };
}

async function decodableOf(source: PictureSource, options: DecodeOptions): Promise<DecodablePicture> {
  if (typeof source !== 'string' && 'image' in source) return source;
  return decodable(await readPicture(source, options), options);
}

/** Every pixel, at full size. */
export async function decodeFull(open: OpenPicture): Promise<Pixels> {
  if (!open.steps.inks) return rgbOf(open, await pipeline(open));
  const inks = (await pipeline(open)).pipelineColourspace('cmyk').toColourspace('cmyk');
  const { data, width, height } = await rawOf(open, inks, 4);
  return { data: cmykToRgb(data), width, height };
}

/**
 * Decodes and shrinks to width x height in the decoder's threads, then cuts out `window`. The cubic kernel
 * is Pillow's; the arithmetic is not, so bytes differ a little. Neither side may be larger than the picture's.
 */
export async function decodeShrunk(
  open: OpenPicture,
  width: number,
  height: number,
  window: ResizeWindow | undefined,
): Promise<Pixels> {
  const start = await pipeline(open);
  if (!shrinksEvenly(open, width, height)) {
    if (open.steps.plainRgb) start.pipelineColourspace('srgb');
    else start.extract({ left: 0, top: 0, width: open.width, height: open.height });
  }
  // With fastShrinkOnLoad false a factor of at least two is left to the cubic, which halves the difference.
  const sized = start.resize({ width, height, fit: 'fill', kernel: 'cubic', fastShrinkOnLoad: false });
  return rgbOf(open, window === undefined ? sized : sized.extract(window));
}

/** Whether shrinking while loading, by the largest factor that leaves one of two, keeps the geometry. */
function shrinksEvenly(open: OpenPicture, width: number, height: number): boolean {
  if (open.picture.imageFormat !== 'jpeg') return true;
  const shrink = Math.min(open.width / width, open.height / height);
  let factor = JPEG_SHRINK_MAX;
  while (factor > 1 && factor * 2 > shrink) factor /= 2;
  return open.width % factor === 0 && open.height % factor === 0;
}

async function pipeline(open: OpenPicture): Promise<Sharp> {
  const { options, steps } = open;
  const { default: sharp } = await import('sharp');
  const image = sharp(open.picture.image, {
    failOn: 'error',
    limitInputPixels: options.pixelsMax ?? PIXELS_MAX,
    ignoreIcc: steps.ignoreProfile,
    autoOrient: options.orient,
  });
  if (options.flatten) image.flatten({ background: '#ffffff' });
  if (steps.fromDisplayP3) image.withIccProfile('srgb');
  return image;
}

async function rgbOf(open: OpenPicture, image: Sharp): Promise<Pixels> {
  return rawOf(open, image.removeAlpha().toColourspace('srgb'), 3);
}

async function rawOf(open: OpenPicture, image: Sharp, channels: number): Promise<Pixels> {
  checkSignal(open.options.signal);
  const { data, info } = await decoded(
    open.picture,
    image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true }),
  );
  checkSignal(open.options.signal);
  if (info.channels !== channels) {
    throw invalid(open.picture, `it decodes to ${info.channels} channels in place of ${channels}`);
  }
  return { data, width: info.width, height: info.height };
}

function checkLimit(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) return;
  throw new AppError(
    'INVALID_ARGUMENT',
    `${name}: ${value}, expected a whole number from 1; leave it out for the default`,
  );
}
