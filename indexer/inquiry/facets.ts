/**
 * What one could filter by, and how many photos each value keeps.
 * Source: our own. Deviation: none.
 *
 * Each value carries the filter that keeps exactly its photos. A camera filter means all cameras that have the text in their
 * name, so "Canon EOS 5" is that without "Canon EOS 5D"; a folder is that of the indexed name with all below it. A value that
 * no filter can name is left out, and the list is not complete then.
 */
import {
  checkPhotoFilter,
  folded,
  orientations,
  type FacetRow,
  type PhotoFilter,
  type Store,
} from '../store/index.ts';
import { PlaceCells } from './place-cells.ts';

export const facetNames = [
  'year',
  'month',
  'folder',
  'camera',
  'lens',
  'orientation',
  'format',
  'place',
  'keyword',
] as const;
export type FacetName = (typeof facetNames)[number];

export interface FacetValue {
  /** Names it among the others: `2026-04`, `photos/holiday`, `Canon EOS 5D`. */
  readonly value: string;
  /** For people. */
  readonly label: string;
  /** photos; each copy counts */
  readonly count: number;
  readonly filter: PhotoFilter;
}

export interface Facet {
  readonly name: FacetName;
  /** Those with the most photos first; years and months: the newest first. */
  readonly values: readonly FacetValue[];
  readonly isComplete: boolean;
}

export interface FacetsRequest {
  /** checked; null: every photo */
  readonly filter: PhotoFilter | null;
  readonly names: readonly FacetName[];
  /** milliseconds since 1970; relative dates are those before it */
  readonly nowMs: number;
}

export interface Facets {
  /** photos that pass the filter */
  readonly total: number;
  /** In the order asked for. */
  readonly facets: readonly Facet[];
}

/** Of one facet. */
export const FACET_VALUES_MAX = 200;

/** Longer names that a camera is to be told from; a filter joins at most 32. */
const LONGER_NAMES_MAX = 31;

/** On the calling thread. */
export function countFacets(store: Store, { filter, names, nowMs }: FacetsRequest): Facets {
  const { facetRows } = store;
  const count = new FacetCount(store, names);
  facetRows.atOneMoment(() => {
    for (const rows of facetRows.pages(filter ?? undefined, new Date(nowMs))) count.add(rows);
    count.readNames();
  });
  return { total: count.total, facets: names.map((name) => count.facet(name)) };
}

/** How often each text was met. */
class Tally {
  readonly counts = new Map<string, number>();

  add(text: string, times = 1): void {
    this.counts.set(text, (this.counts.get(text) ?? 0) + times);
  }
}

class FacetCount {
  readonly #store: Store;
  readonly #names: ReadonlySet<FacetName>;
  readonly #tallies: Readonly<Record<FacetName, Tally>>;
  readonly #cells = new PlaceCells();
  /** Folded tag and spelling of each text, by its id. */
  readonly #tags = new Map<number, { readonly key: string; readonly text: string }>();
  #known: Readonly<Record<'camera' | 'lens', readonly string[]>> = { camera: [], lens: [] };
  total = 0;

  constructor(store: Store, names: readonly FacetName[]) {
    this.#store = store;
    this.#names = new Set(names);
    this.#tallies = Object.fromEntries(facetNames.map((name) => [name, new Tally()])) as Record<
      FacetName,
      Tally
    >;
  }

  add(rows: readonly FacetRow[]): void {
    const { year, month, folder, camera, lens, orientation, format } = this.#tallies;
    this.total += rows.length;
    for (const row of rows) {
      if (row.takenAt !== null) {
        year.add(row.takenAt.slice(0, 4));
        month.add(row.takenAt.slice(0, 7));
      }
      folder.add(`${row.rootId} ${row.folder}`);
      if (row.camera !== null) camera.add(row.camera);
      if (row.lens !== null) lens.add(row.lens);
      orientation.add(orientationOf(row));
      format.add(row.format);
      if (row.latitude !== null && row.longitude !== null)
        this.#cells.add(row.latitude, row.longitude, row.location);
    }
    if (this.#names.has('keyword')) this.#addTags(rows);
  }

  /** Of the same moment as the rows. */
  readNames(): void {
    const { names } = this.#store.facetRows;
    this.#known = { camera: names.cameras(), lens: names.lenses() };
    if (this.#names.has('folder')) this.#spreadFolders();
  }

  facet(name: FacetName): Facet {
    const isTime = name === 'year' || name === 'month';
    const all = this.#valuesOf(name).toSorted((a, b) =>
      isTime ? compare(b.value, a.value) : b.count - a.count || compare(a.value, b.value),
    );
    const values: FacetValue[] = [];
    for (const { filter, ...value } of all) {
      if (values.length === FACET_VALUES_MAX) break;
      const exact = filter === undefined ? undefined : acceptable(filter);
      if (exact !== undefined) values.push({ ...value, filter: exact });
    }
    return { name, values, isComplete: values.length === all.length };
  }

  #valuesOf(name: FacetName): (Omit<FacetValue, 'filter'> & { readonly filter: PhotoFilter | undefined })[] {
    if (name === 'place') return this.#cells.values();
    return spellings(this.#tallies[name]).map(({ value, count }) => ({
      value,
      label: value,
      count,
      filter: this.#filterOf(name, value),
    }));
  }

  #filterOf(name: Exclude<FacetName, 'place'>, value: string): PhotoFilter | undefined {
    switch (name) {
      case 'year':
      case 'month':
        return { taken: { from: value, until: value } };
      case 'folder':
        return { path: `${value.replaceAll(/[\\*?[\]{}!]/g, String.raw`\$&`)}/**` };
      case 'camera':
        return exactly('camera', value, this.#known.camera);
      case 'lens':
        return exactly('lens', value, this.#known.lens);
      case 'orientation':
        return { orientation: orientations.find((one) => one === value) ?? 'square' };
      case 'format':
        return { format: value };
      case 'keyword':
        break;
    }
    return { keyword: value };
  }

  /** A photo may have one tag twice, in other letters or by two who gave it. */
  #addTags(rows: readonly FacetRow[]): void {
    if (this.#tags.size === 0) {
      for (const { id, text } of this.#store.facetRows.names.tags()) {
        this.#tags.set(id, { key: folded(text), text });
      }
    }
    const tags = this.#store.facetRows.tagsOf(rows.map(({ id }) => id));
    let image = 0;
    const seen = new Set<string>();
    for (const { imageId, textId } of tags) {
      if (imageId !== image) seen.clear();
      image = imageId;
      const tag = this.#tags.get(textId);
      if (tag === undefined || seen.has(tag.key)) continue;
      seen.add(tag.key);
      this.#tallies.keyword.add(tag.text);
    }
  }

  /** Photos of a folder are also photos of those around it. */
  #spreadFolders(): void {
    const { counts } = this.#tallies.folder;
    const direct = new Map(counts);
    counts.clear();
    for (const { folder, rootId, segments } of this.#store.facetRows.names.folders()) {
      const count = direct.get(`${rootId} ${folder}`) ?? 0;
      if (count === 0) continue;
      for (let depth = 1; depth <= segments.length; depth += 1) {
        this.#tallies.folder.add(segments.slice(0, depth).join('/'), count);
      }
    }
  }
}

/** Texts that differ in the case of letters alone are one, in the spelling that is met most. */
function spellings({ counts }: Tally): { readonly value: string; readonly count: number }[] {
  const groups = new Map<string, { value: string; best: number; count: number }>();
  for (const [text, count] of counts) {
    const key = folded(text);
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, { value: text, best: count, count });
      continue;
    }
    group.count += count;
    if (count < group.best || (count === group.best && text > group.value)) continue;
    group.value = text;
    group.best = count;
  }
  return [...groups.values()].map(({ value, count }) => ({ value, count }));
}

/** The filter means every name with the text in it: the longer ones are taken away. */
function exactly(field: 'camera' | 'lens', value: string, known: readonly string[]): PhotoFilter | undefined {
  const filterFor = (text: string): PhotoFilter => (field === 'camera' ? { camera: text } : { lens: text });
  const wanted = folded(value);
  const longer = [...new Map(known.map((name) => [folded(name), name]))].filter(
    ([key]) => key !== wanted && key.includes(wanted),
  );
  // One that has another of them in its name goes with that.
  const shortest = longer.filter(([key]) => !longer.some(([other]) => other !== key && key.includes(other)));
  if (shortest.length > LONGER_NAMES_MAX) return undefined;
  if (shortest.length === 0) return filterFor(value);
  return { and: [filterFor(value), ...shortest.map(([, name]) => ({ not: filterFor(name) }))] };
}

/** As the check of filters leaves it, where it takes it unchanged. */
function acceptable(filter: PhotoFilter): PhotoFilter | undefined {
  try {
    return JSON.stringify(checkPhotoFilter(filter)) === JSON.stringify(filter) ? filter : undefined;
  } catch {
    return undefined;
  }
}

function orientationOf({ width, height }: FacetRow): (typeof orientations)[number] {
  if (width === height) return 'square';
  return width > height ? 'landscape' : 'portrait';
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
