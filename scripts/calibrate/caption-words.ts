/**
 * What captions say a photo shows: five people each wrote a sentence, so what none of them mentions is seldom there.
 * Source: our own. Deviation: a crude stemmer (endings are cut off) instead of a dictionary: both sides are cut alike.
 */

const EMPTY_WORDS: ReadonlySet<string> = new Set(
  (
    'a an and are as at be behind by down for from has have her his in into is it its near next of off on one onto or out over ' +
    'that the their them there through to two up very while with'
  ).split(' '),
);
const ENDINGS = ['ning', 'ming', 'ping', 'ting', 'ies', 'ing', 'ed', 'es', 's', 'y', 'e'] as const;
const STEM_MIN = 3;

export interface Word {
  /** where it stands in the text */
  readonly start: number;
  readonly end: number;
  readonly stem: string;
}

/** Words that say something, in order. */
export function contentWords(text: string): Word[] {
  return [...text.toLowerCase().matchAll(/\p{L}+/gu)].flatMap(({ 0: word, index }) =>
    EMPTY_WORDS.has(word) || word.length < 2
      ? []
      : [{ start: index, end: index + word.length, stem: stemOf(word) }],
  );
}

export function stemsOf(texts: readonly string[]): Set<string> {
  return new Set(texts.flatMap((text) => contentWords(text).map(({ stem }) => stem)));
}

function stemOf(word: string): string {
  const ending = ENDINGS.find((one) => word.endsWith(one) && word.length - one.length >= STEM_MIN);
  return ending === undefined ? word : word.slice(0, word.length - ending.length);
}
