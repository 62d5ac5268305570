/**
 * What is covered, by what, in which order; and the mask that is laid over the photo.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../../../model/index.ts';
import { evidenceMask, fillOf, occlude, planOcclusion } from '../../../query/index.ts';
import { randomNumbers } from '../../support/tiny-network.ts';

const networks: readonly (readonly [side: number, patch: number | undefined])[] = [
  [128, 16],
  [224, 16],
  [384, 16],
  [480, 16],
  [224, 14],
  [12, 4],
  [23, 7],
  [16, 16],
  [32, undefined],
];

test('any patch grid is covered by at most 64 windows, whole patches each, the first of them a tiling', () => {
  for (const [side, patch] of networks) {
    for (let grid = 2; grid <= 9; grid += 1) {
      const { cells, borders, windows } = planOcclusion(side, patch, grid);
      const place = `side ${side}, patch ${patch}, grid ${grid}`;
      assert.ok(windows.length >= 1 && windows.length <= 64, place);
      assert.equal(new Set(windows.map((window) => JSON.stringify(window))).size, windows.length, place);
      assert.deepEqual([borders[0], borders.at(-1), borders.length], [0, side, cells + 1], place);
      for (const [index, border] of borders.entries()) {
        assert.ok(index === 0 || border > (borders[index - 1] ?? 0), `${place}: cells have an area`);
        if (index < cells) assert.equal(border % (patch ?? 1), 0, `${place}: borders of patches`);
      }
      const seen = new Set<number>();
      const tiles = Math.ceil(cells / 2) ** 2;
      for (const { top, left, bottom, right } of windows.slice(0, tiles)) {
        for (let row = top; row < bottom; row += 1)
          for (let column = left; column < right; column += 1) seen.add(row * cells + column);
      }
      assert.equal(seen.size, cells * cells, `${place}: the first ${tiles} windows leave no hole`);
    }
  }
  assert.equal(planOcclusion(128, 16).windows.length, 49);
});

test('replaces the pixels of the windows and no others, and leaves the picture as it was', () => {
  const side = 24;
  const random = randomNumbers(5);
  const pixels = Float32Array.from({ length: 3 * side * side }, () => 2 * random() - 1);
  const before = pixels.slice();
  const plan = planOcclusion(side, 4, 6);
  const fill = new Float32Array(pixels.length).fill(7);
  const windows = [
    { top: 1, left: 2, bottom: 3, right: 4 },
    { top: 5, left: 0, bottom: 6, right: 1 },
  ];
  const covered = occlude(pixels, fill, plan, windows);
  for (const [index, value] of covered.entries()) {
    const [row, column] = [Math.floor((Math.floor(index / side) % side) / 4), Math.floor((index % side) / 4)];
    const isCovered = windows.some(
      ({ top, left, bottom, right }) => row >= top && row < bottom && column >= left && column < right,
    );
    assert.equal(value, isCovered ? 7 : before[index], `pixel ${index}`);
  }
  assert.deepEqual(pixels, before);
});

test('fills with the mean of each channel, or with three box blurs as their definition has them', () => {
  const side = 16;
  const random = randomNumbers(6);
  const pixels = Float32Array.from({ length: 3 * side * side }, () => 2 * random() - 1);
  const size = side * side;
  const mean = fillOf(pixels, side, 'mean');
  for (let channel = 0; channel < 3; channel += 1) {
    const part = pixels.slice(channel * size, (channel + 1) * size);
    const expected = part.reduce((sum, value) => sum + value, 0) / size;
    for (const value of mean.slice(channel * size, (channel + 1) * size))
      assert.ok(Math.abs(value - expected) < 1e-6);
  }
  let slow = [...pixels];
  for (let pass = 0; pass < 3; pass += 1) {
    slow = slow.map((_, index) => {
      const [channel, y, x] = [Math.floor(index / size), Math.floor(index / side) % side, index % side];
      const found: number[] = [];
      for (let up = y - 2; up <= y + 2; up += 1) {
        for (let over = x - 2; over <= x + 2; over += 1) {
          if (up >= 0 && up < side && over >= 0 && over < side)
            found.push(slow[channel * size + up * side + over] ?? 0);
        }
      }
      return found.reduce((sum, value) => sum + value, 0) / found.length;
    });
  }
  const blurred = fillOf(pixels, side, 'blur');
  for (const [index, value] of slow.entries())
    assert.ok(Math.abs((blurred[index] ?? 0) - value) < 1e-5, `${index}`);
});

test('the mask is the map where cells have their centres, smooth between, and never shows what speaks against', () => {
  const map = { rows: 2, columns: 3, values: Float32Array.of(0, 1, -1, 0.5, 0.25, 1) };
  const mask = evidenceMask(map, { width: 30, height: 20 });
  assert.equal(mask.length, 600);
  const at = (x: number, y: number) => mask[y * 30 + x] ?? Number.NaN;
  // Cells are 10 by 10 pixels; their centres lie between pixels 4 and 5.
  assert.deepEqual([at(0, 0), at(29, 0), at(0, 19), at(29, 19)], [0, 0, Math.round(127.5), 255]);
  assert.equal(at(14, 4), Math.round(255 * 0.95), 'a twentieth of the way to the left neighbour, which is 0');
  for (let x = 1; x < 30; x += 1) assert.ok(Math.abs(at(x, 10) - at(x - 1, 10)) <= 26, `a step at ${x}`);
  assert.deepEqual(
    [...evidenceMask({ rows: 1, columns: 1, values: Float32Array.of(1) }, { width: 2, height: 1 })],
    [255, 255],
  );
  for (const size of [
    { width: 0, height: 1 },
    { width: 1, height: 5000 },
    { width: 1.5, height: 1 },
  ]) {
    assert.throws(
      () => evidenceMask(map, size),
      (error) => isAppError(error, 'INVALID_ARGUMENT'),
    );
  }
});
