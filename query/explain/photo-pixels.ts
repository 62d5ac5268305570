/**
 * The photo that is to be explained, as the network reads it.
 * Source: our own. Deviation: none.
 */
import type { Library } from '../../indexer/index.ts';
import {
  AppError,
  preprocess,
  productPreprocess,
  toTensor,
  type Embedder,
  type PictureSource,
} from '../../model/index.ts';
import { PreparedPixels } from '../rerank/prepared-pixels.ts';

/** A picture that somebody brought, a photo of a library, or what a caller has prepared already (float32 [3, S, S]). */
export type PhotoToExplain =
  | { readonly picture: PictureSource }
  | { readonly library: Library; readonly id: number }
  | { readonly pixels: Float32Array };

/** One photo is read; nothing is worth keeping. */
const CACHE_BYTES = 0;

/**
 * @returns float32 [3, S, S]
 * @throws AppError NOT_FOUND, FILE_UNREADABLE, IMAGE_INVALID, IMAGE_TOO_LARGE, INVALID_ARGUMENT
 */
export async function pixelsOf(photo: PhotoToExplain, { preprocess: spec }: Embedder): Promise<Float32Array> {
  if ('pixels' in photo) {
    const expected = 3 * spec.side * spec.side;
    if (photo.pixels.length === expected) return photo.pixels;
    throw new AppError(
      'INVALID_ARGUMENT',
      `an image of ${photo.pixels.length} numbers, expected ${expected} ([3, ${spec.side}, ${spec.side}]); prepare it with this model's preprocessing`,
    );
  }
  if ('picture' in photo) return preprocess(photo.picture, spec, productPreprocess);
  const { library, id } = photo;
  const image = library.store.images.byId(id);
  if (image === undefined) {
    throw new AppError(
      'NOT_FOUND',
      `photo ${id}: not in this library, expected the id of an indexed photo; search again`,
    );
  }
  const prepared = await new PreparedPixels(library, CACHE_BYTES).get({ contentId: image.contentId }, spec);
  if (prepared === undefined) {
    throw new AppError(
      'FILE_UNREADABLE',
      `${image.path}: can no longer be read, nor is there a preview of it; put the photo back or index its folder again`,
    );
  }
  return toTensor(prepared.pixels, spec);
}
