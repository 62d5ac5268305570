/**
 * Photos that were chosen, one by one or from one to another.
 * Source: lists of file managers. Deviation: none.
 */
import { useCallback, useRef, useState } from 'react';

/** As many as one export takes. */
export const SELECTED_MAX = 1000;

export interface Selection {
  readonly selected: ReadonlySet<number>;
  readonly toggle: (id: number, isRange: boolean) => void;
  readonly clear: () => void;
}

/** @param ids of the list in its order */
export function useSelection(ids: readonly number[]): Selection {
  const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
  const anchor = useRef<number | null>(null);
  const latest = useRef(ids);
  latest.current = ids;
  const toggle = useCallback((id: number, isRange: boolean) => {
    const from = isRange ? anchor.current : null;
    anchor.current = id;
    setSelected((now) => toggled(now, latest.current, id, from));
  }, []);
  const clear = useCallback(() => {
    anchor.current = null;
    setSelected(new Set());
  }, []);
  return { selected, toggle, clear };
}

/** @param from the one a range begins at; null: this one alone */
export function toggled(
  now: ReadonlySet<number>,
  ids: readonly number[],
  id: number,
  from: number | null,
): ReadonlySet<number> {
  const next = new Set(now);
  const [start, end] = [from === null ? -1 : ids.indexOf(from), ids.indexOf(id)];
  if (start < 0 || end < 0) {
    if (!next.delete(id)) next.add(id);
  } else {
    for (const one of ids.slice(Math.min(start, end), Math.max(start, end) + 1)) next.add(one);
  }
  return new Set([...next].slice(0, SELECTED_MAX));
}
