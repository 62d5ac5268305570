/**
 * What the document says of jobs and folders.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { z } from 'zod';
import {
  foldersQuerySchema,
  foldersSchema,
  jobActions,
  jobIdSchema,
  jobListSchema,
  jobSchema,
  jobSkipsQuerySchema,
  jobSkipsSchema,
  jobsQuerySchema,
  newJobSchema,
  type JobAction,
} from '../schema/jobs.ts';
import { problemSchema } from '../schema/problem.ts';
import type { ProblemCode } from '../problem-codes.ts';
import type { Answer, Operation } from './operation.ts';

/** Where the queue is BullMQ, its Redis may be away. */
const queueProblems: readonly ProblemCode[] = ['REDIS_UNAVAILABLE'];

const changes: Answer = {
  description: 'Jobs as they change; a connection that was lost goes on with Last-Event-ID',
  events: { job: jobSchema, problem: problemSchema },
};
const afterEvent = z.object({
  'last-event-id': z.string().optional().meta({ description: 'Of the last event that came' }),
});

const summaries: Readonly<Record<JobAction, string>> = {
  pause: 'Stop a job where it is',
  resume: 'Go on with a paused job',
  cancel: 'End a job; what is done stays done',
  retry: 'Ask for a job that failed once more',
};

const actionOperations: readonly Operation[] = jobActions.map((action) => ({
  id: `${action}Job`,
  method: 'post',
  path: `/v1/jobs/:id/${action}`,
  tag: 'jobs',
  summary: summaries[action],
  params: jobIdSchema,
  answers: { 200: { description: 'The job as it is now', json: jobSchema } },
  problems: [...queueProblems, 'JOB_STATE'],
}));

export const jobOperations: readonly Operation[] = [
  {
    id: 'jobs',
    method: 'get',
    path: '/v1/jobs',
    tag: 'jobs',
    summary: 'Jobs, newest first',
    query: jobsQuerySchema,
    answers: { 200: { description: 'The jobs', json: jobListSchema } },
    problems: queueProblems,
  },
  {
    id: 'addJob',
    method: 'post',
    path: '/v1/jobs',
    tag: 'jobs',
    summary: 'Ask for a job',
    description: 'The same job that is waiting, running or paused is answered in place of a second one.',
    body: { json: newJobSchema, example: { kind: 'index', folders: ['/photos'] } },
    answers: {
      202: { description: 'The job', json: jobSchema, headers: { Location: 'Where the job is found' } },
    },
    problems: [...queueProblems, 'FILE_NOT_FOUND', 'FILE_UNREADABLE', 'FOLDER_NOT_ALLOWED', 'UNSUPPORTED'],
  },
  {
    id: 'jobEvents',
    method: 'get',
    path: '/v1/jobs/events',
    tag: 'jobs',
    summary: 'Follow all jobs as server-sent events',
    headers: afterEvent,
    answers: { 200: changes },
    problems: queueProblems,
  },
  {
    id: 'job',
    method: 'get',
    path: '/v1/jobs/:id',
    tag: 'jobs',
    summary: 'One job',
    params: jobIdSchema,
    answers: { 200: { description: 'The job', json: jobSchema } },
    problems: queueProblems,
  },
  {
    id: 'oneJobEvents',
    method: 'get',
    path: '/v1/jobs/:id/events',
    tag: 'jobs',
    summary: 'Follow one job to its end',
    params: jobIdSchema,
    headers: afterEvent,
    answers: { 200: changes, 204: { description: 'It has ended, and that was told' } },
    problems: queueProblems,
  },
  {
    id: 'jobSkips',
    method: 'get',
    path: '/v1/jobs/:id/skips',
    tag: 'jobs',
    summary: 'What a job left out, and why',
    params: jobIdSchema,
    query: jobSkipsQuerySchema,
    answers: { 200: { description: 'A page of them', json: jobSkipsSchema } },
    problems: queueProblems,
  },
  ...actionOperations,
  {
    id: 'folders',
    method: 'get',
    path: '/v1/folders',
    tag: 'jobs',
    summary: 'Folders that may be indexed, and those in them',
    query: foldersQuerySchema,
    answers: { 200: { description: 'The folders', json: foldersSchema } },
    problems: ['FILE_NOT_FOUND', 'FILE_UNREADABLE', 'FOLDER_NOT_ALLOWED', 'UNSUPPORTED'],
  },
];
