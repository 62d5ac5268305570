/**
 * /v1/jobs: work that goes on in the background, and the folders one may point it at.
 * Source: indexer/jobs. Deviation: none.
 */
import { z } from 'zod';
import { jobKinds, jobStates } from '../../indexer/index.ts';
import { count, skipSchema } from './common.ts';
import { shownAs, wholeNumber } from './parameters.ts';

export const jobSchema = z
  .strictObject({
    id: z.string(),
    kind: z.enum(jobKinds),
    state: z.enum(jobStates),
    title: z.string().meta({ description: 'For people: Index photos in holiday' }),
    parameters: z.record(z.string(), z.unknown()).meta({
      description:
        'Without paths where strangers can connect, unless asked for with an admin key; of labels their number',
    }),
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

export const jobsQuerySchema = z.strictObject({
  state: z
    .union([z.string(), z.array(z.string()).max(jobStates.length)])
    .transform((given) => [given].flat().flatMap((text) => text.split(',')))
    .pipe(z.array(z.enum(jobStates)))
    .optional()
    .meta({
      description: 'Several with commas: waiting,running; default: all',
      ...shownAs({ type: 'string' }),
    }),
  limit: wholeNumber(1, 200).default(100),
});

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
    z.strictObject({ kind: z.literal('verify'), full: z.boolean().default(false) }),
    z.strictObject({ kind: z.literal('compact') }),
    z
      .strictObject({
        kind: z.literal('tag'),
        list: z
          .string()
          .regex(/^[\p{L}\p{N}][\p{L}\p{N}_ -]{0,59}$/u, 'expected letters, digits, spaces, "-" or "_"')
          .optional()
          .meta({ description: 'A list that comes with the engine (everyday), or a name for the labels' }),
        labels: z
          .array(z.string().trim().min(1).max(200))
          .min(1)
          .max(1000)
          .optional()
          .meta({ description: 'Longer lists: imglish tag --list <file>' }),
      })
      .refine(
        ({ list, labels }) =>
          labels === undefined ? (list ?? 'everyday') === 'everyday' : list !== 'everyday',
        {
          path: ['list'],
          message: 'expected everyday without labels, or another name with them',
        },
      ),
  ])
  .meta({ id: 'NewJob' });
export type NewJobDocument = z.input<typeof newJobSchema>;

export const jobIdSchema = z.strictObject({ id: z.string().max(40) });

/** POST /v1/jobs/:id/{pause,resume,cancel,retry} → the job */
export const jobActions = ['pause', 'resume', 'cancel', 'retry'] as const;
export type JobAction = (typeof jobActions)[number];

/** GET /v1/jobs/:id/skips */
export const jobSkipsQuerySchema = z.strictObject({
  offset: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0),
  limit: wholeNumber(1, 1000).default(100),
});

export const jobSkipsSchema = z
  .strictObject({ skips: z.array(skipSchema), total: count })
  .meta({ id: 'JobSkips' });
export type JobSkipsDocument = Readonly<z.infer<typeof jobSkipsSchema>>;

/**
 * GET /v1/jobs/events (all jobs), /v1/jobs/:id/events (one; ends when it has ended): server-sent events `job` with a Job,
 * each with an `id:`; without Last-Event-ID first the latest of every job, with it of those that changed since. Of a job that
 * ended before Last-Event-ID: 204, so that an EventSource stays away.
 */

export const foldersQuerySchema = z.strictObject({
  path: z.string().min(1).max(4096).optional().meta({ description: 'Absolute; default: the allowed ones' }),
});

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
