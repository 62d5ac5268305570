/**
 * Duplicates: the same bytes in several places, and photos that look alike, which are two different things.
 * Source: our own. Deviation: none.
 */
export { findNearDuplicates, type FindNearDuplicatesOptions, type NearDuplicatesReport } from './find.ts';
export {
  duplicateGroups,
  duplicateKinds,
  duplicateTotals,
  type DuplicateCursor,
  type DuplicateGroup,
  type DuplicateKind,
  type DuplicatePage,
  type DuplicatePhoto,
  type DuplicateTotals,
} from './list-groups.ts';
export { cosine, lookAlike, nearThresholdDefault } from './look-alike.ts';
export { nearState, type NearState } from './near-state.ts';
export { knownShapes } from './shapes.ts';
export type { PictureShape } from '../photos/picture-shape.ts';
