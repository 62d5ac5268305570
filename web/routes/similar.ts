/**
 * Photos that look like one of the library.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { Router, type Request } from 'express';
import type { Library } from '../../indexer/index.ts';
import type { SearchEngine, SearchRequest } from '../../query/index.ts';
import { allowOnly, inTime, parseInput } from '../errors.ts';
import { similarQuerySchema } from '../schema/image.ts';
import { isLocalOnly } from '../server-state.ts';
import { untilGone } from '../until-gone.ts';
import { recordOf } from './images.ts';
import { searchDocument } from './search.ts';

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
