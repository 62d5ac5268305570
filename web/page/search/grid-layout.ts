/**
 * Where every photo stands: sections under one another, each in justified rows.
 * Source: our own. Deviation: none.
 */
import type { ImageDocument } from '../../schema/index.ts';
import { justifiedRows, shownRatio, type RowOptions } from './justified-rows.ts';
import type { Section } from './sections.ts';

export type GridRow =
  | { readonly kind: 'title'; readonly section: Section; readonly top: number; readonly height: number }
  | {
      readonly kind: 'photos';
      readonly start: number;
      readonly end: number;
      readonly top: number;
      /** with the gap below */
      readonly height: number;
      readonly cells: readonly Cell[];
    };

export interface Cell {
  readonly index: number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const TITLE_HEIGHT = 52;

export function gridLayout(
  images: readonly Pick<ImageDocument, 'width' | 'height'>[],
  sections: readonly Section[],
  options: RowOptions,
): readonly GridRow[] {
  const rows: GridRow[] = [];
  let top = 0;
  for (const section of sections) {
    if (section.title !== '') {
      rows.push({ kind: 'title', section, top, height: TITLE_HEIGHT });
      top += TITLE_HEIGHT;
    }
    const ratios = images.slice(section.start, section.end).map((image) => shownRatio(image));
    for (const row of justifiedRows(ratios, options)) {
      const { start, end, height } = row;
      let left = 0;
      const rowTop = top;
      const cells = ratios.slice(start, end).map((ratio, place): Cell => {
        const cell = {
          index: section.start + start + place,
          left,
          top: rowTop,
          width: ratio * height,
          height,
        };
        left += cell.width + options.gap;
        return cell;
      });
      rows.push({
        kind: 'photos',
        start: section.start + start,
        end: section.start + end,
        top,
        height: height + options.gap,
        cells,
      });
      top += height + options.gap;
    }
  }
  return rows;
}

/** Which photo an arrow leads to from this one. @returns the same where there is none */
export function neighbourOf(
  rows: readonly GridRow[],
  index: number,
  towards: 'left' | 'right' | 'up' | 'down',
): number {
  const photoRows = rows.filter((row) => row.kind === 'photos');
  const last = photoRows.at(-1)?.end ?? 0;
  if (towards === 'left') return Math.max(0, index - 1);
  if (towards === 'right') return Math.min(last - 1, index + 1);
  const at = photoRows.findIndex(({ start, end }) => index >= start && index < end);
  const cell = photoRows[at]?.cells.find((one) => one.index === index);
  const next = photoRows[at + (towards === 'down' ? 1 : -1)];
  if (cell === undefined || next === undefined) return index;
  const middle = cell.left + cell.width / 2;
  const distance = (one: Cell): number => Math.abs(one.left + one.width / 2 - middle);
  return next.cells.reduce((best, one) => (distance(one) < distance(best) ? one : best)).index;
}
