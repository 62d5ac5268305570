/**
 * The fast resize against its definition.
 * Source: BEIT3.md section 8. Deviation: none.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { isAppError } from '../../../model/errors.ts';
import { resizeBicubic } from '../../../model/image/index.ts';
import { resizeBicubicWindow } from '../../../model/image/resize-bicubic.ts';
import { resizeByDefinition } from './pillow-oracle.ts';
import { noise, seededRandom } from './sample-pictures.ts';

test('resizes 120 random pictures to random sizes exactly as the definition says', () => {
  const random = seededRandom(7);
  const size = (max: number): number => 1 + Math.floor(random() * max);
  for (let round = 0; round < 120; round += 1) {
    const pixels = noise(size(40), size(40), round);
    const width = random() < 0.15 ? pixels.width : size(48);
    const height = random() < 0.15 ? pixels.height : size(48);
    const label = `${pixels.width}x${pixels.height} to ${width}x${height}`;
    const expected = resizeByDefinition(pixels, width, height);
    assert.deepEqual(resizeBicubic(pixels, width, height), expected, label);
  }
});

test('resizes extreme shapes exactly as the definition says', () => {
  const shapes = [
    [1, 1, 9, 7],
    [1, 300, 11, 4],
    [300, 1, 4, 11],
    [2, 2, 1, 1],
    [257, 3, 3, 257],
    [31, 17, 31, 17],
    [31, 17, 31, 5],
    [31, 17, 5, 17],
  ] as const;
  for (const [width, height, newWidth, newHeight] of shapes) {
    const pixels = noise(width, height, width);
    const expected = resizeByDefinition(pixels, newWidth, newHeight);
    assert.deepEqual(resizeBicubic(pixels, newWidth, newHeight), expected, `${width}x${height}`);
  }
});

test('keeps black black and white white where the sums of the weights are off by rounding', () => {
  for (const value of [0, 255]) {
    const pixels = { data: new Uint8Array(97 * 61 * 3).fill(value), width: 97, height: 61 };
    for (const side of [13, 224]) {
      assert.ok(resizeBicubic(pixels, side, side).data.every((byte) => byte === value));
    }
  }
});

test('a window is the same part of the whole result', () => {
  const pixels = noise(50, 23, 3);
  const whole = resizeBicubic(pixels, 70, 11);
  const part = resizeBicubicWindow(pixels, 70, 11, { left: 33, top: 2, width: 20, height: 7 });
  for (let y = 0; y < 7; y += 1) {
    const start = ((y + 2) * 70 + 33) * 3;
    const row = whole.data.subarray(start, start + 60);
    assert.deepEqual(part.data.subarray(y * 60, (y + 1) * 60), row);
  }
});

test('a picture of one column and 200,000 rows needs no more than its own size', () => {
  const pixels = noise(1, 200_000, 5);
  const before = process.memoryUsage().arrayBuffers;
  const result = resizeBicubic(pixels, 224, 224);
  const grownBytes = process.memoryUsage().arrayBuffers - before;
  assert.equal(result.data.length, 224 * 224 * 3);
  assert.ok(grownBytes < 20_000_000, `${grownBytes} bytes, 134,000,000 for a stored first pass`);
});

function refused(error: unknown): boolean {
  return isAppError(error, 'INVALID_ARGUMENT');
}

test('refuses sizes and data that do not fit, and takes the ones that do', () => {
  const pixels = noise(4, 3, 1);
  for (const [width, height] of [
    [0, 3],
    [3, -1],
    [2.5, 3],
    [Number.NaN, 3],
    [2_000_000, 1],
    [100_000, 100_000],
  ] as const) {
    assert.throws(() => resizeBicubic(pixels, width, height), refused, `${width} x ${height}`);
  }
  assert.throws(() => resizeBicubic({ ...pixels, width: 5 }, 2, 2), refused);
  assert.equal(resizeBicubic(pixels, 2, 2).data.length, 12);
});
