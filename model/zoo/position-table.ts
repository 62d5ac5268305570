/**
 * Fits the vision position table of a checkpoint to another image size.
 * Source: unilm beit3/utils.py load_model_and_may_interpolate: torch bicubic, a = -0.75, half-pixel
 * centres, borders clamped, no antialiasing. Deviation: arithmetic in float64 instead of float32.
 */
import { VISION_POSITION_EXTRA_ROWS } from '../beit3/index.ts';

/** Torch's cubic convolution parameter; Pillow's, for pictures, is -0.5. */
const A = -0.75;

/** Four neighbours of one target position and their weights. */
interface Tap {
  readonly rows: readonly number[];
  readonly weights: readonly number[];
}

/**
 * @param table float32 [gridBefore² + 3, D]
 * @returns float32 [gridAfter² + 3, D]; the table itself where the grid stays
 */
export function fitPositionTable(
  table: Float32Array,
  width: number,
  gridBefore: number,
  gridAfter: number,
): Float32Array {
  if (gridBefore === gridAfter) return table;
  const extra = VISION_POSITION_EXTRA_ROWS * width;
  const result = new Float32Array(extra + gridAfter * gridAfter * width);
  result.set(table.subarray(0, extra));
  const taps = Array.from({ length: gridAfter }, (_, index) => tapOf(index, gridBefore, gridAfter));
  for (const [y, vertical] of taps.entries()) {
    for (const [x, horizontal] of taps.entries()) {
      const target = extra + (y * gridAfter + x) * width;
      for (let feature = 0; feature < width; feature++) {
        result[target + feature] = sample(table, extra + feature, width, gridBefore, vertical, horizontal);
      }
    }
  }
  return result;
}

function sample(
  table: Float32Array,
  base: number,
  width: number,
  grid: number,
  vertical: Tap,
  horizontal: Tap,
): number {
  let sum = 0;
  for (const [i, row] of vertical.rows.entries()) {
    let line = 0;
    for (const [j, column] of horizontal.rows.entries()) {
      line += (horizontal.weights[j] ?? 0) * (table[base + (row * grid + column) * width] ?? 0);
    }
    sum += (vertical.weights[i] ?? 0) * line;
  }
  return sum;
}

function tapOf(target: number, before: number, after: number): Tap {
  const source = (target + 0.5) * (before / after) - 0.5;
  const first = Math.floor(source);
  const offsets = [-1, 0, 1, 2];
  return {
    // A clamped border row simply counts more than once.
    rows: offsets.map((offset) => Math.min(before - 1, Math.max(0, first + offset))),
    weights: offsets.map((offset) => cubic(Math.abs(source - first - offset))),
  };
}

function cubic(distance: number): number {
  if (distance <= 1) return ((A + 2) * distance - (A + 3)) * distance ** 2 + 1;
  if (distance < 2) return ((A * distance - 5 * A) * distance + 8 * A) * distance - 4 * A;
  return 0;
}
