/**
 * The order of candidates and a place in it.
 * Source: our own. Deviation: none.
 *
 * Scores are those of the stored vectors, rounded to a millionth, whichever way a photo was found: so all ways give one
 * order, and a page begun by one can be continued by another.
 */
import type { VectorHit } from '../../indexer/index.ts';

const SCORE_STEPS = 1_000_000;

/** A place in the order: everything up to this content, with this score, comes before. */
export interface RankKey {
  readonly score: number;
  readonly id: number;
}

export function roundScore(cosine: number): number {
  return Math.round(cosine * SCORE_STEPS) / SCORE_STEPS;
}

/** Best first; of equal scores the lower id. */
export function byRank(a: VectorHit, b: VectorHit): number {
  return b.score - a.score || a.id - b.id;
}

export function isAfter(hit: VectorHit, key: RankKey | null): boolean {
  return key === null || byRank(key, hit) < 0;
}
