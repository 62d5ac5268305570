/**
 * Builds a graph, writes it, and runs it once in the real runtime.
 * Source: our own. Deviation: none.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  buildGraph,
  Session,
  sessionOptions,
  Weights,
  writeGraph,
  type Beit3Config,
  type GraphPrecision,
  type GraphRequest,
  type OutputName,
  type RunResult,
  type TensorData,
} from '../../model/index.ts';
import type { TinyNetwork } from './tiny-network.ts';

/** A folder that is gone when the work is done. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'imglish-test-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The graph of a request, ready to run several times. */
export async function withGraph<T>(
  network: TinyNetwork,
  request: GraphRequest,
  precision: GraphPrecision,
  work: (run: (feeds: Record<string, TensorData>) => Promise<RunResult>) => Promise<T>,
): Promise<T> {
  return withFolder(async (folder) => {
    const target = path.join(folder, 'graph');
    await writeGraph(buildGraph(network.config, new Weights(network, precision), request), target);
    const options = sessionOptions('cpu', { threads: 1, providerOptions: {} });
    const session = await Session.load(path.join(target, 'graph.onnx'), options);
    try {
      return await work((feeds) => session.run(feeds));
    } finally {
      await session.close();
    }
  });
}

export async function runGraph(
  network: TinyNetwork,
  request: GraphRequest,
  feeds: Record<string, TensorData>,
  precision: GraphPrecision = 'fp32',
): Promise<RunResult> {
  return withGraph(network, request, precision, (run) => run(feeds));
}

/** The values of an output that must be there. */
export function valuesOf(result: RunResult, output: OutputName): Float32Array {
  const data = result[output]?.data;
  if (!(data instanceof Float32Array)) throw new Error(`no float32 output ${output}`);
  return data;
}

export function imageFeed(config: Beit3Config, images: Float32Array): TensorData {
  const { imageSide: S } = config;
  return { data: images.slice(), dims: [images.length / (3 * S * S), 3, S, S] };
}

export function integerFeed(rows: readonly (readonly number[])[]): TensorData {
  return { data: BigInt64Array.from(rows.flat(), BigInt), dims: [rows.length, rows[0]?.length ?? 0] };
}

export function largestDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let index = 0; index < expected.length; index++) {
    const difference = Math.abs((found[index] ?? Number.NaN) - (expected[index] ?? Number.NaN));
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return largest;
}

export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (let index = 0; index < a.length; index++) {
    const [x, y] = [a[index] ?? 0, b[index] ?? 0];
    product += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return product / Math.sqrt(squaresA * squaresB);
}
