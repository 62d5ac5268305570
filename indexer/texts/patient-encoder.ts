/**
 * Texts through a model that is also searched with: searches go first, work that is not urgent waits.
 * Source: our own. Deviation: none.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, isAppError, type Embedder, type EncodedText } from '../../model/index.ts';

/** Where the queue of the model is full, a batch waits. */
const BUSY_WAIT_MS = 100;
const BUSY_ATTEMPTS = 600;

/** @throws AppError ABORTED, TEXT_INVALID (one of them has no words), INFERENCE_FAILED, BUSY (after a minute) */
export async function encodePatiently(
  embedder: Pick<Embedder, 'encodeTexts'>,
  texts: readonly string[],
  signal: AbortSignal | undefined,
): Promise<EncodedText[]> {
  for (let attempt = 1; ; attempt += 1) {
    if (signal?.aborted === true) throw new AppError('ABORTED', 'embedding texts was stopped');
    try {
      return await embedder.encodeTexts(texts, signal === undefined ? {} : { signal });
    } catch (error) {
      if (!isAppError(error, 'BUSY') || attempt === BUSY_ATTEMPTS) throw error;
      await delay(BUSY_WAIT_MS);
    }
  }
}
