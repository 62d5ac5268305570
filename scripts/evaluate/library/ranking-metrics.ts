/**
 * Figures of one ranking against what a person found relevant.
 * Source: Järvelin and Kekäläinen 2002 (nDCG), Voorhees 1999 (reciprocal rank), both as trec_eval computes them.
 * Deviation: none from trec_eval, which divides the gain of a rank by log2(rank + 1) where the paper leaves the second
 * rank undiscounted.
 *
 * `gains` are those of the ranking, best hit first; 0 is a hit that is not relevant. `ideal` are the gains of all that is
 * relevant, in any order, each above 0; at least one.
 */

/** Share of what is relevant among the first k; 0 to 1. */
export function recallAt(k: number, gains: readonly number[], ideal: readonly number[]): number {
  return gains.slice(0, k).filter((gain) => gain > 0).length / ideal.length;
}

/** 1 where anything relevant is among the first k, else 0. */
export function hitAt(k: number, gains: readonly number[]): number {
  return gains.slice(0, k).some((gain) => gain > 0) ? 1 : 0;
}

/** From 1; null where nothing relevant was found. */
export function firstRank(gains: readonly number[]): number | null {
  const index = gains.findIndex((gain) => gain > 0);
  return index < 0 ? null : index + 1;
}

/** One divided by the rank of the first hit that is relevant; 0 without one. */
export function reciprocalRank(gains: readonly number[]): number {
  const rank = firstRank(gains);
  return rank === null ? 0 : 1 / rank;
}

/** 0 to 1: the discounted gain of the first k, as a share of what the best order would have. */
export function ndcgAt(k: number, gains: readonly number[], ideal: readonly number[]): number {
  return discounted(gains.slice(0, k)) / discounted(ideal.toSorted((a, b) => b - a).slice(0, k));
}

function discounted(gains: readonly number[]): number {
  return gains.reduce((sum, gain, index) => sum + gain / Math.log2(index + 2), 0);
}
