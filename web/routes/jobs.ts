/**
 * Jobs over HTTP: asking for them, steering them, and following them.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { Router, type Request, type Response } from 'express';
import type { JobQueue, JobSettings, Library } from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import { scopeOf } from '../access/index.ts';
import { allowOnly, inTime, parseInput, problemOf, type ReportError } from '../errors.ts';
import {
  allowedFolders,
  hasEnded,
  jobDocument,
  JobEvents,
  newJobParameters,
  resolveFolder,
  skipDocument,
  type FolderRules,
  type JobChange,
  type JobView,
} from '../jobs/index.ts';
import {
  jobActions,
  jobSkipsQuerySchema,
  jobsQuerySchema,
  newJobSchema,
  type JobAction,
  type JobListDocument,
  type JobSkipsDocument,
} from '../schema/index.ts';
import { EVENT_STREAM, sendEvents } from '../server-events.ts';
import { asksForKeys, closingSignal, isLocalOnly } from '../server-state.ts';

export interface JobRouteOptions {
  readonly library: Library;
  readonly queue: JobQueue;
  /** What a job takes from the settings of this process. */
  readonly settings: JobSettings;
  readonly folders: FolderRules;
  /** Told of errors nobody foresaw. Default: the stack on stderr. */
  readonly onError?: ReportError;
}

/** Proxies close what is silent for a minute. */
const HEARTBEAT_MS = 15_000;

export function jobRoutes(options: JobRouteOptions): Router {
  const router = Router();
  const events = new JobEvents({ queue: options.queue });
  router
    .route('/v1/jobs')
    .get(inTime((request, response) => list(options, request, response)))
    .post(inTime((request, response) => create(options, events, request, response)))
    .all(allowOnly('GET', 'HEAD', 'POST'));
  addStreams(router, options, events);
  router
    .route('/v1/jobs/:id')
    .get(
      inTime(async (request, response) => {
        const job = await existing(options.queue, idOf(request));
        response.json(jobDocument(job, viewOf(options, request, response)));
      }),
    )
    .all(allowOnly('GET', 'HEAD'));
  router
    .route('/v1/jobs/:id/skips')
    .get(inTime((request, response) => skips(options, request, response)))
    .all(allowOnly('GET', 'HEAD'));
  for (const action of jobActions) {
    router
      .route(`/v1/jobs/:id/${action}`)
      .post(inTime((request, response) => change(options, events, action, request, response)))
      .all(allowOnly('POST'));
  }
  return router;
}

async function list(options: JobRouteOptions, request: Request, response: Response): Promise<void> {
  const { state, limit } = parseInput(jobsQuerySchema, request.query, 'query');
  const jobs = await options.queue.list({ limit, ...(state !== undefined && { states: state }) });
  const view = viewOf(options, request, response);
  const document: JobListDocument = {
    jobs: jobs.map((job) => jobDocument(job, view)),
    isWorked: await options.queue.isWorked(),
  };
  response.json(document);
}

async function create(
  options: JobRouteOptions,
  events: JobEvents,
  request: Request,
  response: Response,
): Promise<void> {
  const wanted = parseInput(newJobSchema, request.body, 'body');
  const folders: string[] = [];
  if (wanted.kind === 'index') {
    if (wanted.folders.length === 0 && options.library.store.roots.all().length === 0) throw noFolder();
    const allowed = await allowedFolders(options.library, options.folders, isLocalOnly(request.app));
    for (const folder of wanted.folders) folders.push((await resolveFolder(folder, allowed)).path);
  }
  const parameters = newJobParameters(wanted, options.settings, [...new Set(folders)]);
  const job = await options.queue.add(wanted.kind, parameters);
  events.hurry();
  response.status(202).location(`/v1/jobs/${job.id}`);
  response.json(jobDocument(job, viewOf(options, request, response)));
}

async function skips(options: JobRouteOptions, request: Request, response: Response): Promise<void> {
  const { offset, limit } = parseInput(jobSkipsQuerySchema, request.query, 'query');
  const job = await existing(options.queue, idOf(request));
  const view = viewOf(options, request, response);
  const page = await options.queue.skips(job.id, { offset, limit });
  const document: JobSkipsDocument = {
    skips: page.map((skip) => skipDocument(skip, view)),
    total: Math.max(job.skipped, offset + page.length),
  };
  response.json(document);
}

async function change(
  options: JobRouteOptions,
  events: JobEvents,
  action: JobAction,
  request: Request,
  response: Response,
): Promise<void> {
  const job = await options.queue[action](idOf(request));
  events.hurry();
  response.json(jobDocument(job, viewOf(options, request, response)));
}

function addStreams(router: Router, options: JobRouteOptions, events: JobEvents): void {
  /** @param id null: all jobs */
  const stream = async (request: Request, response: Response, id: string | null): Promise<void> => {
    await events.look(id ?? undefined);
    await sendChanges(options, events, request, response, id);
  };
  router
    .route('/v1/jobs/events')
    .get(inTime((request, response) => stream(request, response, null)))
    .all(allowOnly('GET', 'HEAD'));
  router
    .route('/v1/jobs/:id/events')
    .get(inTime((request, response) => stream(request, response, idOf(request))))
    .all(allowOnly('GET', 'HEAD'));
}

async function sendChanges(
  options: JobRouteOptions,
  events: JobEvents,
  request: Request,
  response: Response,
  id: string | null,
): Promise<void> {
  const place = events.placeOf(request.get('last-event-id'));
  const only = id === null ? undefined : events.latest(id);
  if (id !== null && only === undefined) throw unknown(id);
  // The standard's way to tell an EventSource that it need not come again.
  if (only !== undefined && hasEnded(only.job) && only.number <= place) {
    response.status(204).end();
    return;
  }
  if (request.method === 'HEAD') {
    response.type(EVENT_STREAM).end();
    return;
  }
  const view = viewOf(options, request, response);
  const closing = closingSignal(request.app);
  await sendEvents(
    response,
    async function* (gone) {
      const signal = AbortSignal.any([gone, closing]);
      for await (const one of events.changes(place, signal, id ?? undefined))
        yield eventOf(one, events, view);
    },
    (error) => problemOf(error, request, response, options),
    { heartbeatMs: HEARTBEAT_MS },
  );
}

function eventOf(one: JobChange, events: JobEvents, view: JobView) {
  return { event: 'job', id: events.idOf(one), data: jobDocument(one.job, view) };
}

/** Where files lie is known to people at this machine, and to those who may index them. */
function viewOf({ library }: JobRouteOptions, request: Request, response: Response): JobView {
  const mayIndex = asksForKeys(request.app) && scopeOf(response) === 'admin';
  return { library, showsPaths: mayIndex || isLocalOnly(request.app) };
}

function idOf(request: Request): string {
  const { id } = request.params;
  return typeof id === 'string' ? id : '';
}

async function existing(queue: JobQueue, id: string) {
  const job = await queue.get(id);
  if (job === undefined) throw unknown(id);
  return job;
}

function unknown(id: string): AppError {
  return new AppError(
    'NOT_FOUND',
    `job ${id.slice(0, 40)}: there is none, expected one that GET /v1/jobs lists`,
  );
}

function noFolder(): AppError {
  return new AppError(
    'INVALID_ARGUMENT',
    'folders: no folder was indexed before, expected at least one; name one that GET /v1/folders lists',
  );
}
