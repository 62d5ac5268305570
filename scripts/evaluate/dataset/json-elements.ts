/**
 * The objects of one list in a large JSON file, one after the other, without holding the file in memory.
 * Source: RFC 8259. Deviation: what stands outside the list is passed over, not checked; inside an object
 * `JSON.parse` is the judge.
 */
import { createReadStream } from 'node:fs';
import { AppError } from '../../../model/index.ts';

export interface JsonElement {
  /** from 0 */
  readonly index: number;
  /** bytes from the beginning of the file */
  readonly offset: number;
  readonly value: unknown;
}

export interface ElementOptions {
  /** The key of the list in the outermost object. */
  readonly key: string;
  /** How a message ends: what to give in place of a wrong file. */
  readonly remedy: string;
  readonly signal?: AbortSignal;
}

/** The annotations of COCO are 150 MB. */
export const JSON_BYTES_MAX = 2_000_000_000;

/** One photo with its captions is a kilobyte or two. */
const ELEMENT_BYTES_MAX = 1_000_000;

/** A key that is longer is not the one. */
const KEY_BYTES_MAX = 256;

const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [
  0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d,
] as const;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** @throws AppError INVALID_ARGUMENT (with the byte), LIMIT_EXCEEDED, ABORTED, and what opening the file throws */
export async function* jsonElements(file: string, options: ElementOptions): AsyncGenerator<JsonElement> {
  const scanner = new ElementScanner(file, options);
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    if (options.signal?.aborted === true)
      throw new AppError('ABORTED', 'reading the annotations was aborted');
    yield* scanner.take(chunk as Buffer);
  }
  scanner.end();
}

class ElementScanner {
  readonly #file: string;
  readonly #options: ElementOptions;
  /** lists and objects that are open */
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** the last string right inside the outermost object */
  #key: number[] = [];
  #inList = false;
  #hasList = false;
  #pieces: Buffer[] = [];
  #elementOffset = -1;
  #index = 0;
  #offset = 0;

  constructor(file: string, options: ElementOptions) {
    this.#file = file;
    this.#options = options;
  }

  *take(chunk: Buffer): Generator<JsonElement> {
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] as number;
      if (this.#inString) {
        this.#takeInString(byte);
        continue;
      }
      const before = this.#elementOffset;
      this.#takeStructure(byte, this.#offset + at);
      if (before < 0 && this.#elementOffset >= 0) from = at;
      if (before >= 0 && byte === CLOSE_OBJECT && this.#depth === 2) {
        this.#keep(chunk.subarray(from, at + 1));
        yield this.#element();
      }
    }
    if (this.#elementOffset >= 0) this.#keep(chunk.subarray(from));
    this.#offset += chunk.length;
  }

  end(): void {
    if (this.#depth > 0 || this.#inString)
      throw this.#wrong(this.#offset, 'the end of the file', 'more of it');
    if (!this.#hasList)
      throw this.#wrong(this.#offset, 'the end of the file', `a list "${this.#options.key}"`);
  }

  #takeInString(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      return;
    }
    if (this.#depth === 1 && this.#key.length < KEY_BYTES_MAX) this.#key.push(byte);
  }

  #takeStructure(byte: number, offset: number): void {
    if (isSpace(byte)) return;
    if (this.#depth === 0) {
      if (byte === OPEN_OBJECT && !this.#hasList) this.#depth = 1;
      else if (byte !== BYTE_ORDER_MARK[offset]) throw this.#wrong(offset, shown(byte), 'one object { … }');
      return;
    }
    if (this.#inList && this.#depth === 2 && byte !== COMMA && byte !== CLOSE_LIST) {
      if (byte !== OPEN_OBJECT) throw this.#wrong(offset, shown(byte), 'an object { … } for each photo');
      this.#elementOffset = offset;
    }
    if (byte === QUOTE) {
      this.#inString = true;
      if (this.#depth === 1) this.#key = [];
    } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      if (this.#depth === 1 && byte === OPEN_LIST && this.#isKey()) {
        if (this.#hasList) throw this.#wrong(offset, `a second list "${this.#options.key}"`, 'one');
        this.#inList = true;
        this.#hasList = true;
      }
      this.#depth += 1;
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      this.#depth -= 1;
      if (this.#depth === 1) this.#inList = false;
    }
  }

  #isKey(): boolean {
    return Buffer.from(this.#key).toString('utf8') === this.#options.key;
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece);
    const bytes = this.#pieces.reduce((sum, { length }) => sum + length, 0);
    if (bytes <= ELEMENT_BYTES_MAX) return;
    throw new AppError(
      'LIMIT_EXCEEDED',
      `${this.#file}: "${this.#options.key}"[${this.#index}] at byte ${this.#elementOffset} has ${bytes} bytes and more, expected at most ${ELEMENT_BYTES_MAX}; ${this.#options.remedy}`,
    );
  }

  #element(): JsonElement {
    const text = Buffer.concat(this.#pieces).toString('utf8');
    const offset = this.#elementOffset;
    const index = this.#index;
    this.#pieces = [];
    this.#elementOffset = -1;
    this.#index += 1;
    try {
      return { index, offset, value: JSON.parse(text) as unknown };
    } catch (error) {
      throw this.#wrong(offset, JSON.stringify(text.slice(0, 60)), 'JSON', error);
    }
  }

  #wrong(offset: number, found: string, expected: string, cause?: unknown): AppError {
    return new AppError(
      'INVALID_ARGUMENT',
      `${this.#file}: byte ${offset}: found ${found}, expected ${expected}; ${this.#options.remedy}`,
      { cause },
    );
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function shown(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? `"${String.fromCharCode(byte)}"` : `the byte ${byte}`;
}
