/**
 * Compares each content with its neighbours in the index, in the order in which they came, and keeps the pairs that
 * look alike.
 * Source: our own. Deviation: none.
 *
 * A content is compared once: with all that came before it and much of what came after. So each pair of two contents
 * that are compared is looked for from both sides, and an approximate index has two chances to find it. Pairs and the
 * number of the last change go into the database together, so a process that dies goes on with the next page.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Library } from '../library/library.ts';
import type { Searchable } from '../library/library-index.ts';
import type { NearPair, VectorChange } from '../store/index.ts';
import type { VectorHit } from '../vectors/index.ts';
import { lookAlike } from './look-alike.ts';
import { findShapes } from './shapes.ts';

export interface CompareOptions {
  /** cosine; pairs below are not kept */
  readonly floor: number;
  readonly signal: AbortSignal | undefined;
  /** After each page. @param compared contents of this call so far */
  readonly onPage: (compared: number) => void;
}

/** Contents whose pairs are one transaction; 256 vectors of 1024 floats are a megabyte. */
const CONTENTS_PER_PAGE = 64;

/** Searches under way at once: the index runs in one thread, the next ones wait for it. */
const SEARCHES_MAX = 4;

/**
 * Neighbours that are asked for: more only where the last one is still near enough. The last is how many are looked
 * at: the 256 nearest of a crowd say who is in it, all pairs of 10,000 black frames would fill a disk.
 */
const NEIGHBOURS = [16, 64, 256] as const;

/** What is done with one page; `isLast` where nothing came after it. */
interface PageOutcome {
  readonly compared: number;
  readonly isLast: boolean;
}

/**
 * Compares what is new in the generation that is searched.
 * @returns how many contents were compared
 * @throws AppError DISK_FULL, LIBRARY_CORRUPT; what `signal` says
 */
export async function compareNew(library: Library, options: CompareOptions): Promise<number> {
  let compared = 0;
  for (;;) {
    options.signal?.throwIfAborted();
    // New vectors of other processes and of a run of indexing beside this one.
    await library.catchUp();
    const page = await library.search((searchable) => comparePage(library, searchable, options));
    compared += page.compared;
    options.onPage(compared);
    if (page.isLast) return compared;
    await nextTurn();
  }
}

async function comparePage(
  library: Library,
  { generation, vectors }: Searchable,
  { floor, signal }: CompareOptions,
): Promise<PageOutcome> {
  const { store } = library;
  const before = store.nearDuplicates.comparison(generation.id);
  const from = before === undefined || floor < before.floor ? 0 : before.sequence;
  const changes = store.vectors
    .since(generation.id, from, CONTENTS_PER_PAGE, generation.dimension)
    // What the index has not seen yet would not be found by what comes after it.
    .filter(({ sequence }) => sequence <= vectors.sequence);
  const last = changes.at(-1);
  // A higher threshold than before reads fewer of the pairs; what is kept must be the same for all contents.
  const keptFloor = from === 0 ? floor : (before?.floor ?? floor);
  if (last === undefined) {
    store.nearDuplicates.advance(generation.id, { floor: keptFloor, sequence: from }, []);
    return { compared: 0, isLast: true };
  }
  const added = changes.filter(hasVector);
  const found = await inTurns(added, SEARCHES_MAX, async ({ contentId, vector }) => ({
    contentId,
    hits: await neighboursOf(vectors, contentId, vector, keptFloor),
  }));
  signal?.throwIfAborted();
  const pairs = await alikePairs(library, found, keptFloor, signal);
  store.nearDuplicates.advance(generation.id, { floor: keptFloor, sequence: last.sequence }, pairs);
  return { compared: added.length, isLast: changes.length < CONTENTS_PER_PAGE };
}

/** All others with at least this cosine, but no more than the last of NEIGHBOURS. */
async function neighboursOf(
  vectors: Searchable['vectors'],
  contentId: number,
  vector: Float32Array,
  floor: number,
): Promise<readonly VectorHit[]> {
  let near: readonly VectorHit[] = [];
  for (const count of NEIGHBOURS) {
    const hits = await vectors.search(vector, count);
    near = hits.filter(({ id, score }) => id !== contentId && score >= floor);
    const isAll = hits.length < count || (hits.at(-1)?.score ?? 0) < floor;
    if (isAll) break;
  }
  return near;
}

async function alikePairs(
  library: Library,
  found: readonly { readonly contentId: number; readonly hits: readonly VectorHit[] }[],
  floor: number,
  signal: AbortSignal | undefined,
): Promise<NearPair[]> {
  const withHits = found.filter(({ hits }) => hits.length > 0);
  const ids = new Set(withHits.flatMap(({ contentId, hits }) => [contentId, ...hits.map(({ id }) => id)]));
  const shapes = await findShapes(library, [...ids], signal);
  return withHits.flatMap(({ contentId, hits }) =>
    hits
      .filter(({ id, score }) => lookAlike(score, shapes.get(contentId), shapes.get(id), floor))
      .map(({ id, score }) => ({
        contentA: Math.min(id, contentId),
        contentB: Math.max(id, contentId),
        score,
      })),
  );
}

/** In order; so many at a time. */
async function inTurns<T, U>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<U>,
): Promise<U[]> {
  const results: U[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    results.push(...(await Promise.all(items.slice(start, start + atOnce).map(work))));
  }
  return results;
}

function hasVector(change: VectorChange): change is VectorChange & { readonly vector: Float32Array } {
  return change.vector !== null;
}
