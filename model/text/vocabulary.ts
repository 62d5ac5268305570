/**
 * Reads a SentencePiece unigram model into flat arrays, and refuses what could not be segmented with.
 * Source: the SentencePiece model format (sentencepiece.proto) and the checks its own loader makes.
 * Deviation: the unknown piece must come first and ids 1 and 2 must not be ordinary pieces, because the XLM-R
 * numbering gives their ids to the special tokens; scores must be finite; a denormalizer is not applied.
 */
import { AppError, messageOf } from '../errors.ts';
import { readModelFile, type ModelFile } from './model-reader.ts';
import { isUtf8 } from './utf8-character.ts';

/** The official vocabulary has about 1.1 MB, the largest ones in use about 5 MB. */
export const FILE_BYTES_MAX = 16 * 1024 * 1024;

/** Two bytes of file can be a piece, for which twelve are allocated. The largest in use have 256,000. */
const PIECES_MAX = 500_000;

/** Bounds the work per character of text. SentencePiece trains pieces of 16 characters, 64 bytes, at most. */
const PIECE_BYTES_MAX = 512;

const MODEL_TYPE_UNIGRAM = 1;
const MODEL_TYPE_NAMES = ['unknown', 'unigram', 'byte pair encoding', 'word', 'character'];

/** Values of a piece's type. */
export const pieceType = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** The XLM-R numbering puts <s>, <pad>, </s> and <unk> where pieces 0, 1 and 2 would be. */
const PIECES_BEFORE_ORDINARY = 3;

const BYTE_PIECE = /^<0x([0-9A-F]{2})>$/;
const UNKNOWN_SURFACE_DEFAULT = ' \u2047 ';

export interface Pieces {
  /** Number of pieces. */
  readonly size: number;
  /** UTF-8 of all pieces, one after the other. */
  readonly text: Uint8Array;
  /** int32 [size + 1]: where each piece starts in `text`, and the end of the last one. */
  readonly starts: Int32Array;
  /** float32 [size], natural logarithms */
  readonly scores: Float32Array;
  /** uint8 [size], see `pieceType` */
  readonly types: Uint8Array;
}

export interface Vocabulary extends Pieces {
  /** Piece of each byte value, [256], where unknown characters are spelled in bytes. */
  readonly bytePieces: Int32Array | undefined;
  /** What the unknown piece is decoded to. */
  readonly unknownSurface: string;
  readonly normalization: Normalization;
}

export interface Normalization {
  /** Empty where there is none. */
  readonly charsmap: Uint8Array;
  readonly addDummyPrefix: boolean;
  readonly removeExtraWhitespaces: boolean;
  readonly escapeWhitespaces: boolean;
  readonly whitespaceAsSuffix: boolean;
}

/**
 * @param name of the file, for messages
 * @throws AppError TOKENIZER_INVALID
 */
export function readVocabulary(bytes: Uint8Array, name: string): Vocabulary {
  const model = readModel(bytes, name);
  const modelType = model.trainer?.modelType ?? MODEL_TYPE_UNIGRAM;
  if (modelType !== MODEL_TYPE_UNIGRAM) {
    const found = MODEL_TYPE_NAMES[modelType] ?? `number ${modelType}`;
    throw invalid(name, `the model is of type ${found}, expected unigram; BEiT-3 uses a unigram vocabulary`);
  }
  checkPieces(model, name);
  checkLayout(model.types, name);
  const { text, starts, scores, trainer, normalizer } = model;
  const types = Uint8Array.from(model.types);
  const pieces = { size: types.length, text, starts, scores, types };
  return {
    ...pieces,
    bytePieces: findBytePieces(pieces, trainer?.byteFallback ?? false, name),
    unknownSurface: trainer?.unkSurface ?? UNKNOWN_SURFACE_DEFAULT,
    normalization: {
      charsmap: normalizer?.precompiledCharsmap ?? new Uint8Array(0),
      addDummyPrefix: normalizer?.addDummyPrefix ?? true,
      removeExtraWhitespaces: normalizer?.removeExtraWhitespaces ?? true,
      escapeWhitespaces: normalizer?.escapeWhitespaces ?? true,
      whitespaceAsSuffix: trainer?.treatWhitespaceAsSuffix ?? false,
    },
  };
}

/** @returns UTF-8 of a piece, a view */
export function pieceBytes(pieces: Pieces, id: number): Uint8Array {
  return pieces.text.subarray(pieces.starts[id] ?? 0, pieces.starts[id + 1] ?? 0);
}

/** For every refusal of this file: place, what is wrong, and what to do. */
function invalid(name: string, problem: string, cause?: unknown): AppError {
  const remedy = 'give the .spm or .model file that belongs to the checkpoint';
  return new AppError('TOKENIZER_INVALID', `${name}: ${problem}; ${remedy}`, { cause });
}

function readModel(bytes: Uint8Array, name: string): ModelFile {
  if (bytes.length === 0) throw invalid(name, 'the file is empty, expected a SentencePiece model');
  if (bytes.length > FILE_BYTES_MAX) {
    throw invalid(name, `the file has ${bytes.length} bytes, expected at most ${FILE_BYTES_MAX}`);
  }
  try {
    return readModelFile(bytes, PIECES_MAX);
  } catch (error) {
    const problem = `the file is not a whole SentencePiece model (${messageOf(error)})`;
    throw invalid(name, problem, error);
  }
}

function checkPieces(model: ModelFile, name: string): void {
  const { text, starts, scores, types } = model;
  if (types.length === 0) throw invalid(name, 'the file has no pieces, expected a SentencePiece model');
  for (const [id, type] of types.entries()) {
    const start = starts[id] ?? 0;
    const end = starts[id + 1] ?? 0;
    if (end === start) throw invalid(name, `piece ${id} is empty`);
    if (end - start > PIECE_BYTES_MAX) {
      throw invalid(name, `piece ${id} has ${end - start} bytes, expected at most ${PIECE_BYTES_MAX}`);
    }
    if (!isUtf8(text, start, end)) throw invalid(name, `piece ${id} is not UTF-8`);
    if (!Number.isFinite(scores[id])) {
      throw invalid(name, `piece ${id} has the score ${scores[id]}, expected a finite number`);
    }
    if (type < pieceType.normal || type > pieceType.byte) {
      throw invalid(name, `piece ${id} has the type ${type}, expected 1 to 6`);
    }
  }
}

function checkLayout(types: Int32Array, name: string): void {
  if (types[0] !== pieceType.unknown) {
    throw invalid(name, 'piece 0 is not the unknown piece, which the XLM-R numbering expects there');
  }
  const second = types.indexOf(pieceType.unknown, 1);
  if (second !== -1) throw invalid(name, `piece ${second} is a second unknown piece, expected one only`);
  for (let id = 1; id < Math.min(PIECES_BEFORE_ORDINARY, types.length); id += 1) {
    if (types[id] !== pieceType.control && types[id] !== pieceType.unused) {
      throw invalid(
        name,
        `piece ${id} is not a control piece; the XLM-R numbering gives its id to a special token`,
      );
    }
  }
  if (!types.includes(pieceType.normal)) {
    throw invalid(name, 'the vocabulary has no normal piece, expected at least one');
  }
}

function findBytePieces(pieces: Pieces, byteFallback: boolean, name: string): Int32Array | undefined {
  const found = new Int32Array(256).fill(-1);
  const decoder = new TextDecoder();
  for (const [id, type] of pieces.types.entries()) {
    if (type !== pieceType.byte) continue;
    const digits = BYTE_PIECE.exec(decoder.decode(pieceBytes(pieces, id)))?.[1];
    if (digits === undefined)
      throw invalid(name, `piece ${id} stands for a byte, expected a text like <0x0A>`);
    if (!byteFallback) throw invalid(name, `piece ${id} stands for a byte, but byte_fallback is off`);
    const byte = Number.parseInt(digits, 16);
    if (found[byte] !== -1) throw invalid(name, `piece ${id} repeats <0x${digits}>, expected it once`);
    found[byte] = id;
  }
  if (!byteFallback) return undefined;
  const missing = found.indexOf(-1);
  if (missing !== -1) throw invalid(name, `no piece stands for byte ${missing}, though byte_fallback is on`);
  return found;
}
