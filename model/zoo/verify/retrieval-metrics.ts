/**
 * Recall at 1, 5 and 10 as the official retrieval evaluation counts it.
 * Source: unilm beit3/engine_for_finetuning.py (RetrievalHandler), BEIT3.md section 10.
 * Deviation: fewer than 10 candidates are no error; of equal scores the earlier candidate comes first.
 */
import { AppError } from '../../errors.ts';

export interface RecallInput {
  /** float32 [images, D] */
  readonly images: Float32Array;
  /** float32 [captions, D] */
  readonly texts: Float32Array;
  /** one per row of `images`; of equal ids the first row counts */
  readonly imageIds: readonly number[];
  /** one per row of `texts`: the image that it describes */
  readonly captionImageIds: readonly number[];
}

/** Percent. */
export interface RecallFigures {
  /** share of images that have one of their captions among the first k */
  readonly imageToText: Readonly<Record<RecallCut, number>>;
  /** share of captions that have their image among the first k */
  readonly textToImage: Readonly<Record<RecallCut, number>>;
  /** mean of the six */
  readonly average: number;
  /** rank, from 1, within which the first hit lies for half of the images and of the captions */
  readonly medianRank: { readonly imageToText: number; readonly textToImage: number };
}

export const recallCuts = [1, 5, 10] as const;
export type RecallCut = (typeof recallCuts)[number];

/** @throws AppError INVALID_ARGUMENT where sizes do not fit or an image has no caption's id */
export function recallAtK(input: RecallInput): RecallFigures {
  const { images, texts, captionImageIds } = input;
  const dimension = texts.length / captionImageIds.length;
  check(Number.isInteger(dimension) && dimension > 0, 'texts and their ids do not fit');
  check(images.length === input.imageIds.length * dimension, 'images and their ids do not fit');
  const ids = [...new Set(input.imageIds)].toSorted((a, b) => a - b);
  const rows = ids.map((id) => row(images, input.imageIds.indexOf(id), dimension));
  const columnOf = new Map(ids.map((id, index) => [id, index]));
  const textRows = captionImageIds.map((_, index) => row(texts, index, dimension));

  const captionRanks = captionImageIds.map((id, index) => {
    const own = columnOf.get(id);
    const text = textRows[index];
    check(
      own !== undefined && text !== undefined,
      `caption ${index} belongs to image ${id}, which is not there`,
    );
    return bestRank(scoresOf(text, rows), (candidate) => candidate === own);
  });
  const imageRanks = rows.map((image, index) =>
    bestRank(scoresOf(image, textRows), (candidate) => captionImageIds[candidate] === ids[index]),
  );
  const imageToText = shares(imageRanks);
  const textToImage = shares(captionRanks);
  const six = [...Object.values(imageToText), ...Object.values(textToImage)];
  return {
    imageToText,
    textToImage,
    average: six.reduce((sum, share) => sum + share, 0) / six.length,
    medianRank: { imageToText: medianRank(imageRanks), textToImage: medianRank(captionRanks) },
  };
}

/** Rank, from 0, of the best candidate that is a hit; Infinity if there is none. */
function bestRank(scores: Float32Array, isHit: (candidate: number) => boolean): number {
  let best = -1;
  for (const [candidate, score] of scores.entries()) {
    if (isHit(candidate) && (best < 0 || score > (scores[best] ?? 0))) best = candidate;
  }
  if (best < 0) return Number.POSITIVE_INFINITY;
  const own = scores[best] ?? 0;
  let rank = 0;
  for (const [candidate, score] of scores.entries()) {
    if (score > own || (score === own && candidate < best)) rank += 1;
  }
  return rank;
}

/** float32 [candidates], as the official code has them after its matrix product */
function scoresOf(query: Float32Array, candidates: readonly Float32Array[]): Float32Array {
  const scores = new Float32Array(candidates.length);
  for (const [index, candidate] of candidates.entries()) {
    let sum = 0;
    for (let feature = 0; feature < query.length; feature++) {
      sum += (query[feature] ?? 0) * (candidate[feature] ?? 0);
    }
    scores[index] = sum;
  }
  return scores;
}

function shares(ranks: readonly number[]): Record<RecallCut, number> {
  const share = (cut: RecallCut) => (100 * ranks.filter((rank) => rank < cut).length) / ranks.length;
  return { 1: share(1), 5: share(5), 10: share(10) };
}

function medianRank(ranks: readonly number[]): number {
  const sorted = ranks.toSorted((a, b) => a - b);
  return 1 + (sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN);
}

function row(values: Float32Array, index: number, width: number): Float32Array {
  return values.subarray(index * width, (index + 1) * width);
}

function check(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new AppError('INVALID_ARGUMENT', `recall: ${problem}; give one id for each row`);
}
