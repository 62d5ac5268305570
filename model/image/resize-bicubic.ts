/**
 * Bicubic resize in whole numbers, bit for bit what Pillow computes for 8-bit RGB.
 * Source: BEIT3.md section 8. Deviation: rows are taken one at a time and added into the outputs that need
 * them, instead of storing the picture between the two passes: the sums are the same, and a picture of
 * one column and a million rows cannot ask for a huge intermediate.
 */
import { AppError } from '../errors.ts';
import { bicubicTaps, WEIGHT_BITS, WEIGHT_HALF, type Taps } from './bicubic-taps.ts';
import { checkPixels, checkSide, type Pixels } from './pixels.ts';

/** A rectangle of the resized picture, in its pixels. */
export interface ResizeWindow {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** No result has more pixels than this: each takes 3 bytes and, while it is made, 3 sums of 4 bytes. */
const OUTPUT_PIXELS_MAX = 16_777_216;

/**
 * Resizes to width x height: the horizontal pass first, rounded to bytes, then the vertical one. An axis
 * that keeps its size is left out. Synchronous: about 0.1 s for 12 megapixels; a server calls it in a worker.
 * @throws AppError INVALID_ARGUMENT for sizes that are no whole numbers or out of range
 */
export function resizeBicubic(pixels: Pixels, width: number, height: number): Pixels {
  return resizeBicubicWindow(pixels, width, height, { left: 0, top: 0, width, height });
}

/** As `resizeBicubic`, but only the part of the result inside `window` is computed and returned. */
export function resizeBicubicWindow(
  pixels: Pixels,
  width: number,
  height: number,
  window: ResizeWindow,
): Pixels {
  checkPixels(pixels);
  checkWindow(width, height, window);
  const columns =
    width === pixels.width ? undefined : bicubicTaps(pixels.width, width, window.left, window.width);
  const nextRow = rowReader(pixels, columns, window);
  const data = new Uint8Array(window.width * window.height * 3);
  if (height === pixels.height) {
    const rowBytes = window.width * 3;
    for (let y = 0; y < window.height; y += 1) data.set(nextRow(window.top + y), y * rowBytes);
  } else {
    mixRows(nextRow, bicubicTaps(pixels.height, height, window.top, window.height), window, data);
  }
  return { data, width: window.width, height: window.height };
}

/**
 * An output size has no limit here, only the window: the shorter-side crop of a very long picture
 * looks at a small window of a very large one that never exists.
 */
function checkWindow(width: number, height: number, window: ResizeWindow): void {
  const { left, top } = window;
  checkSide('window width', window.width);
  checkSide('window height', window.height);
  const whole = [width, height, left, top].every((value) => Number.isSafeInteger(value) && value >= 0);
  if (!whole || left + window.width > width || top + window.height > height) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `resize to ${width} x ${height}: the window ${window.width} x ${window.height} at ${left}, ${top} does not lie inside; expected whole numbers of pixels`,
    );
  }
  if (window.width * window.height > OUTPUT_PIXELS_MAX) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `resize to ${window.width} x ${window.height}: more than ${OUTPUT_PIXELS_MAX} pixels; ask for a smaller picture`,
    );
  }
}

/** The horizontal pass, row by row: a function that gives the finished bytes of one input row. */
function rowReader(
  pixels: Pixels,
  columns: Taps | undefined,
  window: ResizeWindow,
): (y: number) => Uint8Array {
  const rowBytes = pixels.width * 3;
  if (columns === undefined) {
    return (y) => {
      const start = y * rowBytes + window.left * 3;
      return pixels.data.subarray(start, start + window.width * 3);
    };
  }
  // One buffer for all rows: it is used up before the next row is asked for.
  const row = new Uint8ClampedArray(window.width * 3);
  const bytes = new Uint8Array(row.buffer);
  return (y) => {
    mixColumns(pixels.data, y * rowBytes, columns, row);
    return bytes;
  };
}

/** One row of the horizontal pass. The clamped array cuts the rounded sums to 0..255. */
function mixColumns(data: Uint8Array, rowStart: number, columns: Taps, row: Uint8ClampedArray): void {
  const { first, count, weights, stride } = columns;
  const outputs = first.length;
  for (let x = 0; x < outputs; x += 1) {
    let red = WEIGHT_HALF;
    let green = WEIGHT_HALF;
    let blue = WEIGHT_HALF;
    let tap = x * stride;
    let source = rowStart + (first[x] as number) * 3;
    for (const end = tap + (count[x] as number); tap < end; tap += 1) {
      const weight = weights[tap] as number;
      red = (red + Math.imul(data[source] as number, weight)) | 0;
      green = (green + Math.imul(data[source + 1] as number, weight)) | 0;
      blue = (blue + Math.imul(data[source + 2] as number, weight)) | 0;
      source += 3;
    }
    row[x * 3] = red >> WEIGHT_BITS;
    row[x * 3 + 1] = green >> WEIGHT_BITS;
    row[x * 3 + 2] = blue >> WEIGHT_BITS;
  }
}

/**
 * The vertical pass: every input row is added, weighted, to the output rows that need it. Both the first
 * and the last input of an output grow with the output, so the rows in need form a moving interval.
 */
function mixRows(
  nextRow: (y: number) => Uint8Array,
  rows: Taps,
  window: ResizeWindow,
  data: Uint8Array,
): void {
  const { first, count, weights, stride } = rows;
  const rowLength = window.width * 3;
  const sums = new Int32Array(data.length).fill(WEIGHT_HALF);
  const last = window.height - 1;
  const inputEnd = (first[last] as number) + (count[last] as number);
  let done = 0;
  for (let y = first[0] as number; y < inputEnd; y += 1) {
    const row = nextRow(y);
    while (y >= (first[done] as number) + (count[done] as number)) done += 1;
    for (let output = done; output <= last && (first[output] as number) <= y; output += 1) {
      const weight = weights[output * stride + y - (first[output] as number)] as number;
      const start = output * rowLength;
      for (let index = 0; index < rowLength; index += 1) {
        const place = start + index;
        sums[place] = ((sums[place] as number) + Math.imul(row[index] as number, weight)) | 0;
      }
    }
  }
  const clamped = new Uint8ClampedArray(data.buffer);
  for (let index = 0; index < sums.length; index += 1) {
    clamped[index] = (sums[index] as number) >> WEIGHT_BITS;
  }
}
