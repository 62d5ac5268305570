/**
 * Runs in a worker thread: owns one hnswlib graph and answers messages.
 * Source: Malkov and Yashunin 2018; hnswlib-node 3.0, which takes number arrays, one point at a time, and blocks
 * the thread that calls it; hence a thread of its own. Deviation: none.
 *
 * What is not obvious about hnswlib: its capacity is fixed until it is resized; a deletion is a mark that the
 * search steps over, so the dead slow it down until the graph is built anew; `ef` is not stored in the
 * file; a filter callback in JavaScript may abort the process and is never used; a damaged file may crash it, so
 * hnsw.ts checks the sum of a file before it comes here.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parentPort, type Transferable } from 'node:worker_threads';
import hnswlib, { type HierarchicalNSW } from 'hnswlib-node';
import type { HnswReply, HnswRequest } from './hnsw-messages.ts';

/*
 * Measured on 8,090 photographs and 1,000 captions (192 numbers each; recall against the exact index). Captions lie
 * aside of all photos, which is harder for a graph than photos looking for photos.
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
const live = new Set<number>();
const dead = new Set<number>();

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
    reply({ id, ok: true, value: { live: live.size, ...value } }, transfer);
  } catch (error) {
    // Not messageOf: importing the model's folder would load its native libraries into this thread as well.
    reply({ id, ok: false, message: error instanceof Error ? error.message : String(error) });
  }
  if (request.kind === 'close') port?.close();
}

interface Answer {
  readonly value?: { ids: Uint32Array; scores: Float32Array } | { dead: readonly number[] };
  readonly transfer?: readonly Transferable[];
}

async function handle(request: HnswRequest): Promise<Answer> {
  switch (request.kind) {
    case 'open':
      open(request.dimension, request.file, request.dead);
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
      return { value: { dead: [...dead] } };
    case 'clear':
      open(dimension, null, []);
      break;
    case 'close':
      break;
  }
  return {};
}

function open(newDimension: number, file: string | null, deadIds: readonly number[]): void {
  dimension = newDimension;
  live.clear();
  dead.clear();
  graph = emptyGraph(dimension, CAPACITY_MIN);
  if (file === null) return;
  const loaded = new hnswlib.HierarchicalNSW('ip', dimension);
  loaded.readIndexSync(file);
  for (const id of deadIds) dead.add(id);
  for (const id of loaded.getIdsList()) if (!dead.has(id)) live.add(id);
  if (live.size + dead.size !== loaded.getCurrentCount()) {
    throw new Error(`${file} holds ${loaded.getCurrentCount()} vectors, its header ${live.size + dead.size}`);
  }
  graph = loaded;
}

function emptyGraph(width: number, capacity: number): HierarchicalNSW {
  // On unit vectors the inner product is the cosine; the space of that name would normalise once more.
  const index = new hnswlib.HierarchicalNSW('ip', width);
  index.initIndex(capacity, M, EF_CONSTRUCTION, SEED);
  return index;
}

function add(ids: readonly number[], vectors: Float32Array): void {
  reserve(graph, ids.length);
  for (const [index, id] of ids.entries()) {
    const row = vectors.subarray(index * dimension, (index + 1) * dimension);
    graph.addPoint(Array.from(row), id);
    // A dead id comes to life again by this.
    dead.delete(id);
    live.add(id);
  }
}

function reserve(index: HierarchicalNSW, more: number): void {
  const needed = index.getCurrentCount() + more;
  const capacity = index.getMaxElements();
  if (needed > capacity) index.resizeIndex(Math.max(needed, Math.ceil(capacity * GROWTH)));
}

function remove(id: number): void {
  if (!live.delete(id)) return;
  graph.markDelete(id);
  dead.add(id);
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
  const ids = Uint32Array.from(neighbors);
  const scores = Float32Array.from(distances, (distance) => 1 - distance);
  return { value: { ids, scores }, transfer: [ids.buffer, scores.buffer] };
}

function reply(message: HnswReply, transfer: readonly Transferable[] = []): void {
  port?.postMessage(message, transfer);
}
