/**
 * GET /v1/library: what the library holds, and how far indexing is.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { z } from 'zod';
import { count, id, page, skipSchema } from './common.ts';
import { wholeNumber } from './parameters.ts';

const cursorMessage = 'expected the cursor of an answer, unchanged';

const progressSchema = z.strictObject({
  phase: z.enum(['scanning', 'embedding']),
  found: count,
  done: count,
  added: count,
  skipped: count,
  photosPerSecond: z.number(),
  etaSeconds: z.number().nullable().meta({ description: 'null while it cannot be told' }),
});

/** The indexer's report with counts in place of its lists. */
const countsSchema = z.strictObject({
  found: count,
  added: count,
  updated: count,
  moved: count,
  unchanged: count,
  removed: count,
  skipped: count,
  seconds: z.number(),
  photosPerSecond: z.number(),
});
export type CountsDocument = Readonly<z.infer<typeof countsSchema>>;

/** GET /v1/status; also a part of /v1/library. */
export const statusSchema = z
  .strictObject({
    state: z.enum(['idle', 'indexing', 'failed']),
    progress: progressSchema.nullable(),
    report: countsSchema.nullable().meta({ description: 'Of the last run that ended' }),
    message: z.string().nullable(),
  })
  .meta({ id: 'IndexingStatus' });
export type StatusDocument = Readonly<z.infer<typeof statusSchema>>;

export const generationSchema = z
  .strictObject({
    id,
    modelName: z.string(),
    dimension: count,
    images: count.meta({ description: 'Photos with a vector' }),
    isCurrent: z.boolean(),
    createdAt: z.string().nullable(),
  })
  .meta({ id: 'Generation' });

export const librarySchema = z
  .strictObject({
    images: count.meta({ description: 'photos' }),
    skipped: count.meta({ description: 'files that could not be indexed' }),
    texts: count,
    roots: z.array(
      z.strictObject({
        name: z.string(),
        path: z
          .string()
          .optional()
          .meta({ description: 'Only where nobody but the people at this machine can connect' }),
        images: count,
        isMissing: z
          .boolean()
          .meta({ description: 'The folder is not there now, such as a drive that was taken away' }),
      }),
    ),
    formats: z
      .array(z.strictObject({ format: z.string(), count, bytes: count }))
      .meta({ description: 'Most photos first' }),
    disk: z
      .strictObject({
        databaseBytes: count,
        indexBytes: count,
        thumbnailBytes: count.nullable(),
        freeBytes: count,
      })
      .meta({ description: 'What the library takes, and what is left there' }),
    generation: z.strictObject({ id, modelName: z.string(), dimension: count }),
    generations: z.array(generationSchema),
    canRerank: z.boolean().meta({ description: 'Whether the model can read photo and words together' }),
    isCalibrated: z.boolean().meta({ description: 'Whether pMatch can be told' }),
    isDemo: z.boolean(),
    indexing: statusSchema,
  })
  .meta({ id: 'Library' });
export type LibraryDocument = Readonly<z.infer<typeof librarySchema>>;

/** GET /v1/library/skips?limit=…&cursor=… ; oldest first */
export const librarySkipsQuerySchema = z.strictObject({
  limit: wholeNumber(1, 1000).default(100).meta({ description: 'files' }),
  cursor: z
    .string(cursorMessage)
    .regex(/^[1-9]\d{0,14}$/, cursorMessage)
    .optional()
    .meta({ description: 'Of the page before' }),
});
export const librarySkipsSchema = z
  .strictObject({ skips: z.array(skipSchema), ...page })
  .meta({ id: 'LibrarySkips' });
export type LibrarySkipsDocument = Readonly<z.infer<typeof librarySkipsSchema>>;
