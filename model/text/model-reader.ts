/**
 * Takes a SentencePiece model file apart: its pieces as flat arrays, its two specifications as messages.
 * Source: sentencepiece.proto. Deviation: the pieces are read with the protobuf library's wire reader rather than
 * as messages (45,000 of them took 90 ms to make and to look into, more than all else in loading); the
 * specifications go through the generated code.
 */
import { create, mergeFromBinary } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import {
  NormalizerSpecSchema,
  TrainerSpecSchema,
  type NormalizerSpec,
  type TrainerSpec,
} from './sentencepiece_pb.ts';

/** Fields of ModelProto and Piece, as in sentencepiece.proto. */
const modelField = { pieces: 1, trainerSpec: 2, normalizerSpec: 3 } as const;
const pieceField = { piece: 1, score: 2, type: 3 } as const;
const TYPE_DEFAULT = 1;

export interface ModelFile {
  /** UTF-8 of all pieces, one after the other. */
  readonly text: Uint8Array;
  /** int32 [pieces + 1]: where each piece starts in `text`, and the end of the last one. */
  readonly starts: Int32Array;
  /** float32 [pieces] */
  readonly scores: Float32Array;
  /** int32 [pieces] */
  readonly types: Int32Array;
  /** Absent where the file has none. */
  readonly trainer: TrainerSpec | undefined;
  readonly normalizer: NormalizerSpec | undefined;
}

/** @throws Error of any kind where the bytes are not a whole message; the caller knows the file's name */
export function readModelFile(bytes: Uint8Array, piecesMax: number): ModelFile {
  const pieces = new PieceArrays(bytes.length, piecesMax);
  const reader = new BinaryReader(bytes);
  let trainer: TrainerSpec | undefined;
  let normalizer: NormalizerSpec | undefined;
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (wireType !== WireType.LengthDelimited) {
      reader.skip(wireType, field);
    } else if (field === modelField.pieces) {
      pieces.add(reader, endOf(reader));
    } else if (field === modelField.trainerSpec) {
      trainer ??= create(TrainerSpecSchema);
      mergeFromBinary(TrainerSpecSchema, trainer, reader.bytes(), { readUnknownFields: false });
    } else if (field === modelField.normalizerSpec) {
      normalizer ??= create(NormalizerSpecSchema);
      mergeFromBinary(NormalizerSpecSchema, normalizer, reader.bytes(), { readUnknownFields: false });
    } else {
      reader.skip(wireType, field);
    }
  }
  if (reader.pos > reader.len) throw new RangeError('the last field is cut short');
  return { ...pieces.finish(), trainer, normalizer };
}

/** Reads a message's length. @returns the position where it ends */
function endOf(reader: BinaryReader): number {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError(`a piece is cut short, ${end - reader.len} bytes are missing`);
  return end;
}

class PieceArrays {
  readonly #text: Uint8Array;
  readonly #starts: Int32Array;
  readonly #scores: Float32Array;
  readonly #types: Int32Array;
  #count = 0;
  #length = 0;

  constructor(fileBytes: number, piecesMax: number) {
    // No piece takes fewer than two bytes of the file.
    const countMax = Math.min(piecesMax, Math.floor(fileBytes / 2));
    this.#text = new Uint8Array(fileBytes);
    this.#starts = new Int32Array(countMax + 1);
    this.#scores = new Float32Array(countMax);
    this.#types = new Int32Array(countMax);
  }

  add(reader: BinaryReader, end: number): void {
    if (this.#count === this.#scores.length) {
      throw new RangeError(`it has more than ${this.#count} pieces, the most that are read`);
    }
    let piece: Uint8Array | undefined;
    this.#types[this.#count] = TYPE_DEFAULT;
    while (reader.pos < end) {
      const [field, wireType] = reader.tag();
      if (field === pieceField.piece && wireType === WireType.LengthDelimited) {
        piece = reader.bytes();
      } else if (field === pieceField.score && wireType === WireType.Bit32) {
        this.#scores[this.#count] = reader.float();
      } else if (field === pieceField.type && wireType === WireType.Varint) {
        this.#types[this.#count] = reader.int32();
      } else {
        reader.skip(wireType, field);
      }
    }
    if (reader.pos !== end) throw new RangeError('a field reaches beyond its piece');
    if (piece !== undefined) {
      this.#text.set(piece, this.#length);
      this.#length += piece.length;
    }
    this.#count += 1;
    this.#starts[this.#count] = this.#length;
  }

  finish(): Pick<ModelFile, 'text' | 'starts' | 'scores' | 'types'> {
    // Copies, so that the room for the whole file is freed.
    return {
      text: this.#text.slice(0, this.#length),
      starts: this.#starts.slice(0, this.#count + 1),
      scores: this.#scores.slice(0, this.#count),
      types: this.#types.slice(0, this.#count),
    };
  }
}
