/**
 * Whether the process lives, and whether it can answer: for whoever watches over it.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { Router } from 'express';
import type { Library } from '../../indexer/index.ts';
import { allowOnly } from '../errors.ts';
import { isClosing } from '../server-state.ts';

export interface ReadyDocument {
  readonly status: 'ready' | 'closing';
  readonly generation: number;
  readonly photos: number;
  /** What a search can find; each search catches up with the library first. */
  readonly vectors: number;
}

export function healthRoutes({ library }: { readonly library: Library }): Router {
  const router = Router();
  router
    .route('/health')
    .get((_request, response) => {
      response.json({ status: 'ok' });
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
