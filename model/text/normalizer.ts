/**
 * Prepares text for segmentation: the model's character map, spaces folded and marked.
 * Source: SentencePiece, the normalizer. Deviation: the size of text is limited, before and after.
 */
import { AppError } from '../errors.ts';
import type { ByteTrie } from './byte-trie.ts';
import type { Charsmap } from './charsmap.ts';
import { utf8CharacterLength } from './utf8-character.ts';
import type { Normalization } from './vocabulary.ts';

/** In UTF-16 units. A caption has a hundred; a book has a million. */
export const TEXT_LENGTH_MAX = 4 * 1024 * 1024;

/** A character map may lengthen text; segmentation needs 12 bytes of memory for each of these. */
const NORMALIZED_BYTES_MAX = 16 * 1024 * 1024;

const SPACE = 0x20;
const SPACE_MARK = Uint8Array.of(0xe2, 0x96, 0x81);
const SPACE_PLAIN = Uint8Array.of(SPACE);
const REPLACEMENT_CHARACTER = Uint8Array.of(0xef, 0xbf, 0xbd);

export class Normalizer {
  readonly #settings: Normalization;
  readonly #charsmap: Charsmap | undefined;
  readonly #symbols: ByteTrie | undefined;
  readonly #encoder = new TextEncoder();
  /** What a space becomes. */
  readonly #space: Uint8Array;
  // The part last taken from the text: bytes #from to #to of #part stand for #taken bytes of the text.
  #part: Uint8Array = SPACE_PLAIN;
  #from = 0;
  #to = 0;
  #taken = 0;

  /** @param symbols the user-defined pieces, which the character map must not touch */
  constructor(settings: Normalization, charsmap: Charsmap | undefined, symbols: ByteTrie | undefined) {
    this.#settings = settings;
    this.#charsmap = charsmap;
    this.#symbols = symbols;
    this.#space = settings.escapeWhitespaces ? SPACE_MARK : SPACE_PLAIN;
  }

  /**
   * @param text a lone surrogate in it counts as U+FFFD, as everywhere in UTF-8
   * @returns UTF-8; empty where nothing is left to segment
   * @throws AppError LIMIT_EXCEEDED where the text is too long
   */
  normalize(text: string): Uint8Array {
    if (text.length > TEXT_LENGTH_MAX) throw tooLong(`${text.length} characters`, TEXT_LENGTH_MAX);
    const input = this.#encoder.encode(text);
    const { addDummyPrefix, removeExtraWhitespaces, whitespaceAsSuffix } = this.#settings;
    let at = removeExtraWhitespaces ? this.#skipSpaces(input) : 0;
    if (at === input.length) return new Uint8Array(0);
    const output = new Output(input.length + SPACE_MARK.length);
    if (addDummyPrefix && !whitespaceAsSuffix) output.append(this.#space, 0, this.#space.length);
    let afterSpace = removeExtraWhitespaces;
    while (at < input.length) {
      this.#take(input, at);
      at += this.#taken;
      if (afterSpace) {
        while (this.#from < this.#to && this.#part[this.#from] === SPACE) this.#from += 1;
      }
      if (this.#from < this.#to) {
        this.#emit(output);
        afterSpace = this.#part[this.#to - 1] === SPACE;
      }
      if (!removeExtraWhitespaces) afterSpace = false;
    }
    if (removeExtraWhitespaces) output.trimEnd(this.#space);
    if (addDummyPrefix && whitespaceAsSuffix) output.append(this.#space, 0, this.#space.length);
    return output.bytes();
  }

  /** @returns where the first part that is not a single space starts */
  #skipSpaces(input: Uint8Array): number {
    let at = 0;
    while (at < input.length) {
      this.#take(input, at);
      if (this.#to - this.#from !== 1 || this.#part[this.#from] !== SPACE) break;
      at += this.#taken;
    }
    return at;
  }

  /** Takes the next user-defined symbol, else what a rule of the character map makes, else one character. */
  #take(input: Uint8Array, at: number): void {
    const symbolBytes = this.#symbols?.longestMatch(input, at) ?? 0;
    if (symbolBytes > 0) {
      this.#set(input, at, at + symbolBytes, symbolBytes);
      return;
    }
    const charsmap = this.#charsmap;
    const ruleBytes = charsmap?.longestMatch(input, at) ?? 0;
    if (charsmap !== undefined && ruleBytes > 0) {
      this.#set(charsmap.replacements, charsmap.replacementStart, charsmap.replacementEnd, ruleBytes);
      return;
    }
    const characterBytes = utf8CharacterLength(input, at, input.length);
    if (characterBytes === 0) {
      // Only a rule or symbol that ends inside a character leads here: the text itself is whole UTF-8.
      this.#set(REPLACEMENT_CHARACTER, 0, REPLACEMENT_CHARACTER.length, 1);
    } else {
      this.#set(input, at, at + characterBytes, characterBytes);
    }
  }

  #set(part: Uint8Array, from: number, to: number, taken: number): void {
    this.#part = part;
    this.#from = from;
    this.#to = to;
    this.#taken = taken;
  }

  #emit(output: Output): void {
    const part = this.#part;
    let start = this.#from;
    for (let index = start; index < this.#to; index += 1) {
      if (part[index] !== SPACE) continue;
      output.append(part, start, index);
      output.append(this.#space, 0, this.#space.length);
      start = index + 1;
    }
    output.append(part, start, this.#to);
  }
}

/** Bytes that grow, up to the limit. */
class Output {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  append(source: Uint8Array, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#bytes.length) this.#grow(length);
    for (let index = start; index < end; index += 1) {
      this.#bytes[this.#length + index - start] = source[index] ?? 0;
    }
    this.#length = length;
  }

  trimEnd(suffix: Uint8Array): void {
    while (this.#endsWith(suffix)) this.#length -= suffix.length;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #endsWith(suffix: Uint8Array): boolean {
    const start = this.#length - suffix.length;
    return start >= 0 && suffix.every((byte, index) => this.#bytes[start + index] === byte);
  }

  #grow(length: number): void {
    if (length > NORMALIZED_BYTES_MAX) throw tooLong(`more than ${length - 1} bytes`, NORMALIZED_BYTES_MAX);
    const grown = new Uint8Array(Math.min(Math.max(length, this.#bytes.length * 2), NORMALIZED_BYTES_MAX));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

function tooLong(found: string, expected: number): AppError {
  const remedy = 'split the text; a caption needs no more than a few hundred characters';
  return new AppError('LIMIT_EXCEEDED', `text: has ${found}, expected at most ${expected}; ${remedy}`);
}
