/**
 * What a model expects of its pictures, and the geometry that follows from it.
 * Source: BEIT3.md section 8 (torchvision's Resize and CenterCrop). Deviation: none.
 */
import { AppError } from '../errors.ts';
import type { ResizeWindow } from './resize-bicubic.ts';

/** Part of a model's configuration. */
export interface PreprocessSpec {
  /** Side of the square input, in pixels; 1 to 4096. */
  readonly side: number;
  /** `stretch`: both axes to `side`, the aspect ratio is lost. `shorter-side-crop`: then the middle square. */
  readonly resize: 'stretch' | 'shorter-side-crop';
  /** Mean of red, green and blue, in units of 255. */
  readonly mean: readonly [number, number, number];
  /** Standard deviation of red, green and blue, in units of 255; greater than 0. */
  readonly std: readonly [number, number, number];
}

/** The size of the whole resized picture, and the square of it that the model sees. */
export interface ResizePlan {
  readonly width: number;
  readonly height: number;
  readonly window: ResizeWindow;
}

/** Largest input side of a model. BEiT-3 goes up to 768; a damaged configuration must not ask for gigabytes. */
const MODEL_SIDE_MAX = 4096;

/** @throws AppError INVALID_ARGUMENT where a field is out of its range */
export function checkSpec(spec: PreprocessSpec): void {
  if (!Number.isInteger(spec.side) || spec.side < 1 || spec.side > MODEL_SIDE_MAX) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `preprocessing: side is ${spec.side}, expected a whole number of pixels from 1 to ${MODEL_SIDE_MAX}; check the model's config.json`,
    );
  }
  const numbers = [...spec.mean, ...spec.std];
  if (numbers.length !== 6 || !numbers.every(Number.isFinite) || !spec.std.every((value) => value > 0)) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `preprocessing: mean [${spec.mean.join(', ')}] and std [${spec.std.join(', ')}], expected 3 finite numbers each, std above 0; check the model's config.json`,
    );
  }
}

/** Where the pixels of a width x height picture go. */
export function resizePlan(width: number, height: number, spec: PreprocessSpec): ResizePlan {
  const { side } = spec;
  if (spec.resize === 'stretch') {
    return { width: side, height: side, window: { left: 0, top: 0, width: side, height: side } };
  }
  const long = Math.trunc((side * Math.max(width, height)) / Math.min(width, height));
  const planned = width <= height ? { width: side, height: long } : { width: long, height: side };
  const left = roundHalfToEven((planned.width - side) / 2);
  const top = roundHalfToEven((planned.height - side) / 2);
  return { ...planned, window: { left, top, width: side, height: side } };
}

/** Python's `round`, which decides the crop by one pixel where the margin is odd. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
