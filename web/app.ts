/**
 * Puts the HTTP application together; never listens and never closes what it is given.
 * Source: our own. Deviation: none.
 */
import express from 'express';
import type { Library } from '../indexer/index.ts';
import type { LookupEngine, SearchEngine } from '../query/index.ts';
import { answerProblem, noSuchRoute, type ReportError } from './errors.ts';
import { requestId } from './request-id.ts';
import { duplicateRoutes } from './routes/duplicates.ts';
import { healthRoutes } from './routes/health.ts';
import { imageRoutes } from './routes/images.ts';
import { libraryRoutes, type IndexingStatus } from './routes/library.ts';
import { lookupRoutes } from './routes/lookup.ts';
import { pageRoutes } from './routes/page.ts';
import { searchRoutes } from './routes/search.ts';
import { refuseForeignHosts, refuseForeignPages, securityHeaders } from './security.ts';

export interface AppOptions {
  readonly library: Library;
  readonly engine: Pick<SearchEngine, 'search' | 'stream'>;
  /** Without it there is no /v1/lookup. */
  readonly lookup?: Pick<LookupEngine, 'lookup'>;
  /** Of a picture that is sent; default 100,000,000. */
  readonly uploadBytesMax?: number;
  /** How far indexing is; asked on every request that tells it. */
  readonly status: () => IndexingStatus;
  /** Told of errors nobody foresaw. Default: the stack on stderr. */
  readonly onError?: ReportError;
}

/** A query is some words; nobody types 64 KiB of them. */
const BODY_BYTES_MAX = 65_536;

export function createApp(options: AppOptions): express.Express {
  const app = express();
  app.disable('x-powered-by');
  // Documents change with the library; hashing each one for an ETag would cost more than sending it.
  app.disable('etag');
  app.use(requestId, securityHeaders, refuseForeignHosts, refuseForeignPages);
  // Routes that take pictures read their bodies themselves.
  app.use(searchRoutes(options));
  if (options.lookup !== undefined) app.use(lookupRoutes({ ...options, lookup: options.lookup }));
  app.use(express.json({ limit: BODY_BYTES_MAX, strict: true }));
  app.use(healthRoutes(options));
  app.use(duplicateRoutes(options));
  app.use(imageRoutes(options));
  app.use(libraryRoutes(options));
  app.use(pageRoutes());
  app.use(noSuchRoute);
  app.use(answerProblem(options));
  return app;
}
