/**
 * What one could filter by, with counts.
 * Source: POST /v1/facets. Deviation: none.
 */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { FacetsDocument } from '../../schema/index.ts';
import { postJson } from '../api/request.ts';
import type { FacetName } from './facet-names.ts';
import { filterOfChips, type FilterChip } from './filter-chips.ts';

export type Facet = FacetsDocument['facets'][number];

/**
 * @param chips that are chosen
 * @param open the facet that is looked at: its own chips do not count for it, so that one can choose a second value
 */
export function useFacets(chips: readonly FilterChip[], open: FacetName | null) {
  const filter = filterOfChips(chips.filter(({ name }) => name !== open));
  return useQuery({
    queryKey: ['facets', filter, open],
    queryFn: ({ signal }) =>
      postJson<FacetsDocument>('/v1/facets', filter === undefined ? {} : { filter }, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}
