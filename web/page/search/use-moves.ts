/**
 * Photos that change their place go there instead of jumping.
 * Source: the FLIP technique (P. Lewis), Web Animations. Deviation: nothing moves for whoever asked for less motion.
 */
import { useLayoutEffect, useRef, type RefObject } from 'react';

interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const MOVE_MS = 420;

/** @param settled changes when the order does; any other change of places (scrolling, the window) is not animated */
export function useMoves(list: RefObject<HTMLElement | null>, settled: number): void {
  const before = useRef(new Map<string, Place>());
  const last = useRef(settled);
  useLayoutEffect(() => {
    const tiles = [...(list.current?.querySelectorAll<HTMLElement>('[data-id]') ?? [])];
    const now = new Map(tiles.map((tile) => [tile.dataset['id'] ?? '', placeOf(tile)]));
    if (last.current !== settled && !matchMedia('(prefers-reduced-motion: reduce)').matches) {
      for (const tile of tiles) {
        const id = tile.dataset['id'] ?? '';
        animate(tile, before.current.get(id), now.get(id));
      }
    }
    last.current = settled;
    before.current = now;
  });
}

function animate(tile: HTMLElement, from: Place | undefined, to: Place | undefined): void {
  if (to === undefined) return;
  const options = { duration: MOVE_MS, easing: 'cubic-bezier(0.2, 0, 0, 1)' };
  if (from === undefined) {
    tile.animate([{ opacity: 0 }, { opacity: 1 }], options);
  } else if (from.left !== to.left || from.top !== to.top || from.width !== to.width) {
    tile.animate([frameOf(from), frameOf(to)], options);
  }
}

function frameOf({ left, top, width, height }: Place): Keyframe {
  return { transform: `translate(${left}px, ${top}px)`, width: `${width}px`, height: `${height}px` };
}

/** As the tile says it, not as it is drawn at the moment: reading that would cost a layout of the document. */
function placeOf(tile: HTMLElement): Place {
  const {
    left = 0,
    top = 0,
    width = 0,
    height = 0,
  } = JSON.parse(tile.dataset['place'] ?? '{}') as Partial<Place>;
  return { left, top, width, height };
}
