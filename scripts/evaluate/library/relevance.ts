/**
 * Which hits are what a person meant.
 * Source: our own. Deviation: none.
 */
import type { Relevant } from './queries-file.ts';

/** A photo at its place. */
export interface PlacedPhoto {
  readonly id: number;
  /** absolute */
  readonly path: string;
}

/**
 * The gain of each hit, in order. A judgement is met once: where a file name fits several hits, the first has its
 * gain. A hit with all its copies meets one judgement at most, the one of the highest gain.
 * @param hits each with all places it stands for
 */
export function gainsOf(hits: readonly (readonly PlacedPhoto[])[], relevant: readonly Relevant[]): number[] {
  const open = relevant.toSorted((a, b) => b.gain - a.gain);
  return hits.map((places) => {
    const met = open.findIndex(({ photo }) => places.some((place) => isMeant(photo, place)));
    return met < 0 ? 0 : (open.splice(met, 1)[0]?.gain ?? 0);
  });
}

/** By id, by the whole path, or by the end of it from a slash on. */
export function isMeant(photo: Relevant['photo'], { id, path }: PlacedPhoto): boolean {
  if (typeof photo === 'number') return photo === id;
  const [whole, end] = [withSlashes(path), withSlashes(photo)];
  return whole === end || whole.endsWith(`/${end.replace(/^\.?\//, '')}`);
}

/** Judgements that no photo can meet. */
export function unknownTo(
  places: Iterable<PlacedPhoto>,
  relevant: readonly Relevant[],
): Set<Relevant['photo']> {
  const unknown = new Set(relevant.map(({ photo }) => photo));
  const byName = new Map<string | number, Set<Relevant['photo']>>();
  for (const photo of unknown) {
    const name = typeof photo === 'number' ? photo : lastPart(photo);
    byName.set(name, (byName.get(name) ?? new Set()).add(photo));
  }
  for (const place of places) {
    for (const name of [place.id, lastPart(place.path)]) {
      for (const photo of byName.get(name) ?? []) if (isMeant(photo, place)) unknown.delete(photo);
    }
  }
  return unknown;
}

function lastPart(path: string): string {
  return withSlashes(path).split('/').at(-1) ?? '';
}

function withSlashes(path: string): string {
  return path.replaceAll('\\', '/').normalize('NFC');
}
