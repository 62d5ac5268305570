/**
 * A precompiled character map: which bytes of a text are replaced by which others.
 * Source: SentencePiece, `precompiled_charsmap` (uint32 length, Darts-clone double array, NUL-terminated
 * replacements). Deviation: every read is bounded, and a walk ends after KEY_BYTES_MAX bytes.
 */
import { AppError } from '../errors.ts';

/** No rule is that long (the longest of nmt_nfkc has 10 bytes); a cyclic array could be followed for ever. */
const KEY_BYTES_MAX = 256;

/** One byte of text must not become megabytes. nmt_nfkc needs 33 (U+FDFA). */
const REPLACEMENT_BYTES_MAX = 1024;

const LENGTH_BYTES = 4;
const UNIT_BYTES = 4;

/** Set in a unit that holds a value; such a unit never equals a byte, so no walk passes it. */
const VALUE_FLAG = 0x80000000;
const HAS_VALUE_FLAG = 0x100;
const LABEL_MASK = 0x800000ff;

/**
 * A unit of the array: bits 0-7 the byte that leads here, bit 8 "a key ends here", bit 9 the offset counts in
 * 256s, bits 10-31 the offset to the children (by exclusive or). A unit with bit 31: the value of a key.
 */
export class Charsmap {
  /** Replacements, each ended by a NUL. */
  readonly replacements: Uint8Array;
  /** After a match: where the replacement starts and ends in `replacements`. */
  replacementStart = 0;
  replacementEnd = 0;
  readonly #units: Uint32Array;

  private constructor(units: Uint32Array, replacements: Uint8Array) {
    this.#units = units;
    this.replacements = replacements;
  }

  /** @throws AppError TOKENIZER_INVALID where lengths or values point outside the map */
  static parse(bytes: Uint8Array, name: string): Charsmap {
    if (bytes.length < LENGTH_BYTES) {
      throw invalid(name, `has ${bytes.length} bytes, expected at least ${LENGTH_BYTES}`);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const arrayBytes = view.getUint32(0, true);
    if (arrayBytes === 0 || arrayBytes % UNIT_BYTES !== 0) {
      throw invalid(
        name,
        `says its array has ${arrayBytes} bytes, expected a positive multiple of ${UNIT_BYTES}`,
      );
    }
    const available = bytes.length - LENGTH_BYTES;
    if (arrayBytes >= available) {
      throw invalid(
        name,
        `says its array has ${arrayBytes} bytes, expected fewer than the ${available} that follow`,
      );
    }
    const replacements = bytes.slice(LENGTH_BYTES + arrayBytes);
    checkReplacements(replacements, name);
    const units = new Uint32Array(arrayBytes / UNIT_BYTES);
    for (let index = 0; index < units.length; index += 1) {
      const unit = view.getUint32(LENGTH_BYTES + index * UNIT_BYTES, true);
      if (unit >= VALUE_FLAG && unit - VALUE_FLAG >= replacements.length) {
        throw invalid(
          name,
          `points to replacement byte ${unit - VALUE_FLAG}, expected less than ${replacements.length}`,
        );
      }
      units[index] = unit;
    }
    return new Charsmap(units, replacements);
  }

  /**
   * Finds the longest rule for the bytes at `at` and sets `replacementStart` and `replacementEnd`.
   * @returns bytes that the rule replaces, 0 where there is no rule
   */
  longestMatch(bytes: Uint8Array, at: number): number {
    const units = this.#units;
    const end = Math.min(bytes.length, at + KEY_BYTES_MAX);
    let position = offsetOf(units[0] ?? 0);
    let longest = 0;
    let value = 0;
    for (let index = at; index < end; index += 1) {
      const byte = bytes[index] ?? 0;
      position = (position ^ byte) >>> 0;
      // Outside the array there is nothing: a value unit, which equals no byte, ends the walk.
      const unit = position < units.length ? (units[position] ?? 0) : VALUE_FLAG;
      if ((unit & LABEL_MASK) >>> 0 !== byte) break;
      position = (position ^ offsetOf(unit)) >>> 0;
      if ((unit & HAS_VALUE_FLAG) === 0) continue;
      const found = (units[position] ?? 0) & ~VALUE_FLAG;
      if (position >= units.length || found >= this.replacements.length) continue;
      longest = index + 1 - at;
      value = found;
    }
    if (longest > 0) {
      this.replacementStart = value;
      this.replacementEnd = this.replacements.indexOf(0, value);
    }
    return longest;
  }
}

function checkReplacements(replacements: Uint8Array, name: string): void {
  let start = 0;
  while (start < replacements.length) {
    const end = replacements.indexOf(0, start);
    if (end === -1) throw invalid(name, 'does not end in a NUL byte');
    if (end - start > REPLACEMENT_BYTES_MAX) {
      throw invalid(
        name,
        `has a replacement of ${end - start} bytes, expected at most ${REPLACEMENT_BYTES_MAX}`,
      );
    }
    start = end + 1;
  }
}

function offsetOf(unit: number): number {
  return ((unit >>> 10) << ((unit & 0x200) >>> 6)) >>> 0;
}

function invalid(name: string, found: string): AppError {
  return new AppError(
    'TOKENIZER_INVALID',
    `${name}: the character map ${found}; the file is damaged, fetch it again`,
  );
}
