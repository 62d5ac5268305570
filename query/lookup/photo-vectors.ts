/**
 * The vector of a photo: stored in the library, or of a picture that somebody brings.
 * Source: our own. Deviation: none.
 */
import type { Generation, Library } from '../../indexer/index.ts';
import {
  AppError,
  preprocess,
  productPreprocess,
  type Embedder,
  type PictureSource,
} from '../../model/index.ts';

/** @throws AppError NOT_FOUND */
export function storedVector(
  { store, dataFolder }: Library,
  generation: Generation,
  imageId: number,
): { readonly contentId: number; readonly vector: Float32Array } {
  const image = store.images.byId(imageId);
  if (image === undefined) {
    throw new AppError(
      'NOT_FOUND',
      `${dataFolder}: there is no image ${imageId}, expected the id of one in the library`,
    );
  }
  const vector = store.vectors.get(generation.id, image.contentId, generation.dimension);
  if (vector !== undefined) return { contentId: image.contentId, vector };
  throw new AppError(
    'NOT_FOUND',
    `${image.path}: has no vector of model "${generation.modelName}"; run "imglish index", or give the file itself`,
  );
}

/** @returns float32 [D], unit length */
export async function pictureVector(
  embedder: Embedder,
  picture: PictureSource,
  options: { readonly bytesMax?: number; readonly pixelsMax?: number; readonly signal?: AbortSignal } = {},
): Promise<Float32Array> {
  const pixels = await preprocess(picture, embedder.preprocess, { ...productPreprocess, ...options });
  const [vector] = await embedder.encodeImages(
    [pixels],
    options.signal === undefined ? {} : { signal: options.signal },
  );
  if (vector === undefined) throw new Error('the encoder gave no vector for a picture');
  return vector;
}
