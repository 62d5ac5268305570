/**
 * Whether a match probability means what it says, and what a cut-off at it keeps.
 * Source: Guo et al. 2017 (reliability diagram, expected calibration error), Brier 1950. Deviation: none.
 */
import {
  expectedCalibrationError,
  reliability,
  type JudgedPair,
  type ReliabilityBin,
} from '../../../query/index.ts';

export interface Reliability {
  readonly pairs: number;
  readonly matches: number;
  readonly bins: readonly ReliabilityBin[];
  /** Mean distance of predicted and observed, weighted by the pairs of a bin; 0 to 1. */
  readonly expectedCalibrationError: number;
  /** Mean squared difference of pMatch and truth; null without pairs. */
  readonly brier: number | null;
}

export function reliabilityFigures(pairs: readonly JudgedPair[]): Reliability {
  let squares = 0;
  for (const { pMatch, matches } of pairs) squares += (pMatch - (matches ? 1 : 0)) ** 2;
  return {
    pairs: pairs.length,
    matches: pairs.filter(({ matches }) => matches).length,
    bins: reliability(pairs),
    expectedCalibrationError: expectedCalibrationError(pairs),
    brier: pairs.length === 0 ? null : squares / pairs.length,
  };
}

/** What is left of the shown hits from a cut-off on. */
export interface CutoffFigures {
  readonly cutoff: number;
  /** of all shown hits */
  readonly trueHits: number;
  readonly falseHits: number;
  readonly trueHitsKept: number;
  readonly falseHitsKept: number;
  readonly queries: number;
  /** queries of which no hit is left: "nothing matches" */
  readonly emptyQueries: number;
}

export function cutoffFigures(queries: readonly (readonly JudgedPair[])[], cutoff: number): CutoffFigures {
  const count = (keep: (hit: JudgedPair) => boolean) =>
    queries.reduce((sum, hits) => sum + hits.filter((hit) => keep(hit)).length, 0);
  return {
    cutoff,
    trueHits: count(({ matches }) => matches),
    falseHits: count(({ matches }) => !matches),
    trueHitsKept: count(({ matches, pMatch }) => matches && pMatch >= cutoff),
    falseHitsKept: count(({ matches, pMatch }) => !matches && pMatch >= cutoff),
    queries: queries.length,
    emptyQueries: queries.filter((hits) => hits.every(({ pMatch }) => pMatch < cutoff)).length,
  };
}
