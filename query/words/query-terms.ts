/**
 * The words of a query as terms of the index of words.
 * Source: the SQLite documentation, "FTS5", section 3 (full-text query syntax). Deviation: none.
 *
 * Nothing that a person typed is syntax here: a term holds letters, digits and marks only, and stands in quotation marks.
 */
import { partedWords } from '../../indexer/index.ts';

/** A query of thousands of words is a text that was pasted; its beginning says what it is of. */
const TERMS_MAX = 24;
const CHARACTERS_MAX = 2000;
/** Longer ones are no words, and no file has such a name. */
const TERM_CHARACTERS_MAX = 64;

/** Say nothing of a photo, and stand in nearly every caption. */
const FUNCTION_WORDS: ReadonlySet<string> = new Set(
  (
    'a an and are as at be been but by for from has have he her his i in into is it its me my near no not of off on or our out ' +
    'over she some that the their them there they this to under up was we were what which while who with you your ' +
    'photo photos picture pictures image images'
  ).split(' '),
);

/** Each once, in the order of the query, in small letters, without words that say nothing. */
export function queryTerms(text: string): string[] {
  const head = text.slice(0, CHARACTERS_MAX).normalize('NFC');
  // As they were typed, and parted as names are: "iPhone" is in captions, "IMG1234" in names.
  const found = `${head} ${partedWords(head)}`.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  const terms = new Set(found.map((word) => word.toLowerCase()));
  return [...terms]
    .filter((term) => term.length <= TERM_CHARACTERS_MAX && !FUNCTION_WORDS.has(term))
    .slice(0, TERMS_MAX);
}

/** A query of FTS5 that is met where any of the terms stands. */
export function matchOf(terms: readonly string[]): string {
  return terms.map((term) => `"${term}"`).join(' OR ');
}
