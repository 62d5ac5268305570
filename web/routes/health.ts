/**
 * Whether the process lives, and whether it can answer: for whoever watches over it.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { Router } from 'express';
import type { Library } from '../../indexer/index.ts';
import { allowOnly } from '../errors.ts';
import type { HealthDocument, ReadyDocument } from '../schema/health.ts';
import { isClosing } from '../server-state.ts';

export function healthRoutes({ library }: { readonly library: Library }): Router {
  const router = Router();
  router
    .route('/health')
    .get((_request, response) => {
      const document: HealthDocument = { status: 'ok' };
      response.json(document);
    })
    .all(allowOnly('GET', 'HEAD'));
  router
    .route('/ready')
    .get((request, response) => {
      const { images, vectors } = library.stats();
      const status = isClosing(request.app) ? 'closing' : 'ready';
      const document: ReadyDocument = { status, generation: library.generation.id, photos: images, vectors };
      response.status(status === 'ready' ? 200 : 503).json(document);
    })
    .all(allowOnly('GET', 'HEAD'));
  return router;
}
