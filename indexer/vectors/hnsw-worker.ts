/**
 * Runs in a worker thread: owns one hnswlib graph and answers messages.
 * Source: Malkov and Yashunin 2018; hnswlib-node 3.0, which takes number arrays, one point at a time, and blocks
 * the thread that calls it; hence a thread of its own. Deviation: none.
 *
 * What is not obvious about hnswlib:
 *
 * - Its capacity is fixed until it is resized, and `ef` is not stored in the file.
 * - A deletion is a mark that the search steps over; the dead slow it down until the graph is built anew.
 * - Points at one and the same place link only to each other, and what lies behind them is not found (measured:
 *   4,000 points mixed with 1,000 equal ones, recall@10 0.82; with 3,000, 0.14). Equal vectors, which copies with other
 *   metadata have, therefore become one point here.
 * - A filter callback in JavaScript may abort the process and is never used.
 * - A damaged file may crash it, so hnsw.ts checks the sum of a file before it comes here.
 */
import { createRequire } from 'node:module';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, workerData, type Transferable } from 'node:worker_threads';
import type * as hnswlib from 'hnswlib-node';
import { EqualVectors, sumOf } from './equal-vectors.ts';
import type { HnswReply, HnswRequest, HnswSaved, HnswWorkerData, Twins } from './hnsw-messages.ts';
import { hnswDefaults } from './hnsw-settings.ts';

/** Candidates while looking for an equal vector, which is the nearest there can be. */
const EF_EQUAL = 16;
/** Rounding of a product of unit vectors; what is nearer is compared number by number. */
const EQUAL_DISTANCE_MAX = 1e-4;

/** Any fixed number: the same photos in the same order give the same graph. */
const SEED = 100;

/** Beyond this share of new ones, the table of sums is worth its filling. */
const TABLE_SHARE = 1 / 16;

const CAPACITY_MIN = 1024;
const GROWTH = 1.5;

/** The graph is built anew when more than this share of it is dead, and it is worth it. */
const DEAD_SHARE_MAX = 0.2;
const REBUILD_POINTS_MIN = 64;

/** Insertions between two looks at the messages, so that a search need not wait for a rebuild. */
const POINTS_PER_TURN = 16;

const port = parentPort;
if (port === null) throw new Error('hnsw-worker.ts is started as a worker thread only');

const { HierarchicalNSW } = loadLibrary(workerData as HnswWorkerData);

let dimension = 0;
let graph = emptyGraph(1, CAPACITY_MIN);
/** Points that a search finds, and points that were deleted, by id. */
const live = new Set<number>();
const dead = new Set<number>();
/** See `numbersOf`. */
const numbers: number[] = [];
const equals = new EqualVectors();
/** Whether `equals` has the sums of all points. */
let isTableFull = true;
let addedSinceOpen = 0;

/** Changes wait for each other. Searches do not wait: between two turns the graph is whole. */
let previous: Promise<void> = Promise.resolve();

port.on('message', (request: HnswRequest) => {
  if (request.kind === 'search') void answer(request);
  else previous = previous.then(() => answer(request));
});

async function answer(request: HnswRequest): Promise<void> {
  const { id } = request;
  try {
    const { value, transfer } = await handle(request);
    reply({ id, ok: true, value: { live: live.size + equals.size, ...value } }, transfer);
  } catch (error) {
    // Not messageOf: importing the model's folder would load its native libraries into this thread as well.
    reply({ id, ok: false, message: error instanceof Error ? error.message : String(error) });
  }
  if (request.kind === 'close') port?.close();
}

interface Answer {
  readonly value?: { ids: Uint32Array; scores: Float32Array } | HnswSaved;
  readonly transfer?: readonly Transferable[];
}

async function handle(request: HnswRequest): Promise<Answer> {
  switch (request.kind) {
    case 'open':
      open(request.dimension, request.file, request);
      break;
    case 'add':
      await fillTableIfWorthIt(request.ids.length);
      add(request.ids, request.vectors);
      break;
    case 'remove':
      for (const id of request.ids) remove(id);
      if (isMostlyDead()) await rebuild();
      break;
    case 'compact':
      if (dead.size > 0) await rebuild();
      break;
    case 'search':
      return search(request.vector, request.k);
    case 'save':
      // In a thread of the pool; only searches run meanwhile, which change nothing.
      await graph.writeIndex(request.file);
      return { value: { dead: [...dead], twins: equals.groups() } };
    case 'clear':
      open(dimension, null, { dead: [], twins: [] });
      break;
    case 'close':
      break;
  }
  return {};
}

function open(newDimension: number, file: string | null, saved: HnswSaved): void {
  dimension = newDimension;
  live.clear();
  dead.clear();
  equals.clear();
  isTableFull = file === null;
  addedSinceOpen = 0;
  graph = emptyGraph(dimension, CAPACITY_MIN);
  if (file === null) return;
  const loaded = new HierarchicalNSW('ip', dimension);
  loaded.readIndexSync(file);
  for (const id of saved.dead) dead.add(id);
  for (const id of loaded.getIdsList()) if (!dead.has(id)) live.add(id);
  if (live.size + dead.size !== loaded.getCurrentCount()) {
    throw new Error(`${file} holds ${loaded.getCurrentCount()} vectors, its header ${live.size + dead.size}`);
  }
  openTwins(file, saved.twins);
  graph = loaded;
}

function openTwins(file: string, groups: Twins): void {
  for (const [point = -1, ...others] of groups) {
    if (!live.has(point)) throw new Error(`${file} has no vector ${point}, which its header names`);
    for (const id of others) equals.addTwin(point, id);
  }
}

function loadLibrary({ library }: HnswWorkerData): Pick<typeof hnswlib, 'HierarchicalNSW'> {
  const packageRequire = createRequire(import.meta.url);
  try {
    return packageRequire(library) as typeof hnswlib;
  } catch (error) {
    // A build for this processor may still be one for another C library.
    if (library !== 'hnswlib-node') return packageRequire('hnswlib-node') as typeof hnswlib;
    throw error;
  }
}

function emptyGraph(width: number, capacity: number): hnswlib.HierarchicalNSW {
  // On unit vectors the inner product is the cosine; the space of that name would normalise once more.
  const index = new HierarchicalNSW('ip', width);
  index.initIndex(capacity, hnswDefaults.m, hnswDefaults.efConstruction, SEED);
  return index;
}

async function fillTableIfWorthIt(more: number): Promise<void> {
  addedSinceOpen += more;
  if (isTableFull || addedSinceOpen < live.size * TABLE_SHARE) return;
  // Searches come between; other changes wait for this one.
  let count = 0;
  for (const id of live) {
    equals.note(id, sumOf(Float32Array.from(graph.getPoint(id))));
    count += 1;
    if (count % POINTS_PER_TURN === 0) await nextTurn();
  }
  isTableFull = true;
}

function add(ids: readonly number[], vectors: Float32Array): void {
  // Besides the new ones, those that take over from a point whose vector changes.
  reserve(graph, ids.length * 2);
  for (const [index, id] of ids.entries()) {
    const vector = vectors.subarray(index * dimension, (index + 1) * dimension);
    if (live.has(id) || equals.has(id)) remove(id);
    const sum = sumOf(vector);
    const point = equalPoint(vector, sum);
    if (point === undefined) addPoint(numbersOf(vector), sum, id);
    else equals.addTwin(point, id);
  }
}

/** A point that is dead comes to life again by this, at its new place. */
function addPoint(vector: number[], sum: number, id: number): void {
  graph.addPoint(vector, id);
  dead.delete(id);
  live.add(id);
  equals.note(id, sum);
}

/** The point with exactly this vector. */
function equalPoint(vector: Float32Array, sum: number): number | undefined {
  const point = equals.candidate(sum) ?? (isTableFull ? undefined : nearestPoint(vector));
  if (point === undefined) return undefined;
  const other = graph.getPoint(point);
  return vector.every((value, place) => value === other[place]) ? point : undefined;
}

function nearestPoint(vector: Float32Array): number | undefined {
  if (live.size === 0) return undefined;
  graph.setEf(EF_EQUAL);
  const { neighbors, distances } = graph.searchKnn(numbersOf(vector), 1);
  return (distances[0] ?? 1) < EQUAL_DISTANCE_MAX ? neighbors[0] : undefined;
}

function reserve(index: hnswlib.HierarchicalNSW, more: number): void {
  const needed = index.getCurrentCount() + more;
  const capacity = index.getMaxElements();
  if (needed > capacity) index.resizeIndex(Math.max(needed, Math.ceil(capacity * GROWTH)));
}

function remove(id: number): void {
  if (equals.has(id)) {
    equals.removeTwin(id);
    return;
  }
  if (!live.delete(id)) return;
  const vector = graph.getPoint(id);
  const sum = sumOf(Float32Array.from(vector));
  equals.forget(id, sum);
  graph.markDelete(id);
  dead.add(id);
  const heir = equals.takeOver(id);
  if (heir === undefined) return;
  reserve(graph, 1);
  addPoint(vector, sum, heir);
}

function isMostlyDead(): boolean {
  const total = live.size + dead.size;
  return total >= REBUILD_POINTS_MIN && dead.size > total * DEAD_SHARE_MAX;
}

/** The old graph answers until the new one is whole. */
async function rebuild(): Promise<void> {
  const fresh = emptyGraph(dimension, Math.max(CAPACITY_MIN, live.size));
  let count = 0;
  for (const id of live) {
    fresh.addPoint(graph.getPoint(id), id);
    count += 1;
    if (count % POINTS_PER_TURN === 0) await nextTurn();
  }
  graph = fresh;
  dead.clear();
}

function search(vector: Float32Array, k: number): Answer {
  const count = Math.min(k, live.size);
  if (count === 0) return { value: { ids: new Uint32Array(), scores: new Float32Array() } };
  graph.setEf(Math.max(hnswDefaults.efMin, k * hnswDefaults.efPerNeighbour));
  const { neighbors, distances } = graph.searchKnn(numbersOf(vector), count);
  const found: { readonly id: number; readonly score: number }[] = [];
  for (const [index, point] of neighbors.entries()) {
    const score = 1 - (distances[index] ?? 0);
    found.push({ id: point, score });
    for (const id of equals.twinsOf(point)) found.push({ id, score });
    if (found.length >= k) break;
  }
  const best = found.slice(0, k);
  const ids = Uint32Array.from(best, ({ id }) => id);
  const scores = Float32Array.from(best, ({ score }) => score);
  return { value: { ids, scores }, transfer: [ids.buffer, scores.buffer] };
}

/**
 * For the library, which copies it: the next call overwrites it. `Array.from` takes fifteen times as long, because it
 * asks an iterator for each number.
 */
function numbersOf(vector: Float32Array): number[] {
  numbers.length = vector.length;
  for (let place = 0; place < vector.length; place += 1) numbers[place] = vector[place] as number;
  return numbers;
}

function reply(message: HnswReply, transfer: readonly Transferable[] = []): void {
  port?.postMessage(message, transfer);
}
