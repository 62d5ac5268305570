/**
 * float16 and bfloat16 to float32 and back.
 * Source: IEEE 754-2019 binary16; bfloat16 is the upper half of a binary32. Deviation: none. Rounding is to
 * nearest, ties to even; a NaN stays a NaN, made quiet, with as much of its payload as fits.
 */

const SIGN_16 = 0x8000;
const INFINITY_16 = 0x7c00;
const QUIET_NAN_16 = 0x7e00;
const MAGNITUDE_32 = 0x7fffffff;
const INFINITY_32 = 0x7f800000;
const QUIET_BIT_32 = 0x00400000;

/** 65520, halfway between the largest float16 and the next power of two: from here on infinity is nearest. */
const FLOAT16_OVERFLOW_32 = 0x477ff000;
/** 2^-14, the smallest normal float16. */
const FLOAT16_NORMAL_32 = 0x38800000;
/** 2^-25, half of the smallest subnormal float16: below it everything is nearest to zero. */
const FLOAT16_UNDERFLOW_32 = 0x33000000;
/** What the exponent field loses: the biases are 127 and 15, and the field starts at bit 10. */
const EXPONENT_SHIFT_16 = (127 - 15) << 10;

/** float32 bits of every float16, 256 KiB; made on first use. */
let float16Table: Uint32Array | undefined;

/** float16 bits [n] → float32 [n], exact. `target` must be as long as `bits`. */
export function widenFloat16(
  bits: Uint16Array,
  target: Float32Array = new Float32Array(bits.length),
): Float32Array {
  float16Table ??= makeFloat16Table();
  const table = float16Table;
  const out = bitsOf(target);
  for (let i = 0; i < bits.length; i += 1) out[i] = table[bits[i] ?? 0] ?? 0;
  return target;
}

/** bfloat16 bits [n] → float32 [n], exact. `target` must be as long as `bits`. */
export function widenBfloat16(
  bits: Uint16Array,
  target: Float32Array = new Float32Array(bits.length),
): Float32Array {
  const out = bitsOf(target);
  for (let i = 0; i < bits.length; i += 1) out[i] = (bits[i] ?? 0) << 16;
  return target;
}

/** float32 [n] → float16 bits [n]; magnitudes from 65520 on become infinity. */
export function roundToFloat16(values: Float32Array): Uint16Array {
  const bits = bitsOf(values);
  const out = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i += 1) out[i] = float16Of(bits[i] ?? 0);
  return out;
}

/** float32 [n] → bfloat16 bits [n]. */
export function roundToBfloat16(values: Float32Array): Uint16Array {
  const bits = bitsOf(values);
  const out = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i += 1) {
    const value = bits[i] ?? 0;
    const isNaN = (value & MAGNITUDE_32) > INFINITY_32;
    // Adding just under half an ulp, plus the last kept bit, carries exactly where round-half-even rounds up.
    out[i] = isNaN ? (value | QUIET_BIT_32) >>> 16 : (value + 0x7fff + ((value >>> 16) & 1)) >>> 16;
  }
  return out;
}

function float16Of(value: number): number {
  const sign = (value >>> 16) & SIGN_16;
  const magnitude = value & MAGNITUDE_32;
  if (magnitude > INFINITY_32) return sign | QUIET_NAN_16 | ((magnitude >>> 13) & 0x3ff);
  if (magnitude >= FLOAT16_OVERFLOW_32) return sign | INFINITY_16;
  if (magnitude >= FLOAT16_NORMAL_32) {
    const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
    return sign | ((rounded >>> 13) - EXPONENT_SHIFT_16);
  }
  if (magnitude < FLOAT16_UNDERFLOW_32) return sign;
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  const shift = 126 - (magnitude >>> 23);
  const half = 1 << (shift - 1);
  const kept = mantissa >>> shift;
  const lost = mantissa & ((1 << shift) - 1);
  return sign | (lost > half || (lost === half && (kept & 1) === 1) ? kept + 1 : kept);
}

function makeFloat16Table(): Uint32Array {
  const table = new Uint32Array(0x10000);
  const value = new Float32Array(1);
  const valueBits = new Uint32Array(value.buffer);
  for (let bits = 0; bits < table.length; bits += 1) {
    const sign = ((bits & SIGN_16) << 16) >>> 0;
    const exponent = (bits >>> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0x1f) {
      const quiet = fraction === 0 ? 0 : QUIET_BIT_32;
      table[bits] = (sign | INFINITY_32 | quiet | (fraction << 13)) >>> 0;
      continue;
    }
    value[0] = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
    table[bits] = (sign | (valueBits[0] ?? 0)) >>> 0;
  }
  return table;
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}
