/**
 * What a text is before anything else is done with it.
 * Source: our own. Deviation: none.
 */

/** Of one part of a query. Every model reads less and says so, so what is cut off here is never missed in silence. */
export const PART_CHARACTERS_MAX = 10_000;

/** Of everything that is typed or sent as words: a megabyte is no query. */
export const QUERY_CHARACTERS_MAX = 1_000_000;

/** Parts of one query; see `SearchRequest`. */
export const PARTS_MAX = 16;

/** Above 0; more than this says the same as this. */
export const WEIGHT_MAX = 100;

/** One half of a pair of UTF-16, without the other. */
const HALF_CHARACTER = /\p{Cs}/gu;

/**
 * One line without control characters, halves of characters, and white space that shows nothing.
 * @returns '' where nothing is left that a person could see
 */
export function plainText(text: string): string {
  const line = text
    .replaceAll(HALF_CHARACTER, '\uFFFD')
    .replaceAll(/[\p{Cc}\p{Z}\uFEFF]+/gu, ' ')
    .trim();
  return /[^\p{Cf}\p{Z}]/u.test(line) ? line : '';
}

/** At most as long as a part may be, cut between two words where there are any. */
export function cutText(text: string): string {
  if (text.length <= PART_CHARACTERS_MAX) return text;
  const start = text.slice(0, PART_CHARACTERS_MAX + 1);
  const space = start.lastIndexOf(' ');
  return space > 0 ? start.slice(0, space) : start.slice(0, PART_CHARACTERS_MAX).replace(HALF_CHARACTER, '');
}
