/**
 * Photos that look like one of the library.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { Router, type Request } from 'express';
import { z } from 'zod';
import type { Library } from '../../indexer/index.ts';
import { collapseModes, type SearchEngine, type SearchRequest } from '../../query/index.ts';
import { wholeNumber } from '../address-fields.ts';
import { allowOnly, inTime, parseInput } from '../errors.ts';
import { isLocalOnly } from '../server-state.ts';
import { untilGone } from '../until-gone.ts';
import { recordOf } from './images.ts';
import { searchDocument } from './search.ts';

/** GET /v1/images/:id/similar */
export const similarQuerySchema = z.strictObject({
  collapse: z
    .enum(collapseModes, { error: `expected one of ${collapseModes.join(', ')}` })
    .optional()
    .meta({
      description:
        'none: each file, also copies of this photo; exact, the default: copies are one hit, and those of this photo are left out; near: so are photos that look alike',
    }),
  cursor: z.string({ error: 'expected a cursor, once' }).min(1).max(2000).optional(),
  limit: wholeNumber(1, 1000).optional(),
});

export function similarRoutes(options: {
  readonly library: Library;
  readonly engine: Pick<SearchEngine, 'search'>;
}): Router {
  const { library, engine } = options;
  const router = Router();
  router
    .route('/v1/images/:id/similar')
    .get(
      inTime(async (request, response) => {
        const wanted = requestOf(request, library);
        const found = await untilGone(response, (signal) => engine.search(wanted, { signal }));
        if (found !== undefined) response.json(searchDocument(found, library, isLocalOnly(request.app)));
      }),
    )
    .all(allowOnly('GET', 'HEAD'));
  return router;
}

function requestOf(request: Request, library: Library): SearchRequest {
  const { collapse, cursor, limit } = parseInput(similarQuerySchema, request.query, 'query');
  const { id } = recordOf(library, request.params);
  return {
    image: { id },
    without: [id],
    ...(collapse !== undefined && { collapse }),
    ...(cursor !== undefined && { cursor }),
    ...(limit !== undefined && { limit }),
  };
}
