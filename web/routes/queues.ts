/**
 * The queue of jobs for whoever looks after the server: bull-board where it is on Redis, a page of our own where it is a file.
 * The guard asks for the scope `admin`.
 * Source: issue 5, "Ops". Deviation: none.
 */
import { Router, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import { jobActions, jobPage, jobsPage, jobsPageStyle, type JobsPageQueue } from '../admin/jobs-page.ts';
import { allowOnly, HttpProblem, inTime, parseInput } from '../errors.ts';

export const QUEUES_ADDRESS = '/admin/queues';

const JOBS_SHOWN = 200;
const SKIPS_SHOWN = 100;

const paramsSchema = z.object({ id: z.string().regex(/^[\w-]{1,100}$/, 'expected the id of a job') });
const actionSchema = z.object({ ...paramsSchema.shape, action: z.enum(jobActions) });

/** A queue on Redis has one of BullMQ inside. */
export type AdminQueue = JobsPageQueue & { readonly bullQueue?: unknown };

/** Mount it at QUEUES_ADDRESS. */
export function queueRoutes(queue: AdminQueue): RequestHandler {
  return queue.bullQueue === undefined ? ownPages(queue) : boardOf(queue.bullQueue);
}

/** Loaded when somebody looks: without a Redis the packages for it are never there. */
function boardOf(bullQueue: unknown): RequestHandler {
  let board: Promise<RequestHandler> | undefined;
  return async (request, response, next): Promise<void> => {
    board ??= import('../admin/bull-board.ts').then(({ bullBoard }) => bullBoard(bullQueue, QUEUES_ADDRESS));
    const handler = await board;
    await handler(request, response, next);
  };
}

function ownPages(queue: JobsPageQueue): Router {
  const router = Router();
  const base = QUEUES_ADDRESS;
  router
    .route('/')
    .get(
      inTime(async (_request, response) => {
        const jobs = await queue.list({ limit: JOBS_SHOWN });
        sendPage(response, jobsPage(jobs, { base, isWorked: await queue.isWorked() }));
      }),
    )
    .all(allowOnly('GET', 'HEAD'));
  router.get('/style.css', (_request, response) => {
    response.type('css').send(jobsPageStyle);
  });
  router
    .route('/:id')
    .get(
      inTime(async (request, response) => {
        const { id } = parseInput(paramsSchema, request.params, 'address');
        const job = await queue.get(id);
        if (job === undefined) throw new HttpProblem('NOT_FOUND', 404, `job ${id}: there is none of this id`);
        sendPage(response, jobPage(job, await queue.skips(id, { offset: 0, limit: SKIPS_SHOWN }), { base }));
      }),
    )
    .all(allowOnly('GET', 'HEAD'));
  router
    .route('/:id/:action')
    .post(
      inTime(async (request, response) => {
        const { id, action } = parseInput(actionSchema, request.params, 'address');
        await queue[action](id);
        response.redirect(303, base);
      }),
    )
    .all(allowOnly('POST'));
  return router;
}

function sendPage(response: Response, page: string): void {
  response.type('html').send(page);
}
