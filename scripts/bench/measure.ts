/**
 * Times of several ways to do one thing, taken in turns so that all meet the same machine.
 * Source: our own. Deviation: none.
 */
import { performance } from 'node:perf_hooks';

export interface Contestant {
  readonly name: string;
  readonly run: () => Promise<unknown>;
}

export interface Turns {
  /** default 2: the first runs allocate memory and fill caches */
  readonly warmups?: number;
  /** default 5 */
  readonly roundsMin?: number;
  /** rounds are added until so much time has gone; default 4000 */
  readonly budgetMs?: number;
  readonly roundsMax?: number;
}

/** Milliseconds. */
export interface Times {
  readonly median: number;
  readonly fastest: number;
  readonly p90: number;
  readonly p99: number;
  readonly count: number;
}

/** A B C A B C …: one `Times` per contestant, in order. */
export async function takeTurns(contestants: readonly Contestant[], turns: Turns = {}): Promise<Times[]> {
  const { warmups = 2, roundsMin = 5, budgetMs = 4000, roundsMax = 1000 } = turns;
  for (let round = 0; round < warmups; round++) for (const { run } of contestants) await run();
  const lists = contestants.map((): number[] => []);
  const end = performance.now() + budgetMs;
  for (let round = 0; round < roundsMax && (round < roundsMin || performance.now() < end); round++) {
    for (const [index, { run }] of contestants.entries()) {
      const start = performance.now();
      await run();
      lists[index]?.push(performance.now() - start);
    }
  }
  return lists.map(summarize);
}

export function summarize(list: readonly number[]): Times {
  const sorted = list.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    fastest: quantile(sorted, 0),
    p90: quantile(sorted, 0.9),
    p99: quantile(sorted, 0.99),
    count: sorted.length,
  };
}

/** Nearest rank; of an even number of values the median is the mean of the middle two. */
function quantile(sorted: readonly number[], share: number): number {
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return share === 0.5 ? (below + above) / 2 : above;
}

export function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let index = 0; index < a.length; index++) {
    const x = a[index] ?? 0;
    const y = b[index] ?? 0;
    dot += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return dot / Math.sqrt(squaresA * squaresB);
}

/** Cosines of the rows of two [rows, width] matrices. */
export function rowCosines(a: Float32Array, b: Float32Array, width: number): number[] {
  return Array.from({ length: a.length / width }, (_, row) =>
    cosine(a.subarray(row * width, (row + 1) * width), b.subarray(row * width, (row + 1) * width)),
  );
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
