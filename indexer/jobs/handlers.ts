/**
 * What each kind of job does: checks its parameters, and calls the part of the indexer that does it.
 * Source: DESIGN, "jobs". Deviation: none.
 *
 * Nothing is kept here of how far a job is: every one of these parts finds what is left to do in the library itself,
 * so a job that is called again goes on where it was.
 */
import { z } from 'zod';
import { AppError, isAppError, type Embedder } from '../../model/index.ts';
import { findNearDuplicates } from '../duplicates/index.ts';
import { embedMissing, reEmbed } from '../pipeline/embed-missing.ts';
import type { IndexReport, SkippedFile } from '../pipeline/index-report.ts';
import { checkIntegrity, compactLibrary } from '../integrity/index.ts';
import type { Library } from '../library/library.ts';
import { indexPhotos } from '../pipeline/pipeline.ts';
import type { IndexProgress } from '../pipeline/progress.ts';
import { textKinds } from '../store/index.ts';
import {
  checkTemplates,
  embedMissingTexts,
  importTexts,
  LABELS_MAX,
  labelsOf,
  openLabelList,
  TAGS_PER_PHOTO_MAX,
  tagPhotos,
  type PairVerifier,
} from '../texts/index.ts';
import type { JobContext, JobHandler, JobKind, JobProgress, JobRecord } from './job-queue.ts';

/** What the process that works on jobs has to offer. */
export interface JobHost {
  /** open for writing */
  readonly library: Library;
  /** Used where a job names no model. */
  readonly embedder: Embedder;
  /** Opens, or finds, the model that a job names by name or folder. @throws AppError MODEL_NOT_FOUND, MODEL_INVALID, … */
  readonly openEmbedder: (
    model: string,
  ) => Promise<{ readonly embedder: Embedder; readonly close: () => Promise<void> }>;
  /** As in `EncoderOptions`: how this process works, not what a job wants. */
  readonly concurrency?: number | null;
  readonly redisUrl?: string | null;
  readonly localWork?: boolean;
  /** Reads photos and tags together, where somebody offers it; else tags go by their cosines. */
  readonly verifier?: PairVerifier;
  readonly onNotice?: (notice: string) => void;
  /** Told of indexing with more detail than a job keeps. */
  readonly onIndexProgress?: (progress: IndexProgress) => void;
  readonly onIndexReport?: (report: IndexReport) => void;
}

type Parameters = JobRecord['parameters'];
type Result = Promise<Readonly<Record<string, unknown>>>;

const model = { model: z.string().min(1).nullable().default(null) };
const limits = {
  fileBytesMax: z.number().int().positive(),
  imagePixelsMax: z.number().int().positive(),
};

/** The parameters of each kind; others are refused. */
export const jobParameters = {
  index: z.strictObject({
    ...model,
    ...limits,
    /** Absolute; none: those that were indexed before. */
    roots: z.array(z.string().min(1)),
    excludeFolders: z.array(z.string()),
    excludeGlobs: z.array(z.string()),
    followSymlinks: z.boolean(),
    keepMissing: z.boolean(),
    prune: z.boolean().default(false),
  }),
  'embed-missing': z.strictObject({ ...model, ...limits }),
  're-embed': z.strictObject({ ...model, ...limits }),
  'import-texts': z.strictObject({
    ...model,
    /** Absolute, as is `photos`. */
    source: z.string().min(1),
    kind: z.enum(textKinds).optional(),
    photos: z.string().min(1).optional(),
    embed: z.boolean().default(true),
  }),
  'find-duplicates': z.strictObject({ threshold: z.number().optional() }),
  tag: z.strictObject({
    ...model,
    /** Of a list that comes with the engine, or the absolute path of a file. */
    list: z.string().min(1).default('everyday'),
    /** In place of those of the list, which then is only a name for them. */
    labels: z.array(z.string()).min(1).max(LABELS_MAX).optional(),
    templates: z.array(z.string()).optional(),
    perPhoto: z.number().int().min(1).max(TAGS_PER_PHOTO_MAX).optional(),
    minMatch: z.number().min(0).max(1).optional(),
    /** False: by the cosines alone, which takes seconds in place of minutes. */
    verified: z.boolean().default(true),
  }),
  verify: z.strictObject({ full: z.boolean().default(false) }),
  compact: z.strictObject({}),
} as const satisfies Readonly<Record<JobKind, z.ZodType>>;

/** For `JobQueue.work`. */
export function createJobHandler(host: JobHost): JobHandler {
  return (job, context) => handlers[job.kind](host, job.parameters, context);
}

/** @throws AppError INVALID_ARGUMENT */
export function checkJobParameters<K extends JobKind>(
  kind: K,
  parameters: Parameters,
): z.infer<(typeof jobParameters)[K]> {
  const parsed = jobParameters[kind].safeParse(parameters);
  if (parsed.success) return parsed.data as z.infer<(typeof jobParameters)[K]>;
  const issues = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'parameters'}: ${message}`,
  );
  throw new AppError(
    'INVALID_ARGUMENT',
    `job ${kind}: ${issues.join('; ')}; add it anew with other parameters`,
  );
}

const handlers: Readonly<
  Record<JobKind, (host: JobHost, parameters: Parameters, context: JobContext) => Result>
> = {
  index,
  'embed-missing': async (host, given, context) => {
    const wanted = checkJobParameters('embed-missing', given);
    return withEmbedder(host, wanted.model, async (embedder) => {
      const photos = await embedMissing(host.library, embedder, { ...wanted, ...working(host, context) });
      const embeddedTexts = await embedTexts(host.library, embedder, context);
      return { ...counted(photos), embeddedTexts };
    });
  },
  're-embed': async (host, given, context) => {
    const wanted = checkJobParameters('re-embed', given);
    return withEmbedder(host, wanted.model, async (embedder) =>
      counted(await reEmbed(host.library, embedder, { ...wanted, ...working(host, context) })),
    );
  },
  'import-texts': async (host, given, context) => {
    const { model: name, source, kind, photos, embed } = checkJobParameters('import-texts', given);
    return withEmbedder(host, name, async (embedder) => ({
      ...(await importTexts(host.library, embedder, {
        source,
        embed,
        ...(kind !== undefined && { kind }),
        ...(photos !== undefined && { photos }),
        ...textWork(context),
      })),
    }));
  },
  'find-duplicates': async ({ library }, given, { signal, progress }) => {
    const { threshold } = checkJobParameters('find-duplicates', given);
    const options = { signal, onProgress: progress, ...(threshold !== undefined && { threshold }) };
    return { ...(await findNearDuplicates(library, options)) };
  },
  tag,
  verify: async ({ library }, given, { signal, progress }) => {
    const { full } = checkJobParameters('verify', given);
    return { ...(await checkIntegrity(library, { full, signal, onProgress: progress })) };
  },
  compact: async ({ library }, given, { signal }) => {
    checkJobParameters('compact', given);
    return { ...(await compactLibrary(library, { signal })) };
  },
};

/** Also makes the library searched with the model of the job, when nothing is missing, as `imglish index` does. */
function index(host: JobHost, given: Parameters, context: JobContext): Result {
  const { model: name, ...wanted } = checkJobParameters('index', given);
  const { library } = host;
  if (wanted.roots.length === 0 && library.stats().roots.length === 0) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `${library.dataFolder}: no folder was indexed before, expected at least one; name it: imglish index <folder>`,
    );
  }
  return withEmbedder(host, name, async (embedder) => {
    const options = { ...wanted, ...working(host, context) };
    const report = await indexPhotos(library, embedder, {
      ...options,
      onProgress: (progress) => {
        host.onIndexProgress?.(progress);
        context.progress(jobProgress(progress));
      },
    });
    host.onIndexReport?.(report);
    if (library.generationFor(embedder).id === library.generation.id) return counted(report);
    const { generation, isActive, images, missing } = await reEmbed(library, embedder, options);
    return { ...counted(report), generation: { id: generation, isActive, images, missing } };
  });
}

async function tag(host: JobHost, given: Parameters, context: JobContext): Result {
  const { model: name, list, labels, ...wanted } = checkJobParameters('tag', given);
  const { verified, templates, perPhoto, minMatch } = wanted;
  return withEmbedder(host, name, async (embedder) => {
    const report = await tagPhotos(host.library, embedder, {
      list:
        labels === undefined
          ? await openLabelList(list)
          : { name: list, labels: labelsOf(labels, `the list "${list}"`) },
      ...(templates !== undefined && { templates: checkTemplates(templates) }),
      ...(perPhoto !== undefined && { perPhoto }),
      ...(minMatch !== undefined && { minMatch }),
      verifier: verified ? (host.verifier ?? null) : null,
      ...textWork(context),
    });
    return { ...report };
  });
}

async function embedTexts(library: Library, embedder: Embedder, context: JobContext): Promise<number> {
  try {
    return (await embedMissingTexts(library, embedder, textWork(context))).embedded;
  } catch (error) {
    // A model without a tokenizer embeds photos only.
    if (isAppError(error, 'UNSUPPORTED')) return 0;
    throw error;
  }
}

async function withEmbedder<T>(
  host: JobHost,
  name: string | null,
  work: (embedder: Embedder) => Promise<T>,
): Promise<T> {
  if (name === null) return work(host.embedder);
  const opened = await host.openEmbedder(name);
  try {
    return await work(opened.embedder);
  } finally {
    await opened.close();
  }
}

function working(host: JobHost, context: JobContext) {
  const { concurrency, redisUrl, localWork, onNotice } = host;
  return {
    concurrency,
    redisUrl,
    localWork,
    onNotice,
    signal: context.signal,
    onProgress: context.progress,
    onSkip: ({ path, code, message }: SkippedFile) => context.skip({ place: path, code, message }),
  };
}

function textWork({ signal, progress, skip }: JobContext) {
  return { signal, onProgress: progress, onSkip: skip };
}

/** A report whose list of skips is a number: the list itself is kept with the job. */
function counted(report: {
  readonly skipped: readonly SkippedFile[];
  readonly skippedCount: number;
}): Readonly<Record<string, unknown>> {
  const { skippedCount, ...rest } = report;
  return { ...rest, skipped: skippedCount };
}

function jobProgress(progress: IndexProgress): JobProgress {
  const { phase, found, done, skipped, photosPerSecond, etaSeconds } = progress;
  const isScanning = phase === 'scanning';
  return {
    phase,
    done: isScanning ? found : done,
    total: isScanning ? null : found,
    skipped,
    itemsPerSecond: photosPerSecond,
    etaSeconds,
  };
}
