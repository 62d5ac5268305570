/**
 * Runs the search that the address says, stage by stage and page by page; a newer one ends the older.
 * Source: our own. Deviation: none.
 */
import { useCallback, useEffect, useReducer, useRef, useState } from 'react';
import type { SearchDocument } from '../../schema/index.ts';
import { Problem } from '../api/problem.ts';
import { pictureForm, postJson } from '../api/request.ts';
import { photoOf } from './photo-shelf.ts';
import { searchBody } from './search-body.ts';
import { nextResults, noResults, type SearchResults } from './search-results.ts';
import { searchKey, type SearchState } from './search-state.ts';
import { searchStages } from './search-stream.ts';

export interface Search extends SearchResults {
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  readonly retry: () => void;
  /** Shows the order that was held back. */
  readonly settle: () => void;
}

/** @param isLookedAt whether somebody is busy with the photos now, so that they must stay where they are */
export function useSearch(state: SearchState, isLookedAt: () => boolean): Search {
  const [results, tell] = useReducer(nextResults, noResults);
  const [attempt, setAttempt] = useState(0);
  const running = useRef<AbortController | null>(null);
  const key = searchKey(state);
  const latest = useRef({ state, isLookedAt });
  latest.current = { state, isLookedAt };

  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    running.current = controller;
    tell({ type: 'asked' });
    const run = async (): Promise<void> => {
      const body = await bodyFor(latest.current.state, null);
      for await (const stage of searchStages(body, signal)) {
        if (signal.aborted) return;
        tell({ type: 'stage', stage, isLookedAt: latest.current.isLookedAt() });
      }
    };
    run().catch((problem: unknown) => {
      if (!signal.aborted) tell({ type: 'failed', problem });
    });
    return () => controller.abort();
  }, [key, attempt]);

  const { cursor, isLoadingMore, stage } = results;
  const hasMore = cursor !== null && stage === 'done';
  const loadMore = useCallback(() => {
    const signal = running.current?.signal;
    if (cursor === null || isLoadingMore || signal === undefined) return;
    tell({ type: 'loading' });
    const run = async (): Promise<void> => {
      const body = await bodyFor(latest.current.state, cursor);
      const answer = await postJson<SearchDocument>('/v1/search', body, { signal });
      if (!signal.aborted) tell({ type: 'more', answer });
    };
    run().catch((problem: unknown) => {
      if (!signal.aborted) tell({ type: 'failed', problem });
    });
  }, [cursor, isLoadingMore]);

  const retry = useCallback(() => setAttempt((count) => count + 1), []);
  const settle = useCallback(() => tell({ type: 'settle' }), []);
  return { ...results, hasMore, loadMore, retry, settle };
}

async function bodyFor(state: SearchState, cursor: string | null): Promise<unknown> {
  const body = searchBody(state, cursor);
  if (state.photo === null) return body;
  const photo = await photoOf(state.photo);
  if (photo !== undefined) return pictureForm(photo, body);
  throw new Problem({
    code: 'PHOTO_FORGOTTEN',
    status: 0,
    title: 'This photo is not here',
    detail:
      'A photo that one searches with stays in the browser where it was dropped. Drop it here again, or take it away.',
  });
}
