/**
 * Copies a strided view of a stored tensor into dense row-major bytes, reading each stretch of the file once.
 * Source: our own. Deviation: none.
 *
 * The wanted range is cut into boxes; a box is walked in the order of the storage, not of the output, so the
 * file is read forwards through one window however the axes were permuted.
 */
import { rowMajorStrides, type Geometry } from './tensor-geometry.ts';

/** Memory used beside the result. */
const WINDOW_BYTES_MAX = 4 * 1024 * 1024;

/** Reading over a gap of this size costs less than another system call. */
const GAP_BYTES_MAX = 16 * 1024;

type Element = Uint8Array | Uint16Array | Uint32Array;

/** One loop: `size` steps, each moving so many elements in the storage and in the output. */
interface Axis {
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

/** Axes from the outermost loop inwards; `from` and `to` are the elements they start at. */
interface Box {
  readonly axes: readonly Axis[];
  readonly from: number;
  readonly to: number;
}

export interface StridedSource {
  readonly view: Geometry;
  readonly elementBytes: 1 | 2 | 4 | 8;
  /** Fills `target` from byte `position` of the storage. */
  readonly readInto: (target: Uint8Array, position: number) => Promise<void>;
}

/** Elements [start, start + count) of the view, row-major, into `target`, whose offset is a multiple of 8. */
export async function readStrided(
  source: StridedSource,
  start: number,
  count: number,
  target: Uint8Array,
): Promise<void> {
  if (count === 0) return;
  // An element of 8 bytes is moved as two of 4: there is no fast typed array of 64 bits that keeps every NaN.
  const width = source.elementBytes === 8 ? 4 : source.elementBytes;
  const halves = source.elementBytes / width;
  const output = elementsOf(target.buffer, target.byteOffset, target.byteLength, width);
  for (const box of boxesOf(source.view, start, count)) {
    const axes = box.axes.map(({ size, from, to }) => ({ size, from: from * halves, to: to * halves }));
    if (halves === 2) axes.push({ size: 2, from: 1, to: 1 });
    const ordered = mergeAxes(axes.toSorted((a, b) => b.from - a.from || b.to - a.to));
    await copyBox(source, { axes: ordered, from: box.from * halves, to: box.to * halves }, width, output);
  }
}

/** A row-major range is a few part rows, then whole rows, then part rows again: one box each. */
function boxesOf(view: Geometry, start: number, count: number): Box[] {
  const boxes: Box[] = [];
  const dense = rowMajorStrides(view.shape);
  const add = (axis: number, storage: number, begin: number, end: number): void => {
    if (begin >= end) return;
    const size = view.shape[axis];
    const stride = view.strides[axis] ?? 0;
    const inner = dense[axis] ?? 1;
    const rowStart = (position: number): number => storage + Math.floor(position / inner) * stride;
    if (size === undefined) {
      boxes.push({ axes: [], from: storage, to: 0 });
      return;
    }
    const firstWhole = Math.ceil(begin / inner);
    const lastWhole = Math.floor(end / inner);
    if (firstWhole > lastWhole) {
      const row = lastWhole * inner;
      add(axis + 1, rowStart(row), begin - row, end - row);
      return;
    }
    const headStart = Math.floor(begin / inner) * inner;
    if (headStart < begin) add(axis + 1, rowStart(headStart), begin - headStart, inner);
    if (firstWhole < lastWhole) {
      const rows = { size: lastWhole - firstWhole, from: stride, to: inner };
      const rest = view.shape.slice(axis + 1).map((innerSize, index) => ({
        size: innerSize,
        from: view.strides[axis + 1 + index] ?? 0,
        to: dense[axis + 1 + index] ?? 1,
      }));
      boxes.push({ axes: [rows, ...rest], from: rowStart(firstWhole * inner), to: 0 });
    }
    add(axis + 1, rowStart(lastWhole * inner), 0, end - lastWhole * inner);
  };
  add(0, view.offset, start, start + count);
  return inOutputOrder(boxes);
}

/** The boxes were made in output order and lie end to end in it. */
function inOutputOrder(boxes: readonly Box[]): Box[] {
  let to = 0;
  return boxes.map((box) => {
    const placed = { ...box, to };
    to += box.axes.reduce((product, { size }) => product * size, 1);
    return placed;
  });
}

/** Drops loops of one step and joins two loops that move both sides as one would. */
function mergeAxes(axes: readonly Axis[]): Axis[] {
  const merged: Axis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const outer = merged.at(-1);
    if (outer?.from === axis.from * axis.size && outer.to === axis.to * axis.size) {
      merged[merged.length - 1] = { ...axis, size: outer.size * axis.size };
    } else {
      merged.push(axis);
    }
  }
  return merged;
}

async function copyBox(source: StridedSource, box: Box, width: 1 | 2 | 4, output: Element): Promise<void> {
  const inner = box.axes.at(-1) ?? { size: 1, from: 0, to: 0 };
  const outer = box.axes.slice(0, -1);
  const end = box.from + box.axes.reduce((sum, { size, from }) => sum + (size - 1) * from, 0) + 1;
  const windowMax = Math.max(1, Math.min(WINDOW_BYTES_MAX / width, clusterElements(box.axes, width)));
  let window: Element = new Uint8Array(0);
  let windowStart = 0;
  const counters = outer.map(() => 0);
  let from = box.from;
  let to = box.to;
  for (;;) {
    let step = 0;
    while (step < inner.size) {
      const position = from + step * inner.from;
      if (position < windowStart || position >= windowStart + window.length) {
        const bytes = new Uint8Array(Math.min(windowMax, end - position) * width);
        await source.readInto(bytes, position * width);
        window = elementsOf(bytes.buffer, 0, bytes.byteLength, width);
        windowStart = position;
      }
      const reach = windowStart + window.length - 1 - position;
      const steps = inner.from === 0 ? inner.size : Math.floor(reach / inner.from) + 1;
      const stop = Math.min(inner.size, step + steps);
      copyRun(window, position - windowStart, inner, output, to + step * inner.to, stop - step);
      step = stop;
    }
    let axis = outer.length - 1;
    for (; axis >= 0; axis -= 1) {
      const { size = 1, from: fromStep = 0, to: toStep = 0 } = outer[axis] ?? {};
      const next = (counters[axis] ?? 0) + 1;
      if (next < size) {
        counters[axis] = next;
        from += fromStep;
        to += toStep;
        break;
      }
      counters[axis] = 0;
      from -= (size - 1) * fromStep;
      to -= (size - 1) * toStep;
    }
    if (axis < 0) return;
  }
}

function copyRun(
  window: Element,
  first: number,
  axis: Axis,
  output: Element,
  to: number,
  count: number,
): void {
  if (axis.from === 1 && axis.to === 1 && count > 16) {
    output.set(window.subarray(first, first + count), to);
    return;
  }
  for (let i = 0; i < count; i += 1) output[to + i * axis.to] = window[first + i * axis.from] ?? 0;
}

/** How far to read from one wanted element on: over the loops whose gaps are small. */
function clusterElements(axes: readonly Axis[], width: number): number {
  let length = 1;
  for (const { size, from } of axes.toReversed()) {
    if ((from - length) * width > GAP_BYTES_MAX) break;
    length += (size - 1) * from;
  }
  return length;
}

function elementsOf(
  buffer: ArrayBufferLike,
  byteOffset: number,
  byteLength: number,
  width: 1 | 2 | 4,
): Element {
  if (width === 1) return new Uint8Array(buffer, byteOffset, byteLength);
  if (width === 2) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}
