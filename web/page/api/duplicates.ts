/**
 * Groups of duplicates, page after page.
 * Source: web/routes/duplicates.ts. Deviation: none.
 */
import { useInfiniteQuery } from '@tanstack/react-query';
import type { DuplicateKind, DuplicatesDocument } from '../duplicates/duplicates-document.ts';
import { getJson } from './request.ts';

export function useDuplicates(kind: DuplicateKind) {
  return useInfiniteQuery({
    queryKey: ['duplicates', kind],
    queryFn: ({ signal, pageParam }) =>
      getJson<DuplicatesDocument>('/v1/duplicates', { kind, cursor: pageParam ?? undefined }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ cursor }) => cursor,
  });
}
