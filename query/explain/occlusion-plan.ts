/**
 * Which parts of a picture are covered, one after the other, to find out what matters in it.
 * Source: Zeiler, Fergus 2014 (a grey square that is moved over the picture). Deviation: windows of two by two cells that
 * overlap by half, because a single cell is too small to change anything; the number of cells is bounded and not the
 * stride, so a network of small patches costs no more than one of large ones.
 */
import { AppError } from '../../model/index.ts';

/** Cells along one side; (cells - 1)² windows are covered in turn. */
export const GRID_MIN = 2;
export const GRID_MAX = 9;
export const GRID_DEFAULT = 8;

/** Cells along one side of a window. */
const WINDOW_CELLS = 2;

/** In cells; `bottom` and `right` are exclusive. */
export interface OcclusionWindow {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

export interface OcclusionPlan {
  /** Cells along one side of the square that the network reads. */
  readonly cells: number;
  /** Pixels at which the cells begin, and the end of the last: [cells + 1], on borders of patches where there are any. */
  readonly borders: readonly number[];
  /** Each once; the first of them cover the whole picture, so that a stop at any time leaves no hole for long. */
  readonly windows: readonly OcclusionWindow[];
}

/**
 * @param side S, pixels
 * @param patchSide pixels; undefined where the network has no patches
 * @param grid cells along one side, fewer where there are fewer patches
 * @throws AppError INVALID_ARGUMENT
 */
export function planOcclusion(
  side: number,
  patchSide: number | undefined,
  grid = GRID_DEFAULT,
): OcclusionPlan {
  if (!Number.isInteger(grid) || grid < GRID_MIN || grid > GRID_MAX) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `grid: ${grid}, expected a whole number from ${GRID_MIN} to ${GRID_MAX}; more cells would need more runs than anybody waits for`,
    );
  }
  const unit = patchSide ?? 1;
  const patches = Math.max(1, Math.floor(side / unit));
  const cells = Math.min(grid, patches);
  const borders = Array.from({ length: cells + 1 }, (_, index) =>
    index === cells ? side : Math.round((index * patches) / cells) * unit,
  );
  return { cells, borders, windows: windowsOf(cells) };
}

/** First a tiling, then those between its tiles. */
function windowsOf(cells: number): OcclusionWindow[] {
  const last = Math.max(0, cells - WINDOW_CELLS);
  const starts = Array.from({ length: last + 1 }, (_, index) => index);
  const isTile = (start: number) => start % WINDOW_CELLS === 0 || start === last;
  const all = starts.flatMap((top) => starts.map((left) => ({ top, left })));
  const order = (one: { readonly top: number; readonly left: number }) =>
    (isTile(one.top) ? 0 : 1) + (isTile(one.left) ? 0 : 1);
  return all
    .toSorted((a, b) => order(a) - order(b))
    .map(({ top, left }) => ({
      top,
      left,
      bottom: Math.min(cells, top + WINDOW_CELLS),
      right: Math.min(cells, left + WINDOW_CELLS),
    }));
}
