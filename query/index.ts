/**
 * Reading: words find photos.
 * Source: our own. Deviation: none.
 */
export { collapseModes, type AlikeHit, type Collapse } from './collapse.ts';
export { SearchEngine, type SearchCallOptions, type SearchEngineOptions } from './engine/search-engine.ts';
export type { WordHit, WordSearch } from './engine/search-context.ts';
export * from './request.ts';
export * from './calibration/index.ts';
export * from './explain/index.ts';
export * from './rerank/index.ts';
export * from './lookup/index.ts';
export * from './language/index.ts';
export * from './programs/index.ts';
export * from './words/index.ts';
