/**
 * The index beside the library that it is made of, built for any and for this processor, and beside exact search.
 * Source: our own; the vectors are those of synthetic-vectors.ts. Deviation: none.
 *
 * Each contestant has a process of its own. They come one after the other, so on a busy machine their figures are of
 * different moments.
 */
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { chooseHnswBuild, hnswDefaults } from '../../../indexer/index.ts';
import {
  figure,
  ResultBuilder,
  type BenchContext,
  type BenchSection,
  type SectionResult,
} from '../section.ts';
import { syntheticVectors } from '../synthetic-vectors.ts';
import type { VectorsAnswer, VectorsRequest } from '../vectors-child.ts';

const DIMENSIONS = [256, 768] as const;
const COUNTS = [10_000, 100_000] as const;
const DIMENSIONS_QUICK = [256] as const;
const COUNTS_QUICK = [500, 1000] as const;

/** One thousandth of recall is two of their neighbours; more would mostly measure exact search. */
const QUERIES = 200;
const QUERIES_QUICK = 20;
const ROUNDS = 3;
const SEED = 1;

const RECALL_GOAL = 0.99;
const ANSWER_BYTES_MAX = 10_000_000;

export const vectorsSection: BenchSection = {
  name: 'vectors',
  title: 'Nearest neighbours: insertion, search, recall, memory, restart',
  run,
};

interface Way {
  readonly name: string;
  readonly contestant: VectorsRequest['contestant'];
  readonly library: string;
}

/** One set of vectors on disk. */
type VectorFiles = Pick<VectorsRequest, 'vectorsFile' | 'queriesFile' | 'count' | 'dimension' | 'folder'>;

async function run(context: BenchContext): Promise<SectionResult> {
  const result = new ResultBuilder();
  const start = performance.now();
  const native = chooseHnswBuild();
  const ways = waysOf(native);
  const rows: (string | number)[][] = [];
  const restarts: string[][] = [];
  for (const dimension of context.quick ? DIMENSIONS_QUICK : DIMENSIONS) {
    for (const count of context.quick ? COUNTS_QUICK : COUNTS) {
      const set = await writeVectors(context, count, dimension);
      await measureSet(set, ways, { context, result, rows, restarts });
      await Promise.all([set.vectorsFile, set.queriesFile].map((file) => rm(file)));
    }
  }
  const { m, efConstruction, efMin } = hnswDefaults;
  result.table(
    `Clustered vectors, M ${m}, efConstruction ${efConstruction}, ef ${efMin}; one query after the other`,
    ['numbers', 'vectors', 'way', 'inserts/s', 'queries/s', 'ms, p99', 'recall@10', 'memory'],
    rows,
  );
  result.table(
    'Snapshot of our index, and the longest time that the thread of the caller was not free',
    ['index', 'save', 'open and first search', 'inserting', 'saving', 'opening'],
    restarts,
  );
  result.remark(
    native.build === 'native'
      ? `Build for this processor: ${native.reason}.`
      : `No build for this processor: ${native.reason}.`,
  );
  result.remark(`Measured in ${figure((performance.now() - start) / 60_000, 'minutes')}.`);
  return result.result();
}

function waysOf(native: ReturnType<typeof chooseHnswBuild>): Way[] {
  const ways: Way[] = [
    { name: 'exact', contestant: 'exact', library: '' },
    { name: 'ours', contestant: 'index', library: native.target },
    { name: 'library, plain build', contestant: 'raw', library: 'hnswlib-node' },
  ];
  if (native.build === 'native') {
    ways.push({ name: 'library, build for this processor', contestant: 'raw', library: native.target });
  }
  return ways;
}

async function writeVectors(
  { workFolder, quick, note }: BenchContext,
  count: number,
  dimension: number,
): Promise<VectorFiles> {
  note(`vectors: making ${count} vectors of ${dimension} numbers`);
  const queries = quick ? QUERIES_QUICK : QUERIES;
  const set = syntheticVectors({ count, queries, dimension, seed: SEED });
  const file = (name: string): string => path.join(workFolder, `${name}-${count}-${dimension}`);
  const [vectorsFile, queriesFile, folder] = [file('vectors'), file('queries'), file('index')];
  await writeFile(vectorsFile, set.vectors);
  await writeFile(queriesFile, set.queries);
  return { vectorsFile, queriesFile, folder, count, dimension };
}

async function measureSet(
  set: VectorFiles,
  ways: readonly Way[],
  to: {
    readonly context: BenchContext;
    readonly result: ResultBuilder;
    readonly rows: (string | number)[][];
    readonly restarts: string[][];
  },
): Promise<void> {
  const { count, dimension } = set;
  const title = `${count} x ${dimension}`;
  let truth: VectorsAnswer['found'] = [];
  for (const { name, contestant, library } of ways) {
    const rounds = contestant === 'exact' || to.context.quick ? 1 : ROUNDS;
    const answer = await runChild({ ...set, contestant, library, rounds });
    if (contestant === 'exact') truth = answer.found;
    const recall = recallOf(answer.found, truth);
    const row = rowOf(answer, recall);
    // An interrupted run has said what it had.
    to.context.note(`vectors: ${title}, ${name}: ${row.join(', ')}`);
    to.rows.push([dimension, count, name, ...row]);
    record(to.result, `${title} ${name}`, answer, recall);
    if (contestant === 'index') {
      to.restarts.push([title, ...restartRow(answer)]);
      if (recall < RECALL_GOAL) to.result.remark(`${title}: recall ${recall}, expected ${RECALL_GOAL}.`);
    }
  }
  await rm(set.folder, { recursive: true, force: true });
}

function rowOf(answer: VectorsAnswer, recall: number): string[] {
  return [
    figure(answer.insertsPerSecond),
    figure(1000 / answer.queryMs),
    figure(answer.queryP99Ms),
    recall.toFixed(4),
    figure(answer.residentBytes / 1e6, 'MB'),
  ];
}

function restartRow({ saveMs = Number.NaN, openMs = Number.NaN, blockedMs }: VectorsAnswer): string[] {
  const { insert = Number.NaN, save = Number.NaN, open = Number.NaN } = blockedMs ?? {};
  return [saveMs, openMs, insert, save, open].map((value) => figure(value, 'ms'));
}

function record(result: ResultBuilder, name: string, answer: VectorsAnswer, recall: number): void {
  result.value(`${name}: inserts per second`, answer.insertsPerSecond);
  result.value(`${name}: query ms`, answer.queryMs);
  result.value(`${name}: recall`, recall);
  result.value(`${name}: resident bytes`, answer.residentBytes);
  if (answer.openMs !== undefined) result.value(`${name}: open ms`, answer.openMs);
}

/** Share of the nearest that were found. */
function recallOf(found: VectorsAnswer['found'], truth: VectorsAnswer['found']): number {
  let hits = 0;
  let all = 0;
  for (const [query, ids] of truth.entries()) {
    const wanted = new Set(ids);
    all += wanted.size;
    hits += (found[query] ?? []).filter((id) => wanted.has(id)).length;
  }
  return hits / all;
}

async function runChild(request: VectorsRequest): Promise<VectorsAnswer> {
  const script = path.join(import.meta.dirname, '..', 'vectors-child.js');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', script, JSON.stringify(request)],
    {
      maxBuffer: ANSWER_BYTES_MAX,
    },
  );
  return JSON.parse(stdout) as VectorsAnswer;
}
