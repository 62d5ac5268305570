/**
 * Why a photo was found: which parts of it speak for the match, and which parts of the query it fulfils.
 * Source: our own contract. Deviation: none.
 */
export { clausesOf, CLAUSES_MAX, type Clause } from './clauses.ts';
export { evidenceMask } from './evidence-mask.ts';
export { explainMatch, type EvidenceMap, type ExplainRequest } from './explain-match.ts';
export { bestEvidenceKind, evidenceKinds, type EvidenceKind } from './match-scores.ts';
export { fillOf, occlude, occlusionFills, type OcclusionFill } from './occlude.ts';
export {
  GRID_DEFAULT,
  GRID_MAX,
  GRID_MIN,
  planOcclusion,
  type OcclusionPlan,
  type OcclusionWindow,
} from './occlusion-plan.ts';
export type { PhotoToExplain } from './photo-pixels.ts';
export {
  CLAUSE_AUC_MIN,
  measureClauses,
  scoreClauses,
  shareInOrder,
  type CaptionedPhoto,
  type ClauseMeasure,
  type ClauseRequest,
  type ClauseScore,
  type ClauseScores,
} from './score-clauses.ts';
