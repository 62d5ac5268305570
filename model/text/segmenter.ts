/**
 * Finds the most probable way to cut a text into pieces of the vocabulary (Viterbi over the bytes).
 * Source: SentencePiece 0.1.97, the unigram model's encoder. Deviation: none; its mixture of float32 and double
 * is part of the result, because it decides between paths of equal probability.
 */
import { TRIE_ROOT, type ByteTrie } from './byte-trie.ts';
import { buildPieceTrie } from './piece-trie.ts';
import { utf8LengthOfLead } from './utf8-character.ts';
import { pieceBytes, pieceType, type Vocabulary } from './vocabulary.ts';

const UNKNOWN_ID = 0;

/** Control and byte pieces never match text. Unused ones do, without being chosen, so that a repetition is found. */
const MATCHING_TYPES: readonly number[] = [pieceType.normal, pieceType.userDefined, pieceType.unused];

/** How much worse than the worst piece an unknown character is. */
const UNKNOWN_PENALTY = 10;

/** What keeps a user-defined symbol from tying with a piece of the best score. */
const SYMBOL_PENALTY = 0.1;

/**
 * The smallest positive normal float32. SentencePiece starts its search for the highest score here, so that with
 * the usual negative scores a user-defined symbol costs next to nothing and always wins.
 */
const HIGHEST_SCORE_MIN = 2 ** -126;

/** Memory kept between calls covers captions; a longer text gets its own, which is then freed. */
const KEPT_BYTES = 4096;

/** The cut text: piece k spans from the end of piece k - 1 to `ends[k]`. */
export interface Segments {
  readonly ids: number[];
  readonly ends: number[];
}

interface Paths {
  /** float32 [bytes + 1]: score of the best path that ends at each byte */
  readonly score: Float32Array;
  /** int32 [bytes + 1]: where the last piece of that path starts, -1 where no path ends */
  readonly start: Int32Array;
  /** int32 [bytes + 1]: the last piece */
  readonly piece: Int32Array;
}

export class Segmenter {
  readonly #trie: ByteTrie;
  /** float64 [pieces] */
  readonly #scores: Float64Array;
  readonly #usable: Uint8Array;
  readonly #unknownScore: number;
  readonly #bytePieces: Int32Array | undefined;
  readonly #kept = makePaths(KEPT_BYTES);

  /** @throws AppError TOKENIZER_INVALID where a piece is there twice */
  constructor(vocabulary: Vocabulary, name: string) {
    const { types, scores } = vocabulary;
    this.#trie = buildPieceTrie(vocabulary, MATCHING_TYPES, name);
    this.#bytePieces = vocabulary.bytePieces;
    let lowest = Infinity;
    let highest = HIGHEST_SCORE_MIN;
    for (const [id, type] of types.entries()) {
      if (type !== pieceType.normal) continue;
      lowest = Math.min(lowest, scores[id] ?? 0);
      highest = Math.max(highest, scores[id] ?? 0);
    }
    this.#unknownScore = Math.fround(lowest - UNKNOWN_PENALTY);
    this.#usable = types.map((type) => (type === pieceType.unused ? 0 : 1));
    this.#scores = Float64Array.from(scores);
    for (const [id, type] of types.entries()) {
      if (type !== pieceType.userDefined) continue;
      const bytes = pieceBytes(vocabulary, id).length;
      this.#scores[id] = Math.fround(bytes * highest) - SYMBOL_PENALTY;
    }
  }

  /**
   * @param text normalised UTF-8
   * @returns the pieces; a run of characters that none covers is one unknown piece, or the pieces of its bytes
   */
  segment(text: Uint8Array): Segments {
    const paths = text.length <= KEPT_BYTES ? this.#kept : makePaths(text.length);
    paths.start.fill(-1, 0, text.length + 1);
    paths.score[0] = 0;
    let at = 0;
    while (at < text.length) {
      const characterEnd = Math.min(at + utf8LengthOfLead(text[at] ?? 0), text.length);
      if (!this.#extend(text, at, characterEnd, paths)) this.#extendByUnknown(at, characterEnd, paths);
      at = characterEnd;
    }
    return spellUnknown(trace(text.length, paths), text, this.#bytePieces);
  }

  /**
   * Lengthens the best path that ends at `at` by every piece that starts there.
   * @returns true where one of them is just the one character
   */
  #extend(text: Uint8Array, at: number, characterEnd: number, paths: Paths): boolean {
    const scores = this.#scores;
    const trie = this.#trie;
    const soFar = paths.score[at] ?? 0;
    let coversCharacter = false;
    let node = TRIE_ROOT;
    for (let index = at; index < text.length; index += 1) {
      node = trie.step(node, text[index] ?? 0);
      if (node === TRIE_ROOT) break;
      const id = trie.valueAt(node);
      if (id === -1 || this.#usable[id] === 0) continue;
      const end = index + 1;
      // The sum stays a double here; only what is stored is rounded to float32.
      const score = (scores[id] ?? 0) + soFar;
      if (paths.start[end] === -1 || score > (paths.score[end] ?? 0)) {
        paths.score[end] = score;
        paths.start[end] = at;
        paths.piece[end] = id;
      }
      if (end === characterEnd) coversCharacter = true;
    }
    return coversCharacter;
  }

  #extendByUnknown(at: number, end: number, paths: Paths): void {
    // Both terms are float32 in the reference, and so is their sum, unlike that of a known piece.
    const score = Math.fround(this.#unknownScore + (paths.score[at] ?? 0));
    if (paths.start[end] === -1 || score > (paths.score[end] ?? 0)) {
      paths.score[end] = score;
      paths.start[end] = at;
      paths.piece[end] = UNKNOWN_ID;
    }
  }
}

function makePaths(bytes: number): Paths {
  return {
    score: new Float32Array(bytes + 1),
    start: new Int32Array(bytes + 1),
    piece: new Int32Array(bytes + 1),
  };
}

function trace(end: number, paths: Paths): Segments {
  const ids: number[] = [];
  const ends: number[] = [];
  for (let at = end; at > 0; at = paths.start[at] ?? 0) {
    ids.push(paths.piece[at] ?? UNKNOWN_ID);
    ends.push(at);
  }
  return { ids: ids.toReversed(), ends: ends.toReversed() };
}

/** Merges neighbouring unknown characters; where there are pieces for bytes, writes them out in these instead. */
function spellUnknown(segments: Segments, text: Uint8Array, bytePieces: Int32Array | undefined): Segments {
  if (!segments.ids.includes(UNKNOWN_ID)) return segments;
  const ids: number[] = [];
  const ends: number[] = [];
  let start = 0;
  for (const [index, id] of segments.ids.entries()) {
    const end = segments.ends[index] ?? start;
    if (id !== UNKNOWN_ID || (bytePieces === undefined && ids.at(-1) !== UNKNOWN_ID)) {
      ids.push(id);
      ends.push(end);
    } else if (bytePieces === undefined) {
      ends[ends.length - 1] = end;
    } else {
      for (let at = start; at < end; at += 1) {
        ids.push(bytePieces[text[at] ?? 0] ?? UNKNOWN_ID);
        ends.push(at + 1);
      }
    }
    start = end;
  }
  return { ids, ends };
}
