/**
 * The interface itself: as an OpenAPI document, and as a page to read and to try out.
 * Source: our own. Deviation: the page needs a wider content security policy than ours: styles in attributes, and pictures
 * in data URIs. Scripts still come from files of this server only, and nothing is fetched from elsewhere.
 */
import path from 'node:path';
import express, { Router } from 'express';
import { allowOnly } from '../errors.ts';
import { openApiDocument } from '../openapi/index.ts';

/** As the build left them: our page, and the files of Swagger UI that it needs. */
const DOCS_FOLDER = path.join(import.meta.dirname, '..', 'docs');

const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function openApiRoutes(): Router {
  // Made before anybody is served: it takes longer than the thread that serves may be blocked.
  const text = JSON.stringify(openApiDocument());
  const router = Router();
  router
    .route('/openapi.json')
    .get((_request, response) => {
      response.type('application/json').send(text);
    })
    .all(allowOnly('GET', 'HEAD'));
  router
    .route('/docs')
    .get((_request, response) => {
      response.setHeader('Content-Security-Policy', DOCS_POLICY);
      response.sendFile('index.html', { root: DOCS_FOLDER, cacheControl: false });
    })
    .all(allowOnly('GET', 'HEAD'));
  router.use(
    '/docs',
    express.static(DOCS_FOLDER, {
      index: false,
      redirect: false,
      setHeaders: (response) => response.setHeader('Cache-Control', 'private, no-cache'),
    }),
  );
  return router;
}
