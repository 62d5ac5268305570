/**
 * What is written about photos, searched and fused with the ranking of vectors.
 * Source: our own. Deviation: none.
 */
export { fuseRankings } from './fuse-rankings.ts';
export { libraryWords } from './library-words.ts';
export { queryTerms } from './query-terms.ts';
