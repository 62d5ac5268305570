/**
 * JSON that says one thing only: repeated keys are refused, which JSON.parse resolves silently.
 * Source: RFC 8259. Deviation: repeated keys are an error, and nesting has a limit.
 */

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
/** A map and not an object, so that a key like `__proto__` is a key. */
export type JsonObject = ReadonlyMap<string, JsonValue>;

export class JsonProblem extends Error {
  /** UTF-16 code units from the start of the text. */
  readonly position: number;

  constructor(problem: string, position: number) {
    super(`${problem} at character ${position}`);
    this.name = 'JsonProblem';
    this.position = position;
  }
}

const NESTING_MAX = 16;

const spacePattern = /[ \t\r\n]*/y;
const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** Without a nested quantifier, so that a long string cannot exhaust the matcher. */
const stringPattern = /"(?:[^"\\]|\\.)*"/sy;
const literals: readonly (readonly [string, boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/** @throws JsonProblem */
export function parseStrictJson(text: string): JsonValue {
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.end();
  return value;
}

class Parser {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonValue {
    if (depth > NESTING_MAX) throw this.#problem(`more than ${NESTING_MAX} levels`);
    this.#match(spacePattern);
    const character = this.#text[this.#position];
    if (character === '{') return this.#object(depth);
    if (character === '[') return this.#array(depth);
    if (character === '"') return this.#string();
    return this.#scalar();
  }

  end(): void {
    this.#match(spacePattern);
    if (this.#position < this.#text.length) throw this.#problem('text after the value');
  }

  #object(depth: number): JsonObject {
    const entries = new Map<string, JsonValue>();
    this.#position += 1;
    if (this.#take('}')) return entries;
    do {
      this.#match(spacePattern);
      const at = this.#position;
      const key = this.#string();
      if (entries.has(key))
        throw new JsonProblem(`the key ${JSON.stringify(key.slice(0, 120))} is repeated`, at);
      if (!this.#take(':')) throw this.#problem('expected ":"');
      entries.set(key, this.value(depth + 1));
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#problem('expected "," or "}"');
    return entries;
  }

  #array(depth: number): JsonValue[] {
    const items: JsonValue[] = [];
    this.#position += 1;
    if (this.#take(']')) return items;
    do items.push(this.value(depth + 1));
    while (this.#take(','));
    if (!this.#take(']')) throw this.#problem('expected "," or "]"');
    return items;
  }

  #string(): string {
    const at = this.#position;
    const literal = this.#match(stringPattern);
    if (literal === undefined) throw this.#problem('expected a string');
    try {
      // The built-in parser knows escapes and which characters must be escaped.
      return JSON.parse(literal) as string;
    } catch (error) {
      throw new JsonProblem(error instanceof Error ? error.message : 'a malformed string', at);
    }
  }

  #scalar(): number | boolean | null {
    for (const [word, value] of literals) {
      if (!this.#text.startsWith(word, this.#position)) continue;
      this.#position += word.length;
      return value;
    }
    const literal = this.#match(numberPattern);
    if (literal === undefined || literal === '') throw this.#problem('expected a value');
    return Number(literal);
  }

  #take(character: string): boolean {
    this.#match(spacePattern);
    if (this.#text[this.#position] !== character) return false;
    this.#position += 1;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#position += found.length;
    return found;
  }

  #problem(problem: string): JsonProblem {
    return new JsonProblem(problem, this.#position);
  }
}
