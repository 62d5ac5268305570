/**
 * Thousands of photos of which only those near the window are in the document.
 * Source: @tanstack/react-virtual for what is near; WAI-ARIA, roving tabindex. Deviation: photos are placed one by one and
 * not row by row, so that one that changes its place can be seen going there.
 */
import { useWindowVirtualizer, defaultRangeExtractor } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type RefObject } from 'react';
import type { HitDocument } from '../../schema/index.ts';
import { gridLayout, neighbourOf, type Cell } from './grid-layout.ts';
import { PhotoTile, type TileActions } from './photo-tile.tsx';
import type { Section } from './sections.ts';
import { useMoves } from './use-moves.ts';

export interface GridHandle {
  /** Moves the focus into the photos. */
  readonly focus: () => void;
  readonly contains: (node: Node | null) => boolean;
}

interface GridProps {
  readonly hits: readonly HitDocument[];
  readonly sections: readonly Section[];
  readonly selected: ReadonlySet<number>;
  readonly settled: number;
  readonly isStale: boolean;
  readonly actions: TileActions;
  /** Of the last photos that are there: more are wanted. */
  readonly onEnd: () => void;
  readonly handle: RefObject<GridHandle | null>;
  /** The photo the focus comes back to when it was closed. */
  readonly lastViewed: number | null;
}

const GAP = 6;
const GAP_PHONE = 3;
const ROW_HEIGHT = 224;
const ROW_HEIGHT_PHONE = 128;
const PHONE_WIDTH = 640;
/** Rows above and below the window. */
const OVERSCAN = 3;
/** Rows before the end at which more are asked for. */
const ROWS_AHEAD = 8;

export function PhotoGrid(props: GridProps) {
  const { hits, sections, selected, settled, isStale, actions, onEnd, handle, lastViewed } = props;
  const list = useRef<HTMLUListElement>(null);
  const { width, top } = useBox(list);
  const isPhone = width < PHONE_WIDTH;
  const rows = useMemo(
    () =>
      gridLayout(
        hits.map(({ image }) => image),
        sections,
        width === 0
          ? { width: 1200, gap: GAP, height: ROW_HEIGHT }
          : { width, gap: isPhone ? GAP_PHONE : GAP, height: isPhone ? ROW_HEIGHT_PHONE : ROW_HEIGHT },
      ),
    [hits, sections, width, isPhone],
  );
  const [active, setActive] = useState(0);
  const wantsFocus = useRef(false);
  const [, drawAgain] = useState(0);
  const rowOf = useCallback(
    (index: number) =>
      rows.findIndex((row) => row.kind === 'photos' && index >= row.start && index < row.end),
    [rows],
  );
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: (index) => rows[index]?.height ?? 0,
    overscan: OVERSCAN,
    scrollMargin: top,
    // Before the window has been measured, a screenful is drawn at once.
    initialRect: { width: innerWidth, height: innerHeight },
    rangeExtractor: (range) => {
      const indexes = defaultRangeExtractor(range);
      // The one photo that can be reached by Tab must be there.
      const kept = rowOf(active);
      return kept < 0 || indexes.includes(kept) ? indexes : [...indexes, kept].toSorted((a, b) => a - b);
    },
  });
  useLayoutEffect(() => {
    virtualizer.measure();
  }, [virtualizer, rows]);

  const items = virtualizer.getVirtualItems();
  const lastRow = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && lastRow >= rows.length - ROWS_AHEAD) onEnd();
  }, [lastRow, rows.length, onEnd]);

  const moveTo = useCallback(
    (index: number) => {
      wantsFocus.current = true;
      setActive(index);
      // The focus may have left the photo that it comes back to: then nothing else is drawn anew.
      drawAgain((count) => count + 1);
      virtualizer.scrollToIndex(rowOf(index), { align: 'auto' });
    },
    [virtualizer, rowOf],
  );
  useEffect(() => {
    if (!wantsFocus.current) return;
    const link = linkAt(list.current, active);
    if (link === null) return;
    wantsFocus.current = false;
    link.focus({ preventScroll: true });
  });
  useEffect(() => {
    handle.current = {
      focus: () => moveTo(Math.min(active, hits.length - 1)),
      contains: (node) => list.current?.contains(node) === true,
    };
  });
  // Whoever looked through photos comes back to the one that was seen last.
  useEffect(() => {
    if (lastViewed === null) return;
    const index = hits.findIndex(({ id }) => id === lastViewed);
    if (index >= 0) moveTo(index);
    // Only when a photo was closed, not when the list changes.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [lastViewed]);
  useMoves(list, settled);

  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = targetOf(event.key, hits.length, (towards) => neighbourOf(rows, active, towards));
    if (target === undefined) return;
    event.preventDefault();
    moveTo(target);
  };

  return (
    <ul
      ref={list}
      className="grid"
      aria-label="Photos"
      aria-busy={isStale}
      data-stale={isStale}
      style={{ height: virtualizer.getTotalSize() }}
      onKeyDown={onKeyDown}
    >
      {items.flatMap(({ index }) => {
        const row = rows[index];
        if (row === undefined) return [];
        if (row.kind === 'title')
          return [<SectionTitle key={row.section.key} section={row.section} top={row.top} />];
        return row.cells.flatMap((cell) => {
          const hit = hits[cell.index];
          return hit === undefined
            ? []
            : [
                <PhotoTile
                  key={hit.id}
                  hit={hit}
                  cell={cell}
                  count={hits.length}
                  isActive={cell.index === Math.min(active, hits.length - 1)}
                  isSelected={selected.has(hit.id)}
                  actions={actions}
                  onActive={setActive}
                />,
              ];
        });
      })}
    </ul>
  );
}

function SectionTitle({ section, top }: { readonly section: Section; readonly top: number }) {
  const { kind, title, note } = section;
  return (
    <li className={`section-title ${kind}`} style={{ transform: `translateY(${top}px)` }}>
      <h2>{title}</h2>
      {note !== '' && <span>{note}</span>}
    </li>
  );
}

function targetOf(
  key: string,
  count: number,
  neighbour: (towards: 'left' | 'right' | 'up' | 'down') => number,
): number | undefined {
  switch (key) {
    case 'ArrowLeft':
      return neighbour('left');
    case 'ArrowRight':
      return neighbour('right');
    case 'ArrowUp':
      return neighbour('up');
    case 'ArrowDown':
      return neighbour('down');
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}

function linkAt(list: HTMLElement | null, index: number): HTMLAnchorElement | null {
  return list?.querySelector<HTMLAnchorElement>(`[data-index="${index}"] > a`) ?? null;
}

/** Width of the list, and where it begins in the document. */
function useBox(list: RefObject<HTMLElement | null>): { readonly width: number; readonly top: number } {
  const [box, setBox] = useState({ width: 0, top: 0 });
  useLayoutEffect(() => {
    const node = list.current;
    if (node === null) return undefined;
    const measure = (): void => {
      const { width, top } = node.getBoundingClientRect();
      const next = { width: Math.floor(width), top: Math.round(top + scrollY) };
      setBox((now) => (now.width === next.width && now.top === next.top ? now : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    // What stands above the photos may grow and shrink.
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [list]);
  return box;
}

export type { Cell };
