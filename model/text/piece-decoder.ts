/**
 * Puts pieces together to text again.
 * Source: SentencePiece 0.1.97, the decoder. Deviation: none.
 */
import { utf8CharacterLength } from './utf8-character.ts';
import { pieceBytes, pieceType, type Vocabulary } from './vocabulary.ts';

const SPACE_MARK = '\u2581';
const REPLACEMENT_CHARACTER = '\ufffd';

/** Takes pieces one after the other. Byte pieces wait until the character that they spell is complete. */
export class PieceDecoder {
  readonly #vocabulary: Vocabulary;
  readonly #byteOfPiece: ReadonlyMap<number, number>;
  // A piece may be U+FEFF itself, which a decoder takes for a byte order mark unless told otherwise.
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #dropsLeadingSpace: boolean;
  #text = '';
  #bytes: number[] = [];
  #leadingSpaceDropped = false;

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary;
    this.#byteOfPiece = new Map(
      Array.from(vocabulary.bytePieces ?? [], (id, byte): [number, number] => [id, byte]),
    );
    const { addDummyPrefix, removeExtraWhitespaces } = vocabulary.normalization;
    this.#dropsLeadingSpace = addDummyPrefix || removeExtraWhitespaces;
  }

  /** @param id of a piece, counted as in the file */
  add(id: number): void {
    const byte = this.#byteOfPiece.get(id);
    if (byte !== undefined) {
      this.#bytes.push(byte);
      return;
    }
    this.#flushBytes();
    const type = this.#vocabulary.types[id];
    if (type === pieceType.control) return;
    if (type === pieceType.unknown) this.#text += this.#vocabulary.unknownSurface;
    else this.#addPiece(this.#decoder.decode(pieceBytes(this.#vocabulary, id)));
  }

  /** For what is not a piece, such as the name of a special token. */
  addText(text: string): void {
    this.#flushBytes();
    this.#text += text;
  }

  finish(): string {
    this.#flushBytes();
    return this.#text;
  }

  #addPiece(piece: string): void {
    let rest = piece;
    const atStart = this.#text === '' && !this.#leadingSpaceDropped;
    if (atStart && this.#dropsLeadingSpace && piece.startsWith(SPACE_MARK)) {
      rest = piece.slice(SPACE_MARK.length);
      // Text whose extra spaces were removed cannot start with any; else just the one put in front goes.
      this.#leadingSpaceDropped = !this.#vocabulary.normalization.removeExtraWhitespaces;
    }
    this.#text += rest.replaceAll(SPACE_MARK, ' ');
  }

  #flushBytes(): void {
    if (this.#bytes.length === 0) return;
    const bytes = Uint8Array.from(this.#bytes);
    this.#bytes = [];
    let at = 0;
    while (at < bytes.length) {
      const length = utf8CharacterLength(bytes, at, bytes.length);
      this.#text +=
        length === 0 ? REPLACEMENT_CHARACTER : this.#decoder.decode(bytes.subarray(at, at + length));
      at += Math.max(length, 1);
    }
  }
}
