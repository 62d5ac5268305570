/**
 * Groups of duplicates in words.
 * Source: our own. Deviation: none.
 */
import type { ImageDocument } from '../../schema/index.ts';
import { formatBytes, formatCount, formatNumber } from '../parts/format.ts';
import type { DuplicateGroup, DuplicateKind, DuplicatesDocument } from './duplicates-document.ts';

/** One photo of a group, as a viewer steps through it. */
export interface GroupPhoto {
  readonly image: ImageDocument;
  /** What it is to the group, for people; '' for the first. */
  readonly relation: string;
}

/** '' while it is not known. */
export function summaryWords(kind: DuplicateKind, { total, near }: DuplicatesDocument): string {
  if (total === null) return '';
  if (total.groups === 0) {
    if (kind === 'exact') return 'No file is in the library twice.';
    return near === null || near.madeAt === null ? '' : 'No photos look alike.';
  }
  const groups = formatCount(total.groups, 'group');
  const spare = total.spareBytes === null ? '' : ` · the copies take ${formatBytes(total.spareBytes)}`;
  return `${formatCount(total.photos, 'photo')} in ${groups}${spare}`;
}

/** What is not known yet of look-alikes; '' where all is. */
export function pendingWords({ near }: DuplicatesDocument): string {
  if (near === null || near.pending === 0) return '';
  if (near.madeAt === null) return 'Nobody has looked for look-alikes yet.';
  const came =
    near.pending === 1
      ? '1 photo came since and was'
      : `${formatNumber(near.pending)} photos came since and were`;
  return `${came} not compared yet.`;
}

export function titleWords({ count, photos }: DuplicateGroup, kind: DuplicateKind): string {
  const bytes = photos[0]?.image.bytes ?? 0;
  if (kind === 'exact') return `${formatNumber(count)} times the same file · ${formatBytes(bytes)} each`;
  return `${formatCount(count, 'photo')} that look alike`;
}

/** Photos of the group that are not listed. */
export function restOf({ count, photos }: DuplicateGroup): number {
  return count - photos.reduce((sum, { copies }) => sum + 1 + copies.length, 0);
}

/** All photos that are listed, copies behind the photo they are copies of. */
export function photosOf({ photos }: DuplicateGroup, kind: DuplicateKind): readonly GroupPhoto[] {
  const first = photos[0]?.image.id;
  return photos.flatMap(({ image, copies }) => [
    { image, relation: image.id === first ? '' : kind === 'exact' ? 'exact copy' : 'look-alike' },
    ...copies.map((copy) => ({ image: copy, relation: 'exact copy' })),
  ]);
}
