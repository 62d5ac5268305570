/**
 * Reading: words find photos.
 * Source: our own. Deviation: none.
 */
export {
  SearchEngine,
  type SearchHit,
  type SearchRequest,
  type SearchResponse,
  type SearchTimings,
} from './search.ts';
