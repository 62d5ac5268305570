/**
 * Exact nearest neighbours: every vector is compared. The oracle for the approximate index, and the fastest
 * way for a few thousand vectors.
 * Source: our own. Deviation: none.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SerialQueue } from './serial-queue.ts';
import {
  checkEntry,
  checkNeighbours,
  checkVector,
  type VectorEntry,
  type VectorHit,
  type VectorIndex,
} from './vector-index.ts';

/** Vectors in one block of memory; blocks are added as the index grows, so nothing is ever copied. */
const BLOCK_VECTORS = 4096;

/** Time between two looks at the event loop; the clock is asked after each strip. */
const TURN_MS = 8;
const STRIP_VECTORS = 256;

export class ExactIndex implements VectorIndex {
  readonly dimension: number;
  readonly #blocks: Float32Array[] = [];
  /** by position */
  readonly #ids: number[] = [];
  readonly #positions = new Map<number, number>();
  /** A search looks away between blocks; nothing may move meanwhile. */
  readonly #queue = new SerialQueue();
  #sequence = 0;

  constructor(dimension: number) {
    this.dimension = dimension;
  }

  get size(): number {
    return this.#ids.length;
  }

  get sequence(): number {
    return this.#sequence;
  }

  async search(vector: Float32Array, k: number): Promise<readonly VectorHit[]> {
    checkVector(vector, this.dimension);
    checkNeighbours(k);
    return this.#queue.run(() => this.#search(vector, k));
  }

  async add(entries: readonly VectorEntry[]): Promise<void> {
    for (const entry of entries) checkEntry(entry, this.dimension);
    await this.#queue.run(() => {
      for (const { id, vector } of entries) {
        const position = this.#positions.get(id) ?? this.#append(id);
        this.#row(position).set(vector);
      }
    });
  }

  async remove(ids: readonly number[]): Promise<void> {
    await this.#queue.run(() => {
      for (const id of ids) this.#remove(id);
    });
  }

  advance(sequence: number): void {
    this.#sequence = sequence;
  }

  async compact(): Promise<void> {
    await this.#queue.run(() => {
      this.#blocks.length = Math.ceil(this.#ids.length / BLOCK_VECTORS);
    });
  }

  async clear(): Promise<void> {
    await this.#queue.run(() => {
      this.#blocks.length = 0;
      this.#ids.length = 0;
      this.#positions.clear();
      this.#sequence = 0;
    });
  }

  /** Reading all vectors from the store is as fast as reading them from a file of our own. */
  async save(): Promise<void> {
    await this.#queue.run(() => undefined);
  }

  async close(): Promise<void> {
    await this.#queue.run(() => undefined);
  }

  async #search(vector: Float32Array, k: number): Promise<VectorHit[]> {
    const best = new BestHits(k);
    let turnStart = performance.now();
    for (let start = 0; start < this.#ids.length; start += STRIP_VECTORS) {
      if (performance.now() - turnStart > TURN_MS) {
        await nextTurn();
        turnStart = performance.now();
      }
      const end = Math.min(start + STRIP_VECTORS, this.#ids.length);
      for (let position = start; position < end; position += 1) {
        const block = this.#blocks[Math.floor(position / BLOCK_VECTORS)] as Float32Array;
        const score = dot(vector, block, (position % BLOCK_VECTORS) * this.dimension);
        best.offer(this.#ids[position] as number, score);
      }
    }
    return best.sorted();
  }

  #append(id: number): number {
    const position = this.#ids.length;
    if (position % BLOCK_VECTORS === 0 && this.#blocks.length * BLOCK_VECTORS === position) {
      this.#blocks.push(new Float32Array(BLOCK_VECTORS * this.dimension));
    }
    this.#ids.push(id);
    this.#positions.set(id, position);
    return position;
  }

  /** The last vector takes the empty place. */
  #remove(id: number): void {
    const position = this.#positions.get(id);
    const last = this.#ids.length - 1;
    const lastId = this.#ids[last];
    if (position === undefined || lastId === undefined) return;
    this.#row(position).set(this.#row(last));
    this.#ids[position] = lastId;
    this.#positions.set(lastId, position);
    this.#ids.pop();
    this.#positions.delete(id);
  }

  #row(position: number): Float32Array {
    const block = this.#blocks[Math.floor(position / BLOCK_VECTORS)] as Float32Array;
    const start = (position % BLOCK_VECTORS) * this.dimension;
    return block.subarray(start, start + this.dimension);
  }
}

/** Four sums at once: the processor need not wait for one addition before the next. */
function dot(vector: Float32Array, block: Float32Array, start: number): number {
  const { length } = vector;
  let [a, b, c, d] = [0, 0, 0, 0];
  let index = 0;
  for (; index + 4 <= length; index += 4) {
    a += (vector[index] as number) * (block[start + index] as number);
    b += (vector[index + 1] as number) * (block[start + index + 1] as number);
    c += (vector[index + 2] as number) * (block[start + index + 2] as number);
    d += (vector[index + 3] as number) * (block[start + index + 3] as number);
  }
  for (; index < length; index += 1) a += (vector[index] as number) * (block[start + index] as number);
  return a + b + (c + d);
}

/** The k best seen so far, as a heap whose root is the worst of them. Equal scores: the lower id is better. */
class BestHits {
  readonly #k: number;
  readonly #heap: VectorHit[] = [];

  constructor(k: number) {
    this.#k = k;
  }

  offer(id: number, score: number): void {
    const heap = this.#heap;
    if (heap.length < this.#k) {
      heap.push({ id, score });
      this.#rise(heap.length - 1);
      return;
    }
    const worst = heap[0] as VectorHit;
    if (score < worst.score || (score === worst.score && id > worst.id)) return;
    heap[0] = { id, score };
    this.#sink(0);
  }

  sorted(): VectorHit[] {
    return this.#heap.toSorted((a, b) => (isWorse(a, b) ? 1 : -1));
  }

  #rise(start: number): void {
    let child = start;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#swapIfWorse(child, parent)) return;
      child = parent;
    }
  }

  #sink(start: number): void {
    let parent = start;
    for (;;) {
      const left = parent * 2 + 1;
      const right = left + 1;
      if (left >= this.#heap.length) return;
      const useRight =
        right < this.#heap.length && isWorse(this.#heap[right] as VectorHit, this.#heap[left] as VectorHit);
      const child = useRight ? right : left;
      if (!this.#swapIfWorse(child, parent)) return;
      parent = child;
    }
  }

  #swapIfWorse(child: number, parent: number): boolean {
    const low = this.#heap[child] as VectorHit;
    const high = this.#heap[parent] as VectorHit;
    if (!isWorse(low, high)) return false;
    this.#heap[child] = high;
    this.#heap[parent] = low;
    return true;
  }
}

function isWorse(a: VectorHit, b: VectorHit): boolean {
  return a.score < b.score || (a.score === b.score && a.id > b.id);
}
