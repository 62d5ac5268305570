/**
 * When two contents count as versions of one photo.
 * Source: our own; the measurements are in picture-shape.ts. Deviation: none.
 */
import { haveSameShape, type PictureShape } from '../photos/picture-shape.ts';

/**
 * Cosine from which two photos can be versions of each other, if their shapes agree too. Chosen on photographs with the
 * built-in model; another model spreads its cosines differently, and the shape then keeps others out.
 */
export const nearThresholdDefault = 0.9;

/** Where the shape of one of them is not known, because its file is out of reach, the cosine must say it alone. */
const COSINE_ALONE_MIN = 0.98;

/** The smallest that makes sense: below it most photos of a kind are neighbours of each other. */
export const NEAR_THRESHOLD_MIN = 0.5;

export function lookAlike(
  score: number,
  a: PictureShape | undefined,
  b: PictureShape | undefined,
  threshold: number,
): boolean {
  if (a !== undefined && b !== undefined) return score >= threshold && haveSameShape(a, b);
  return score >= Math.max(threshold, COSINE_ALONE_MIN);
}

/** @returns the cosine of two vectors of unit length */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let place = 0; place < a.length; place += 1) sum += (a[place] as number) * (b[place] as number);
  return sum;
}
