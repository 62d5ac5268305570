/**
 * Queries whose answers are known: whole captions, short phrases out of captions, and everyday phrases of which most are
 * not shown at all.
 * Source: our own. Deviation: a photo shows a phrase if its captions have all words of it.
 */
import type { CaptionedPhoto } from '../evaluate/index.ts';
import { contentWords, stemsOf } from './caption-words.ts';
import { everydayPhrases } from './everyday-phrases.ts';

export const queryKinds = ['caption', 'phrase', 'everyday'] as const;
export type QueryKind = (typeof queryKinds)[number];

export interface JudgedQuery {
  readonly kind: QueryKind;
  readonly text: string;
  /** Indexes of the photos that show it. */
  readonly photos: ReadonlySet<number>;
}

/** Words of a phrase: what people type is short. */
const PHRASE_WORDS_MAX = 3;

/** @param count captions, and as many phrases. @param random 0 to 1 */
export function judgedQueries(
  photos: readonly CaptionedPhoto[],
  count: number,
  random: () => number,
): JudgedQuery[] {
  const stems = photos.map(({ captions }) => stemsOf(captions));
  const showing = (text: string): Set<number> => {
    const wanted = contentWords(text).map(({ stem }) => stem);
    return new Set(stems.flatMap((has, index) => (wanted.every((stem) => has.has(stem)) ? [index] : [])));
  };
  const captions = photos.flatMap(({ captions: own }, index) =>
    own.map((text): JudgedQuery => ({ kind: 'caption', text, photos: new Set([index]) })),
  );
  const phrases = shuffled(captions, random).flatMap(({ text }) => phraseOf(text, random) ?? []);
  return [
    ...shuffled(captions, random).slice(0, count),
    ...[...new Set(phrases)]
      .slice(0, count)
      .map((text) => ({ kind: 'phrase' as const, text, photos: showing(text) })),
    ...everydayPhrases.map((text) => ({ kind: 'everyday' as const, text, photos: showing(text) })),
  ];
}

/** One to three words that follow one another, as they stand in the caption. */
function phraseOf(caption: string, random: () => number): string | undefined {
  const words = contentWords(caption);
  const length = 1 + Math.floor(random() * PHRASE_WORDS_MAX);
  const start = Math.floor(random() * Math.max(1, words.length - length + 1));
  const [first, last] = [words[start], words[Math.min(words.length, start + length) - 1]];
  return first === undefined || last === undefined
    ? undefined
    : caption.slice(first.start, last.end).toLowerCase();
}

/** Fisher and Yates. */
function shuffled<T>(all: readonly T[], random: () => number): T[] {
  const result = [...all];
  for (let index = result.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [result[index], result[other]] = [result[other] as T, result[index] as T];
  }
  return result;
}
