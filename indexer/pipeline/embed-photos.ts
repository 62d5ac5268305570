/**
 * A batch of prepared photos through the network. One photo that it fails on does not take the others with it.
 * Source: our own. Deviation: none.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, isAppError, messageOf, type Embedder } from '../../model/index.ts';
import { checkVector } from '../vectors/index.ts';

/** While searches fill the queue of the network, indexing steps back. */
const BUSY_WAIT_MS = 200;

/**
 * @param pixels float32 [3, S, S] each
 * @returns float32 [D] each, unit length; an AppError where the network failed on this one
 * @throws AppError INFERENCE_FAILED where it fails on all of several, ABORTED
 */
export async function embedPhotos(
  embedder: Embedder,
  pixels: readonly Float32Array[],
  signal: AbortSignal | undefined,
): Promise<(Float32Array | AppError)[]> {
  if (pixels.length === 0) return [];
  try {
    return await embed(embedder, pixels, signal);
  } catch (error) {
    if (!isAppError(error, 'INFERENCE_FAILED') || pixels.length === 1) throw error;
  }
  const results: (Float32Array | AppError)[] = [];
  for (const one of pixels) {
    try {
      results.push(...(await embed(embedder, [one], signal)));
    } catch (error) {
      if (!isAppError(error, 'INFERENCE_FAILED')) throw error;
      results.push(error);
    }
  }
  const [first] = results;
  if (first instanceof AppError && results.every((result) => result instanceof AppError)) throw first;
  return results;
}

async function embed(
  embedder: Embedder,
  pixels: readonly Float32Array[],
  signal: AbortSignal | undefined,
): Promise<Float32Array[]> {
  for (;;) {
    try {
      const vectors = await embedder.encodeImages(pixels, signal === undefined ? {} : { signal });
      for (const vector of vectors) check(embedder, vector);
      return vectors;
    } catch (error) {
      if (!isAppError(error, 'BUSY')) throw error;
      await delay(BUSY_WAIT_MS);
    }
  }
}

/** A broken model gives NaN or zeros; they must not come into the library, where nobody would find them again. */
function check(embedder: Embedder, vector: Float32Array): void {
  try {
    checkVector(vector, embedder.dimension);
  } catch (error) {
    throw new AppError(
      'INFERENCE_FAILED',
      `model "${embedder.name}" gave ${messageOf(error)}; check it with "imglish model info", or try --precision fp32`,
      { cause: error },
    );
  }
}
