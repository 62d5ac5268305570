/**
 * Groups of duplicates, page by page: copies of the same bytes, or photos that look alike. Reads only.
 * Source: our own. Deviation: none.
 */
import type { Library } from '../library/library.ts';
import type { ImageRecord } from '../store/index.ts';
import { nearState } from './near-state.ts';
import { Resemblance } from './resemblance.ts';

/** `exact`: several files with the same bytes. `near`: different bytes that look like versions of one photo. */
export const duplicateKinds = ['exact', 'near'] as const;
export type DuplicateKind = (typeof duplicateKinds)[number];

/** One photo of a group; of those with the same bytes, the oldest. */
export interface DuplicatePhoto {
  readonly image: ImageRecord;
  /** cosine to the first photo of the group; 1 for copies */
  readonly score: number;
  /** Other places of the same bytes, at most 100; empty in a group of copies, which lists them as photos. */
  readonly copies: readonly ImageRecord[];
}

export interface DuplicateGroup {
  /** Content id of its first photo; stays the same as long as that is the best. */
  readonly id: number;
  /** Files in all; `photos` lists the first 100. */
  readonly count: number;
  /** Best first: the most pixels, then the most bytes, then the oldest. */
  readonly photos: readonly DuplicatePhoto[];
}

export interface DuplicatePage {
  /** Those with the most photos first. */
  readonly groups: readonly DuplicateGroup[];
  /** Where the next page begins; null at the end. */
  readonly next: DuplicateCursor | null;
}

/** Behind which group a page begins. */
export interface DuplicateCursor {
  readonly size: number;
  readonly id: number;
}

export interface DuplicateTotals {
  readonly groups: number;
  /** files in all groups */
  readonly photos: number;
  /** Bytes of all copies but one of each; null for look-alikes, which are no copies. */
  readonly spareBytes: number | null;
}

/** Enough to look at; a group of thousands is a crowd, and is counted. */
const PHOTOS_MAX = 100;

export function duplicateTotals(library: Library, kind: DuplicateKind): DuplicateTotals {
  const { store } = library;
  if (kind === 'exact') {
    const { groups, images, spareBytes } = store.exactDuplicates.totals();
    return { groups, photos: images, spareBytes };
  }
  const { grouping } = nearState(library);
  const totals = grouping === null ? { groups: 0, images: 0 } : store.nearGroups.totals(grouping.id);
  return { groups: totals.groups, photos: totals.images, spareBytes: null };
}

/** @param after undefined for the first page */
export function duplicateGroups(
  library: Library,
  kind: DuplicateKind,
  { after, limit }: { readonly after?: DuplicateCursor | undefined; readonly limit: number },
): DuplicatePage {
  // One more than asked for says whether there is a next page.
  const [places, group] =
    kind === 'exact' ? exactPage(library, after, limit + 1) : nearPage(library, after, limit + 1);
  const page = places.slice(0, limit);
  const last = page.at(-1);
  return {
    groups: page.map(group).filter(({ photos }) => photos.length > 0),
    next: places.length > limit && last !== undefined ? last : null,
  };
}

type Page = readonly [places: readonly DuplicateCursor[], group: (place: DuplicateCursor) => DuplicateGroup];

function exactPage({ store }: Library, after: DuplicateCursor | undefined, limit: number): Page {
  const from = after && { contentId: after.id, places: after.size };
  const places = store.exactDuplicates
    .page(from, limit)
    .map(({ contentId, places: size }) => ({ size, id: contentId }));
  return [
    places,
    ({ id, size }) => ({
      id,
      count: size,
      photos: store.images.byContent(id, PHOTOS_MAX).map((image) => ({ image, score: 1, copies: [] })),
    }),
  ];
}

function nearPage(library: Library, after: DuplicateCursor | undefined, limit: number): Page {
  const { store, generation } = library;
  const { grouping } = nearState(library);
  if (grouping === null) return [[], (place) => ({ id: place.id, count: 0, photos: [] })];
  const from = after && { size: after.size, firstId: after.id };
  const groups = store.nearGroups.groups(grouping.id, from, limit);
  const idOf = new Map(groups.map(({ id, firstId }) => [firstId, id]));
  return [
    groups.map(({ size, firstId }) => ({ size, id: firstId })),
    ({ id: firstId }) => {
      const groupId = idOf.get(firstId) ?? 0;
      const alike = new Resemblance(library, generation, grouping.threshold);
      const photos = store.nearGroups.members(groupId, PHOTOS_MAX).flatMap((contentId) => {
        const [image, ...copies] = store.images.byContent(contentId, PHOTOS_MAX + 1);
        if (image === undefined) return [];
        return [{ image, score: contentId === firstId ? 1 : (alike.score(firstId, contentId) ?? 0), copies }];
      });
      return { id: firstId, count: store.nearGroups.countImages(groupId), photos };
    },
  ];
}
