/**
 * Filters as a plain predicate over one photo: slow, obvious, and written apart from the real ones.
 * Source: the comments of photo-filter.ts. Deviation: none.
 */
import path from 'node:path';
import picomatch from 'picomatch';
import type { FilterValues, NumberRange, PhotoFilter } from '../../../../indexer/store/index.ts';
import type { MadePhoto } from './made-photos.ts';

export function passes(filter: PhotoFilter, photo: MadePhoto, now: Date): boolean {
  const { image } = photo;
  const { details } = image;
  if ('and' in filter) return filter.and.every((one) => passes(one, photo, now));
  if ('or' in filter) return filter.or.some((one) => passes(one, photo, now));
  if ('not' in filter) return !passes(filter.not, photo, now);
  if ('taken' in filter) return isTaken(image.takenAt, filter.taken);
  if ('last' in filter) return isRecent(image.takenAt, filter.last, now);
  if ('folder' in filter) return isInFolder(image.path, filter.folder);
  if ('path' in filter) return isLike(image.path, image.root, filter.path);
  if ('collection' in filter) {
    return image.root === filter.collection || same(path.basename(image.root), filter.collection);
  }
  if ('camera' in filter) return contains(details.camera, filter.camera);
  if ('lens' in filter) return contains(details.lens, filter.lens);
  if ('orientation' in filter) {
    const difference = image.width - image.height;
    if (filter.orientation === 'square') return difference === 0;
    return filter.orientation === 'landscape' ? difference > 0 : difference < 0;
  }
  if ('width' in filter) return isIn(image.width, filter.width);
  if ('height' in filter) return isIn(image.height, filter.height);
  if ('megapixels' in filter) return isIn((image.width * image.height) / 1e6, filter.megapixels);
  if ('bytes' in filter) return isIn(image.bytes, filter.bytes);
  if ('iso' in filter) return isIn(details.iso, filter.iso);
  if ('aperture' in filter) return isIn(details.aperture, filter.aperture);
  if ('focalLengthMm' in filter) return isIn(details.focalLengthMm, filter.focalLengthMm);
  if ('rating' in filter) return isIn(details.rating, filter.rating);
  if ('format' in filter) return image.format === (filter.format === 'jpg' ? 'jpeg' : filter.format);
  if ('near' in filter) return isNear(details, filter.near);
  if ('within' in filter) return isWithin(details, filter.within);
  if ('keyword' in filter) {
    return [...photo.tags, ...photo.engineTags].some((tag) => same(tag, filter.keyword));
  }
  const { has } = filter;
  if (has === 'caption') return photo.captions.length > 0;
  if (has === 'keywords') return photo.tags.length > 0;
  if (has === 'place') return details.latitude !== null;
  if (has === 'date') return image.takenAt !== null;
  return details.camera !== null;
}

/** Caseless comparison by the collation of ICU, to which "ß" alone is another letter than "ss". */
const collator = new Intl.Collator('de', { sensitivity: 'accent', usage: 'search' });

function same(a: string, b: string): boolean {
  const [plainA, plainB] = [a, b].map((text) => text.replaceAll(/[ßẞ]/g, 'ss'));
  return collator.compare(plainA ?? '', plainB ?? '') === 0;
}

const known = new Map<string, boolean>();

function contains(text: string | null, part: string): boolean {
  if (text === null) return false;
  const pair = JSON.stringify([text, part]);
  const answer = known.get(pair) ?? hasPart(text, part);
  known.set(pair, answer);
  return answer;
}

function hasPart(text: string, part: string): boolean {
  for (let start = 0; start < text.length; start += 1) {
    for (let end = start + 1; end <= text.length; end += 1) {
      if (same(text.slice(start, end), part)) return true;
    }
  }
  return false;
}

function isIn(value: number | null, { min, max }: NumberRange): boolean {
  return value !== null && (min === undefined || value >= min) && (max === undefined || value <= max);
}

/** Seconds of the camera's clock since year 0, as if every month had 31 days: for comparing only. */
function seconds(parts: readonly number[]): number {
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts;
  return ((((year * 12 + month - 1) * 31 + day - 1) * 24 + hour) * 60 + minute) * 60 + second;
}

function numbersOf(moment: string): number[] {
  return moment
    .replace(/(?:Z|[+-]\d\d:\d\d)$/, '')
    .split(/[-T:]/)
    .map(Number);
}

function isTaken(takenAt: string | null, { from, until }: FilterValues['taken']): boolean {
  if (takenAt === null) return false;
  const at = seconds(numbersOf(takenAt));
  if (from !== undefined && at < seconds(numbersOf(from))) return false;
  if (until === undefined) return true;
  const parts = numbersOf(until);
  // One more of the last part named, which may be month 13 or hour 24: `seconds` does not mind.
  return at < seconds([...parts.slice(0, -1), (parts.at(-1) ?? 0) + 1]);
}

function isRecent(takenAt: string | null, age: string, now: Date): boolean {
  const count = Number.parseInt(age, 10);
  const start = new Date(now.getFullYear(), now.getMonth(), now.getDate(), 12);
  if (age.endsWith('mo')) start.setMonth(start.getMonth() - count);
  else if (age.endsWith('y')) start.setFullYear(start.getFullYear() - count);
  else start.setDate(start.getDate() - count * (age.endsWith('w') ? 7 : 1));
  const end = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 12);
  return isTaken(takenAt, { from: dayOf(start), until: dayOf(end) });
}

function dayOf(date: Date): string {
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-');
}

function isInFolder(file: string, folder: string): boolean {
  if (folder.startsWith('/')) return file.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
  const own = path.dirname(file).split('/');
  const wanted = folder.split('/');
  return own.some((_, start) => wanted.every((name, index) => same(own[start + index] ?? '', name)));
}

function isLike(file: string, root: string, glob: string): boolean {
  const place = path.relative(path.dirname(root), file);
  const text = glob.includes('/') ? place : path.basename(file);
  return picomatch.isMatch(text, glob, { dot: true, nocase: true, windows: false });
}

/** By the angle between two unit vectors, not by haversine. */
function isNear(
  { latitude, longitude }: { readonly latitude: number | null; readonly longitude: number | null },
  circle: FilterValues['near'],
): boolean {
  if (latitude === null || longitude === null) return false;
  const [a, b] = [vectorOf(latitude, longitude), vectorOf(circle.latitude, circle.longitude)];
  const chord = Math.hypot(...a.map((value, index) => value - (b[index] ?? 0)));
  return 2 * 6_371_008.8 * Math.asin(Math.min(1, chord / 2)) <= circle.radiusM;
}

function vectorOf(latitude: number, longitude: number): number[] {
  const [phi, lambda] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
  return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
}

/** A walk eastwards from the western edge reaches the photo before the eastern one. */
function isWithin(
  { latitude, longitude }: { readonly latitude: number | null; readonly longitude: number | null },
  { south, west, north, east }: FilterValues['within'],
): boolean {
  if (latitude === null || longitude === null || latitude < south || latitude > north) return false;
  const walk = (to: number) => (((to - west) % 360) + 360) % 360;
  if (west === -180 && east === 180) return true;
  return walk(longitude) <= walk(east);
}
