/**
 * Reading: words find photos.
 * Source: our own. Deviation: none.
 */
export { collapseModes, type AlikeHit, type Collapse } from './collapse.ts';
export {
  SearchEngine,
  type SearchHit,
  type SearchRequest,
  type SearchResponse,
  type SearchTimings,
} from './search.ts';
