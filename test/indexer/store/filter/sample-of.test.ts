/**
 * A sample of ids tells the share of the whole, whatever pattern the ids follow.
 * Source: the standard error of a share. Deviation: none.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleOf } from '../../../../indexer/store/filter/sample-of.ts';

const COUNT = 512;

test('all are taken where they are few, and none where there are none', () => {
  assert.deepEqual(sampleOf(5, 9, COUNT), [5, 6, 7, 8, 9]);
  assert.deepEqual(sampleOf(7, 7, COUNT), [7]);
  assert.equal(sampleOf(1, COUNT, COUNT).length, COUNT);
  assert.deepEqual(sampleOf(1, 0, COUNT), []);
});

test('as many as were asked for lie all over the range, the same ones each time', () => {
  for (const [first, last] of [
    [1, 513],
    [1, 100_000],
    [77, 1_000_076],
  ] as const) {
    const ids = sampleOf(first, last, COUNT);
    assert.deepEqual(sampleOf(first, last, COUNT), ids);
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => a - b),
    );
    assert.ok((ids[0] ?? 0) >= first && (ids.at(-1) ?? 0) <= last);
    const width = (last - first + 1) / COUNT;
    for (const [place, id] of ids.entries()) assert.ok(Math.abs(id - first - place * width) <= width);
  }
});

test('every second, third … tenth id is met as often as it should be, in libraries of many sizes', () => {
  for (const size of [4000, 10_000, 65_536, 99_840, 100_000, 262_144, 1_000_000, 3_141_592]) {
    const ids = sampleOf(1, size, COUNT);
    for (let step = 2; step <= 10; step += 1) {
      for (let rest = 0; rest < step; rest += 1) {
        const found = ids.filter((id) => id % step === rest).length / COUNT;
        const error = 4 * Math.sqrt((1 / step) * (1 - 1 / step) * (1 / COUNT));
        assert.ok(Math.abs(found - 1 / step) < error, `${size}: ${found} are ${rest} of ${step}`);
      }
    }
  }
});
