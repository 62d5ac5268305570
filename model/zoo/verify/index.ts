/**
 * Fixtures of the reference implementation, and the retrieval metric.
 * Source: our own. Deviation: exported beside zoo/index.ts, not through it: it uses the runtime, which uses
 * the zoo.
 */
export { findFixtures } from './fixture.ts';
export type { SkippedItem, VerifiedOutput, VerifyOptions, VerifyReport } from './report.ts';
export {
  rankSteps,
  recallAtK,
  recallCuts,
  recallFigures,
  type BothWays,
  type FirstHitRanks,
  type RecallCut,
  type RecallFigures,
  type RecallInput,
  type ScoreRow,
} from './retrieval-metrics.ts';
export { verifyFixture } from './verify-fixture.ts';
