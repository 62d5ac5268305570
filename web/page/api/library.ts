/**
 * What the library holds, as several pages want to know it.
 * Source: web/schema/library. Deviation: none.
 */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { LibraryDocument, LibrarySkipsDocument } from '../../schema/index.ts';
import { getJson } from './request.ts';

const WHILE_INDEXING_MS = 1000;
const OTHERWISE_MS = 15_000;

/** Asked every second while photos come in. */
export function useLibrary() {
  return useQuery({
    queryKey: ['library'],
    queryFn: ({ signal }) => getJson<LibraryDocument>('/v1/library', {}, { signal }),
    refetchInterval: ({ state }) =>
      state.data?.indexing.state === 'indexing' || state.data?.images === 0
        ? WHILE_INDEXING_MS
        : OTHERWISE_MS,
  });
}

/** Files that could not be indexed, page after page. */
export function useLibrarySkips() {
  return useInfiniteQuery({
    queryKey: ['library-skips'],
    queryFn: ({ signal, pageParam }) =>
      getJson<LibrarySkipsDocument>('/v1/library/skips', { cursor: pageParam ?? undefined }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ cursor }) => cursor,
  });
}
