/**
 * Figures for a monitoring system.
 * Source: Prometheus' text format. Deviation: none.
 */
import { Router } from 'express';
import { allowOnly, inTime } from '../errors.ts';
import type { Metrics } from '../observe/index.ts';

export function metricsRoutes(metrics: Pick<Metrics, 'contentType' | 'text'>): Router {
  const router = Router();
  router
    .route('/metrics')
    .get(
      inTime(async (_request, response) => {
        const text = await metrics.text();
        response.setHeader('Content-Type', metrics.contentType);
        response.send(text);
      }),
    )
    .all(allowOnly('GET', 'HEAD'));
  return router;
}
