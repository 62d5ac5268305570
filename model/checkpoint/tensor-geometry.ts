/**
 * Shapes, strides and offsets from untrusted files: what they must satisfy before anyone multiplies with them.
 * Source: our own. Deviation: none.
 */

/** torch itself stops at 64. */
export const DIMENSIONS_MAX = 64;

/**
 * A stride of 0 lets one stored element stand for any number. Beyond this many elements a tensor may not have
 * more of them than are stored, so that nobody allocates more than a small multiple of the file.
 */
const EXPANDED_ELEMENTS_MAX = 16_777_216;

export interface Geometry {
  readonly shape: readonly number[];
  /** Elements to move in the storage for one step along each dimension; 0 repeats. */
  readonly strides: readonly number[];
  /** First element in the storage. */
  readonly offset: number;
}

/** Product of the shape, 1 for a scalar; undefined where it cannot be counted exactly. */
export function elementCountOf(shape: readonly number[]): number | undefined {
  if (shape.includes(0)) return 0;
  let count = 1;
  for (const size of shape) {
    count *= size;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}

/** What is wrong with a view on a storage of so many elements, or undefined. */
export function geometryProblem(view: Geometry, storageElements: number): string | undefined {
  const { shape, strides, offset } = view;
  const shown = `shape [${shape.slice(0, 8).join(', ')}${shape.length > 8 ? ', …' : ''}]`;
  if (shape.length > DIMENSIONS_MAX)
    return `has ${shape.length} dimensions, at most ${DIMENSIONS_MAX} are possible`;
  if (strides.length !== shape.length) return `has ${shape.length} dimensions but ${strides.length} strides`;
  const numbers = [...shape, ...strides, offset];
  if (!numbers.every((number) => Number.isSafeInteger(number) && number >= 0)) {
    return `${shown}, strides [${strides.join(', ')}], offset ${offset}: expected integers from 0 to 2^53 - 1`;
  }
  const count = elementCountOf(shape);
  if (count === undefined) return `${shown} has more than 2^53 - 1 elements`;
  if (count === 0) return undefined;
  let last = offset;
  for (const [axis, size] of shape.entries()) last += (size - 1) * (strides[axis] ?? 0);
  if (!(last < storageElements)) {
    return `${shown}, strides [${strides.join(', ')}], offset ${offset} reaches element ${last} of a storage that has ${storageElements}`;
  }
  if (count > Math.max(storageElements, EXPANDED_ELEMENTS_MAX)) {
    return `${shown} has ${count} elements over a storage of ${storageElements}; at most ${EXPANDED_ELEMENTS_MAX} may be repeated`;
  }
  return undefined;
}

/** Strides of a dense row-major tensor. */
export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let step = 1;
  for (const size of shape.toReversed()) {
    strides.push(step);
    step *= size;
  }
  return strides.toReversed();
}

/** True where walking the view in row-major order walks the storage without gaps. */
export function isContiguous({ shape, strides }: Geometry): boolean {
  const dense = rowMajorStrides(shape);
  return shape.every((size, axis) => size === 1 || strides[axis] === dense[axis]);
}
