/**
 * Small SentencePiece models for tests, and ways to damage them.
 * Source: our own. Deviation: none.
 */
import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import {
  ModelProtoSchema,
  type NormalizerSpecSchema,
  type TrainerSpecSchema,
} from '../../../model/text/sentencepiece_pb.ts';
import { pieceType } from '../../../model/text/vocabulary.ts';

export interface PieceInit {
  readonly piece: string | Uint8Array;
  readonly score?: number;
  readonly type?: number;
}

export interface ModelInit {
  readonly trainerSpec?: MessageInitShape<typeof TrainerSpecSchema>;
  readonly normalizerSpec?: MessageInitShape<typeof NormalizerSpecSchema>;
}

/** The three pieces that every model starts with. */
export const specialPieces: readonly PieceInit[] = [
  { piece: '<unk>', type: pieceType.unknown },
  { piece: '<s>', type: pieceType.control },
  { piece: '</s>', type: pieceType.control },
];

/** @returns the bytes of a model with exactly these pieces */
export function makeModel(pieces: readonly PieceInit[], rest: ModelInit = {}): Uint8Array {
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      ...rest,
      pieces: pieces.map(({ piece, score, type }) => ({
        piece: typeof piece === 'string' ? new TextEncoder().encode(piece) : piece,
        ...(score === undefined ? {} : { score }),
        ...(type === undefined ? {} : { type }),
      })),
    }),
  );
}

/** @returns the bytes of a model with the special pieces and these */
export function makeVocabulary(pieces: readonly PieceInit[], rest: ModelInit = {}): Uint8Array {
  return makeModel([...specialPieces, ...pieces], rest);
}

/** Units of a Darts-clone array and replacements, in the form of a precompiled character map. */
export function makeCharsmap(units: Uint32Array, replacements: string): Uint8Array {
  const text = new TextEncoder().encode(replacements);
  const bytes = new Uint8Array(4 + units.byteLength + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, units.byteLength, true);
  for (const [index, unit] of units.entries()) view.setUint32(4 + index * 4, unit, true);
  bytes.set(text, 4 + units.byteLength);
  return bytes;
}

/**
 * A double array whose node for "a" is its own child, so that a run of any length of "a" is a key.
 * @param value of every such key
 */
export function makeCyclicUnits(value: number): Uint32Array {
  const letter = 'a'.charCodeAt(0);
  const base = 0x100;
  const units = new Uint32Array(0x200);
  units[0] = base << 10;
  units[base ^ letter] = (letter << 10) | 0x100 | letter;
  units[base] = (0x80000000 | value) >>> 0;
  return units;
}
