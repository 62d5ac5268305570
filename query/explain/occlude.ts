/**
 * Pictures with parts taken out, as the network reads them.
 * Source: Zeiler, Fergus 2014. Deviation: what is put in comes from the picture itself: a colour that is nowhere in it would
 * be something new to see.
 */
import type { OcclusionPlan, OcclusionWindow } from './occlusion-plan.ts';

/** mean: the mean colour of the picture. blur: the picture, so blurred that only its large areas are left. */
export const occlusionFills = ['mean', 'blur'] as const;
export type OcclusionFill = (typeof occlusionFills)[number];

/** Reach of the blur to each side, as a share of the picture's side; three passes make it nearly a Gaussian. */
const BLUR_REACH = 1 / 8;
const BLUR_PASSES = 3;

const CHANNELS = 3;

/**
 * What is to be seen where the picture is covered.
 * @param pixels float32 [3, S, S]; @returns the same shape
 */
export function fillOf(pixels: Float32Array, side: number, fill: OcclusionFill): Float32Array {
  return fill === 'mean' ? meanFill(pixels, side) : blurFill(pixels, side);
}

/** The picture with the given cells replaced by those of `fill`; the picture itself is left alone. */
export function occlude(
  pixels: Float32Array,
  fill: Float32Array,
  plan: Pick<OcclusionPlan, 'borders'>,
  windows: readonly OcclusionWindow[],
): Float32Array {
  const { borders } = plan;
  const side = borders.at(-1) ?? 0;
  const covered = pixels.slice();
  for (const window of windows) {
    const [left, right] = [borders[window.left] ?? 0, borders[window.right] ?? side];
    for (let channel = 0; channel < CHANNELS; channel += 1) {
      for (let y = borders[window.top] ?? 0; y < (borders[window.bottom] ?? side); y += 1) {
        const row = (channel * side + y) * side;
        covered.set(fill.subarray(row + left, row + right), row + left);
      }
    }
  }
  return covered;
}

function meanFill(pixels: Float32Array, side: number): Float32Array {
  const size = side * side;
  const result = new Float32Array(pixels.length);
  for (let channel = 0; channel < CHANNELS; channel += 1) {
    let sum = 0;
    for (let index = channel * size; index < (channel + 1) * size; index += 1) sum += pixels[index] ?? 0;
    result.fill(sum / size, channel * size, (channel + 1) * size);
  }
  return result;
}

function blurFill(pixels: Float32Array, side: number): Float32Array {
  const reach = Math.max(1, Math.round(side * BLUR_REACH));
  const result = pixels.slice();
  const size = side * side;
  for (let pass = 0; pass < BLUR_PASSES; pass += 1) {
    for (let channel = 0; channel < CHANNELS; channel += 1) {
      for (let line = 0; line < side; line += 1) {
        blurLine(result, { start: channel * size + line * side, step: 1, side, reach });
      }
      for (let line = 0; line < side; line += 1) {
        blurLine(result, { start: channel * size + line, step: side, side, reach });
      }
    }
  }
  return result;
}

/** Mean over the neighbours up to `reach` away, those beyond the border left out. */
function blurLine(
  values: Float32Array,
  { start, step, side, reach }: { start: number; step: number; side: number; reach: number },
): void {
  const sums = new Float64Array(side + 1);
  for (let index = 0; index < side; index += 1) {
    sums[index + 1] = (sums[index] ?? 0) + (values[start + index * step] ?? 0);
  }
  for (let index = 0; index < side; index += 1) {
    const from = Math.max(0, index - reach);
    const until = Math.min(side, index + reach + 1);
    values[start + index * step] = ((sums[until] ?? 0) - (sums[from] ?? 0)) / (until - from);
  }
}
