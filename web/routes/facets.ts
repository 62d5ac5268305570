/**
 * What one could filter by, with counts: chips and a timeline.
 * Source: our own. Deviation: none.
 */
import { Router } from 'express';
import { facetNames, type Facets, type Library } from '../../indexer/index.ts';
import { allowOnly, inTime, parseInput } from '../errors.ts';
import { facetsRequestSchema, type FacetsDocument } from '../schema/facets.ts';
import { untilGone } from '../until-gone.ts';

export function facetRoutes({ library }: { readonly library: Library }): Router {
  const router = Router();
  router
    .route('/v1/facets')
    .post(
      inTime(async (request, response) => {
        const body: unknown = request.body ?? {};
        const { filter, names = facetNames } = parseInput(facetsRequestSchema, body, 'body');
        const asked = { filter: filter ?? null, names: [...new Set(names)], nowMs: Date.now() };
        const facets = await untilGone(response, (signal) => library.facets.count(asked, signal));
        if (facets !== undefined) response.json(facetsDocument(facets));
      }),
    )
    .all(allowOnly('POST'));
  return router;
}

function facetsDocument({ total, facets }: Facets): FacetsDocument {
  return {
    total,
    facets: facets.map(({ name, values, isComplete }) => ({ name, values: [...values], isComplete })),
  };
}
