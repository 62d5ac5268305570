/**
 * Puts the HTTP application together; never listens and never closes what it is given.
 * Source: our own. Deviation: none.
 */
import express from 'express';
import type { ApiKey, Library } from '../indexer/index.ts';
import type { LookupEngine, SearchEngine } from '../query/index.ts';
import { ApiKeys, guard, Sessions } from './access/index.ts';
import { compressTexts } from './compress.ts';
import { answerProblem, noSuchRoute, problemOf, type ReportError } from './errors.ts';
import type { FolderRules } from './jobs/index.ts';
import { TrafficControl, type TrafficLimits } from './load/index.ts';
import {
  Metrics,
  noteRequests,
  pastPage,
  watchLookups,
  watchSearches,
  type RequestRecord,
  type ServerLog,
} from './observe/index.ts';
import type { FetchUrl } from './picture-urls/index.ts';
import { requestId } from './request-id.ts';
import { duplicateRoutes } from './routes/duplicates.ts';
import { folderRoutes } from './routes/folders.ts';
import { healthRoutes } from './routes/health.ts';
import { imageRoutes } from './routes/images.ts';
import { jobRoutes, type JobRouteOptions } from './routes/jobs.ts';
import { libraryRoutes, type IndexingStatus } from './routes/library.ts';
import { lookupRoutes } from './routes/lookup.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { modelRoutes } from './routes/models.ts';
import { openApiRoutes } from './routes/openapi.ts';
import { pageRoutes } from './routes/page.ts';
import { photoRoutes } from './routes/photos.ts';
import { QUEUES_ADDRESS, queueRoutes } from './routes/queues.ts';
import { searchRoutes } from './routes/search.ts';
import { textRoutes } from './routes/texts.ts';
import { sessionRoutes } from './routes/session.ts';
import { refuseForeignHosts, refuseForeignPages, securityHeaders } from './security.ts';
import { closingSignal, setAsksForKeys, setFetchUrl } from './server-state.ts';

export interface AppOptions {
  readonly library: Library;
  readonly engine: Pick<SearchEngine, 'search' | 'stream'>;
  /** Without it there is no /v1/lookup. */
  readonly lookup?: Pick<LookupEngine, 'lookup'>;
  /** The models of the library. Without them there is none of /v1/models, embeddings, rerank, classify. */
  readonly models?: Pick<SearchEngine, 'embedderOf' | 'scorer'>;
  /** Whether these are the pictures of the demo album; default false. */
  readonly isDemo?: boolean;
  /** Who may ask; default none: whoever can connect. */
  readonly apiKeys?: readonly ApiKey[];
  /** Of a picture that is sent; default 100,000,000. */
  readonly uploadBytesMax?: number;
  /** Fetches photos that requests name by their address. Default null: such requests are refused. */
  readonly fetchUrl?: FetchUrl | null;
  /** Of pictures that are sent; default: those of a decode. */
  readonly pixelsMax?: number;
  /** How much is worked on at a time; default `trafficLimits`. */
  readonly trafficLimits?: Partial<TrafficLimits>;
  /** How far indexing is; asked on every request that tells it. */
  readonly status: () => IndexingStatus;
  /** Without it there is no /v1/jobs and no /v1/folders. */
  readonly jobs?: Pick<JobRouteOptions, 'queue' | 'settings'> & { readonly folders: FolderRules };
  /** Told of errors nobody foresaw. Default: the log; where there is none, the stack on stderr. */
  readonly onError?: ReportError;
  /** Told of every request. Default: nobody is. */
  readonly log?: Pick<ServerLog, 'request' | 'error'>;
}

/** A query is some words; nobody types 64 KiB of them. */
const BODY_BYTES_MAX = 65_536;

export function createApp(given: AppOptions): express.Express {
  const app = express();
  app.disable('x-powered-by');
  // Documents change with the library; hashing each one for an ETag would cost more than sending it.
  app.disable('etag');
  const traffic = new TrafficControl(given.trafficLimits);
  const metrics = new Metrics({ library: given.library, traffic, queue: given.jobs?.queue });
  closingSignal(app).addEventListener('abort', () => metrics.close());
  const options = watched(given, metrics);
  const access = { keys: new ApiKeys(options.apiKeys ?? []), sessions: new Sessions() };
  setAsksForKeys(app, access.keys.areNeeded);
  setFetchUrl(app, options.fetchUrl ?? null);
  const note = (record: RequestRecord): void => {
    metrics.answered(record);
    given.log?.request(record);
  };
  app.use(noteRequests(note));
  app.use(requestId);
  app.use(traffic.shed((problem, request, response) => problemOf(problem, request, response, options)));
  app.use(compressTexts());
  app.use(securityHeaders, refuseForeignHosts, refuseForeignPages);
  // The page itself is no secret, and it is where somebody signs in. Behind the guard, unlisted addresses need `admin`.
  app.use(pageRoutes(), pastPage);
  app.use(guard(access));
  const answer = answerProblem(options);
  app.use(traffic.admit(answer));
  // Routes that take pictures, or many texts, read their bodies themselves.
  app.use(searchRoutes(options));
  if (options.lookup !== undefined) app.use(lookupRoutes({ ...options, lookup: options.lookup }));
  app.use(textRoutes(options));
  if (options.models !== undefined) app.use(modelRoutes({ ...options, models: options.models }));
  app.use(express.json({ limit: BODY_BYTES_MAX, strict: true }));
  app.use(openApiRoutes());
  app.use(healthRoutes(options));
  app.use(metricsRoutes(metrics));
  app.use(duplicateRoutes(options));
  app.use(photoRoutes(options));
  app.use(imageRoutes(options));
  app.use(libraryRoutes(options));
  if (options.jobs !== undefined) {
    app.use(jobRoutes({ ...options, ...options.jobs }));
    app.use(folderRoutes({ ...options, ...options.jobs }));
    app.use(QUEUES_ADDRESS, queueRoutes(options.jobs.queue));
  }
  app.use(sessionRoutes(access));
  app.use(noSuchRoute);
  app.use(answer);
  return app;
}

function watched(options: AppOptions, metrics: Metrics): AppOptions {
  const { engine, lookup, log } = options;
  return {
    ...(log !== undefined && { onError: (error, request) => log.error(error, request) }),
    ...options,
    engine: watchSearches(engine, metrics),
    ...(lookup !== undefined && { lookup: watchLookups(lookup, metrics) }),
  };
}
