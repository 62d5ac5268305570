/**
 * A photo finds texts: captions, tags and catalogue lines of the library, verified by reading both together. A text finds
 * texts too.
 * Source: DESIGN, "The way of the data". Deviation: none.
 */
import { otherModel, type Generation, type Library } from '../../indexer/index.ts';
import type { Embedder } from '../../model/index.ts';
import type { FusionScorer } from '../rerank/index.ts';
import type { ImageInput } from '../request.ts';
import { checkLookup, type LookupRequest, type LookupResponse } from './lookup-request.ts';
import { LookupRun } from './lookup-run.ts';
import { pictureVector, storedVector } from './photo-vectors.ts';

export interface LookupEngineOptions {
  readonly library: Library;
  /** The model of a generation, which changes when the library is switched; undefined where it is not loaded. */
  readonly embedderOf: (modelIdentity: string) => Embedder | undefined;
  /** That of the searches, so that scores are remembered together; null: texts are never read together with photos. */
  readonly scorer: FusionScorer | null;
  /** Of pictures that are brought. */
  readonly limits?: { readonly bytesMax?: number; readonly pixelsMax?: number };
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** Reads only; may be used by many at once. */
export class LookupEngine {
  readonly #options: LookupEngineOptions;

  constructor(options: LookupEngineOptions) {
    this.#options = options;
  }

  /**
   * @throws AppError INVALID_ARGUMENT, TEXT_INVALID, NOT_FOUND (an image id), UNSUPPORTED (rerank with a model that cannot),
   *   LIBRARY_MISMATCH, BUSY, ABORTED, INFERENCE_FAILED, and what is wrong with a picture that was brought
   */
  async lookup(request: LookupRequest, options: CallOptions = {}): Promise<LookupResponse> {
    const wanted = checkLookup(request);
    const start = performance.now();
    const { library } = this.#options;
    await library.follow();
    return library.search(async (searchable) => {
      const embedder = this.#embedderFor(searchable.generation);
      const run = new LookupRun(this.#options, embedder, searchable, wanted, options.signal);
      return run.answer(start);
    });
  }

  /**
   * Vectors of photos, for `classify`: stored ones of the library, and of pictures that are brought.
   * @returns float32 [D] each, unit length, with the model that they are of
   * @throws AppError NOT_FOUND, LIBRARY_MISMATCH, ABORTED, INFERENCE_FAILED, and what is wrong with a picture
   */
  async vectorsOf(
    images: readonly ImageInput[],
    options: CallOptions = {},
  ): Promise<{ readonly embedder: Embedder; readonly vectors: readonly Float32Array[] }> {
    const { library, limits } = this.#options;
    await library.follow();
    return library.search(async ({ generation }) => {
      const embedder = this.#embedderFor(generation);
      const vectors: Float32Array[] = [];
      for (const image of images) {
        vectors.push(
          'id' in image
            ? storedVector(library, generation, image.id).vector
            : await pictureVector(embedder, image.picture, { ...limits, ...options }),
        );
      }
      return { embedder, vectors };
    });
  }

  #embedderFor(generation: Generation): Embedder {
    const { library, embedderOf } = this.#options;
    const embedder = embedderOf(generation.modelIdentity);
    if (embedder !== undefined) return embedder;
    throw otherModel(library.dataFolder, generation, {
      name: 'another',
      identity: 'not loaded',
      dimension: generation.dimension,
    });
  }
}
