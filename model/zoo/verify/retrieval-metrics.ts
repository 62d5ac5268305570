/**
 * Recall at 1, 5 and 10 as the official retrieval evaluation counts it.
 * Source: unilm beit3/engine_for_finetuning.py (RetrievalHandler), BEIT3.md section 10; median and mean rank as in
 * Karpathy and Fei-Fei 2015 and the code of VSE++ (Faghri et al. 2018), which others compare with.
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

/** Percent, where nothing else is said. */
export interface RecallFigures {
  /** share of images that have one of their captions among the first k */
  readonly imageToText: Readonly<Record<RecallCut, number>>;
  /** share of captions that have their image among the first k */
  readonly textToImage: Readonly<Record<RecallCut, number>>;
  /** mean of the six */
  readonly average: number;
  /** sum of the six, 600 at most */
  readonly rsum: number;
  /** rank, from 1, of the first hit in the middle of the list; of an even number the mean of both, rounded down */
  readonly medianRank: BothWays<number>;
  /** rank, from 1, of the first hit on average */
  readonly meanRank: BothWays<number>;
}

export interface BothWays<T> {
  readonly imageToText: T;
  readonly textToImage: T;
}

/** Rank, from 0, of the first hit, one per image (by ascending id) and per caption; Infinity where there is none. */
export type FirstHitRanks = BothWays<readonly number[]>;

/** One image against every caption. */
export interface ScoreRow {
  /** position among the ascending ids */
  readonly image: number;
  /** float32 [captions]; overwritten when the next row is asked for */
  readonly scores: Float32Array;
}

export const recallCuts = [1, 5, 10] as const;
export type RecallCut = (typeof recallCuts)[number];

/** Images that are multiplied with a caption at once, so that its numbers are read once for all of them. */
const IMAGES_AT_ONCE = 4;

/** @throws AppError INVALID_ARGUMENT where sizes do not fit or a caption belongs to no image */
export function recallAtK(input: RecallInput): RecallFigures {
  const steps = rankSteps(input);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return recallFigures(step.value);
  }
}

/**
 * The whole score matrix, row after row; who drives it may look at the rows, and take a breath between them.
 * @returns the ranks of the first hits. Errors as `recallAtK`.
 */
export function* rankSteps(input: RecallInput): Generator<ScoreRow, FirstHitRanks, undefined> {
  const { images, texts, captionImageIds } = input;
  const captions = captionImageIds.length;
  const dimension = texts.length / captions;
  check(Number.isInteger(dimension) && dimension > 0, 'texts and their ids do not fit');
  check(images.length === input.imageIds.length * dimension, 'images and their ids do not fit');
  const rows = firstRows(input, dimension);
  const columnOf = new Map([...rows.keys()].map((id, column) => [id, column]));
  const owners = captionImageIds.map((id, caption) => {
    const owner = columnOf.get(id);
    check(owner !== undefined, `caption ${caption} belongs to image ${id}, which is not there`);
    return owner;
  });
  const vectors = [...rows.values()];
  const own = ownScores(vectors, texts, owners);
  const textToImage = Array.from({ length: captions }, () => 0);
  const imageToText: number[] = [];
  const block = Array.from({ length: IMAGES_AT_ONCE }, () => new Float32Array(captions));
  for (let start = 0; start < vectors.length; start += IMAGES_AT_ONCE) {
    const part = vectors.slice(start, start + IMAGES_AT_ONCE);
    scoreBlock(part, texts, block);
    for (const [offset, scores] of block.slice(0, part.length).entries()) {
      const image = start + offset;
      imageToText.push(rankOfBest(scores, owners, image));
      countBetter({ image, scores, own, owners, ranks: textToImage });
      yield { image, scores };
    }
  }
  return { imageToText, textToImage };
}

export function recallFigures(ranks: FirstHitRanks): RecallFigures {
  const imageToText = shares(ranks.imageToText);
  const textToImage = shares(ranks.textToImage);
  const rsum = [...Object.values(imageToText), ...Object.values(textToImage)].reduce((a, b) => a + b, 0);
  return {
    imageToText,
    textToImage,
    average: rsum / (2 * recallCuts.length),
    rsum,
    medianRank: {
      imageToText: medianRank(ranks.imageToText),
      textToImage: medianRank(ranks.textToImage),
    },
    meanRank: { imageToText: meanRank(ranks.imageToText), textToImage: meanRank(ranks.textToImage) },
  };
}

/** The vector of each id, by ascending id. */
function firstRows({ images, imageIds }: RecallInput, dimension: number): Map<number, Float32Array> {
  const rows = new Map<number, Float32Array>();
  for (const [index, id] of imageIds.entries()) {
    if (!rows.has(id)) rows.set(id, images.subarray(index * dimension, (index + 1) * dimension));
  }
  return new Map([...rows].toSorted(([a], [b]) => a - b));
}

/** float32 [captions]: each caption with its own image, rounded as the rows of the matrix are */
function ownScores(
  vectors: readonly Float32Array[],
  texts: Float32Array,
  owners: readonly number[],
): Float32Array {
  const scores = new Float32Array(owners.length);
  for (const [caption, owner] of owners.entries()) {
    const vector = vectors[owner] as Float32Array;
    const start = caption * vector.length;
    let sum = 0;
    for (let feature = 0; feature < vector.length; feature += 1) {
      sum += (vector[feature] as number) * (texts[start + feature] as number);
    }
    scores[caption] = sum;
  }
  return scores;
}

/** Up to four images with all captions. Sums run in one order whatever stands beside an image. */
function scoreBlock(
  images: readonly Float32Array[],
  texts: Float32Array,
  result: readonly Float32Array[],
): void {
  const [first = new Float32Array(0), second = first, third = first, fourth = first] = images;
  const [rowA, rowB, rowC, rowD] = result as [Float32Array, Float32Array, Float32Array, Float32Array];
  const width = first.length;
  for (let caption = 0, start = 0; caption < rowA.length; caption += 1, start += width) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let feature = 0; feature < width; feature += 1) {
      const value = texts[start + feature] as number;
      a += (first[feature] as number) * value;
      b += (second[feature] as number) * value;
      c += (third[feature] as number) * value;
      d += (fourth[feature] as number) * value;
    }
    rowA[caption] = a;
    rowB[caption] = b;
    rowC[caption] = c;
    rowD[caption] = d;
  }
}

/** Rank, from 0, of the best caption of this image; Infinity if it has none. */
function rankOfBest(scores: Float32Array, owners: readonly number[], image: number): number {
  let best = -1;
  for (let caption = 0; caption < scores.length; caption += 1) {
    if (owners[caption] !== image) continue;
    if (best < 0 || (scores[caption] as number) > (scores[best] as number)) best = caption;
  }
  if (best < 0) return Number.POSITIVE_INFINITY;
  const own = scores[best] as number;
  let rank = 0;
  for (let caption = 0; caption < scores.length; caption += 1) {
    const score = scores[caption] as number;
    if (score > own || (score === own && caption < best)) rank += 1;
  }
  return rank;
}

interface Counting extends ScoreRow {
  readonly own: Float32Array;
  readonly owners: readonly number[];
  readonly ranks: number[];
}

/** Moves each caption's own image down where this image is better. */
function countBetter({ image, scores, own, owners, ranks }: Counting): void {
  for (let caption = 0; caption < scores.length; caption += 1) {
    const score = scores[caption] as number;
    const limit = own[caption] as number;
    if (score > limit || (score === limit && image < (owners[caption] as number))) {
      ranks[caption] = (ranks[caption] ?? 0) + 1;
    }
  }
}

function shares(ranks: readonly number[]): Record<RecallCut, number> {
  const share = (cut: RecallCut) => (100 * ranks.filter((rank) => rank < cut).length) / ranks.length;
  return { 1: share(1), 5: share(5), 10: share(10) };
}

function medianRank(ranks: readonly number[]): number {
  const sorted = ranks.toSorted((a, b) => a - b);
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  const upper = sorted[Math.ceil((sorted.length - 1) / 2)] ?? Number.NaN;
  return 1 + Math.floor((lower + upper) / 2);
}

function meanRank(ranks: readonly number[]): number {
  return 1 + ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length;
}

function check(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new AppError('INVALID_ARGUMENT', `recall: ${problem}; give one id for each row`);
}
