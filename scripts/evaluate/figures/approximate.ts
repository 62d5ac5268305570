/**
 * What the approximate index loses against comparing everything, with the settings of the product.
 * Source: recall@k as in Aumüller, Bernhardsson, Faithfull 2020 (ANN-benchmarks). Deviation: ids are compared, not
 * distances; copies of one vector may count as lost.
 */
import { HnswIndex } from '../../../indexer/index.ts';
import { recallCuts, type BothWays, type RecallCut } from '../../../model/index.ts';
import { checkSignal, type EvaluationProgress } from '../vectors/embed-photos.ts';
import type { BestLists } from './best-lists.ts';
import type { EmbeddedSet } from './first-stage.ts';

/** Percent. */
export interface ApproximateWay {
  /** share of the 10 nearest that the index finds */
  readonly recallAt10: number;
  /** as `RecallFigures`, found through the index */
  readonly recall: Readonly<Record<RecallCut, number>>;
}

/** Both indexes of a set, by position. */
export interface SetIndexes {
  readonly photos: HnswIndex;
  readonly captions: HnswIndex;
}

const K = 10;
const VECTORS_PER_CALL = 512;

interface Options {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EvaluationProgress) => void;
}

/** Whoever asks for them closes them. They are never saved. */
export async function indexSet(set: EmbeddedSet, options: Options): Promise<SetIndexes> {
  const photos = await indexOf(set.images, set.dimension, options);
  try {
    return { photos, captions: await indexOf(set.texts, set.dimension, options) };
  } catch (error) {
    await photos.close();
    throw error;
  }
}

/** @param exact at least the 10 nearest of each query */
export async function approximateFigures(
  set: EmbeddedSet,
  indexes: SetIndexes,
  exact: BothWays<BestLists>,
  options: Options,
): Promise<BothWays<ApproximateWay>> {
  const { images, texts, dimension, owners } = set;
  const textToImage = await searchAll(texts, dimension, {
    ...options,
    index: indexes.photos,
    exact: exact.textToImage,
    isHit: (caption, photo) => owners[caption] === photo,
  });
  const imageToText = await searchAll(images, dimension, {
    ...options,
    index: indexes.captions,
    exact: exact.imageToText,
    isHit: (photo, caption) => owners[caption] === photo,
  });
  return { imageToText, textToImage };
}

async function indexOf(
  matrix: Float32Array,
  dimension: number,
  { signal, onProgress }: Options,
): Promise<HnswIndex> {
  const index = await HnswIndex.open({
    folder: 'imglish-eval-no-such-folder',
    readOnly: true,
    libraryId: 'eval',
    generationId: 0,
    dimension,
    onNotice: () => undefined,
  });
  try {
    const total = matrix.length / dimension;
    for (let start = 0; start < total; start += VECTORS_PER_CALL) {
      checkSignal(signal);
      const end = Math.min(start + VECTORS_PER_CALL, total);
      const rows = Array.from({ length: end - start }, (_, row) => start + row);
      await index.add(rows.map((id) => ({ id, vector: rowOf(matrix, id, dimension) })));
      onProgress?.({ phase: 'index', done: end, total });
    }
    return index;
  } catch (error) {
    await index.close();
    throw error;
  }
}

interface Searching extends Options {
  readonly index: HnswIndex;
  readonly exact: BestLists;
  readonly isHit: (query: number, id: number) => boolean;
}

async function searchAll(
  queries: Float32Array,
  dimension: number,
  { index, exact, isHit, signal }: Searching,
): Promise<ApproximateWay> {
  const total = queries.length / dimension;
  let found = 0;
  let wanted = 0;
  const hits: Record<RecallCut, number> = { 1: 0, 5: 0, 10: 0 };
  for (let query = 0; query < total; query += 1) {
    checkSignal(signal);
    const ids = (await index.search(rowOf(queries, query, dimension), K)).map(({ id }) => id);
    const nearest = exact.of(query, K);
    wanted += nearest.length;
    found += nearest.filter(({ id }) => ids.includes(id)).length;
    const rank = ids.findIndex((id) => isHit(query, id));
    for (const cut of recallCuts) if (rank >= 0 && rank < cut) hits[cut] += 1;
  }
  const percent = (count: number) => (100 * count) / total;
  return {
    recallAt10: (100 * found) / wanted,
    recall: { 1: percent(hits[1]), 5: percent(hits[5]), 10: percent(hits[10]) },
  };
}

export function rowOf(matrix: Float32Array, row: number, width: number): Float32Array {
  return matrix.subarray(row * width, (row + 1) * width);
}
