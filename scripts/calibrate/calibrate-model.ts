/**
 * Fits calibration.json for a model on captioned photos, and writes it.
 * Source: our own. Deviation: none.
 */
import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  AppError,
  CALIBRATION_FILE,
  CALIBRATION_FORMAT,
  calibratedWeights,
  messageOf,
  parseCalibration,
  preprocess,
  productPreprocess,
  type Calibration,
  type Embedder,
  type ModelFolder,
} from '../../model/index.ts';
import { measureClauses } from '../../query/index.ts';
import { embedCaptions, embedPhotos, type CaptionedPhoto, type CaptionedPhotos } from '../evaluate/index.ts';
import { fitCalibration, type CalibrationFigures } from './fit-calibration.ts';
import { gatherPairs } from './gather-pairs.ts';
import { judgedQueries } from './judged-queries.ts';

export interface CalibrateOptions {
  readonly embedder: Embedder;
  readonly model: Pick<ModelFolder, 'folder' | 'config'>;
  readonly dataset: CaptionedPhotos;
  readonly imagesFolder: string;
  /** What the photos are, for people. */
  readonly name: string;
  /** captions, and as many phrases out of captions; default 300 */
  readonly queries?: number;
  /** photos beside each query, as many as a search reads; default 32 */
  readonly k?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: {
    readonly phase: string;
    readonly done: number;
    readonly total: number;
  }) => void;
}

export interface CalibrateReport {
  readonly file: string;
  readonly calibration: Calibration;
  readonly figures: CalibrationFigures;
  readonly clauses: { readonly auc: number; readonly count: number } | null;
  readonly seconds: number;
}

const QUERIES_DEFAULT = 300;
const K_DEFAULT = 32;
/** Photos whose captions are taken apart; each part is tried on five others. */
const CLAUSE_PHOTOS = 100;
const SEED = 20_221_110;

/**
 * @throws AppError UNSUPPORTED (no fusion), INVALID_ARGUMENT (too few photos), FILE_UNWRITABLE, ABORTED, and what the
 *   embedder throws
 */
export async function calibrateModel(options: CalibrateOptions): Promise<CalibrateReport> {
  const { embedder, dataset, imagesFolder, model, signal, onProgress } = options;
  if (embedder.fusionKind === null) {
    throw new AppError(
      'UNSUPPORTED',
      `model "${embedder.name}" cannot read image and text together, so there is no score to calibrate; use a model with a matching head`,
    );
  }
  const start = performance.now();
  const call = signal === undefined ? {} : { signal };
  const say = (phase: string) => (done: number, total: number) => onProgress?.({ phase, done, total });
  const embedded = await embedPhotos(
    dataset.photos.map(({ photo }) => photo),
    { imagesFolder, embedder, ...call, onProgress: ({ done, total }) => say('photos')(done, total) },
  );
  const byName = new Map(dataset.photos.map((photo) => [photo.photo, photo]));
  const photos = embedded.photos.flatMap((name) => byName.get(name) ?? []);
  const queries = judgedQueries(photos, options.queries ?? QUERIES_DEFAULT, randomNumbers(SEED));
  const { texts } = await embedCaptions(
    queries.map(({ text }) => text),
    { embedder, ...call },
  );
  const { dimension } = embedder;
  const images = rowsOf(embedded.images, dimension);
  const mean = meanOf(images, dimension);
  const scored = await gatherPairs({
    embedder,
    imagesFolder,
    photos: embedded.photos,
    images,
    texts: rowsOf(texts, dimension),
    queries,
    mean,
    k: options.k ?? K_DEFAULT,
    ...call,
    onProgress: say('pairs'),
  });
  const { parts, figures } = fitCalibration(scored);
  const clauses = await clausesOf(photos.slice(0, CLAUSE_PHOTOS), options);
  const { backgroundWeight, ...rest } = parts;
  const calibration: Calibration = {
    format: CALIBRATION_FORMAT,
    scorer: embedder.fusionKind,
    weights: calibratedWeights(model.config),
    ...rest,
    background: { mean: Array.from(mean, (value) => Number(value.toPrecision(7))), weight: backgroundWeight },
    ...(clauses !== null && { clauses }),
    fitted: {
      on: options.name,
      photos: photos.length,
      queries: queries.length,
      pairs: figures.pairs,
      positives: figures.positives,
      expectedCalibrationError: figures.expectedCalibrationError,
    },
  };
  const file = path.join(model.folder, CALIBRATION_FILE);
  await writeWhole(file, calibration);
  return { file, calibration, figures, clauses, seconds: (performance.now() - start) / 1000 };
}

async function clausesOf(
  photos: readonly CaptionedPhoto[],
  { embedder, imagesFolder, signal }: CalibrateOptions,
): Promise<{ readonly auc: number; readonly count: number } | null> {
  const captioned = await Promise.all(
    photos.map(async ({ photo, captions }) => ({
      pixels: await preprocess(path.join(imagesFolder, photo), embedder.preprocess, productPreprocess),
      caption: captions[0] ?? '',
    })),
  );
  const { auc, count } = await measureClauses(embedder, captioned, signal === undefined ? {} : { signal });
  return auc.fusion === null || count === 0 ? null : { auc: auc.fusion, count };
}

/** Checked as a reader will check it, and never half there. */
async function writeWhole(file: string, calibration: Calibration): Promise<void> {
  const text = `${JSON.stringify(calibration, null, 1)}\n`;
  parseCalibration(text, file);
  const partial = `${file}.partial`;
  try {
    await writeFile(partial, text);
    await rename(partial, file);
  } catch (error) {
    throw new AppError(
      'FILE_UNWRITABLE',
      `${file}: cannot be written (${messageOf(error)}), expected the model's folder to be writable; change its permissions, or import the model once more`,
      { cause: error },
    );
  }
}

function rowsOf(matrix: Float32Array, width: number): Float32Array[] {
  return Array.from({ length: matrix.length / width }, (_, row) =>
    matrix.subarray(row * width, (row + 1) * width),
  );
}

function meanOf(rows: readonly Float32Array[], width: number): Float32Array {
  const mean = new Float32Array(width);
  for (const row of rows) {
    for (const [place, value] of row.entries()) mean[place] = (mean[place] ?? 0) + value / rows.length;
  }
  return mean;
}

/** 0 to 1, the same for a seed. Source: Numerical Recipes, a linear congruential generator. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
