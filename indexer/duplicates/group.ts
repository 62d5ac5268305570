/**
 * Pairs to groups.
 * Source: star clustering (Aslam and others 2004). Deviation: the stars are taken by the quality of their photo, not by
 * the number of their rays.
 *
 * Photos are gone through from the best to the worst. One that is in no group yet becomes the first of a new one, and
 * all that look like it and are in none join. So every member looks like the first of its group: a chain a ~ b ~ c,
 * where a and c have nothing in common (a slow pan over a landscape), falls into two groups where connected components
 * would make one of a whole afternoon. Complete linkage would promise more (that all members look like each other), but
 * what people ask is "is this a version of that one, which I would keep?", and that needs a star only; it is also made
 * in one pass that needs no memory, and depends on nothing but the photos.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Library } from '../library.ts';
import type { Candidate, Generation, Neighbour } from '../store/index.ts';
import { cosine, lookAlike } from './look-alike.ts';
import { knownShapes } from './shapes.ts';

export interface GroupOptions {
  readonly generation: Generation;
  /** cosine */
  readonly threshold: number;
  /** Of the comparison. */
  readonly sequence: number;
  readonly signal: AbortSignal | undefined;
}

/** Contents whose groups are one transaction. */
const CONTENTS_PER_PAGE = 128;

/** Rows that go in one transaction. */
const ROWS_PER_REMOVAL = 2000;

/** Groups of its neighbours that a photo without one is compared with. */
const FIRSTS_MAX = 4;

/**
 * Makes the groups, and puts them in place of those before.
 * @throws what `signal` says; then those before stay
 */
export async function makeGroups(library: Library, options: GroupOptions): Promise<void> {
  const { nearGroups } = library.store;
  const { generation, threshold, sequence, signal } = options;
  await removeOldGroups(library);
  const groupingId = nearGroups.begin(generation.id, threshold, sequence);
  for (let place = 0; ;) {
    signal?.throwIfAborted();
    const page = nearGroups.candidates(groupingId, place, CONTENTS_PER_PAGE);
    const last = page.at(-1);
    if (last === undefined) break;
    nearGroups.together(() => {
      for (const candidate of page) assign(library, groupingId, candidate.contentId, options);
    });
    place = last.place;
    await nextTurn();
  }
  nearGroups.publish(groupingId, generation.id);
  await removeOldGroups(library);
}

async function removeOldGroups(library: Library): Promise<void> {
  while (library.store.nearGroups.removeOld(ROWS_PER_REMOVAL) > 0) await nextTurn();
}

function assign(library: Library, groupingId: number, contentId: number, options: GroupOptions): void {
  const { nearGroups, nearDuplicates } = library.store;
  const { generation, threshold } = options;
  // Asked again: another one of the page may have taken it, and it may have been deleted.
  const self = nearGroups.candidate(groupingId, contentId);
  if (self === undefined || self.firstId !== null) return;
  const neighbours = nearDuplicates
    .neighbours(generation.id, contentId, threshold)
    .toSorted((a, b) => b.score - a.score)
    .map((neighbour) => ({ neighbour, candidate: nearGroups.candidate(groupingId, neighbour.contentId) }));
  const best = bestFirst(
    library,
    contentId,
    neighbours.map(({ candidate }) => candidate),
    options,
  );
  if (best !== undefined) {
    nearGroups.join(groupingId, best.contentId, { contentId, score: best.score });
    return;
  }
  const free = neighbours.filter(({ candidate }) => candidate?.firstId === null);
  if (free.length === 0) return;
  nearGroups.addGroup(groupingId, contentId);
  for (const { neighbour } of free) nearGroups.join(groupingId, contentId, neighbour);
}

/**
 * In a crowd not all pairs are known, see compare.ts; but who is near a member may well look like its first.
 * @returns the most alike first of a group that the photo may join, and the cosine
 */
function bestFirst(
  library: Library,
  contentId: number,
  candidates: readonly (Candidate | undefined)[],
  { generation: { id, dimension }, threshold }: GroupOptions,
): Neighbour | undefined {
  const firsts = new Set<number>();
  for (const candidate of candidates) {
    if (candidate !== undefined && candidate.firstId !== null && firsts.size < FIRSTS_MAX) {
      firsts.add(candidate.firstId);
    }
  }
  if (firsts.size === 0) return undefined;
  const { vectors } = library.store;
  const own = vectors.get(id, contentId, dimension);
  if (own === undefined) return undefined;
  const shapes = knownShapes(library, [contentId, ...firsts]);
  let best: Neighbour | undefined;
  for (const first of firsts) {
    const other = vectors.get(id, first, dimension);
    if (other === undefined) continue;
    const score = cosine(own, other);
    if (!lookAlike(score, shapes.get(contentId), shapes.get(first), threshold)) continue;
    if (best === undefined || score > best.score) best = { contentId: first, score };
  }
  return best;
}
