/**
 * A verifier that knows no more than the cosine, for tests of what is done with its answers.
 * Source: our own. Deviation: none.
 */
import type { PairToVerify, PairVerifier } from '../../../indexer/index.ts';

/** @param before is awaited before each answer @param unreadable contents whose photo cannot be read */
export function cosineVerifier(
  cutoff: number,
  before: (pairs: readonly PairToVerify[]) => Promise<unknown> = async () => undefined,
  unreadable: ReadonlySet<number> = new Set(),
): PairVerifier {
  return {
    cutoffOf: () => cutoff,
    verify: async (_embedder, _generationId, pairs) => {
      await before(pairs);
      return pairs.map(({ contentId, cosine }) =>
        unreadable.has(contentId) ? undefined : Math.max(0, cosine),
      );
    },
  };
}
