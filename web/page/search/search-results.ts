/**
 * What is known of the answer, and how each thing that comes changes it.
 * Source: our own. Deviation: none.
 */
import type { HitDocument, SearchDocument } from '../../schema/index.ts';
import type { Stage } from './search-stream.ts';

export interface SearchResults {
  readonly hits: readonly HitDocument[];
  /** `waiting`: what is shown belongs to the search before; `first`: the order may still change */
  readonly stage: 'waiting' | 'first' | 'done';
  /** The final order, where somebody is looking at the first one and shall not have it taken away. */
  readonly held: readonly HitDocument[] | null;
  /** The last that came of the first page. */
  readonly answer: SearchDocument | null;
  readonly cursor: string | null;
  /** Hits above the line; null: there is no line */
  readonly trusted: number | null;
  readonly problem: unknown;
  readonly isLoadingMore: boolean;
  /** Raised where the order changes under the same search: the moment to animate. */
  readonly settled: number;
}

export type SearchEvent =
  | { readonly type: 'asked' }
  | { readonly type: 'stage'; readonly stage: Stage; readonly isLookedAt: boolean }
  | { readonly type: 'loading' }
  | { readonly type: 'more'; readonly answer: SearchDocument }
  | { readonly type: 'failed'; readonly problem: unknown }
  | { readonly type: 'settle' };

export const noResults: SearchResults = {
  hits: [],
  stage: 'waiting',
  held: null,
  answer: null,
  cursor: null,
  trusted: null,
  problem: null,
  isLoadingMore: false,
  settled: 0,
};

export function nextResults(now: SearchResults, event: SearchEvent): SearchResults {
  if (event.type === 'stage') return withStage(now, event.stage, event.isLookedAt);
  if (event.type === 'more') return withMore(now, event.answer);
  if (event.type === 'asked') {
    return { ...now, stage: 'waiting', held: null, problem: null, isLoadingMore: false };
  }
  if (event.type === 'loading') return { ...now, isLoadingMore: true, problem: null };
  if (event.type === 'settle') {
    return now.held === null ? now : { ...now, hits: now.held, held: null, settled: now.settled + 1 };
  }
  return now.isLoadingMore
    ? { ...now, isLoadingMore: false, problem: event.problem }
    : { ...noResults, stage: 'done', problem: event.problem, settled: now.settled };
}

function withStage(now: SearchResults, { stage, answer }: Stage, isLookedAt: boolean): SearchResults {
  if (stage !== 'done') {
    // Orders on the way to the final one would move photos several times for nothing.
    if (now.stage === 'first') return { ...now, answer };
    return {
      ...now,
      hits: answer.hits,
      stage: 'first',
      answer,
      cursor: null,
      trusted: null,
    };
  }
  const rest = {
    ...now,
    stage: 'done',
    answer,
    cursor: answer.cursor,
    trusted: answer.cutoff?.hitsAbove ?? null,
  } as const;
  const isSameOrder = now.stage === 'first' && sameOrder(now.hits, answer.hits);
  if (now.stage === 'first' && isLookedAt && !isSameOrder) return { ...rest, held: answer.hits };
  return { ...rest, hits: answer.hits, settled: isSameOrder ? now.settled : now.settled + 1 };
}

/** A photo that was shown already (the library may change meanwhile) is not shown twice. */
function withMore(now: SearchResults, answer: SearchDocument): SearchResults {
  const known = new Set(now.hits.map(({ id }) => id));
  const fresh = answer.hits.filter(({ id }) => !known.has(id));
  // The line goes on only where all before it is above it.
  const isAbove = now.trusted !== null && now.trusted === now.hits.length;
  return {
    ...now,
    hits: [...now.hits, ...fresh],
    held: now.held && [...now.held, ...fresh],
    cursor: answer.cursor,
    trusted: isAbove ? (now.trusted ?? 0) + (answer.cutoff?.hitsAbove ?? 0) : now.trusted,
    isLoadingMore: false,
  };
}

function sameOrder(one: readonly HitDocument[], other: readonly HitDocument[]): boolean {
  return one.length === other.length && one.every(({ id }, index) => id === other[index]?.id);
}
