/**
 * The page as the build left it: one document for all of its addresses, and files whose names change with their content.
 * Source: vite's build. Deviation: none.
 */
import path from 'node:path';
import express, { Router } from 'express';
import { allowOnly } from '../errors.ts';

const PAGE_FOLDER = path.join(import.meta.dirname, '..', '..', 'page');

/** The addresses of web/page/app.tsx. Any other is none, so that a wrong link says so. */
const pageAddresses: ReadonlySet<string> = new Set(['/', '/lookup', '/library', '/jobs', '/duplicates']);

/** The name has a hash of what is in it. */
const FOR_EVER = 'public, max-age=31536000, immutable';

export function pageRoutes(): Router {
  const router = Router();
  const document = express.static(PAGE_FOLDER, {
    index: false,
    redirect: false,
    cacheControl: false,
    // It names the files, so the browser asks each time whether it is still this one; the answer is short.
    setHeaders: (response) => response.setHeader('Cache-Control', 'no-cache'),
  });
  const refuse = allowOnly('GET', 'HEAD');
  // No route: those are what the OpenAPI document tells of.
  router.use((request, response, next) => {
    if (!pageAddresses.has(request.path)) return next();
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(request);
    request.url = '/index.html';
    document(request, response, next);
  });
  router.use(
    '/assets',
    express.static(path.join(PAGE_FOLDER, 'assets'), {
      index: false,
      dotfiles: 'ignore',
      redirect: false,
      cacheControl: false,
      setHeaders: (response) => response.setHeader('Cache-Control', FOR_EVER),
    }),
  );
  return router;
}
