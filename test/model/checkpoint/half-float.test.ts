/**
 * float16 and bfloat16, all 65536 of each.
 * Source: IEEE 754-2019; the expected values are computed from the bit fields. Deviation: none.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import {
  roundToBfloat16,
  roundToFloat16,
  widenBfloat16,
  widenFloat16,
} from '../../../model/checkpoint/index.ts';

const all = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);

interface Format {
  readonly name: string;
  readonly exponentBits: number;
  readonly widen: (bits: Uint16Array) => Float32Array;
  readonly round: (values: Float32Array) => Uint16Array;
}

const formats: readonly Format[] = [
  { name: 'float16', exponentBits: 5, widen: (bits) => widenFloat16(bits), round: roundToFloat16 },
  { name: 'bfloat16', exponentBits: 8, widen: (bits) => widenBfloat16(bits), round: roundToBfloat16 },
];

/** The value of a binary floating-point number of 16 bits, from its definition. */
function valueOf(bits: number, exponentBits: number): number {
  const fractionBits = 15 - exponentBits;
  const sign = bits >= 0x8000 ? -1 : 1;
  const exponent = (bits & 0x7fff) >> fractionBits;
  const fraction = (bits & ((1 << fractionBits) - 1)) / (1 << fractionBits);
  const bias = (1 << (exponentBits - 1)) - 1;
  if (exponent === (1 << exponentBits) - 1) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

for (const { name, exponentBits, widen, round } of formats) {
  test(`widens every ${name} exactly and rounds it back to the same bits`, () => {
    const wide = widen(all);
    const back = round(wide);
    for (const bits of all) {
      const expected = valueOf(bits, exponentBits);
      assert.ok(Object.is(wide[bits], expected), `${bits.toString(16)}: ${wide[bits]}, expected ${expected}`);
      const quiet = Number.isNaN(expected) ? bits | (1 << (14 - exponentBits)) : bits;
      assert.equal(back[bits], quiet, bits.toString(16));
    }
  });

  test(`rounds what lies between two ${name} to the nearer, and to the even one in the middle`, () => {
    const infinity = ((1 << exponentBits) - 1) << (15 - exponentBits);
    for (let bits = 0; bits < infinity - 1; bits += 1) {
      const low = valueOf(bits, exponentBits);
      const middle = (low + valueOf(bits + 1, exponentBits)) / 2;
      // Where float32 has nothing between them, there is nothing to round.
      if (Math.fround(middle) !== middle) continue;
      const step = Math.max(middle * 2 ** -23, 2 ** -149);
      const [below, exact, above, negative] = round(
        Float32Array.of(middle - step, middle, middle + step, -middle),
      );
      const even = bits % 2 === 0 ? bits : bits + 1;
      assert.equal(exact, even, `middle above ${bits.toString(16)}`);
      assert.equal(negative, even | 0x8000);
      if (middle - step > low) assert.equal(below, bits);
      assert.equal(above, bits + 1);
    }
  });
}

test('rounds to infinity from halfway beyond the largest float16, not before', () => {
  const values = Float32Array.of(65504, 65519.996, 65520, 1e9, -65520, 3.4e38);
  assert.deepEqual([...roundToFloat16(values)], [0x7bff, 0x7bff, 0x7c00, 0x7c00, 0xfc00, 0x7c00]);
});

test('fills a part of an array that it is given', () => {
  const target = new Float32Array(4).fill(9);
  widenFloat16(Uint16Array.of(0x3c00, 0x4000), target.subarray(1, 3));
  assert.deepEqual([...target], [9, 1, 2, 9]);
});
