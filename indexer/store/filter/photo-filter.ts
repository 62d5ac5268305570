/**
 * Which photos are meant, apart from what they show: when, where, with what, in which folder.
 * Source: our own. Deviation: none.
 *
 * A filter is an object with exactly one field; `and`, `or` and `not` join filters. It asks of a photo, that is of one
 * place of some bytes: of two copies in two folders, `folder` may hold for one and not for the other. What a photo does not
 * say, it does not fulfil: without a date it is neither of 2023 nor of any other year, and `not` of a year holds for it.
 */

/** Both ends belong to it; at least one is there. */
export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
}

/**
 * Year, month, day, or a time of a day down to seconds: `2023`, `2023-05`, `2023-05-06`, `2023-05-06T07:08`. By the clock
 * of the camera, so without a zone. `until` is to the end of what it names; a photo with a day alone counts at its start.
 */
export interface TakenRange {
  readonly from?: string;
  readonly until?: string;
}

export const orientations = ['landscape', 'portrait', 'square'] as const;
export type Orientation = (typeof orientations)[number];

/**
 * What can be there or not. `caption` and `keywords` are those that people and cameras wrote: tags of the engine, which it
 * may have given to every photo, do not count here (but for `keyword`).
 */
export const havables = ['caption', 'keywords', 'place', 'date', 'camera'] as const;
export type Havable = (typeof havables)[number];

/** What each field of a filter takes. */
export interface FilterValues {
  /** 1 to 32 filters, as `or`. */
  readonly and: readonly PhotoFilter[];
  readonly or: readonly PhotoFilter[];
  readonly not: PhotoFilter;
  readonly taken: TakenRange;
  /** Days, weeks, months or years before now: `30d`, `3w`, `6mo`, `2y`. Whole days. */
  readonly last: string;
  /** Absolute, or the end of a path such as `2023/rome`, in any case of letters: this folder and everything below. */
  readonly folder: string;
  /**
   * `*.jpg` is held against the name; with a slash, against the path from the name of the root on: `Photos/2023/**`. In any
   * case of letters. `*` and `?` stop at slashes, `**` does not; `[a-z]`, `[!a-z]`, `{jpg,png}`, and `\` before any of these.
   */
  readonly path: string;
  /** Contained in maker and model, in any case of letters. */
  readonly camera: string;
  readonly lens: string;
  readonly orientation: Orientation;
  /** pixels, upright */
  readonly width: NumberRange;
  readonly height: NumberRange;
  readonly megapixels: NumberRange;
  /** of the file */
  readonly bytes: NumberRange;
  readonly iso: NumberRange;
  /** the f-number */
  readonly aperture: NumberRange;
  readonly focalLengthMm: NumberRange;
  /** stars, 1 to 5 */
  readonly rating: NumberRange;
  /** As `ImageRecord.format`; `jpg` and `tif` are understood. */
  readonly format: string;
  /** degrees; up to this great-circle distance */
  readonly near: { readonly latitude: number; readonly longitude: number; readonly radiusM: number };
  /** Degrees. Where `west` is larger than `east`, it crosses the date line. */
  readonly within: {
    readonly south: number;
    readonly west: number;
    readonly north: number;
    readonly east: number;
  };
  readonly has: Havable;
  /** One keyword or tag, whole, in any case of letters, whoever gave it. */
  readonly keyword: string;
  /** A folder that was indexed: its path, or its last name. */
  readonly collection: string;
}

export type FilterField = keyof FilterValues;

export type PhotoFilter = {
  [Field in FilterField]: { readonly [Own in Field]: FilterValues[Field] };
}[FilterField];

/** Field and value of a filter, so that a `switch` over the first knows the second. */
export type FilterEntry = {
  [Field in FilterField]: readonly [field: Field, value: FilterValues[Field]];
}[FilterField];

export function entryOf(filter: PhotoFilter): FilterEntry {
  const [entry] = Object.entries(filter);
  if (entry === undefined) throw new Error('a filter without a field was not checked');
  return entry as unknown as FilterEntry;
}

/** The same filter with every leaf replaced. */
export function mapLeaves(filter: PhotoFilter, leaf: (filter: PhotoFilter) => PhotoFilter): PhotoFilter {
  if ('and' in filter) return { and: filter.and.map((one) => mapLeaves(one, leaf)) };
  if ('or' in filter) return { or: filter.or.map((one) => mapLeaves(one, leaf)) };
  if ('not' in filter) return { not: mapLeaves(filter.not, leaf) };
  return leaf(filter);
}
