/**
 * Strided views against the definition: element by element.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { readStrided } from '../../../model/checkpoint/strided-reader.ts';
import {
  elementCountOf,
  geometryProblem,
  isContiguous,
  type Geometry,
} from '../../../model/checkpoint/tensor-geometry.ts';
import { pattern } from './file-maker.ts';

/** Repeatable: the same views in every run. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    yield (state >>> 8) / 2 ** 24;
  }
}

/** A view of up to five dimensions with strides that permute, skip, overlap and repeat. */
function randomView(random: Iterator<number, never>): { view: Geometry; elements: number } {
  const below = (limit: number): number => Math.floor(random.next().value * limit);
  const shape = Array.from({ length: below(6) }, () => 1 + below(5));
  let step = 1 + below(2);
  const strides = shape.map((size) => {
    const stride = below(6) === 0 ? below(4) : step;
    step *= size + (below(4) === 0 ? 1 : 0);
    return stride;
  });
  const order = shape.map((_, axis) => axis).toSorted(() => random.next().value - 0.5);
  const offset = below(7);
  const view = {
    shape: order.map((axis) => shape[axis] ?? 0),
    strides: order.map((axis) => strides[axis] ?? 0),
    offset,
  };
  const last = view.shape.reduce((sum, size, axis) => sum + (size - 1) * (view.strides[axis] ?? 0), offset);
  return { view, elements: last + 1 };
}

function naive(view: Geometry, storage: Uint8Array, width: number): Uint8Array {
  const count = elementCountOf(view.shape) ?? 0;
  const out = new Uint8Array(count * width);
  for (let index = 0; index < count; index += 1) {
    let rest = index;
    let element = view.offset;
    for (let axis = view.shape.length - 1; axis >= 0; axis -= 1) {
      const size = view.shape[axis] ?? 1;
      element += (rest % size) * (view.strides[axis] ?? 0);
      rest = Math.floor(rest / size);
    }
    out.set(storage.subarray(element * width, (element + 1) * width), index * width);
  }
  return out;
}

for (const width of [1, 2, 4, 8] as const) {
  test(`copies 400 views of elements of ${width} bytes as their definition says, whole and by ranges`, async () => {
    const random = numbers(width);
    for (let round = 0; round < 400; round += 1) {
      const { view, elements } = randomView(random);
      assert.equal(geometryProblem(view, elements), undefined);
      const storage = pattern(elements * width, round);
      const expected = naive(view, storage, width);
      const readInto = (target: Uint8Array, position: number): Promise<void> => {
        assert.ok(
          position >= 0 && position + target.length <= storage.length,
          'reads outside of the storage',
        );
        target.set(storage.subarray(position, position + target.length));
        return Promise.resolve();
      };
      const count = expected.length / width;
      const ranges = [
        [0, count],
        ...Array.from({ length: 5 }, () => {
          const start = Math.floor(random.next().value * count);
          return [start, Math.floor(random.next().value * (count - start + 1))];
        }),
      ];
      for (const [start = 0, length = 0] of ranges) {
        const target = new Uint8Array(length * width);
        await readStrided({ view, elementBytes: width, readInto }, start, length, target);
        const shown = JSON.stringify({ view, start, length });
        assert.deepEqual(target, expected.slice(start * width, (start + length) * width), shown);
      }
    }
  });
}

test('reads a large transposed matrix through a window, each stretch of the storage a few times at most', async () => {
  const side = 3000;
  const view = { shape: [side, side], strides: [1, side], offset: 0 };
  const storage = new Uint8Array(new Float32Array(side * side).map((_, index) => index).buffer);
  let bytesRead = 0;
  let largest = 0;
  const target = new Uint8Array(storage.length);
  const readInto = (part: Uint8Array, position: number): Promise<void> => {
    bytesRead += part.length;
    largest = Math.max(largest, part.length);
    part.set(storage.subarray(position, position + part.length));
    return Promise.resolve();
  };
  await readStrided({ view, elementBytes: 4, readInto }, 0, side * side, target);
  const values = new Float32Array(target.buffer);
  for (const [row, column] of [
    [0, 0],
    [1, 0],
    [0, 1],
    [2999, 17],
    [1234, 2999],
  ] as const) {
    assert.equal(values[row * side + column], column * side + row);
  }
  assert.ok(bytesRead < 2 * storage.length, `${bytesRead} bytes read for ${storage.length}`);
  assert.ok(largest <= 4 * 1024 * 1024);
});

test('knows a dense view from one that only looks like it', () => {
  assert.equal(isContiguous({ shape: [2, 3], strides: [3, 1], offset: 5 }), true);
  assert.equal(isContiguous({ shape: [2, 1, 3], strides: [3, 99, 1], offset: 0 }), true);
  assert.equal(isContiguous({ shape: [2, 3], strides: [1, 2], offset: 0 }), false);
  assert.equal(isContiguous({ shape: [2, 3], strides: [4, 1], offset: 0 }), false);
  assert.equal(isContiguous({ shape: [3], strides: [0], offset: 0 }), false);
});
