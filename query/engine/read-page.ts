/**
 * One page of a list: from a place on until there are enough hits.
 * Source: our own. Deviation: none.
 */
import type { ImageRecord } from '../../indexer/index.ts';
import { Collapser, type Stack } from '../collapse.ts';
import type { RankKey } from '../retrieval/rank-key.ts';
import { throwIfAborted } from '../retrieval/throw-if-aborted.ts';
import type { Ranking } from '../retrieval/vector-ranking.ts';
import type { Entry, Listing } from './arrange.ts';
import type { CheckedRequest } from './check-request.ts';
import type { Place } from './cursor.ts';
import type { SearchContext } from './search-context.ts';

export interface Page {
  readonly stacks: readonly { readonly stack: Stack; readonly entry: Entry }[];
  /** Of the next page; null: there is none. */
  readonly place: Place | null;
}

export interface PageOptions {
  readonly listing: Listing;
  readonly ranking: Ranking;
  readonly checked: Pick<CheckedRequest, 'filter' | 'collapse' | 'without'>;
  readonly now: Date;
  readonly context: SearchContext;
}

/** Photos that vanished between index and database are few. */
const SPARE = 8;

/** Where look-alikes are collapsed, a page may need far more contents than hits; after so many it is shorter. */
const CONTENTS_PER_PAGE_MAX = 16_000;
const CONTENTS_PER_ROUND_MAX = 4000;

/** Look-alikes of stacks further back are shown again. */
export const STACKS_BEFORE_MAX = 1000;

export async function readPage(
  { listing, ranking, checked, now, context }: PageOptions,
  from: Place,
  limit: number,
  before: readonly number[],
): Promise<Page> {
  const { library, searchable, signal } = context;
  const { filter, collapse, without } = checked;
  const collapser = new Collapser({
    library,
    searchable,
    mode: collapse,
    without,
    limit,
    before: before.slice(-STACKS_BEFORE_MAX),
    cut: from.cut,
    ...(filter !== undefined && {
      imagesOf: (ids: readonly number[]): ImageRecord[] =>
        library.store.photoFilters.imagesOf(filter, ids, now),
    }),
  });
  const entries = new Map<number, Entry>();
  const rest = listing.head.slice(from.head);
  for (const entry of rest) entries.set(entry.contentId, entry);
  const taken = await collapser.take(
    rest.map(({ contentId, score }) => ({ id: contentId, score })),
    signal,
  );
  const tail = taken < rest.length ? { key: from.key, depth: from.depth, isEnd: false } : await readTail();
  throwIfAborted(signal);
  return {
    stacks: collapser.stacks.map((stack) => ({ stack, entry: entries.get(stack.contentId) ?? plain(stack) })),
    place: tail.isEnd
      ? null
      : { head: from.head + taken, key: tail.key, depth: tail.depth, cut: collapser.cut },
  };

  async function readTail(): Promise<{ key: RankKey | null; depth: number; isEnd: boolean }> {
    const isBegun = from.key !== null;
    let key = isBegun ? from.key : listing.first.key;
    let depth = isBegun ? from.depth : key === null ? 0 : listing.first.candidates.length;
    let isEnd = listing.isCut;
    const depthMax = depth + CONTENTS_PER_PAGE_MAX;
    for (let round = 0; !isEnd && !collapser.isFull && depth < depthMax; round += 1) {
      throwIfAborted(signal);
      const wanted = (limit - collapser.stacks.length) * 2 ** Math.min(round, 6) + SPARE;
      const stretch = await ranking.next(Math.min(wanted, CONTENTS_PER_ROUND_MAX), key, depth);
      const { hits, isBelow } = shownOf(stretch.hits);
      const done = await collapser.take(
        hits.map(({ hit }) => hit),
        signal,
      );
      const places = done < hits.length ? (hits[done - 1]?.place ?? -1) + 1 : stretch.hits.length;
      const last = stretch.hits[places - 1];
      if (last !== undefined) key = { score: last.score, id: last.id };
      depth += places;
      isEnd = done === hits.length && (stretch.isEnd || isBelow);
    }
    return { key, depth, isEnd };
  }

  /** Without those that were shown early, and what the cut-off leaves out. */
  function shownOf(found: readonly { readonly id: number; readonly score: number }[]) {
    const hits = found
      .map((hit, place) => ({ hit, place }))
      .filter(({ hit }) => !listing.first.early.has(hit.id));
    const { cosineMin } = listing;
    const shown = cosineMin === null ? hits : hits.filter(({ hit }) => hit.score >= cosineMin);
    return { hits: shown, isBelow: shown.length < hits.length };
  }

  /** Behind the head nothing is known but the cosine. Where a filter alone was given, the score is a date. */
  function plain({ contentId, score }: Stack): Entry {
    const isVector = listing.first.query !== undefined;
    return { contentId, score: isVector ? score : 0, pMatch: null, band: null, isVector, words: [] };
  }
}
