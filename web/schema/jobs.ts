/**
 * /v1/jobs: work that goes on in the background, and the folders one may point it at.
 * Source: indexer/jobs. Deviation: none.
 */
import { z } from 'zod';
import { jobKinds, jobStates } from '../../indexer/index.ts';
import { count, skipSchema } from './common.ts';

export const jobSchema = z
  .strictObject({
    id: z.string(),
    kind: z.enum(jobKinds),
    state: z.enum(jobStates),
    title: z.string().meta({ description: 'For people: Index photos in holiday' }),
    parameters: z
      .record(z.string(), z.unknown())
      .meta({ description: 'Without paths where strangers can connect' }),
    progress: z
      .strictObject({
        phase: z.string(),
        done: count,
        total: count.nullable(),
        skipped: count,
        itemsPerSecond: z.number(),
        etaSeconds: z.number().nullable(),
      })
      .nullable(),
    skipped: count,
    attempts: count,
    createdAt: z.string(),
    startedAt: z.string().nullable(),
    finishedAt: z.string().nullable(),
    notBefore: z.string().nullable(),
    error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
    result: z.record(z.string(), z.unknown()).nullable(),
  })
  .meta({ id: 'Job' });
export type JobDocument = Readonly<z.infer<typeof jobSchema>>;

/** GET /v1/jobs?state=…&limit=… ; newest first */
export const jobListSchema = z
  .strictObject({
    jobs: z.array(jobSchema),
    isWorked: z.boolean().meta({ description: 'Whether some process does the jobs' }),
  })
  .meta({ id: 'JobList' });
export type JobListDocument = Readonly<z.infer<typeof jobListSchema>>;

/** POST /v1/jobs → 202, Location; the same job that is waiting, running or paused is returned instead of a second one. */
export const newJobSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('index'),
      folders: z.array(z.string().min(1).max(4096)).max(100).default([]).meta({
        description: 'Absolute paths inside the allowed folders; none: those that were indexed before',
      }),
      prune: z.boolean().default(false),
    }),
    z.strictObject({ kind: z.literal('embed-missing') }),
    z.strictObject({ kind: z.literal('find-duplicates') }),
    z.strictObject({ kind: z.literal('verify') }),
    z.strictObject({ kind: z.literal('compact') }),
    z.strictObject({
      kind: z.literal('tag'),
      labels: z.array(z.string().trim().min(1).max(200)).max(10_000).optional(),
    }),
  ])
  .meta({ id: 'NewJob' });
export type NewJobDocument = z.input<typeof newJobSchema>;

/** POST /v1/jobs/:id/{pause,resume,cancel,retry} → the job */
export const jobActions = ['pause', 'resume', 'cancel', 'retry'] as const;
export type JobAction = (typeof jobActions)[number];

/** GET /v1/jobs/:id/skips?offset=…&limit=… */
export const jobSkipsSchema = z
  .strictObject({ skips: z.array(skipSchema), total: count })
  .meta({ id: 'JobSkips' });
export type JobSkipsDocument = Readonly<z.infer<typeof jobSkipsSchema>>;

/**
 * GET /v1/jobs/events (all jobs), /v1/jobs/:id/events (one; ends when it has ended): server-sent events `job` with a Job,
 * each with an `id:`; after a reconnect with Last-Event-ID the missed states come again, the latest of each job at least.
 */

/** GET /v1/folders?path=… : folders below an allowed one; without path the allowed ones. */
export const foldersSchema = z
  .strictObject({
    path: z.string().nullable(),
    parent: z.string().nullable().meta({ description: 'null at the top' }),
    folders: z
      .array(z.strictObject({ name: z.string(), path: z.string() }))
      .meta({ description: 'At most 1000, by name' }),
    isComplete: z.boolean(),
    photos: count
      .nullable()
      .meta({ description: 'Files in this folder that look like photos; null at the top' }),
  })
  .meta({ id: 'Folders' });
export type FoldersDocument = Readonly<z.infer<typeof foldersSchema>>;
