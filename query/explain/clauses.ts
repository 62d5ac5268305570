/**
 * Splits a query into the parts that a photo can have or lack: "red car in the snow, no people" has three.
 * Source: our own rules for English word order (closed classes: conjunctions, prepositions, negations). Deviation: no parser.
 * Words of other languages are not known, there only punctuation splits.
 */

export interface Clause {
  /** as it stands in the query */
  readonly text: string;
  /** what is to be scored: without the "and", "with" or "no" in front */
  readonly prompt: string;
  /** True where the query wants it not to be there. */
  readonly isNegated: boolean;
}

/** Nobody asks for more at once; what is left is part of the last. */
export const CLAUSES_MAX = 8;

/** More is no query; the rest is not looked at. */
const CHARACTERS_MAX = 10_000;

/** Say only that something follows; they are no part of what is to be seen. */
const joiners = new Set(['and', 'but', 'with', 'while', 'plus', '&', '+']);

const negations = new Set(['no', 'not', 'without', 'except', 'never', 'minus']);

/** Negations that name at the same time what is wanted away. */
const nobody: ReadonlyMap<string, string> = new Map([
  ['no one', 'someone'],
  ['nobody', 'someone'],
  ['nothing', 'something'],
]);

/** Joiners that add one more of the same. */
const sums = new Set(['and', '&']);

/** Begin a part and belong to it: "in the snow". */
const prepositions = new Set(
  'above across against along among around at behind below beneath beside between by down during from in inside into near on onto outside over past through toward towards under underneath up upon'.split(
    ' ',
  ),
);

/** Whole before their parts are looked at. */
const phrases = [
  'in front of',
  'next to',
  'on top of',
  'out of',
  'close to',
  'in between',
  'away from',
  'as well as',
  'no one',
];

/** Where two of them stand around "and" they describe one thing: "a black and white dog". */
const colours = new Set(
  'beige black blond blonde blue bright brown dark gold golden gray green grey light orange pink purple red silver tan white yellow'.split(
    ' ',
  ),
);

/** A part of these words alone says nothing: "in it", "with a". */
const fillers = new Set(
  'a all an another any both each her his is it its my of one or other our some such that the their them there these this those to very was were are who which'.split(
    ' ',
  ),
);

/** Inside a phrase, where a space would split it. */
const GLUE = '\u0000';

interface Part {
  readonly words: readonly string[];
  readonly isNegated: boolean;
}

/**
 * In the order of the text; one at least where the text has words, at most 8.
 * "and", "with" and prepositions begin a part; "no", "not" and "without" one that is wanted away; commas and other
 * punctuation end one. A part without a word of its own stays with the one before.
 */
export function clausesOf(text: string): Clause[] {
  const parts: Part[] = [];
  for (const segment of segmentsOf(text)) {
    for (const part of partsOf(segment)) {
      const before = parts.at(-1);
      const staysWithBefore = !saysSomething(part.words) || parts.length === CLAUSES_MAX;
      if (before !== undefined && staysWithBefore) {
        parts[parts.length - 1] = { ...before, words: [...before.words, ...part.words] };
      } else {
        parts.push(part);
      }
    }
  }
  return merged(parts).map(({ words, isNegated }) => ({
    text: words.join(' '),
    prompt: promptOf(words),
    isNegated,
  }));
}

/** Pieces between punctuation, as words; phrases are one word. */
function segmentsOf(text: string): string[][] {
  let line = text.slice(0, CHARACTERS_MAX);
  for (const phrase of phrases) {
    line = line.replaceAll(new RegExp(`\\b${phrase}\\b`, 'giu'), (found) => found.replaceAll(' ', GLUE));
  }
  return line
    .split(/[,;:!?()[\]"\n]+|\.(?=\s|$)/u)
    .map((segment) => segment.split(/\s+/u).filter((word) => /[\p{L}\p{N}&+]/u.test(word)))
    .filter((words) => words.length > 0);
}

function partsOf(segment: readonly string[]): Part[] {
  const parts: Part[] = [];
  let words: string[] = [];
  let isNegated = false;
  const end = (): void => {
    if (words.length > 0) parts.push({ words: words.map(unglued), isNegated });
    words = [];
    isNegated = false;
  };
  for (const [index, word] of segment.entries()) {
    const isNegation = negations.has(lowered(word)) || nobody.has(lowered(unglued(word)));
    const staysAway = isNegated && continuesNegation(segment, index);
    if (isNegation || beginsPart(segment, index, words)) end();
    if (isNegation || staysAway) isNegated = true;
    words.push(word);
  }
  end();
  return parts;
}

/** "no cats and dogs" wants neither, "no cats and a dog" wants a dog. */
function continuesNegation(segment: readonly string[], index: number): boolean {
  const [word, next] = [lowered(segment[index] ?? ''), lowered(segment[index + 1] ?? '')];
  return sums.has(word) && !fillers.has(next);
}

function beginsPart(segment: readonly string[], index: number, before: readonly string[]): boolean {
  const word = lowered(unglued(segment[index] ?? ''));
  if (joiners.has(word)) {
    const [left, right] = [lowered(segment[index - 1] ?? ''), lowered(segment[index + 1] ?? '')];
    return !(colours.has(left) && colours.has(right));
  }
  // "up into", "no one in": the first of two such words has begun the part already.
  const named = before.filter((one) => !nobody.has(lowered(unglued(one))));
  return (prepositions.has(word) || phrases.includes(word)) && saysSomething(named);
}

/** A part that says nothing at the beginning goes to the one behind it. */
function merged(parts: readonly Part[]): Part[] {
  const [first, second, ...rest] = parts;
  if (first === undefined || second === undefined || saysSomething(first.words)) return [...parts];
  return merged([
    { words: [...first.words, ...second.words], isNegated: first.isNegated || second.isNegated },
    ...rest,
  ]);
}

function saysSomething(words: readonly string[]): boolean {
  return words.some((word) => {
    const plain = lowered(word);
    return (
      ![joiners, negations, prepositions, fillers].some((set) => set.has(plain)) &&
      (nobody.has(plain) || !phrases.includes(plain))
    );
  });
}

/** Words in front that only join or deny are not to be seen in a photo. */
function promptOf(words: readonly string[]): string {
  const start = words.findIndex((word) => !joiners.has(lowered(word)) && !negations.has(lowered(word)));
  const seen = start === -1 ? words : words.slice(start);
  return seen.map((word) => nobody.get(lowered(word)) ?? word).join(' ');
}

function unglued(word: string): string {
  return word.replaceAll(GLUE, ' ');
}

function lowered(word: string): string {
  return word.toLowerCase();
}
