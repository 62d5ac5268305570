/**
 * What the server is asked for what the address says.
 * Source: POST /v1/search. Deviation: none.
 */
import { filterOfChips } from './filter-chips.ts';
import { asksForSomething, type SearchState } from './search-state.ts';

/** Enough for a large screen and one scroll; more costs time before the first is painted. */
export const FIRST_HITS = 60;
export const MORE_HITS = 200;
/** Photos that are read together with the words. */
const RERANK_PHOTOS = 32;

/** Every photo has a width, so this keeps all of them: a request must ask for something. */
const EVERYTHING = { width: { min: 0 } };

/** @param cursor of the answer before; null for the first hits */
export function searchBody(state: SearchState, cursor: string | null): Readonly<Record<string, unknown>> {
  const { words, like, unlike, sort, hidesAlike } = state;
  const asks = asksForSomething(state);
  const filter = filterOfChips(state.chips) ?? (asks ? undefined : EVERYTHING);
  return {
    ...(words !== '' && { query: words }),
    ...(like !== null && state.photo === null && { image: { id: like } }),
    ...(unlike.length > 0 && { negative: unlike.map((id) => ({ image: { id } })) }),
    ...(filter !== undefined && { filter }),
    ...(asks && sort !== 'relevance' && { sort }),
    collapse: hidesAlike ? 'near' : 'exact',
    limit: cursor === null ? FIRST_HITS : MORE_HITS,
    ...(words !== '' && { rerank: { k: RERANK_PHOTOS } }),
    ...(cursor !== null && { cursor }),
  };
}
