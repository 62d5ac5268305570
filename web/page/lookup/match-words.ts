/**
 * How sure a match is, in words, and where trust ends.
 * Source: our own. Deviation: none.
 */
import type { LookupHitDocument } from '../../schema/index.ts';
import { formatProbability } from '../parts/format.ts';

type Hit = Pick<LookupHitDocument, 'band' | 'pMatch' | 'score'>;

/** Above the line stands what fits; below it what is only nearest. */
export function splitByTrust<T extends Pick<LookupHitDocument, 'band'>>(
  hits: readonly T[],
): { readonly trusted: readonly T[]; readonly rest: readonly T[] } {
  const isTrusted = ({ band }: T): boolean => band !== null && band !== 'unlikely';
  return { trusted: hits.filter(isTrusted), rest: hits.filter((hit) => !isTrusted(hit)) };
}

/** The probability, or the cosine where none is known. */
export function matchWords({ pMatch, score }: Hit): string {
  return pMatch === null ? score.toFixed(3) : formatProbability(pMatch);
}

/** For screen readers: "87 % probability that it fits", "cosine 0.312". */
export function matchLabel(hit: Hit): string {
  return hit.pMatch === null
    ? `cosine ${hit.score.toFixed(3)}`
    : `${matchWords(hit)} probability that it fits`;
}

/** 0 to 1, the length of a bar; cosines are drawn between the lowest and the highest of the list. */
export function barOf({ pMatch, score }: Hit, all: readonly Pick<Hit, 'score'>[]): number {
  if (pMatch !== null) return pMatch;
  const scores = all.map((one) => one.score);
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  // The lowest keeps a stub: a bar of nothing would say that it does not fit at all.
  return high === low ? 1 : 0.08 + (0.92 * (score - low)) / (high - low);
}
