/**
 * Nearest neighbours: one interface, an exact and an approximate implementation.
 * Source: our own. Deviation: none.
 */
export { ExactIndex } from './exact.ts';
export { HnswIndex, type HnswOptions } from './hnsw.ts';
export { chooseHnswBuild, type HnswBuild } from './hnsw-library.ts';
export { hnswDefaults } from './hnsw-settings.ts';
export {
  NEIGHBOURS_MAX,
  checkVector,
  isUnit,
  type VectorEntry,
  type VectorHit,
  type VectorIndex,
} from './vector-index.ts';
