/**
 * POST /v1/facets: what one could filter by, with counts. Each value carries the filter that keeps its photos.
 * Source: our own. Deviation: none.
 */
import { z } from 'zod';
import { photoFilterSchema } from '../../indexer/index.ts';
import { count } from './common.ts';

export const facetNames = [
  'year',
  'month',
  'folder',
  'camera',
  'lens',
  'orientation',
  'format',
  'place',
  'keyword',
] as const;
export type FacetName = (typeof facetNames)[number];

export const facetsRequestSchema = z
  .strictObject({ filter: photoFilterSchema.optional(), names: z.array(z.enum(facetNames)).optional() })
  .meta({ id: 'FacetsRequest' });

export const facetValueSchema = z.strictObject({
  value: z
    .string()
    .meta({ description: 'stable: 2026, 2026-04, photos/holiday, Canon EOS 5D, landscape, jpeg' }),
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
