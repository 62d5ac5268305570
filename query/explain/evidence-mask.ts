/**
 * An evidence map as a smooth mask to lay over the photo.
 * Source: bilinear interpolation between the centres of the cells. Deviation: none.
 */
import { AppError } from '../../model/index.ts';
import type { EvidenceMap } from './explain-match.ts';

/** A preview on a large screen; beyond, the browser may stretch it. */
const SIDE_MAX = 4096;

/**
 * How opaque a highlight should be: 0 where nothing speaks for the match or something against it, 255 where most does.
 * @returns uint8 [height, width]
 * @throws AppError INVALID_ARGUMENT
 */
export function evidenceMask(
  map: Pick<EvidenceMap, 'rows' | 'columns' | 'values'>,
  { width, height }: { readonly width: number; readonly height: number },
): Uint8Array {
  for (const [name, side] of Object.entries({ width, height })) {
    if (Number.isInteger(side) && side >= 1 && side <= SIDE_MAX) continue;
    throw new AppError('INVALID_ARGUMENT', `${name}: ${side}, expected a whole number from 1 to ${SIDE_MAX}`);
  }
  const across = Array.from({ length: width }, (_, x) => between(x, width, map.columns));
  const mask = new Uint8Array(width * height);
  const at = (row: number, column: number) => Math.max(0, map.values[row * map.columns + column] ?? 0);
  for (let y = 0; y < height; y += 1) {
    const down = between(y, height, map.rows);
    for (const [x, { first, second, share }] of across.entries()) {
      const upper = at(down.first, first) * (1 - share) + at(down.first, second) * share;
      const lower = at(down.second, first) * (1 - share) + at(down.second, second) * share;
      mask[y * width + x] = Math.round(255 * (upper * (1 - down.share) + lower * down.share));
    }
  }
  return mask;
}

/** The two cells whose centres a pixel lies between, and how near it is to the second. */
function between(
  pixel: number,
  pixels: number,
  cells: number,
): { first: number; second: number; share: number } {
  const place = Math.min(cells - 1, Math.max(0, ((pixel + 0.5) * cells) / pixels - 0.5));
  const first = Math.floor(place);
  return { first, second: Math.min(cells - 1, first + 1), share: place - first };
}
