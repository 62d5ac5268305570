/**
 * A few of many, the same ones for the same seed on every machine.
 * Source: our own; reservoirs and shuffles are not needed where the whole list is known. Deviation: none.
 */
import { randomStream } from '../../demo-album/random.ts';

export interface Sample {
  /** 1 or more; all where there are fewer */
  readonly count: number;
  /** default 0 */
  readonly seed?: number;
}

/** In the order of the list. */
export function drawSample<T>(list: readonly T[], { count, seed = 0 }: Sample): readonly T[] {
  if (count >= list.length) return list;
  const positions = randomStream('sample', seed).shuffled([...list.keys()]);
  const chosen = new Set(positions.slice(0, count));
  return list.filter((_, position) => chosen.has(position));
}
