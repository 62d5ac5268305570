/**
 * The search for words that a library offers: file names, captions, keywords, cameras, places.
 * Source: our own. Deviation: none.
 */
import type { Library, PhotoFilter } from '../../indexer/index.ts';
import type { WordHit, WordSearch } from '../engine/search-context.ts';
import { fuseRankings } from './fuse-rankings.ts';
import { matchOf, queryTerms } from './query-terms.ts';

/**
 * A word that stands with more photos is not looked for: it tells little, and ranking its photos takes a microsecond each,
 * on the thread that serves.
 */
const PHOTOS_MAX = 5000;

/** Unasked, words are looked for only where one of them tells photos apart: it stands with at most this share of them. */
const TELLING_SHARE = 0.1;
/** In a small library nearly every word is above the share. */
const TELLING_MIN = 20;

/**
 * How much a place in the ranking of words counts, beside 1 for one in that of vectors. On Flickr8k dev with four captions of
 * each photo in the library and the fifth as query: R@1 by vectors of the built-in model 4.9, by words 56.8, by both 30.0 (weight
 * 1), 44.6 (2), 50.1 (3); R@10 25.6, 86.3, and 83.3, 86.8, 86.7. More would push away what the vectors found wherever people
 * wrote little and a word stands there by chance.
 */
const WEIGHT = 3;

/** With a filter, so many are looked through for those that pass. */
const FILTERED_MAX = 5000;
const FILTERED_PER_PAGE = 500;

export const libraryWords: WordSearch = {
  hits: (library, text, options) => {
    const terms = usableTerms(library, text);
    if (terms.length === 0) return [];
    const match = matchOf(terms);
    return bestIds(library, match, options).map((contentId, index): WordHit => ({
      contentId,
      rank: index + 1,
      matched: library.store.words
        .placesIn(contentId, match)
        .map(({ column, words }) => ({ field: column, terms: words })),
    }));
  },
  fuse: (vector, words) => fuseRankings(vector, words, WEIGHT),
  profits: (library, text) => {
    const { images } = library.store.totals();
    const most = Math.min(PHOTOS_MAX, Math.max(TELLING_MIN, Math.floor(images * TELLING_SHARE)));
    return queryTerms(text).some((term) => {
      const count = library.store.words.count(matchOf([term]), most + 1);
      return count > 0 && count <= most;
    });
  },
};

/** Those that stand with some photos, but not with too many. */
function usableTerms({ store }: Library, text: string): string[] {
  return queryTerms(text).filter((term) => {
    const count = store.words.count(matchOf([term]), PHOTOS_MAX + 1);
    return count > 0 && count <= PHOTOS_MAX;
  });
}

function bestIds(
  { store }: Library,
  match: string,
  { limit, filter }: { readonly limit: number; readonly filter?: PhotoFilter },
): number[] {
  if (filter === undefined) return store.words.best(match, limit, 0);
  const ids: number[] = [];
  for (let offset = 0; offset < FILTERED_MAX && ids.length < limit; offset += FILTERED_PER_PAGE) {
    const page = store.words.best(match, FILTERED_PER_PAGE, offset);
    if (page.length === 0) break;
    const passing = store.photoFilters.pass(filter, page);
    ids.push(...page.filter((id) => passing.has(id)));
  }
  return ids.slice(0, limit);
}
