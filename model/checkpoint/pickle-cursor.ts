/**
 * Reads the arguments of pickle opcodes; every length meets a limit and the end of the bytes before it is used.
 * Source: Python's pickletools.py. Deviation: none.
 */
import { malformed, PickleProblem, tooLarge } from './pickle-value.ts';

/** Names of tensors are short; a training run may have kept a log. */
const STRING_BYTES_MAX = 1024 * 1024;

/** The state of a random generator takes 17; Python itself would take any length. */
const INTEGER_BYTES_MAX = 64;

/** Module or class name on a line of its own. */
const LINE_BYTES_MAX = 1024;

const NEWLINE = 0x0a;

export class PickleCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** Also a length that no file can have: as a number it need not be exact to be refused. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  /** Big-endian, unlike all else. */
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** Two's complement of any length; a bigint only where a number would not be exact. */
  integer(length: number): number | bigint {
    if (length > INTEGER_BYTES_MAX) {
      throw tooLarge(`an integer of ${length} bytes, at most ${INTEGER_BYTES_MAX} are possible`);
    }
    let value = 0n;
    const start = this.#advance(length);
    for (let i = length - 1; i >= 0; i -= 1) value = (value << 8n) | BigInt(this.#bytes[start + i] ?? 0);
    value = BigInt.asIntN(length * 8, value);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  text(length: number): string {
    try {
      return this.#utf8.decode(this.bytes(length));
    } catch (error) {
      if (error instanceof PickleProblem) throw error;
      throw malformed('a text that is not UTF-8');
    }
  }

  bytes(length: number): Uint8Array {
    if (length > STRING_BYTES_MAX) {
      throw tooLarge(`a text of ${length} bytes, at most ${STRING_BYTES_MAX} are possible`);
    }
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  line(): string {
    const end = this.#bytes.indexOf(NEWLINE, this.#position);
    const length = end - this.#position;
    if (end < 0 || length > LINE_BYTES_MAX) {
      throw malformed(`a name without an end, or of more than ${LINE_BYTES_MAX} bytes`);
    }
    const text = this.text(length);
    this.#advance(1);
    return text;
  }

  #advance(length: number): number {
    const start = this.#position;
    if (length > this.#bytes.length - start) {
      throw malformed(`${length} bytes were expected, ${this.#bytes.length - start} are left`);
    }
    this.#position = start + length;
    return start;
  }
}
