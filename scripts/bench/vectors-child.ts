/**
 * A process of its own that fills one index and searches it: `node vectors-child.js <request as JSON>`.
 * Source: our own. Deviation: none.
 *
 * The vectors are read page by page, so that the memory of the process is that of the index.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { ExactIndex, hnswDefaults, HnswIndex, type VectorIndex } from '../../indexer/index.ts';
import { summarize } from './measure.ts';

export interface VectorsRequest {
  readonly contestant: 'index' | 'raw' | 'exact';
  /** The native library: an absolute path, or the name of the package. */
  readonly library: string;
  /** float32 [N, D], read up to `count` rows; and [Q, D] */
  readonly vectorsFile: string;
  readonly queriesFile: string;
  readonly count: number;
  readonly dimension: number;
  /** The queries are asked so often. */
  readonly rounds: number;
  /** For a snapshot; made when it is written. */
  readonly folder: string;
}

export interface VectorsAnswer {
  readonly insertsPerSecond: number;
  /** of one query after the other */
  readonly queryMs: number;
  readonly queryP99Ms: number;
  /** ids of the ten nearest of each query, best first */
  readonly found: readonly (readonly number[])[];
  /** that the index added to the process */
  readonly residentBytes: number;
  /** longest time that the thread of the caller was not free: while inserting; saving; opening */
  readonly blockedMs?: { readonly insert: number; readonly save: number; readonly open: number };
  readonly saveMs?: number;
  /** from nothing to the answer to a first search */
  readonly openMs?: number;
}

/** What is used of the native library, which only the indexer imports. */
interface RawLibrary {
  readonly HierarchicalNSW: new (space: 'ip', dimension: number) => RawGraph;
}

interface RawGraph {
  initIndex(capacity: number, m: number, efConstruction: number, seed: number): void;
  addPoint(vector: number[], id: number): void;
  setEf(ef: number): void;
  searchKnn(vector: number[], k: number): { readonly neighbors: number[] };
}

const NEIGHBOURS = 10;
const LOOP_RESOLUTION_MS = 5;

const numbers: number[] = [];

/** Rows that are read and handed over at once, as a library does when it catches up. */
const ROWS_PER_PAGE = 256;

function measure(ask: VectorsRequest): Promise<VectorsAnswer> {
  if (ask.contestant === 'raw') return measureRaw(ask);
  if (ask.contestant === 'index') return measureHnsw(ask);
  return measureIndex(ask, new ExactIndex(ask.dimension));
}

async function measureHnsw(ask: VectorsRequest): Promise<VectorsAnswer> {
  const index = await openHnsw(ask);
  const answer = await measureIndex(ask, index);
  const save = watchLoop();
  const saveStart = performance.now();
  index.advance(ask.count);
  await index.save();
  const saveMs = performance.now() - saveStart;
  const saveBlockedMs = save.longestMs();
  await index.close();

  const [query] = queriesOf(ask);
  const open = watchLoop();
  const openStart = performance.now();
  const again = await openHnsw(ask);
  await again.search(query ?? new Float32Array(), NEIGHBOURS);
  const openMs = performance.now() - openStart;
  const openBlockedMs = open.longestMs();
  if (again.size !== ask.count) throw new Error(`${again.size} vectors after a restart, not ${ask.count}`);
  await again.close();
  const insert = answer.blockedMs?.insert ?? Number.NaN;
  return { ...answer, saveMs, openMs, blockedMs: { insert, save: saveBlockedMs, open: openBlockedMs } };
}

function openHnsw({ folder, dimension, library }: VectorsRequest): Promise<HnswIndex> {
  return HnswIndex.open({
    folder,
    libraryId: 'bench',
    generationId: 1,
    dimension,
    readOnly: false,
    library,
    onNotice: (notice) => {
      throw new Error(notice);
    },
  });
}

async function measureIndex(ask: VectorsRequest, index: VectorIndex): Promise<VectorsAnswer> {
  const residentBefore = residentNow();
  const loop = watchLoop();
  let insertMs = 0;
  for (const { start, rows } of pagesOf(ask)) {
    const entries = rows.map((vector, place) => ({ id: start + place, vector }));
    const before = performance.now();
    await index.add(entries);
    insertMs += performance.now() - before;
  }
  const insert = loop.longestMs();
  const residentBytes = residentNow() - residentBefore;
  const { found, times } = await askAll(ask, async (query) =>
    (await index.search(query, NEIGHBOURS)).map(({ id }) => id),
  );
  return {
    insertsPerSecond: (ask.count * 1000) / insertMs,
    ...times,
    found,
    residentBytes,
    blockedMs: { insert, save: Number.NaN, open: Number.NaN },
  };
}

/** As somebody would use the library who knows how many vectors there will be. */
async function measureRaw(ask: VectorsRequest): Promise<VectorsAnswer> {
  const { HierarchicalNSW } = createRequire(import.meta.url)(ask.library) as RawLibrary;
  const residentBefore = residentNow();
  const graph = new HierarchicalNSW('ip', ask.dimension);
  graph.initIndex(ask.count, hnswDefaults.m, hnswDefaults.efConstruction, 100);
  let insertMs = 0;
  for (const { start, rows } of pagesOf(ask)) {
    const before = performance.now();
    for (const [place, vector] of rows.entries()) graph.addPoint(numbersOf(vector), start + place);
    insertMs += performance.now() - before;
  }
  const residentBytes = residentNow() - residentBefore;
  graph.setEf(hnswDefaults.efMin);
  const { found, times } = await askAll(ask, (query) =>
    Promise.resolve(graph.searchKnn(numbersOf(query), NEIGHBOURS).neighbors),
  );
  return { insertsPerSecond: (ask.count * 1000) / insertMs, ...times, found, residentBytes };
}

interface Asked {
  readonly found: number[][];
  readonly times: { readonly queryMs: number; readonly queryP99Ms: number };
}

async function askAll(
  ask: VectorsRequest,
  search: (query: Float32Array) => Promise<number[]>,
): Promise<Asked> {
  const queries = queriesOf(ask);
  const found: number[][] = [];
  const times: number[] = [];
  for (let round = 0; round < ask.rounds; round += 1) {
    for (const [place, query] of queries.entries()) {
      const start = performance.now();
      const ids = await search(query);
      times.push(performance.now() - start);
      found[place] = ids;
    }
  }
  const { median, p99 } = summarize(times);
  return { found, times: { queryMs: median, queryP99Ms: p99 } };
}

function* pagesOf({ vectorsFile, count, dimension }: VectorsRequest): Generator<{
  readonly start: number;
  readonly rows: readonly Float32Array[];
}> {
  const file = openSync(vectorsFile, 'r');
  try {
    for (let start = 0; start < count; start += ROWS_PER_PAGE) {
      const rows = Math.min(ROWS_PER_PAGE, count - start);
      const page = new Float32Array(rows * dimension);
      const position = start * dimension * Float32Array.BYTES_PER_ELEMENT;
      readSync(file, page, 0, page.byteLength, position);
      yield { start, rows: rowsOf(page, dimension) };
    }
  } finally {
    closeSync(file);
  }
}

function queriesOf({ queriesFile, dimension }: VectorsRequest): Float32Array[] {
  const bytes = readFileSync(queriesFile);
  return rowsOf(
    new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)),
    dimension,
  );
}

function rowsOf(matrix: Float32Array, dimension: number): Float32Array[] {
  return Array.from({ length: matrix.length / dimension }, (_, row) =>
    matrix.subarray(row * dimension, (row + 1) * dimension),
  );
}

/** The next call overwrites it. */
function numbersOf(vector: Float32Array): number[] {
  numbers.length = vector.length;
  for (let place = 0; place < vector.length; place += 1) numbers[place] = vector[place] as number;
  return numbers;
}

/** Without garbage, where the process was started with --expose-gc. */
function residentNow(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

/** How long this thread was not free at most, from now on. */
function watchLoop(): { longestMs(): number } {
  const delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  delay.enable();
  return {
    longestMs() {
      delay.disable();
      return Math.max(0, delay.max / 1e6 - LOOP_RESOLUTION_MS);
    },
  };
}

const request = JSON.parse(process.argv[2] ?? '{}') as VectorsRequest;
process.stdout.write(`${JSON.stringify(await measure(request))}\n`);
