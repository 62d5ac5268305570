/**
 * What a search finds before anything is read: the beginning of the list, which will be arranged, and where the plain
 * ranking goes on behind it.
 * Source: our own. Deviation: none.
 */
import { cosine, type PhotoFilter } from '../../indexer/index.ts';
import type { WordMatch } from '../request.ts';
import { byRank, roundScore, type RankKey } from '../retrieval/rank-key.ts';
import type { QueryVector } from '../retrieval/query-vector.ts';
import type { Ranking } from '../retrieval/vector-ranking.ts';
import type { CheckedRequest } from './check-request.ts';
import type { SearchContext } from './search-context.ts';

/** A content in the arranged beginning. */
export interface Candidate {
  readonly contentId: number;
  /** cosine to the combined query */
  readonly score: number;
  readonly isVector: boolean;
  readonly words: readonly WordMatch[];
}

export interface FirstStage {
  /** undefined: a filter alone was given */
  readonly query: QueryVector | undefined;
  /** Best first. */
  readonly candidates: readonly Candidate[];
  /** The ranking goes on behind this. */
  readonly key: RankKey | null;
  /** There is nothing behind. */
  readonly isEnd: boolean;
  /** Candidates that the ranking behind will meet again. */
  readonly early: ReadonlySet<number>;
  /** The best cosine; undefined where there is none. */
  readonly best: number | undefined;
  /** An order of contents, fused with that of the words; undefined where words were not looked for, or found nothing. */
  readonly fuse: ((contentIds: readonly number[]) => readonly number[]) | undefined;
  readonly wordsMs: number;
  readonly notices: readonly string[];
}

/** Sorting by date looks so far down the list; what is behind fits worse than anyone looks for. */
const DATE_WINDOW = 1000;

/** Each ranking is fused so far down. */
const WORDS_WINDOW = 200;

/** Contents whose vectors are read at once. */
const VECTORS_PER_PAGE = 256;

export async function firstStage(
  checked: CheckedRequest,
  query: QueryVector | undefined,
  ranking: Ranking,
  context: SearchContext,
): Promise<FirstStage> {
  const { text, notices } = wordsWanted(checked, query, context);
  const window = Math.max(
    checked.sort === 'date' && query !== undefined ? DATE_WINDOW : 0,
    query === undefined ? 0 : (checked.rerank?.k ?? 0),
    query === undefined || checked.minMatch === null ? 0 : 1,
    text === undefined ? 0 : WORDS_WINDOW,
  );
  if (window === 0) {
    return {
      query,
      candidates: [],
      key: null,
      isEnd: false,
      early: new Set(),
      best: undefined,
      fuse: undefined,
      wordsMs: 0,
      notices,
    };
  }
  const { hits, isEnd } = await ranking.next(window, null);
  const start = performance.now();
  const { candidates, fuse } =
    text === undefined || query === undefined
      ? {
          candidates: hits.map(({ id, score }) => ({ contentId: id, score, isVector: true, words: [] })),
          fuse: undefined,
        }
      : withWords(hits, text, { vector: query.vector, filter: checked.filter, context });
  const inRanking = new Set(hits.map(({ id }) => id));
  const last = hits.at(-1);
  return {
    query,
    candidates,
    key: last === undefined ? null : { score: last.score, id: last.id },
    isEnd,
    early: new Set(candidates.map(({ contentId }) => contentId).filter((id) => !inRanking.has(id))),
    best: hits[0]?.score,
    fuse,
    wordsMs: text === undefined ? 0 : performance.now() - start,
    notices,
  };
}

/** The words to look for in what is written about photos; undefined where that is not wanted. */
function wordsWanted(
  { words, terms }: CheckedRequest,
  query: QueryVector | undefined,
  { wordSearch, library }: SearchContext,
): { readonly text: string | undefined; readonly notices: readonly string[] } {
  const text = terms
    .filter(({ weight }) => weight > 0)
    .flatMap((term) => term.text ?? [])
    .join(' ');
  const none = { text: undefined, notices: [] };
  if (words === 'off' || query === undefined) return none;
  if (text === '' || wordSearch === null) {
    if (words === 'auto') return none;
    const why = text === '' ? 'the query has no words' : 'this search has no index of words';
    return { text: undefined, notices: [`What is written about photos was not searched: ${why}.`] };
  }
  return words === 'on' || wordSearch.profits(library, text) ? { text, notices: [] } : none;
}

function withWords(
  hits: readonly { readonly id: number; readonly score: number }[],
  text: string,
  {
    vector,
    filter,
    context,
  }: {
    readonly vector: Float32Array;
    readonly filter: PhotoFilter | undefined;
    readonly context: SearchContext;
  },
): Pick<FirstStage, 'candidates' | 'fuse'> {
  const { library, searchable, wordSearch } = context;
  const found = wordSearch?.hits(library, text, {
    limit: WORDS_WINDOW,
    ...(filter !== undefined && { filter }),
  });
  const inVectors = new Set(hits.map(({ id }) => id));
  const scores = new Map(hits.map(({ id, score }) => [id, score]));
  const others = (found ?? []).map(({ contentId }) => contentId).filter((id) => !inVectors.has(id));
  for (let start = 0; start < others.length; start += VECTORS_PER_PAGE) {
    const page = others.slice(start, start + VECTORS_PER_PAGE);
    const { id, dimension } = searchable.generation;
    for (const entry of library.store.vectors.ofContents(id, page, dimension)) {
      scores.set(entry.contentId, roundScore(cosine(vector, entry.vector)));
    }
  }
  // Words are of all photos, also of those that this generation has no vector of yet; these come when it has.
  const known = (found ?? []).filter(({ contentId }) => scores.has(contentId));
  const matches = new Map(known.map(({ contentId, matched }) => [contentId, matched]));
  const fuse = (contentIds: readonly number[]): number[] => {
    const ranking = contentIds.map((contentId) => ({ contentId, score: scores.get(contentId) ?? 0 }));
    return (wordSearch?.fuse(ranking, known) ?? ranking).map(({ contentId }) => contentId);
  };
  const candidates = fuse(hits.map(({ id }) => id)).map((contentId) => ({
    contentId,
    score: scores.get(contentId) ?? 0,
    isVector: inVectors.has(contentId),
    words: matches.get(contentId) ?? [],
  }));
  return { candidates, fuse: known.length === 0 ? undefined : fuse };
}

/** For orders that leave nothing to chance. */
export function byCosine(a: Candidate, b: Candidate): number {
  return byRank({ id: a.contentId, score: a.score }, { id: b.contentId, score: b.score });
}
