/**
 * One ranking of two: by vectors and by words.
 * Source: Cormack, Clarke, Büttcher 2009, reciprocal rank fusion: a place is worth 1 / (k + place).
 * Deviation: places in the ranking of words count `weight` times, see library-words.ts.
 */

/**
 * 60 in the paper, where many rankings are fused. Of two, a photo that one of them has at its first place shall not be overtaken
 * by what lies at the thirtieth of both: R@1 by the same measurement as in library-words.ts 50.1 with 10, 31.6 with 60.
 */
const K = 10;

/**
 * @param vector best first
 * @param words with their places, from 1; equal places are allowed
 * @param weight > 0
 * @returns all contents of both, best first; equal ones by the place in `vector`, then by id
 */
export function fuseRankings(
  vector: readonly { readonly contentId: number }[],
  words: readonly { readonly contentId: number; readonly rank: number }[],
  weight: number,
): { readonly contentId: number; readonly value: number }[] {
  const values = new Map<number, number>();
  for (const [index, { contentId }] of vector.entries()) values.set(contentId, 1 / (K + index + 1));
  const places = new Map(vector.map(({ contentId }, index) => [contentId, index]));
  for (const { contentId, rank } of words) {
    values.set(contentId, (values.get(contentId) ?? 0) + weight / (K + rank));
  }
  const placeOf = (contentId: number): number => places.get(contentId) ?? Number.POSITIVE_INFINITY;
  return [...values]
    .map(([contentId, value]) => ({ contentId, value }))
    .toSorted(
      (a, b) =>
        b.value - a.value ||
        // Both unplaced: infinity minus itself is no number.
        Math.sign(placeOf(a.contentId) - placeOf(b.contentId)) ||
        a.contentId - b.contentId,
    );
}
