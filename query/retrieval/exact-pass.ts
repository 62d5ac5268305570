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
}

/** Vectors that are read at once: 256 of 1024 floats are a megabyte, and take a few milliseconds. */
const VECTORS_PER_PAGE = 256;

/** Ids that a filter gives at once: it is worked out anew for each page of them. */
const IDS_PER_PAGE = 16_384;

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
      if (performance.now() - turnStart < TURN_MS) continue;
      await nextTurn();
      throwIfAborted(signal);
      turnStart = performance.now();
    }
  }
  return best.sorted();
}

/** Contents in question, by id. */
export function* idPages({
  library,
  searchable,
  filter,
  now,
}: Omit<ExactPassOptions, 'vector' | 'signal'>): Generator<readonly number[]> {
  const { store } = library;
  const { id } = searchable.generation;
  let after = 0;
  for (;;) {
    const ids =
      filter === undefined
        ? store.vectors.contentIds(id, after, IDS_PER_PAGE)
        : store.photoFilters.contentIds(filter, id, after, IDS_PER_PAGE, now);
    const last = ids.at(-1);
    if (last === undefined) return;
    yield ids;
    if (ids.length < IDS_PER_PAGE) return;
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
