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
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, type Transferable } from 'node:worker_threads';
import hnswlib, { type HierarchicalNSW } from 'hnswlib-node';
import type { HnswReply, HnswRequest, HnswSaved, Twins } from './hnsw-messages.ts';

/*
 * Measured on 8,090 photographs and 1,000 captions (192 numbers each; recall against the exact index). Captions lie
 * aside of all photos, which is harder for a graph than photos looking for photos. Insertion is that of the graph alone.
 *
 *    M   efConstruction   inserted/s   recall@10 at ef 32, 64, 128   recall@50 at ef 128, 256   ms at ef 128
 *   16        100            9,600        0.976, 0.996, 0.9992          0.997, 0.9995               0.12
 *   16        200            5,300        0.981, 0.998, 0.9997          0.998, 0.9997               0.12
 *   32        200            6,400        0.985, 0.998, 0.9999          0.999, 0.9998               0.11
 *
 * The same order on 20,000 made-up vectors of 768 numbers, where M = 32 inserts a third slower.
 */

/** Links per point. 32 doubles the memory of the links (8 bytes each) for recall that a larger `ef` gives too. */
const M = 16;

/** Candidates while inserting: decides the quality of the graph for good, costs only at insertion. */
const EF_CONSTRUCTION = 200;

/** Candidates while searching: the last of k neighbours are often missed where it is near k. */
const EF_MIN = 128;
const EF_PER_NEIGHBOUR = 2;
/** Candidates while looking for an equal vector, which is the nearest there can be. */
const EF_EQUAL = 16;

/** Any fixed number: the same photos in the same order give the same graph. */
const SEED = 100;

const CAPACITY_MIN = 1024;
const GROWTH = 1.5;

/** The graph is built anew when more than this share of it is dead, and it is worth it. */
const DEAD_SHARE_MAX = 0.2;
const REBUILD_POINTS_MIN = 64;

/** Insertions between two looks at the messages, so that a search need not wait for a rebuild. */
const POINTS_PER_TURN = 16;

const port = parentPort;
if (port === null) throw new Error('hnsw-worker.ts is started as a worker thread only');

let dimension = 0;
let graph = emptyGraph(1, CAPACITY_MIN);
/** Points that a search finds, and points that were deleted, by id. */
const live = new Set<number>();
const dead = new Set<number>();
/** Ids that share the vector of a point, by the id of the point; and the way back. */
const twins = new Map<number, number[]>();
const pointOf = new Map<number, number>();

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
    reply({ id, ok: true, value: { live: live.size + pointOf.size, ...value } }, transfer);
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
      add(request.ids, request.vectors);
      break;
    case 'remove':
      for (const id of request.ids) remove(id);
      await rebuildIfMostlyDead();
      break;
    case 'search':
      return search(request.vector, request.k);
    case 'save':
      // In a thread of the pool; only searches run meanwhile, which change nothing.
      await graph.writeIndex(request.file);
      return {
        value: { dead: [...dead], twins: Array.from(twins, ([point, others]) => [point, ...others]) },
      };
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
  twins.clear();
  pointOf.clear();
  graph = emptyGraph(dimension, CAPACITY_MIN);
  if (file === null) return;
  const loaded = new hnswlib.HierarchicalNSW('ip', dimension);
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
    twins.set(point, [...others]);
    for (const id of others) pointOf.set(id, point);
  }
}

function emptyGraph(width: number, capacity: number): HierarchicalNSW {
  // On unit vectors the inner product is the cosine; the space of that name would normalise once more.
  const index = new hnswlib.HierarchicalNSW('ip', width);
  index.initIndex(capacity, M, EF_CONSTRUCTION, SEED);
  return index;
}

function add(ids: readonly number[], vectors: Float32Array): void {
  // Besides the new ones, those that take over from a point whose vector changes.
  reserve(graph, ids.length * 2);
  for (const [index, id] of ids.entries()) {
    const vector = Array.from(vectors.subarray(index * dimension, (index + 1) * dimension));
    if (live.has(id) || pointOf.has(id)) remove(id);
    const point = equalPoint(vector);
    if (point === undefined) addPoint(vector, id);
    else addTwin(point, id);
  }
}

/** A point that is dead comes to life again by this, at its new place. */
function addPoint(vector: number[], id: number): void {
  graph.addPoint(vector, id);
  dead.delete(id);
  live.add(id);
}

function addTwin(point: number, id: number): void {
  const others = twins.get(point);
  if (others === undefined) twins.set(point, [id]);
  else others.push(id);
  pointOf.set(id, point);
}

/** The point with exactly this vector; one search, a tenth of what an insertion takes. */
function equalPoint(vector: number[]): number | undefined {
  if (live.size === 0) return undefined;
  graph.setEf(EF_EQUAL);
  const [nearest] = graph.searchKnn(vector, 1).neighbors;
  if (nearest === undefined) return undefined;
  const other = graph.getPoint(nearest);
  return vector.every((value, place) => value === other[place]) ? nearest : undefined;
}

function reserve(index: HierarchicalNSW, more: number): void {
  const needed = index.getCurrentCount() + more;
  const capacity = index.getMaxElements();
  if (needed > capacity) index.resizeIndex(Math.max(needed, Math.ceil(capacity * GROWTH)));
}

function remove(id: number): void {
  const point = pointOf.get(id);
  if (point !== undefined) {
    pointOf.delete(id);
    setTwins(
      point,
      (twins.get(point) ?? []).filter((other) => other !== id),
    );
    return;
  }
  if (!live.delete(id)) return;
  const [heir, ...others] = twins.get(id) ?? [];
  const vector = heir === undefined ? undefined : graph.getPoint(id);
  twins.delete(id);
  graph.markDelete(id);
  dead.add(id);
  if (heir === undefined || vector === undefined) return;
  pointOf.delete(heir);
  reserve(graph, 1);
  addPoint(vector, heir);
  setTwins(heir, others);
  for (const other of others) pointOf.set(other, heir);
}

function setTwins(point: number, others: number[]): void {
  if (others.length === 0) twins.delete(point);
  else twins.set(point, others);
}

/** The old graph answers until the new one is whole. */
async function rebuildIfMostlyDead(): Promise<void> {
  const total = live.size + dead.size;
  if (total < REBUILD_POINTS_MIN || dead.size <= total * DEAD_SHARE_MAX) return;
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
  graph.setEf(Math.max(EF_MIN, k * EF_PER_NEIGHBOUR));
  const { neighbors, distances } = graph.searchKnn(Array.from(vector), count);
  const found: { readonly id: number; readonly score: number }[] = [];
  for (const [index, point] of neighbors.entries()) {
    const score = 1 - (distances[index] ?? 0);
    found.push({ id: point, score });
    for (const id of twins.get(point) ?? []) found.push({ id, score });
    if (found.length >= k) break;
  }
  const best = found.slice(0, k);
  const ids = Uint32Array.from(best, ({ id }) => id);
  const scores = Float32Array.from(best, ({ score }) => score);
  return { value: { ids, scores }, transfer: [ids.buffer, scores.buffer] };
}

function reply(message: HnswReply, transfer: readonly Transferable[] = []): void {
  port?.postMessage(message, transfer);
}
