/**
 * The verifier that tagging asks for: probabilities of photos and labels, by the fusion encoder.
 * Source: our own. Deviation: none.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Library, PairVerifier } from '../../indexer/index.ts';
import { isAppError } from '../../model/index.ts';
import { MatchCalibration } from '../calibration/index.ts';
import { FusionScorer } from '../rerank/index.ts';

/** Tagging reads each pair once, so hardly any is remembered. */
const SCORES_REMEMBERED = 1024;
const PIXEL_BYTES_MAX = 8 * 1024 * 1024;

/** Searches go first: where the queue is full, tagging waits. */
const BUSY_WAIT_MS = 200;
const BUSY_ATTEMPTS = 300;

export function pairVerifier(library: Library): PairVerifier {
  const scorer = new FusionScorer({
    library,
    pixelBytesMax: PIXEL_BYTES_MAX,
    scoreEntriesMax: SCORES_REMEMBERED,
  });
  return {
    cutoffOf: (embedder) =>
      scorer.canFuse(embedder) ? (MatchCalibration.of(embedder)?.cutoff ?? null) : null,
    verify: async (embedder, generationId, pairs, { signal }) => {
      const calibration = MatchCalibration.of(embedder);
      const { scores } = await patiently(() =>
        scorer.score(embedder, generationId, pairs, signal === undefined ? {} : { signal }),
      );
      return pairs.map(({ vector, text, cosine }, index) => {
        const score = scores[index];
        return score === undefined
          ? undefined
          : calibration?.forQuery({ vector, text }).pMatch(score, cosine);
      });
    },
  };
}

async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isAppError(error, 'BUSY') || attempt === BUSY_ATTEMPTS) throw error;
      await delay(BUSY_WAIT_MS);
    }
  }
}
