/**
 * Many photos, or one looked at closely: lists, facets, photos that look alike, explanations, exports.
 * Source: our own. Deviation: none.
 */
import { Router } from 'express';
import type { Library } from '../../indexer/index.ts';
import type { SearchEngine } from '../../query/index.ts';
import { explainRoutes } from './explain.ts';
import { exportRoutes } from './export.ts';
import { facetRoutes } from './facets.ts';
import { imageListRoutes } from './image-list.ts';
import { similarRoutes } from './similar.ts';

export interface PhotoRoutesOptions {
  readonly library: Library;
  readonly engine: Pick<SearchEngine, 'search'>;
  /** Without it nothing is explained. */
  readonly models?: Pick<SearchEngine, 'embedderOf'>;
}

/** Bodies are read already. */
export function photoRoutes(options: PhotoRoutesOptions): Router {
  const router = Router();
  router.use(facetRoutes(options), imageListRoutes(options), similarRoutes(options), exportRoutes(options));
  if (options.models !== undefined) router.use(explainRoutes({ ...options, models: options.models }));
  return router;
}
