/**
 * How long each stage of one search takes, one query at a time, as a person at the keyboard meets it.
 * Source: our own. Deviation: none.
 */
import path from 'node:path';
import { ExactIndex, type HnswIndex } from '../../../indexer/index.ts';
import {
  preprocess,
  productPreprocess,
  type Embedder,
  type Pair,
  type PreprocessOptions,
} from '../../../model/index.ts';
import { summarize } from '../../bench/measure.ts';
import { drawSample } from '../dataset/sample.ts';
import { checkSignal, type EvaluationProgress } from '../vectors/embed-photos.ts';
import { rowOf } from './approximate.ts';
import type { BestLists } from './best-lists.ts';
import type { EmbeddedSet } from './first-stage.ts';

/** milliseconds */
export interface StageTimes {
  readonly p50: number;
  readonly p99: number;
  /** measurements; of fewer than 100 the p99 is the slowest */
  readonly count: number;
}

export interface Latency {
  /** from the file of one photo to the pixels that the network reads */
  readonly decode: StageTimes;
  readonly encodePhoto: StageTimes;
  readonly encodeText: StageTimes;
  /** the 10 nearest photos of one caption, comparing all */
  readonly searchExact: StageTimes;
  /** the same through the index; null where there is none */
  readonly searchIndex: StageTimes | null;
  /** the fusion encoder on all candidates of one caption, pixels at hand; null without rerank */
  readonly rerank: StageTimes | null;
}

export interface LatencyOptions {
  readonly set: EmbeddedSet;
  readonly photos: readonly string[];
  readonly captions: readonly string[];
  readonly imagesFolder: string;
  readonly embedder: Pick<Embedder, 'encodeImages' | 'encodeTexts' | 'scorePairs' | 'preprocess'>;
  readonly preprocess?: PreprocessOptions;
  readonly index: HnswIndex | undefined;
  readonly rerank: { readonly k: number; readonly candidates: BestLists } | undefined;
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EvaluationProgress) => void;
}

const QUERIES = 100;

/** Where a stage is slow, fewer queries must do. */
const STAGE_BUDGET_MS = 20_000;
const QUERIES_MIN = 5;

const K = 10;

export async function measureLatency(options: LatencyOptions): Promise<Latency> {
  const { set, captions, embedder, index, rerank, seed = 0 } = options;
  const { dimension, texts } = set;
  const drawn = (size: number) => drawSample([...Array(size).keys()], { count: QUERIES, seed });
  const [photoRows, captionRows] = [drawn(options.photos.length), drawn(captions.length)];
  const exact = new ExactIndex(dimension);
  const vectors = Array.from({ length: set.images.length / dimension }, (_, id) => ({
    id,
    vector: rowOf(set.images, id, dimension),
  }));
  await exact.add(vectors);
  const pixels = new Map<number, Float32Array>();
  const stage = (rows: readonly number[], run: (row: number) => Promise<unknown>) =>
    timed(rows, run, options);
  return {
    decode: await stage(photoRows, async (row) => pixels.set(row, await pixelsOf(row, options))),
    encodePhoto: await stage([...pixels.keys()], (row) =>
      embedder.encodeImages([pixels.get(row) ?? new Float32Array(0)]),
    ),
    encodeText: await stage(captionRows, (row) => embedder.encodeTexts([captions[row] ?? ''])),
    searchExact: await stage(captionRows, (row) => exact.search(rowOf(texts, row, dimension), K)),
    searchIndex:
      index === undefined
        ? null
        : await stage(captionRows, (row) => index.search(rowOf(texts, row, dimension), K)),
    rerank: rerank === undefined ? null : await rerankTimes(captionRows, rerank, options),
  };
}

async function rerankTimes(
  rows: readonly number[],
  { k, candidates }: NonNullable<LatencyOptions['rerank']>,
  options: LatencyOptions,
): Promise<StageTimes> {
  const pairs: Pair[] = [];
  const prepare = async (row: number): Promise<void> => {
    pairs.length = 0;
    for (const { id } of candidates.of(row, k)) {
      pairs.push({ pixels: await pixelsOf(id, options), text: options.captions[row] ?? '' });
    }
  };
  return timed(rows, () => options.embedder.scorePairs(pairs), options, prepare);
}

async function timed(
  rows: readonly number[],
  run: (row: number) => Promise<unknown>,
  { signal, onProgress }: LatencyOptions,
  prepare: (row: number) => Promise<void> = async () => undefined,
): Promise<StageTimes> {
  const [first] = rows;
  if (first === undefined) return { p50: Number.NaN, p99: Number.NaN, count: 0 };
  // The first run loads what the stage needs.
  await prepare(first);
  await run(first);
  const times: number[] = [];
  const end = performance.now() + STAGE_BUDGET_MS;
  for (const [index, row] of rows.entries()) {
    if (index >= QUERIES_MIN && performance.now() > end) break;
    checkSignal(signal);
    await prepare(row);
    const start = performance.now();
    await run(row);
    times.push(performance.now() - start);
    onProgress?.({ phase: 'latency', done: index + 1, total: rows.length });
  }
  const { median, p99, count } = summarize(times);
  return { p50: median, p99, count };
}

function pixelsOf(photo: number, options: LatencyOptions): Promise<Float32Array> {
  const { photos, imagesFolder, embedder, preprocess: how = productPreprocess } = options;
  return preprocess(path.join(imagesFolder, photos[photo] ?? ''), embedder.preprocess, how);
}
