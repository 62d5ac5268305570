/**
 * Words to token ids and back, for the text tower.
 * Source: SentencePiece 0.1.97 under the XLM-R numbering, as the BEiT-3 data sets use it. Deviation: special tokens
 * written out in the text are plain text unless asked for, so that a query cannot contain an end of sentence.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { AppError, messageOf } from '../errors.ts';
import { Charsmap } from './charsmap.ts';
import { Normalizer } from './normalizer.ts';
import { PieceDecoder } from './piece-decoder.ts';
import { buildPieceTrie } from './piece-trie.ts';
import { Segmenter } from './segmenter.ts';
import { specialIds } from './token-rows.ts';
import { FILE_BYTES_MAX, pieceBytes, pieceType, readVocabulary, type Vocabulary } from './vocabulary.ts';

export interface TokenizerOptions {
  /** Default false. For models trained on lower-case words whose vocabulary does not fold case itself. */
  readonly lowercase?: boolean;
  /** Default false. White space of any kind becomes single spaces, none at the ends. */
  readonly collapseWhitespace?: boolean;
}

export interface EncodeOptions {
  /** Default false. `<s>`, `<pad>`, `</s>`, `<unk>` and `<mask>` in the text mean the tokens of these names. */
  readonly specialTokens?: boolean;
}

export interface TokenRow {
  /** `<s>`, ids, `</s>`; not padded */
  readonly ids: number[];
  /** True where the text had more tokens than the row has room for. */
  readonly truncated: boolean;
  /** Tokens of the whole text, without `<s>` and `</s>` and before the cut. */
  readonly tokenCount: number;
}

/** The XLM-R numbering inserts one token, `<pad>`, before the ordinary pieces. */
const ID_OFFSET = 1;
const UNKNOWN_PIECE = 0;

/** `<s>`, one token, `</s>`. */
const ROW_LENGTH_MIN = 3;

const SPECIAL_TOKEN = /(<s>|<pad>|<\/s>|<unk>|<mask>)/;

/** What separates words for Python's `str.split`, in which the first models prepared their captions. */
// oxlint-disable-next-line no-control-regex -- U+001C to U+001F separate words in Python, though not in Unicode.
const WHITE_SPACE = /[\p{White_Space}\u001c-\u001f]+/gu;
const SPACE_AT_END = /^ | $/g;

export class Tokenizer {
  /** Number of ids, the XLM-R way: the pieces, `<pad>` and `<mask>`. */
  readonly vocabularySize: number;
  readonly maskId: number;
  readonly #vocabulary: Vocabulary;
  readonly #normalizer: Normalizer;
  readonly #segmenter: Segmenter;
  readonly #options: TokenizerOptions;
  readonly #specials: ReadonlyMap<string, number>;

  private constructor(bytes: Uint8Array, name: string, options: TokenizerOptions) {
    const vocabulary = readVocabulary(bytes, name);
    const { normalization } = vocabulary;
    const charsmap =
      normalization.charsmap.length > 0 ? Charsmap.parse(normalization.charsmap, name) : undefined;
    const symbols = vocabulary.types.includes(pieceType.userDefined)
      ? buildPieceTrie(vocabulary, [pieceType.userDefined], name)
      : undefined;
    this.#vocabulary = vocabulary;
    this.#normalizer = new Normalizer(normalization, charsmap, symbols);
    this.#segmenter = new Segmenter(vocabulary, name);
    this.#options = options;
    this.vocabularySize = vocabulary.size + 2;
    this.maskId = vocabulary.size + 1;
    this.#specials = new Map([
      ['<s>', specialIds.bos],
      ['<pad>', specialIds.pad],
      ['</s>', specialIds.eos],
      ['<unk>', specialIds.unk],
      ['<mask>', this.maskId],
    ]);
  }

  /**
   * @param path of a `.spm` or `.model` file
   * @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE, TOKENIZER_INVALID
   */
  static async load(path: string, options: TokenizerOptions = {}): Promise<Tokenizer> {
    return Tokenizer.parse(await readLimited(path), path, options);
  }

  /**
   * @param name of the file, for messages
   * @throws AppError TOKENIZER_INVALID
   */
  static parse(bytes: Uint8Array, name: string, options: TokenizerOptions = {}): Tokenizer {
    return new Tokenizer(bytes, name, options);
  }

  /** @returns the pieces as text, U+2581 for a space; a run of unknown characters is one piece that shows them */
  encodePieces(text: string, options: EncodeOptions = {}): string[] {
    return this.#encodeParts(
      text,
      options,
      (part) => this.#pieceTexts(part),
      (special) => special,
    );
  }

  /**
   * @returns ids without `<s>` and `</s>`; none where nothing is left of the text
   * @throws AppError LIMIT_EXCEEDED where the text is absurdly long
   */
  encode(text: string, options: EncodeOptions = {}): number[] {
    return this.#encodeParts(
      text,
      options,
      (part) => this.encodePieceIds(part).map(toTokenId),
      (special) => this.#specials.get(special) ?? specialIds.unk,
    );
  }

  /** @returns the pieces' ids as the file counts them, which are not the ids that the model takes */
  encodePieceIds(text: string): number[] {
    return this.#segmenter.segment(this.#normalizer.normalize(this.#prepare(text))).ids;
  }

  /**
   * @param lengthMax tokens in the row, with `<s>` and `</s>`; at least 3
   * @throws AppError TEXT_INVALID where the text has no tokens, INVALID_ARGUMENT where `lengthMax` is too small
   */
  encodeRow(text: string, lengthMax: number): TokenRow {
    if (!Number.isSafeInteger(lengthMax) || lengthMax < ROW_LENGTH_MIN) {
      const problem = `token row: length ${lengthMax}, expected a whole number of at least ${ROW_LENGTH_MIN}`;
      throw new AppError('INVALID_ARGUMENT', `${problem}; use the model's maximum text length`);
    }
    const ids = this.encode(text);
    if (ids.length === 0) {
      const shown = JSON.stringify(text.slice(0, 40));
      throw new AppError(
        'TEXT_INVALID',
        `text ${shown} holds no words, expected at least one; write a description`,
      );
    }
    const kept = ids.slice(0, lengthMax - 2);
    return {
      ids: [specialIds.bos, ...kept, specialIds.eos],
      truncated: kept.length < ids.length,
      tokenCount: ids.length,
    };
  }

  /**
   * @param ids as the model takes them; `<s>`, `<pad>` and `</s>` are left out, `<mask>` is written out
   * @throws AppError INVALID_ARGUMENT where an id is not of this vocabulary
   */
  decode(ids: readonly number[]): string {
    const decoder = new PieceDecoder(this.#vocabulary);
    for (const id of ids) {
      if (!Number.isSafeInteger(id) || id < 0 || id >= this.vocabularySize) {
        const problem = `token id ${id} is not in the vocabulary, expected 0 to ${this.vocabularySize - 1}`;
        throw new AppError('INVALID_ARGUMENT', `${problem}; decode with the tokenizer of the model`);
      }
      if (id === this.maskId) decoder.addText('<mask>');
      else if (id === specialIds.unk) decoder.add(UNKNOWN_PIECE);
      else if (id > specialIds.unk) decoder.add(id - ID_OFFSET);
    }
    return decoder.finish();
  }

  /** Encodes the text, or, with special tokens, each part between them on its own. */
  #encodeParts<Item>(
    text: string,
    options: EncodeOptions,
    encodePart: (part: string) => Item[],
    special: (name: string) => Item,
  ): Item[] {
    if (options.specialTokens !== true) return encodePart(text);
    const parts = text.split(SPECIAL_TOKEN);
    return parts.flatMap((part) => (this.#specials.has(part) ? [special(part)] : encodePart(part)));
  }

  #pieceTexts(text: string): string[] {
    const normalized = this.#normalizer.normalize(this.#prepare(text));
    const { ids, ends } = this.#segmenter.segment(normalized);
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    return ids.map((id, index) => {
      const isUnknown = id === UNKNOWN_PIECE;
      const bytes = isUnknown
        ? normalized.subarray(ends[index - 1] ?? 0, ends[index])
        : pieceBytes(this.#vocabulary, id);
      return decoder.decode(bytes);
    });
  }

  #prepare(text: string): string {
    const lowered = this.#options.lowercase === true ? text.toLowerCase() : text;
    if (this.#options.collapseWhitespace !== true) return lowered;
    return lowered.replaceAll(WHITE_SPACE, ' ').replaceAll(SPACE_AT_END, '');
  }
}

function toTokenId(piece: number): number {
  return piece === UNKNOWN_PIECE ? specialIds.unk : piece + ID_OFFSET;
}

/** Reads a file, whose size is checked before anything is allocated. */
async function readLimited(path: string): Promise<Uint8Array> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      const remedy = 'give the path of the .spm file that belongs to the checkpoint';
      throw new AppError('FILE_NOT_FOUND', `${path}: no such file, expected a tokenizer; ${remedy}`, {
        cause: error,
      });
    }
    throw unreadable(path, error);
  }
  try {
    const { size } = await file.stat();
    if (size > FILE_BYTES_MAX) {
      const problem = `${path}: the file has ${size} bytes, a tokenizer at most ${FILE_BYTES_MAX}`;
      throw new AppError(
        'TOKENIZER_INVALID',
        `${problem}; give the .spm file that belongs to the checkpoint`,
      );
    }
    const bytes = new Uint8Array(size);
    const { bytesRead } = await file.read(bytes, 0, size, 0);
    return bytes.subarray(0, bytesRead);
  } catch (error) {
    throw error instanceof AppError ? error : unreadable(path, error);
  } finally {
    await file.close();
  }
}

function unreadable(path: string, error: unknown): AppError {
  const problem = `${path}: can't be read (${messageOf(error)})`;
  return new AppError('FILE_UNREADABLE', `${problem}; check that it is a file and its permissions`, {
    cause: error,
  });
}
