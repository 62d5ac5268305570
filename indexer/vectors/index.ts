/**
 * Nearest neighbours: one interface, an exact and an approximate implementation.
 * Source: our own. Deviation: none.
 */
export { ExactIndex } from './exact.ts';
export { HnswIndex, type HnswOptions } from './hnsw.ts';
export {
  NEIGHBOURS_MAX,
  checkVector,
  type VectorEntry,
  type VectorHit,
  type VectorIndex,
} from './vector-index.ts';
