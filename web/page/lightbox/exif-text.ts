/**
 * What the camera wrote, as people say it.
 * Source: EXIF. Deviation: none.
 */
import type { ImageDetailsDocument } from '../../schema/index.ts';
import { formatDay } from '../parts/format.ts';

/** 2025-04-05T06:07:08 → April 5, 2025, 06:07 */
export function takenText(takenAt: string | null): string | undefined {
  if (takenAt === null) return undefined;
  const day = formatDay(takenAt);
  const time = /T(\d{2}:\d{2})/.exec(takenAt)?.[1];
  return day === undefined || time === undefined ? day : `${day}, ${time}`;
}

type Exposure = Pick<ImageDetailsDocument, 'exposureSeconds' | 'aperture' | 'iso' | 'focalLengthMm'>;

/** 1/250 s · f/2.8 · ISO 100 · 50 mm */
export function exposureText({ exposureSeconds, aperture, iso, focalLengthMm }: Exposure): string {
  const seconds =
    exposureSeconds === null || exposureSeconds <= 0
      ? null
      : exposureSeconds < 0.4
        ? `1/${Math.round(1 / exposureSeconds)} s`
        : `${Number(exposureSeconds.toFixed(1))} s`;
  return [
    seconds,
    aperture === null ? null : `f/${Number(aperture.toFixed(1))}`,
    iso === null ? null : `ISO ${iso}`,
    focalLengthMm === null ? null : `${Number(focalLengthMm.toFixed(1))} mm`,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

type Place = Pick<ImageDetailsDocument, 'location' | 'latitude' | 'longitude'>;

/** Rome · 41.9028° N, 12.4964° E */
export function placeText({ location, latitude, longitude }: Place): string {
  const degrees =
    latitude === null || longitude === null
      ? null
      : `${Math.abs(latitude).toFixed(4)}° ${latitude < 0 ? 'S' : 'N'}, ${Math.abs(longitude).toFixed(4)}° ${longitude < 0 ? 'W' : 'E'}`;
  return [location, degrees].filter((part) => part !== null).join(' · ');
}
