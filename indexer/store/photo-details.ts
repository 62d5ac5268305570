/**
 * What a camera and a program wrote into a photo, and the columns that hold it.
 * Source: our own. Deviation: none.
 */
import type { SqlValue } from './connection.ts';

/** Each is null where the photo does not say it. */
export interface PhotoDetails {
  /** EXIF's, 1 to 8, as stored: width and height of the photo are upright already. */
  readonly orientation: number | null;
  /** Maker and model. */
  readonly camera: string | null;
  readonly lens: string | null;
  readonly exposureSeconds: number | null;
  /** The f-number. */
  readonly aperture: number | null;
  readonly iso: number | null;
  readonly focalLengthMm: number | null;
  /** Degrees, -90 to 90, north is positive; null together with the longitude. */
  readonly latitude: number | null;
  /** Degrees, -180 to 180, east is positive. */
  readonly longitude: number | null;
  /** Above the sea. */
  readonly altitudeM: number | null;
  readonly title: string | null;
  /** May have several lines. */
  readonly caption: string | null;
  readonly keywords: readonly string[];
  readonly creator: string | null;
  readonly copyright: string | null;
  /** Stars, 1 to 5. */
  readonly rating: number | null;
  /** Quarter, city, region, country, as far as they are named. */
  readonly location: string | null;
}

export const noDetails: PhotoDetails = {
  orientation: null,
  camera: null,
  lens: null,
  exposureSeconds: null,
  aperture: null,
  iso: null,
  focalLengthMm: null,
  latitude: null,
  longitude: null,
  altitudeM: null,
  title: null,
  caption: null,
  keywords: [],
  creator: null,
  copyright: null,
  rating: null,
  location: null,
};

/** Field and column, in the order of the values. */
const columns: readonly (readonly [keyof PhotoDetails, string])[] = [
  ['orientation', 'orientation'],
  ['camera', 'camera'],
  ['lens', 'lens'],
  ['exposureSeconds', 'exposure_seconds'],
  ['aperture', 'aperture'],
  ['iso', 'iso'],
  ['focalLengthMm', 'focal_length_mm'],
  ['latitude', 'latitude'],
  ['longitude', 'longitude'],
  ['altitudeM', 'altitude_m'],
  ['title', 'title'],
  ['caption', 'caption'],
  ['keywords', 'keywords'],
  ['creator', 'creator'],
  ['copyright', 'copyright'],
  ['rating', 'rating'],
  ['location', 'location'],
];

export const detailColumns: readonly string[] = columns.map(([, column]) => column);

/** What `splitDetails` takes apart, as a SELECT list of the columns of `table`. */
export function detailsSql(table: string): string {
  return columns.map(([field, column]) => `${table}.${column} AS ${PREFIX}${field}`).join(', ');
}

/** Field names of details begin so in a row, because a row is flat. */
const PREFIX = 'details_';

/** A row of other columns and of `detailsSql`: the others, with the details as an object. */
export function splitDetails<Row extends object>(row: Row): Row & { readonly details: PhotoDetails } {
  const values = { ...row } as Record<string, unknown>;
  const details: Record<string, unknown> = {};
  for (const [field] of columns) {
    details[field] = values[PREFIX + field];
    delete values[PREFIX + field];
  }
  const { keywords } = details;
  details['keywords'] = typeof keywords === 'string' ? (JSON.parse(keywords) as unknown) : [];
  return { ...(values as Row), details: details as unknown as PhotoDetails };
}

/** In the order of `detailColumns`. */
export function detailValues(details: PhotoDetails): SqlValue[] {
  return columns.map(([field]) => {
    const value = details[field];
    if (typeof value !== 'object' || value === null) return value;
    return value.length === 0 ? null : JSON.stringify(value);
  });
}
