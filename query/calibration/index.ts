/**
 * Scores to probabilities, bands and cut-offs.
 * Source: our own. Deviation: none.
 */
export { probabilityOf } from './curve.ts';
export {
  MatchCalibration,
  matchBands,
  type MatchBand,
  type MatchQuery,
  type QueryMatch,
} from './match-calibration.ts';
export { RELATIVE_SHARE, relativeCutoff, type RelativeCutoff } from './relative-cutoff.ts';
export {
  expectedCalibrationError,
  reliability,
  type JudgedPair,
  type ReliabilityBin,
} from './reliability.ts';
