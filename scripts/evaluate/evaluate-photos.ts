/**
 * Recall of a model on captioned photos, with everything that can be said beside it.
 * Source: unilm beit3 (RetrievalHandler) for the figures. Deviation: none.
 */
import { AppError, recallFigures, type Embedder } from '../../model/index.ts';
import type { MatchCalibration, QueryMatch } from '../../query/index.ts';
import type { CaptionedPhotos } from './dataset/captioned-photos.ts';
import type { EvaluationReport, FoldReport, MatchReport, RerankReport } from './evaluation-report.ts';
import { approximateFigures, indexSet, rowOf } from './figures/approximate.ts';
import { firstStage, slice, type EmbeddedSet, type FirstStage } from './figures/first-stage.ts';
import { foldRanges, meanFigures } from './figures/folds.ts';
import { measureLatency } from './figures/latency.ts';
import { checkPairs, PairScores, type PlacedStage } from './figures/pair-scores.ts';
import { cutoffFigures, reliabilityFigures } from './figures/reliability.ts';
import { rerankedRanks, type Mix } from './figures/rerank.ts';
import { embedCaptions } from './vectors/embed-captions.ts';
import { embedPhotos, type EmbeddingOptions } from './vectors/embed-photos.ts';

export interface EvaluationOptions extends Omit<EmbeddingOptions, 'embedder'> {
  readonly dataset: CaptionedPhotos;
  readonly embedder: EmbeddingOptions['embedder'] & Pick<Embedder, 'canFuse' | 'scorePairs' | 'name'>;
  /** Candidates that the fusion encoder reorders, 1 to 1000 each; none: it is not asked. */
  readonly rerank?: readonly number[];
  /** What the model knows of its own scores. */
  readonly calibration?: MatchCalibration | null;
  /** Photos per fold; without it none are formed. */
  readonly foldPhotos?: number;
  /** Default true: the approximate index against comparing all. */
  readonly approximate?: boolean;
  /** Default true. */
  readonly latency?: boolean;
}

/** The approximate index is asked for the 10 nearest. */
const CANDIDATES_MIN = 10;

/** A part of the set that is searched alone. */
interface Part extends PlacedStage {
  readonly set: EmbeddedSet;
}

/** Everything that the figures are made of. */
interface Material {
  readonly options: EvaluationOptions;
  readonly photos: readonly string[];
  readonly captions: readonly string[];
  readonly whole: Part;
  readonly folds: readonly Part[];
  /** ascending */
  readonly windows: readonly number[];
  /** of each caption; null where the model has no calibration */
  readonly matches: readonly QueryMatch[] | null;
}

/**
 * @throws AppError FILE_NOT_FOUND (every photo), INVALID_ARGUMENT, LIMIT_EXCEEDED, UNSUPPORTED (rerank without a
 *   fusion encoder), ABORTED, and whatever the embedder throws. A photo that cannot be read is skipped and listed.
 */
export async function evaluatePhotos(options: EvaluationOptions): Promise<EvaluationReport> {
  const start = performance.now();
  const { dataset, imagesFolder } = options;
  const windows = checkWindows(options);
  const captionsOf = new Map(dataset.photos.map(({ photo, captions }) => [photo, captions]));
  checkPairs(
    dataset.photos.reduce((sum, { captions }) => sum + captions.length + 1, 0) * (windows.at(-1) ?? 0),
  );
  const embedded = await embedPhotos([...captionsOf.keys()], options);
  const photosDone = performance.now();
  const { photos } = embedded;
  if (photos.length === 0) {
    throw new AppError(
      'FILE_NOT_FOUND',
      `${imagesFolder}: none of ${dataset.photos.length} photos with captions can be used; give the folder that holds them with --images`,
    );
  }
  const captions = photos.flatMap((photo) => captionsOf.get(photo) ?? []);
  const owners = photos.flatMap((photo, id) => (captionsOf.get(photo) ?? []).map(() => id));
  const { texts, truncated, fromKept } = await embedCaptions(captions, options);
  const captionsDone = performance.now();
  await options.kept?.flush();
  const set = { dimension: options.embedder.dimension, images: embedded.images, texts, owners };
  const whole = await partOf(set, 0, photos.length, { options, windows });
  const folds: Part[] = [];
  for (const range of foldRanges(photos.length, checkFold(options.foldPhotos) ?? Infinity)) {
    folds.push(await partOf(set, range.start, range.end, { options, windows }));
  }
  const matches = matchesOf(captions, set, options.calibration ?? null);
  const material = { options, photos, captions, whole, folds, windows, matches };
  const figures = await furtherFigures(material);
  return {
    ...recallFigures(whole.stage.ranks),
    photos: photos.length,
    captions: captions.length,
    missing: [...dataset.uncaptioned, ...embedded.missing],
    skipped: embedded.skipped,
    truncatedCaptions: truncated,
    seconds: (performance.now() - start) / 1000,
    photosPerSecond: (1000 * photos.length) / (photosDone - start),
    captionsPerSecond: (1000 * captions.length) / (captionsDone - photosDone),
    kept: { photos: embedded.fromKept, captions: fromKept },
    ...figures,
  };
}

type FurtherFigures = Pick<EvaluationReport, 'rerank' | 'folds' | 'approximate' | 'latency' | 'match'>;

async function furtherFigures(material: Material): Promise<FurtherFigures> {
  const { options, photos, captions, whole, windows } = material;
  const { set, stage } = whole;
  const indexes = options.approximate === false ? undefined : await indexSet(set, options);
  try {
    const approximate =
      indexes === undefined ? null : await approximateFigures(set, indexes, stage.candidates, options);
    const k = windows.at(-1);
    const latency =
      options.latency === false
        ? null
        : await measureLatency({
            ...options,
            set,
            photos,
            captions,
            index: indexes?.photos,
            rerank: k === undefined ? undefined : { k, candidates: stage.candidates.textToImage },
          });
    return { approximate, latency, ...(await fusionFigures(material)) };
  } finally {
    await indexes?.photos.close();
    await indexes?.captions.close();
  }
}

async function fusionFigures(
  material: Material,
): Promise<Pick<EvaluationReport, 'rerank' | 'folds' | 'match'>> {
  const { options, photos, captions, whole, folds, windows, matches } = material;
  const { calibration } = options;
  const k = windows.at(-1);
  if (k === undefined) return { rerank: null, match: null, folds: foldReport(material, undefined) };
  const start = performance.now();
  const scores = PairScores.of(captions.length, [whole, ...folds], k);
  await scores.score({ ...options, photos, captions });
  const rerank: RerankReport = {
    pairs: scores.size,
    seconds: (performance.now() - start) / 1000,
    order: matches === null ? 'fusion alone' : 'calibrated mix',
    windows: windowsOf(whole, material, scores),
  };
  const match =
    matches === null || !calibration
      ? null
      : matchReport(whole, scores, { matches, cutoff: calibration.cutoff, k });
  return { rerank, match, folds: foldReport(material, scores) };
}

function windowsOf(part: Part, { matches, windows }: Material, scores: PairScores): RerankReport['windows'] {
  const mix: Mix =
    matches === null
      ? (_, fusionScore) => fusionScore
      : (caption, fusionScore, cosine) => matchOf(matches, caption).mixed(fusionScore, cosine);
  return windows.map((k) => ({ k, figures: recallFigures(rerankedRanks({ ...part, scores, mix, k })) }));
}

function foldReport(material: Material, scores: PairScores | undefined): FoldReport | null {
  const { folds, windows, photos, options } = material;
  const { foldPhotos } = options;
  if (foldPhotos === undefined || folds.length === 0) return null;
  const reranked = scores === undefined ? [] : folds.map((fold) => windowsOf(fold, material, scores));
  return {
    photos: foldPhotos,
    count: folds.length,
    leftOut: photos.length - folds.length * foldPhotos,
    figures: meanFigures(folds.map(({ stage }) => recallFigures(stage.ranks))),
    windows: windows.map((k, index) => ({
      k,
      figures: meanFigures(reranked.flatMap((fold) => fold[index]?.figures ?? [])),
    })),
  };
}

function matchReport(
  { set, stage }: Part,
  scores: PairScores,
  {
    matches,
    cutoff,
    k,
  }: { readonly matches: readonly QueryMatch[]; readonly cutoff: number; readonly k: number },
): MatchReport {
  const judged = set.owners.map((owner, caption) =>
    stage.candidates.textToImage.of(caption, k).map(({ id, score }) => ({
      pMatch: matchOf(matches, caption).pMatch(scores.logit(id, caption), score),
      matches: id === owner,
    })),
  );
  return {
    k,
    reliability: reliabilityFigures(judged.flat()),
    cutoff: cutoffFigures(judged, cutoff),
  };
}

function matchesOf(
  captions: readonly string[],
  { texts, dimension }: EmbeddedSet,
  calibration: MatchCalibration | null,
): readonly QueryMatch[] | null {
  if (calibration === null) return null;
  return captions.map((text, caption) =>
    calibration.forQuery({ text, vector: rowOf(texts, caption, dimension) }),
  );
}

function matchOf(matches: readonly QueryMatch[], caption: number): QueryMatch {
  const match = matches[caption];
  if (match === undefined) throw new Error(`there is no caption ${caption}`);
  return match;
}

async function partOf(
  all: EmbeddedSet,
  start: number,
  end: number,
  { options, windows }: Pick<Material, 'options' | 'windows'>,
): Promise<Part> {
  const { captionStart, ...set } = slice(all, start, end);
  const k = Math.max(CANDIDATES_MIN, windows.at(-1) ?? 0);
  const stage: FirstStage = await firstStage(set, { ...options, k });
  return { set, stage, photoStart: start, captionStart };
}

/** @throws AppError INVALID_ARGUMENT, UNSUPPORTED */
function checkWindows({ rerank = [], embedder }: EvaluationOptions): readonly number[] {
  const wrong = rerank.find((k) => !Number.isInteger(k) || k < 1 || k > 1000);
  if (wrong !== undefined) {
    throw new AppError('INVALID_ARGUMENT', `rerank: ${wrong}, expected whole numbers from 1 to 1000`);
  }
  if (rerank.length > 0 && !embedder.canFuse) {
    throw new AppError(
      'UNSUPPORTED',
      `rerank: model "${embedder.name}" cannot read photo and text together; leave --rerank away, or use a model with a fusion encoder (the built-in model has one)`,
    );
  }
  return [...new Set(rerank)].toSorted((a, b) => a - b);
}

function checkFold(photos: number | undefined): number | undefined {
  if (photos === undefined || (Number.isInteger(photos) && photos >= 1)) return photos;
  throw new AppError('INVALID_ARGUMENT', `fold: ${photos}, expected a whole number of photos, at least 1`);
}
