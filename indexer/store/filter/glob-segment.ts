/**
 * A pattern for one name: characters, `*`, `?` and classes.
 * Source: POSIX glob(7); SQLite's documentation of GLOB, which the pattern is handed to. Deviation: in any case of letters;
 * a class that is not closed is a plain bracket.
 */

export type Token =
  | { readonly kind: 'any' }
  | { readonly kind: 'one' }
  | { readonly kind: 'character'; readonly text: string }
  | {
      readonly kind: 'class';
      readonly isNegated: boolean;
      readonly ranges: readonly (readonly [string, string])[];
    };

/** @param pattern without slashes, as one form of Unicode */
export function parseSegment(pattern: string): Token[] {
  const characters = Array.from(pattern);
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const text = characters[at] ?? '';
    if (text === '*') {
      if (tokens.at(-1)?.kind !== 'any') tokens.push({ kind: 'any' });
    } else if (text === '?') {
      tokens.push({ kind: 'one' });
    } else if (text === '\\' && at + 1 < characters.length) {
      at += 1;
      tokens.push({ kind: 'character', text: characters[at] ?? '' });
    } else {
      const found = text === '[' ? parseClass(characters, at) : undefined;
      tokens.push(found?.token ?? { kind: 'character', text });
      at = found?.last ?? at;
    }
  }
  return tokens;
}

/** At most as many steps as characters times tokens: only the last `*` is ever gone back to. */
export function matchesSegment(tokens: readonly Token[], name: string): boolean {
  const characters = Array.from(name);
  let token = 0;
  let starToken = -1;
  let starAt = 0;
  for (let at = 0; at < characters.length;) {
    const current = tokens[token];
    if (current?.kind === 'any') {
      starToken = token;
      starAt = at;
      token += 1;
    } else if (current !== undefined && matchesOne(current, characters[at] ?? '')) {
      token += 1;
      at += 1;
    } else if (starToken >= 0) {
      starAt += 1;
      at = starAt;
      token = starToken + 1;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every(({ kind }) => kind === 'any');
}

/** The same pattern for SQLite's GLOB, which knows no case: each letter becomes a class of both. */
export function globSql(tokens: readonly Token[]): string {
  return tokens.map((token) => tokenSql(token)).join('');
}

function tokenSql(token: Token): string {
  if (token.kind === 'any') return '*';
  if (token.kind === 'one') return '?';
  if (token.kind === 'character') {
    const cases = casesOf(token.text);
    if (cases.length > 1) return `[${cases.join('')}]`;
    return '*?['.includes(token.text) ? `[${token.text}]` : token.text;
  }
  return `[${token.isNegated ? '^' : ''}${classSql(token.ranges)}]`;
}

/**
 * In a class of GLOB a "]" must be first, a "-" that is no range last, a "^" not first, and a range not behind a single
 * character, so that a "-" it begins with is not taken for one.
 */
function classSql(ranges: readonly (readonly [string, string])[]): string {
  const has = (text: string) => ranges.some(([start, end]) => start === text && end === text);
  const wide = ranges.filter(([start, end]) => start !== end).map(([start, end]) => `${start}-${end}`);
  const single = ranges
    .filter(([start, end]) => start === end && !']^-'.includes(start))
    .map(([start]) => start);
  const body = [...wide, ...single, has('^') ? '^' : ''].join('');
  const start = has(']') ? ']' : '';
  // No name has this character; it keeps the "^" from being first.
  const guard = start === '' && body.startsWith('^') ? '\u0001' : '';
  return `${start}${guard}${body}${has('-') ? '-' : ''}`;
}

function matchesOne(token: Token, character: string): boolean {
  if (token.kind === 'any') return false;
  if (token.kind === 'one') return true;
  const cases = casesOf(character);
  if (token.kind === 'character') return cases.includes(token.text);
  // As in SQL, where the ranges have both cases and the name has one.
  const isIn = token.ranges.some(
    ([start, end]) => codeOf(start) <= codeOf(character) && codeOf(character) <= codeOf(end),
  );
  return isIn !== token.isNegated;
}

function parseClass(
  characters: readonly string[],
  open: number,
): { readonly token: Token; readonly last: number } | undefined {
  const isNegated = characters[open + 1] === '!' || characters[open + 1] === '^';
  const first = open + (isNegated ? 2 : 1);
  // A "]" right at the start is one of the class.
  const close = characters.indexOf(']', first + 1);
  if (close < 0) return undefined;
  const ranges: (readonly [string, string])[] = [];
  for (let at = first; at < close; at += 1) {
    const start = characters[at] ?? '';
    const end = characters[at + 2] ?? '';
    if (characters[at + 1] === '-' && at + 2 < close) {
      // Written apart, because GLOB takes a "]" at the start for itself alone.
      if (start === ']') ranges.push([']', ']'], ...bothCases('^', end));
      else ranges.push(...bothCases(start, end));
      at += 2;
    } else {
      for (const one of casesOf(start)) ranges.push([one, one]);
    }
  }
  return { token: { kind: 'class', isNegated, ranges }, last: close };
}

/** Of a range of letters also the one of the other case. */
function bothCases(start: string, end: string): (readonly [string, string])[] {
  const ranges: (readonly [string, string])[] = [[start, end]];
  const [starts, ends] = [casesOf(start), casesOf(end)];
  const otherStart = starts.find((one) => one !== start);
  const otherEnd = ends.find((one) => one !== end);
  if (otherStart !== undefined && otherEnd !== undefined) ranges.push([otherStart, otherEnd]);
  return ranges.filter(([from, to]) => codeOf(from) <= codeOf(to));
}

/** The character and the same letter in the other case, where that is one character. */
function casesOf(character: string): string[] {
  const all = new Set([character, character.toLowerCase(), character.toUpperCase()]);
  return [...all].filter((one) => Array.from(one).length === 1);
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
