/**
 * The page: files of web/client as the build left them.
 * Source: our own. Deviation: none.
 */
import path from 'node:path';
import express, { Router } from 'express';

const CLIENT_FOLDER = path.join(import.meta.dirname, '..', 'client');

/** No file of the page lies there; the disk need not be asked. */
const FOREIGN = /^\/(?:v1\/|metrics$|health$|ready$)/;

export function pageRoutes(): Router {
  const router = Router();
  router.use((request, _response, next) => next(FOREIGN.test(request.path) ? 'router' : undefined));
  router.use(
    express.static(CLIENT_FOLDER, {
      index: 'index.html',
      dotfiles: 'ignore',
      redirect: false,
      // Names do not change with their content, so the browser asks each time; the answer is short.
      setHeaders: (response) => response.setHeader('Cache-Control', 'no-cache'),
    }),
  );
  return router;
}
