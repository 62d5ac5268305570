/**
 * Places on the globe: boxes that may cross the date line, and the box around a circle.
 * Source: Sinnott 1984 (haversine formula); J. P. Matuschek, "Finding Points Within a Distance of a Latitude/Longitude" (the
 * box). Deviation: the earth is a sphere of its mean radius, which is wrong by at most 0.6 % of a distance.
 */

/** IUGG mean radius. */
export const EARTH_RADIUS_M = 6_371_008.8;

/** A box, one or more ranges of longitude wide, none of which crosses the date line. Degrees, ends included. */
export interface GeoBox {
  readonly south: number;
  readonly north: number;
  readonly longitudes: readonly (readonly [west: number, east: number])[];
}

/** Rounding must not cut off what lies on the edge. About a tenth of a millimetre. */
const MARGIN_DEGREES = 1e-9;

/** Both -180 and 180 name the date line, so a box that touches one of them has the other, too. */
export function boxWithin(box: {
  readonly south: number;
  readonly west: number;
  readonly north: number;
  readonly east: number;
}): GeoBox {
  const { south, west, north, east } = box;
  const longitudes: [number, number][] =
    west <= east
      ? [[west, east]]
      : [
          [west, 180],
          [-180, east],
        ];
  if (longitudes.some(([start]) => start === -180)) longitudes.push([180, 180]);
  if (longitudes.some(([, end]) => end === 180)) longitudes.push([-180, -180]);
  return { south, north, longitudes };
}

/** The smallest box that has all of the circle in it. */
export function boxAround(circle: {
  readonly latitude: number;
  readonly longitude: number;
  readonly radiusM: number;
}): GeoBox {
  const { latitude, longitude, radiusM } = circle;
  const angle = radiusM / EARTH_RADIUS_M;
  const reach = toDegrees(angle) + MARGIN_DEGREES;
  const [south, north] = [latitude - reach, latitude + reach];
  // A pole lies in the circle, so every longitude does.
  if (south <= -90 || north >= 90) {
    return { south: Math.max(south, -90), north: Math.min(north, 90), longitudes: [[-180, 180]] };
  }
  const width =
    toDegrees(Math.asin(Math.min(1, Math.sin(angle) / Math.cos(toRadians(latitude))))) + MARGIN_DEGREES;
  if (width >= 180) return { south, north, longitudes: [[-180, 180]] };
  return boxWithin({ south, north, west: turned(longitude - width), east: turned(longitude + width) });
}

/**
 * Metres between a photo and a point, in SQL.
 * Placeholders in order: latitude, latitude, longitude; degrees.
 */
export function distanceSql(table: string): string {
  const half = (column: string) => `pow(sin(radians(${table}.${column} - ?) / 2), 2)`;
  return `2 * ${EARTH_RADIUS_M} * asin(min(1.0, sqrt(${half('latitude')} + cos(radians(?)) * cos(radians(${table}.latitude)) * ${half('longitude')})))`;
}

function turned(longitude: number): number {
  if (longitude < -180) return longitude + 360;
  return longitude > 180 ? longitude - 360 : longitude;
}

function toRadians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

function toDegrees(radians: number): number {
  return (radians * 180) / Math.PI;
}
