/**
 * Picture to network input, the exact way or the fast way.
 * Source: BEIT3.md sections 8 and 14. Deviation: the product turns pictures upright, lays them on white and
 * converts them to sRGB; with `referencePreprocess` every byte is the official transform's.
 *
 * `exact`: decode at full size, then our own resize: bit for bit Pillow's, one JavaScript thread.
 * `fast`: JPEG files are shrunk while loading and the rest is done in the decoder's threads. Only axes that
 * must grow are left to our resize, which is cheap because the picture is then small.
 * Measured with Node.js 20 and sharp 0.35 on 2 cores, S = 224, files to tensors a second, exact / fast:
 *
 *                       one at a time    two at a time    mean and largest difference of a byte
 *    176 x  176 JPEG      210 / 240        277 / 281      0 (enlarged: the same resize)
 *    640 x  480            91 / 178        108 / 269      0.2, 12
 *   1600 x 1067            28 / 86          33 / 122      0.3 to 0.5, 11
 *   4000 x 3000           4.6 / 37         5.7 / 68       0.3 (smooth) to 0.7 (a mosaic of detail), 11
 *
 * Other kernels of the decoder are further away (mean 0.4 to 3.5), except lanczos2, which is as near.
 */
import {
  decodeFull,
  decodeShrunk,
  openPicture,
  type DecodeOptions,
  type OpenPicture,
  type PictureSource,
} from './decode.ts';
import type { Pixels } from './pixels.ts';
import { checkSpec, resizePlan, type PreprocessSpec } from './preprocess-spec.ts';
import { timed } from '../stage-times.ts';
import { resizeBicubicWindow } from './resize-bicubic.ts';
import { toTensor } from './tensor.ts';

/** How a picture is decoded and resized. */
export interface PreprocessOptions extends DecodeOptions {
  /** `exact` is Pillow's resize to the bit; `fast` differs by less than one of 255 on average. */
  readonly mode: 'exact' | 'fast';
}

/**
 * Changes whenever the same picture would give another tensor, in either mode. Vectors of two versions, or
 * of the two modes, should not be mixed in one index.
 */
export const preprocessVersion = 'image-1';

/**
 * The crop of a very long picture is cut in the decoder, lest all of it be kept in memory. Other crops are
 * cut here, which is faster for turned pictures.
 */
const CROP_PIXELS_MAX = 4_000_000;

/** What the product does with photos. */
export const productPreprocess = {
  mode: 'fast',
  orient: true,
  flatten: true,
  colour: 'srgb',
} as const satisfies PreprocessOptions;

/** What the official code does. */
export const referencePreprocess = {
  mode: 'exact',
  orient: false,
  flatten: false,
  colour: 'stored',
} as const satisfies PreprocessOptions;

/**
 * Reads a picture and makes the network's input of it. Many may run at once; each holds one decoded picture
 * in `exact` mode, and little in `fast` mode.
 * @returns float32 [3, S, S], RGB, normalised
 * @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE, IMAGE_INVALID, IMAGE_TOO_LARGE, INVALID_ARGUMENT, ABORTED
 */
export async function preprocess(
  source: PictureSource,
  spec: PreprocessSpec,
  options: PreprocessOptions,
): Promise<Float32Array> {
  return toTensor(await preprocessPixels(source, spec, options), spec);
}

/** The same, before the normalisation: uint8 [S, S, 3]. Errors as `preprocess`. */
export async function preprocessPixels(
  source: PictureSource,
  spec: PreprocessSpec,
  options: PreprocessOptions,
): Promise<Pixels> {
  checkSpec(spec);
  return timed('decode', 1, async () => {
    const open = await openPicture(source, options);
    return options.mode === 'exact' || open.fullDecodeOnly
      ? resizeForModel(await decodeFull(open), spec)
      : shrinkForModel(open, spec);
  });
}

/** Resizes (and crops, if the model wants that) a decoded picture to S x S: uint8 [S, S, 3]. Synchronous. */
export function resizeForModel(pixels: Pixels, spec: PreprocessSpec): Pixels {
  checkSpec(spec);
  const plan = resizePlan(pixels.width, pixels.height, spec);
  return resizeBicubicWindow(pixels, plan.width, plan.height, plan.window);
}

async function shrinkForModel(open: OpenPicture, spec: PreprocessSpec): Promise<Pixels> {
  const plan = resizePlan(open.width, open.height, spec);
  const width = Math.min(open.width, plan.width);
  const height = Math.min(open.height, plan.height);
  const shrinksOnly = width === plan.width && height === plan.height;
  if (shrinksOnly && width * height > CROP_PIXELS_MAX) return decodeShrunk(open, width, height, plan.window);
  const shrunk = await decodeShrunk(open, width, height, undefined);
  // Where both axes have their size already, this only cuts out the window.
  return resizeBicubicWindow(shrunk, plan.width, plan.height, plan.window);
}
