/**
 * Photos in rows that are equally wide and almost equally high, without cutting any.
 * Source: justified galleries as Flickr made them known. Deviation: each row is closed for good as soon as it is full, so
 * photos that come in later never move those above them. (The layouts of gallery libraries weigh all rows together.)
 */

export interface Row {
  /** Of the first photo. */
  readonly start: number;
  /** Behind the last photo. */
  readonly end: number;
  readonly height: number;
}

export interface RowOptions {
  /** pixels */
  readonly width: number;
  readonly gap: number;
  /** What rows come close to. */
  readonly height: number;
}

/** A panorama is not shown as a strip of a few pixels, a long screenshot not as a pole. */
const RATIO_MAX = 3.2;
const RATIO_MIN = 0.45;

export function shownRatio({ width, height }: { readonly width: number; readonly height: number }): number {
  const ratio = width > 0 && height > 0 ? width / height : 1;
  return Math.min(RATIO_MAX, Math.max(RATIO_MIN, ratio));
}

/** @param ratios width by height of each photo */
export function justifiedRows(ratios: readonly number[], { width, gap, height }: RowOptions): readonly Row[] {
  const rows: Row[] = [];
  let start = 0;
  let sum = 0;
  const heightOf = (count: number, ratio: number): number => (width - (count - 1) * gap) / ratio;
  ratios.forEach((ratio, index) => {
    const count = index - start;
    const withThis = heightOf(count + 1, sum + ratio);
    if (count > 0 && withThis < height) {
      // Whether the row is nearer to what is wanted with this photo or without it.
      const without = heightOf(count, sum);
      if (without - height < height - withThis) {
        rows.push({ start, end: index, height: without });
        start = index;
        sum = 0;
      } else {
        rows.push({ start, end: index + 1, height: withThis });
        start = index + 1;
        sum = 0;
        return;
      }
    }
    sum += ratio;
  });
  // The last row is not stretched.
  if (start < ratios.length) {
    rows.push({ start, end: ratios.length, height: Math.min(height, heightOf(ratios.length - start, sum)) });
  }
  return rows;
}
