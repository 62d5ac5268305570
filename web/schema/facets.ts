/**
 * POST /v1/facets: what one could filter by, with counts. Each value carries the filter that keeps its photos.
 * Source: our own. Deviation: none.
 */
import { z } from 'zod';
import { facetNames, photoFilterSchema } from '../../indexer/index.ts';
import { count } from './common.ts';

export type { FacetName } from '../../indexer/index.ts';

export const facetsRequestSchema = z
  .strictObject({
    filter: photoFilterSchema.optional(),
    names: z.array(z.enum(facetNames)).max(facetNames.length).optional(),
  })
  .meta({ id: 'FacetsRequest' });

export const facetValueSchema = z.strictObject({
  value: z.string().meta({
    description:
      'stable: 2026, 2026-04, photos/holiday (with all below), Canon EOS 5D, landscape, jpeg, 52.5,13.25 (a place)',
  }),
  label: z.string().meta({ description: 'for people' }),
  count,
  filter: photoFilterSchema,
});
export type FacetValueDocument = Readonly<z.infer<typeof facetValueSchema>>;

export const facetsSchema = z
  .strictObject({
    total: count.meta({ description: 'photos that pass the filter' }),
    facets: z.array(
      z.strictObject({
        name: z.enum(facetNames),
        values: z
          .array(facetValueSchema)
          .meta({ description: 'Most photos first (years and months: newest first), at most 200' }),
        isComplete: z.boolean().meta({ description: 'False where there are more values than listed' }),
      }),
    ),
  })
  .meta({ id: 'Facets' });
export type FacetsDocument = Readonly<z.infer<typeof facetsSchema>>;
