/**
 * Which input pixels make one output pixel of a bicubic resize, and with which whole-number weights.
 * Source: BEIT3.md section 8 (Pillow's resampling in 8-bit arithmetic). Deviation: none; a window of the
 * outputs can be asked for, so that a crop does not pay for what it cuts away.
 */

/** Weights are stored as whole numbers of 2^-22, so that weight x byte sums stay within int32. */
export const WEIGHT_BITS = 22;

/** Half of one unit: added before the final shift, it turns cutting off into rounding. */
export const WEIGHT_HALF = 1 << (WEIGHT_BITS - 1);

/** The sharpness of the cubic. -0.5 is Catmull-Rom, as Pillow has it; many other programs use -0.75. */
const CUBIC_SHARPNESS = -0.5;

/** The cubic reaches two pixels (of the smaller grid) to either side. */
const CUBIC_REACH = 2;

/** The taps of a run of outputs along one axis. */
export interface Taps {
  /** First input index of each output: int32 [outputs]. */
  readonly first: Int32Array;
  /** Number of inputs of each output: int32 [outputs]. */
  readonly count: Int32Array;
  /** Weights, `stride` places for each output: int32 [outputs, stride]. */
  readonly weights: Int32Array;
  readonly stride: number;
}

/**
 * The taps for resizing `inputSize` to `outputSize` pixels, of the outputs `from` to `from + outputs - 1`.
 * Shrinking widens the cubic by the factor of the shrink (antialiasing); enlarging leaves it as it is.
 */
export function bicubicTaps(inputSize: number, outputSize: number, from: number, outputs: number): Taps {
  const scale = inputSize / outputSize;
  const widening = Math.max(scale, 1);
  const reach = CUBIC_REACH * widening;
  const inverse = 1 / widening;
  const stride = Math.min(Math.ceil(reach) * 2 + 1, inputSize);
  const first = new Int32Array(outputs);
  const count = new Int32Array(outputs);
  const weights = new Int32Array(outputs * stride);
  const raw = new Float64Array(stride);
  for (let output = 0; output < outputs; output += 1) {
    const centre = (from + output + 0.5) * scale;
    const low = Math.max(Math.trunc(centre - reach + 0.5), 0);
    const taps = Math.min(Math.trunc(centre + reach + 0.5), inputSize) - low;
    let sum = 0;
    for (let tap = 0; tap < taps; tap += 1) {
      const weight = cubic((tap + low - centre + 0.5) * inverse);
      raw[tap] = weight;
      sum += weight;
    }
    first[output] = low;
    count[output] = taps;
    for (let tap = 0; tap < taps; tap += 1) {
      weights[output * stride + tap] = toUnits((raw[tap] ?? 0) / sum);
    }
  }
  return { first, count, weights, stride };
}

function cubic(offset: number): number {
  const a = CUBIC_SHARPNESS;
  const x = Math.abs(offset);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

/** Rounds half away from zero, which Math.round does not do for negative numbers. */
function toUnits(weight: number): number {
  const units = weight * (1 << WEIGHT_BITS);
  return Math.trunc(weight < 0 ? units - 0.5 : units + 0.5);
}
