/**
 * Photos and texts read together.
 * Source: our own. Deviation: none.
 */
export {
  byScore,
  FusionScorer,
  type FusionScorerOptions,
  type PairToScore,
  type RankedPair,
} from './fusion-scorer.ts';
export { fusionNotices, type FusionScores, type ScoreOptions } from './score-call.ts';
