/**
 * Pairs to groups.
 * Source: agglomerative clustering, closest first. Deviation: two groups become one only where every photo of both looks
 * like the best of them.
 *
 * The guard is what people ask of a group: "is this a version of that one, which I would keep?" Connected components
 * without it would make one group of a whole afternoon of slow panning, a ~ b ~ c, where a and c have nothing in common.
 * Complete linkage would promise more, that all look like all, and tear a large photo with ten small crops apart.
 * Taking photos from the best to the worst, each with all that look like it, gives the same promise in one pass; but then
 * a better photo of something similar takes the original away from its own copies (it did in the demo album). The closest
 * pairs come first here, so versions of one photo find each other before anything else comes near.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Library } from '../library/library.ts';
import type { Candidate, Generation, MadeGroup, NearPair } from '../store/index.ts';
import { Resemblance } from './resemblance.ts';

export interface GroupOptions {
  readonly generation: Generation;
  /** cosine */
  readonly threshold: number;
  /** Of the comparison. */
  readonly sequence: number;
  readonly signal: AbortSignal | undefined;
}

/** Pairs whose groups are one transaction. */
const PAIRS_PER_PAGE = 128;

/** Rows that go in one transaction. */
const ROWS_PER_REMOVAL = 2000;

/**
 * Makes the groups, and puts them in place of those before.
 * @throws what `signal` says; then those before stay
 */
export async function makeGroups(library: Library, options: GroupOptions): Promise<void> {
  const { nearDuplicates, nearGroups } = library.store;
  const { generation, threshold, sequence, signal } = options;
  await removeOldGroups(library);
  const groupingId = nearGroups.begin(generation.id, threshold, sequence);
  const grouper = new Grouper(library, groupingId, new Resemblance(library, generation, threshold));
  let last: NearPair | undefined;
  do {
    signal?.throwIfAborted();
    const page = nearDuplicates.pairs(generation.id, threshold, last, PAIRS_PER_PAGE);
    nearGroups.together(() => {
      for (const pair of page) grouper.take(pair);
    });
    last = page.at(-1);
    await nextTurn();
  } while (last !== undefined);
  nearGroups.publish(groupingId, generation.id);
  await removeOldGroups(library);
}

async function removeOldGroups(library: Library): Promise<void> {
  while (library.store.nearGroups.removeOld(ROWS_PER_REMOVAL) > 0) await nextTurn();
}

class Grouper {
  readonly #library: Library;
  readonly #groupingId: number;
  readonly #resemblance: Resemblance;

  constructor(library: Library, groupingId: number, resemblance: Resemblance) {
    this.#library = library;
    this.#groupingId = groupingId;
    this.#resemblance = resemblance;
  }

  take({ contentA, contentB }: NearPair): void {
    const { nearGroups } = this.#library.store;
    const a = nearGroups.candidate(this.#groupingId, contentA);
    const b = nearGroups.candidate(this.#groupingId, contentB);
    // One of them may have been deleted, or have come when the line stood already.
    if (a === undefined || b === undefined) return;
    if (a.groupId !== null && a.groupId === b.groupId) return;
    const [one, other] = [this.#groupOf(a), this.#groupOf(b)];
    if (this.#mayMerge(one ?? a, other ?? b)) {
      nearGroups.merge(
        one ?? nearGroups.addGroup(this.#groupingId, a),
        other ?? nearGroups.addGroup(this.#groupingId, b),
      );
    }
  }

  #groupOf({ groupId }: Candidate): MadeGroup | undefined {
    return groupId === null ? undefined : this.#library.store.nearGroups.group(groupId);
  }

  /** Whether all of the one with the worse first look like the first of the other. */
  #mayMerge(one: MadeGroup | Candidate, other: MadeGroup | Candidate): boolean {
    const [best, rest] = firstOf(one).place < firstOf(other).place ? [one, other] : [other, one];
    const { contentId } = firstOf(best);
    const members =
      'size' in rest ? this.#library.store.nearGroups.members(rest.id, rest.size) : [rest.contentId];
    return members.every((member) => this.#resemblance.score(contentId, member) !== undefined);
  }
}

function firstOf(group: MadeGroup | Candidate): { readonly contentId: number; readonly place: number } {
  return 'size' in group ? { contentId: group.firstId, place: group.firstPlace } : group;
}
