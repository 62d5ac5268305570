/**
 * How far the look-alikes of the library are known. Reads only.
 * Source: our own. Deviation: none.
 */
import type { Library } from '../library/library.ts';
import type { Grouping } from '../store/index.ts';
import { nearThresholdDefault } from './look-alike.ts';

export interface NearState {
  /** id of the generation that is searched, whose look-alikes these are */
  readonly generation: number;
  /** cosine of the groups that can be read; the default where there are none yet */
  readonly threshold: number;
  /** contents that were not compared yet */
  readonly pending: number;
  /** The groups that can be read; null where nobody has looked yet. */
  readonly grouping: Grouping | null;
}

/** @param threshold to be compared at; left out, that of the groups there are */
export function nearState(library: Library, threshold?: number): NearState {
  const { store, generation } = library;
  const grouping = store.nearGroups.current(generation.id) ?? null;
  const wanted = threshold ?? grouping?.threshold ?? nearThresholdDefault;
  const comparison = store.nearDuplicates.comparison(generation.id);
  const sequence = comparison === undefined || wanted < comparison.floor ? 0 : comparison.sequence;
  return {
    generation: generation.id,
    threshold: wanted,
    pending: store.nearDuplicates.pending(generation.id, sequence),
    grouping,
  };
}
