/**
 * Photos with the sentences that describe them: what every form of annotations becomes.
 * Source: our own. Deviation: none.
 */
import { AppError } from '../../../model/index.ts';

export interface CaptionedPhoto {
  /** below the folder of photos, with slashes */
  readonly photo: string;
  /** at least one */
  readonly captions: readonly string[];
}

export interface CaptionedPhotos {
  /** In the order of the annotations, each photo once. */
  readonly photos: readonly CaptionedPhoto[];
  /** Photos of the split that have no caption; they count for nothing. */
  readonly uncaptioned: readonly string[];
}

/**
 * Annotations come from strangers: no name in them leads out of the folder of photos.
 * @throws AppError INVALID_ARGUMENT
 */
export function checkPhotoPath(place: string, photo: string): void {
  const parts = photo.split(/[/\\]/);
  const isAbsolute = parts[0] === '' || /^[A-Za-z]:/.test(photo);
  if (photo !== '' && !isAbsolute && !parts.includes('..') && !photo.includes('\u0000')) return;
  throw new AppError(
    'INVALID_ARGUMENT',
    `${place}: the photo ${JSON.stringify(photo.slice(0, 60))} leads out of the folder of photos, expected a path below it; use annotations that you trust`,
  );
}
