/**
 * How far probabilities can be believed: the reliability curve and the expected calibration error.
 * Source: Naeini, Cooper, Hauskrecht 2015; Guo et al. 2017. Deviation: none.
 */

/** A pair that was judged, and the truth about it. */
export interface JudgedPair {
  /** 0 to 1 */
  readonly pMatch: number;
  readonly matches: boolean;
}

/** Pairs whose probability lies in [from, until); the last bin holds 1 as well. */
export interface ReliabilityBin {
  readonly from: number;
  readonly until: number;
  readonly count: number;
  /** Mean probability, NaN in an empty bin. */
  readonly predicted: number;
  /** Share that matches, NaN in an empty bin. */
  readonly observed: number;
}

const BINS_DEFAULT = 15;

/** Bins of equal width from 0 to 1. @param bins 1 to 1000, default 15 */
export function reliability(pairs: readonly JudgedPair[], bins = BINS_DEFAULT): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ count: 0, predicted: 0, observed: 0 }));
  for (const { pMatch, matches } of pairs) {
    const sum = sums[Math.min(bins - 1, Math.floor(pMatch * bins))];
    if (sum === undefined) throw new RangeError(`pMatch is ${pMatch}, expected 0 to 1`);
    sum.count += 1;
    sum.predicted += pMatch;
    sum.observed += matches ? 1 : 0;
  }
  return sums.map(({ count, predicted, observed }, index) => ({
    from: index / bins,
    until: (index + 1) / bins,
    count,
    predicted: predicted / count,
    observed: observed / count,
  }));
}

/** The mean distance between what was promised and what was found, weighted by the pairs in each bin; 0 without pairs. */
export function expectedCalibrationError(pairs: readonly JudgedPair[], bins = BINS_DEFAULT): number {
  let error = 0;
  for (const { count, predicted, observed } of reliability(pairs, bins)) {
    if (count > 0) error += (count / pairs.length) * Math.abs(predicted - observed);
  }
  return error;
}
