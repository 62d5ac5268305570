/**
 * calibration.json of a model folder: what turns the fusion score and the cosine of a pair into a probability.
 * Source: our own format; Platt 1999 (sigmoid), Zadrozny, Elkan 2002 (isotonic). Deviation: none.
 *
 * It holds figures that were measured with particular weights, and names them: with others it is not used. No vector
 * depends on it, so it is no part of the model's identity, and "imglish model calibrate" may make it again at any time.
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError, isAppError, messageOf } from '../errors.ts';
import type { ModelConfig, ModelFolder } from './model-folder.ts';

export const CALIBRATION_FILE = 'calibration.json';

/** Raised when a reader of the old number would misread the file. */
export const CALIBRATION_FORMAT = 1;

/** The mean of the background takes 20 bytes a number, the widest model 1408 of them. */
const FILE_BYTES_MAX = 1_048_576;

const KNOTS_MAX = 1000;

const finite = z.number();
const share = z.number().min(0).max(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');

const plattSchema = z.strictObject({
  kind: z.literal('platt'),
  slope: z.number().positive(),
  intercept: finite,
});

/** Between knots p is on the straight line, beyond the ends it stays. */
const isotonicSchema = z.strictObject({
  kind: z.literal('isotonic'),
  knots: z
    .array(z.strictObject({ x: finite, p: share }))
    .min(1)
    .max(KNOTS_MAX)
    .refine((knots) => knots.every(({ x, p }, index) => index === 0 || isAbove(knots[index - 1], x, p)), {
      message: 'expected knots whose x rises and whose p does not fall',
    }),
});

const calibrationSchema = z.strictObject({
  format: z.literal(CALIBRATION_FORMAT),
  /** What the fusion score is of. */
  scorer: z.enum(['itm', 'mlm']),
  /** SHA-256 of the weights whose scores and cosines were measured; the same where one set does both. */
  weights: z.strictObject({ fusion: sha256, vectors: sha256 }),
  /** mixed = fusion * fusion score + cosine * cosine */
  mix: z.strictObject({ fusion: z.number().nonnegative(), cosine: z.number().nonnegative() }),
  /**
   * How a query stands to photos in general, the same for all photos of one query. `mean` is the mean vector of photos,
   * float [D]; the evidence falls by `weight` times the cosine that the query has to photos on average.
   */
  background: z.strictObject({ mean: z.array(finite).min(1).max(16_384), weight: finite }),
  /**
   * The evidence falls by `weight` times the pieces of the vocabulary per word of the query, less one. A vocabulary that was
   * made of captions has each word of them whole; what it has to spell, the network has never seen.
   */
  spelling: z.strictObject({ weight: z.number().nonnegative() }),
  /** From the evidence, mixed - background - spelling, to the probability. */
  curve: z.discriminatedUnion('kind', [plattSchema, isotonicSchema]),
  /** Lowest probability of each band. */
  bands: z
    .strictObject({ certain: share, likely: share, maybe: share })
    .refine(({ certain, likely, maybe }) => certain > likely && likely > maybe, {
      message: 'expected certain above likely above maybe',
    }),
  /** Hits below it are left out by default. */
  cutoff: share,
  /**
   * How well parts of captions ("in the snow") tell their photo from others: share of pairs in the right order. Without it
   * nobody has looked, and nothing is claimed of parts.
   */
  clauses: z.strictObject({ auc: share, count: z.int().positive() }).optional(),
  fitted: z.strictObject({
    /** what on, for people */
    on: z.string().min(1),
    photos: z.int().positive(),
    queries: z.int().positive(),
    pairs: z.int().positive(),
    positives: z.int().positive(),
    /** expected calibration error on the same pairs */
    expectedCalibrationError: share,
  }),
});

/** calibration.json, as it stands on disk. */
export type Calibration = z.infer<typeof calibrationSchema>;
export type CalibrationCurve = Calibration['curve'];

/**
 * The calibration of a model; null where it has none, or one that was fitted for other weights or is damaged, which
 * `onNotice` is told of: a search without probabilities is better than one with wrong ones.
 */
export async function readCalibration(
  { folder, config }: Pick<ModelFolder, 'folder' | 'config'>,
  onNotice: (notice: string) => void,
): Promise<Calibration | null> {
  const file = path.join(folder, CALIBRATION_FILE);
  try {
    const text = await readLimited(file);
    if (text === undefined) return null;
    const calibration = parseCalibration(text, file);
    checkBelongs(calibration, config, file);
    return calibration;
  } catch (error) {
    if (!isAppError(error, 'MODEL_INVALID')) throw error;
    onNotice(`${messageOf(error)}. Until then there are no probabilities (pMatch)`);
    return null;
  }
}

/** @throws AppError MODEL_INVALID naming the field */
export function parseCalibration(text: string, place: string): Calibration {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalid(place, `no JSON (${messageOf(error)})`, error);
  }
  const parsed = calibrationSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue === undefined || issue.path.length === 0 ? 'the file' : `"${issue.path.join('.')}"`;
  throw invalid(place, `${field}: ${issue?.message ?? 'invalid'}`);
}

/** Weights that a calibration must name to be used with this model. */
export function calibratedWeights({ weights, fusion }: ModelConfig): Calibration['weights'] {
  return { fusion: (fusion ?? weights).sha256, vectors: weights.sha256 };
}

function checkBelongs(calibration: Calibration, config: ModelConfig, place: string): void {
  const { itm, mlm } = (config.fusion ?? config).beit3.heads;
  const scorer = itm ? 'itm' : mlm ? 'mlm' : 'none';
  if (calibration.scorer !== scorer) {
    throw invalid(place, `is of scores by ${calibration.scorer}, the model scores by ${scorer}`);
  }
  const expected = calibratedWeights(config);
  for (const set of ['fusion', 'vectors'] as const) {
    if (calibration.weights[set] === expected[set]) continue;
    throw invalid(
      place,
      `was fitted for other ${set} weights (SHA-256 ${calibration.weights[set].slice(0, 12)}…, expected ${expected[set].slice(0, 12)}…)`,
    );
  }
  const width = calibration.background.mean.length;
  if (width !== config.beit3.width) {
    throw invalid(place, `"background.mean" has ${width} numbers, expected ${config.beit3.width}`);
  }
}

async function readLimited(file: string): Promise<string | undefined> {
  try {
    const { size } = await stat(file);
    if (size > FILE_BYTES_MAX) throw invalid(file, `${size} bytes, expected at most ${FILE_BYTES_MAX}`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw invalid(file, `cannot be read (${messageOf(error)})`, error);
  }
}

function isAbove(
  before: { readonly x: number; readonly p: number } | undefined,
  x: number,
  p: number,
): boolean {
  return before !== undefined && x > before.x && p >= before.p;
}

function invalid(place: string, what: string, cause?: unknown): AppError {
  return new AppError('MODEL_INVALID', `${place}: ${what}; fit it again with "imglish model calibrate"`, {
    cause,
  });
}
