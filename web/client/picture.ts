/**
 * A photo in a list, with its place kept before it has loaded.
 * Source: our own. Deviation: none.
 */
import type { Photo } from './api.ts';
import { element } from './element.ts';

/** Panoramas and very tall pictures are cut to these proportions in a list; the viewer shows them whole. */
const RATIO_MIN = 0.6;
const RATIO_MAX = 2.6;
/** A small thumbnail is limited on its longer side: of anything wider it has too few rows to look sharp. */
const PANORAMA_RATIO = 2;

/** Width by height, as it is shown in a list. */
export function ratioOf({ width, height }: Photo): number {
  return Math.min(RATIO_MAX, Math.max(RATIO_MIN, width / height));
}

/** @param options.onLost the file may have been moved or removed */
export function pictureOf(
  photo: Photo,
  options: { readonly isEager: boolean; readonly onLost: () => void },
): HTMLImageElement {
  const picture = element('img', {
    src: photo.width / photo.height > PANORAMA_RATIO ? photo.preview : photo.thumbnail,
    width: photo.width,
    height: photo.height,
    alt: `${photo.fileName} in ${photo.folder}`,
    loading: options.isEager ? 'eager' : 'lazy',
    decoding: 'async',
  });
  picture.addEventListener('error', options.onLost, { once: true });
  return picture;
}
