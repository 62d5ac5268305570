/**
 * Compares the query with every vector that is in question, read from the database page by page: for few photos faster
 * than the graph of neighbours, for deep pages the only way, and exact.
 * Source: our own. Deviation: none.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  cosine,
  type Library,
  type PhotoFilter,
  type Searchable,
  type VectorHit,
} from '../../indexer/index.ts';
import { byRank, isAfter, roundScore, type RankKey } from './rank-key.ts';
import { throwIfAborted } from './throw-if-aborted.ts';

export interface ExactPassOptions {
  readonly library: Library;
  readonly searchable: Searchable;
  /** float32 [D], unit length */
  readonly vector: Float32Array;
  readonly filter: PhotoFilter | undefined;
  /** Of relative dates in the filter. */
  readonly now: Date;
  readonly signal: AbortSignal | undefined;
  /** All that pass, by id, where that is known. */
  readonly few?: readonly number[];
}

/** Vectors that are read at once: 256 of 1024 floats are a megabyte, and take a few milliseconds. */
const VECTORS_PER_PAGE = 256;

/** Ids that are read at once where there is no filter. */
const IDS_PER_PAGE = 16_384;

/**
 * Contents that a filter looks at in one go: a tenth of a microsecond for one that does not pass, up to two for one that does.
 * How many that is is adapted to the time it takes.
 */
const SLICE_MIN = 1024;
const SLICE_MAX = 65_536;
const SLICE_MS = 4;

/** Where an index leads to no more than these, they are all there is to look at. */
export const FEW = 1024;

/** Kept beyond the best, so that they need not be sorted for each. */
const SPARE = 256;

/** Time between two looks at the event loop. */
const TURN_MS = 8;

/** @returns the best `count` behind `after`, best first; fewer at the end */
export async function exactPass(
  options: ExactPassOptions,
  count: number,
  after: RankKey | null,
): Promise<VectorHit[]> {
  const { library, searchable, vector, signal } = options;
  const { id: generationId, dimension } = searchable.generation;
  const best = new Best(count);
  let turnStart = performance.now();
  for (const ids of idPages(options)) {
    for (let start = 0; start < ids.length; start += VECTORS_PER_PAGE) {
      const page = ids.slice(start, start + VECTORS_PER_PAGE);
      for (const entry of library.store.vectors.ofContents(generationId, page, dimension)) {
        const hit = { id: entry.contentId, score: roundScore(cosine(vector, entry.vector)) };
        if (isAfter(hit, after)) best.offer(hit);
      }
      await turn();
    }
    // A page may be empty and have taken its time all the same.
    await turn();
  }
  return best.sorted();

  async function turn(): Promise<void> {
    if (performance.now() - turnStart < TURN_MS) return;
    await nextTurn();
    throwIfAborted(signal);
    turnStart = performance.now();
  }
}

/** Contents in question, by id, a page at a time, which may be empty. */
export function* idPages(options: Omit<ExactPassOptions, 'vector' | 'signal'>): Generator<readonly number[]> {
  const { library, searchable, filter, now } = options;
  const { store } = library;
  const { id } = searchable.generation;
  if (filter !== undefined) {
    const few = options.few ?? store.photoFilters.few(filter, id, FEW, now);
    if (few === undefined) yield* slices(options, filter);
    else yield few;
    return;
  }
  let after = 0;
  for (;;) {
    const ids = store.vectors.contentIds(id, after, IDS_PER_PAGE);
    const last = ids.at(-1);
    if (last === undefined) return;
    yield ids;
    if (ids.length < IDS_PER_PAGE) return;
    after = last;
  }
}

function* slices(
  { library, searchable, now }: Omit<ExactPassOptions, 'vector' | 'signal'>,
  filter: PhotoFilter,
): Generator<readonly number[]> {
  const { store } = library;
  const { id } = searchable.generation;
  const end = store.vectors.lastContentId(id);
  let size = SLICE_MIN;
  for (let after = 0; after < end;) {
    const start = performance.now();
    const last = after + size;
    const ids = store.photoFilters.contentIds(filter, id, { after, last }, now);
    const tookMs = performance.now() - start;
    if (tookMs < SLICE_MS / 2) size = Math.min(2 * size, SLICE_MAX);
    else if (tookMs > SLICE_MS) size = Math.max(size / 2, SLICE_MIN);
    yield ids;
    after = last;
  }
}

/** The best so far; now and then the rest is thrown away. */
export class Best {
  readonly #count: number;
  #hits: VectorHit[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  offer(hit: VectorHit): void {
    this.#hits.push(hit);
    if (this.#hits.length >= 2 * this.#count + SPARE) this.#hits = this.sorted();
  }

  sorted(): VectorHit[] {
    return this.#hits.toSorted(byRank).slice(0, this.#count);
  }
}
