/**
 * Files in the shape of cameras' RAW files: the directories are real, the sensor's values are not.
 * Source: TIFF 6.0; the layouts of CR2, NEF, ARW and DNG. Deviation: what nobody reads is left out.
 */
import sharp from 'sharp';

export type RawKind = 'cr2' | 'nef' | 'arw' | 'dng';

export const rawKinds: readonly RawKind[] = ['cr2', 'nef', 'arw', 'dng'];

/** Bytes elsewhere in the file; the entry holds their place. */
interface Blob {
  readonly blob: Buffer;
}

/** Directories elsewhere; the entry holds their places. */
interface Below {
  readonly below: readonly Directory[];
}

type Value = readonly number[] | string | Blob | Below;
export type Directory = Readonly<Record<number, Value>>;

const SHORT = 3;
const LONG = 4;
const RATIONAL = 5;
/** Tags whose numbers are short; the rest are long. */
const SHORTS = new Set([258, 259, 262, 274, 277, 0x88_27]);
const RATIONALS = new Set([0x82_9a, 0x82_9d, 0x92_0a]);
const BYTES = new Set([0xc6_12]);

export interface TiffOptions {
  readonly isLittle?: boolean;
  /** Put after the header, as Canon does. */
  readonly mark?: string;
}

/** A chain of directories as a file. */
export function tiffFile(
  chain: readonly Directory[],
  { isLittle = true, mark = '' }: TiffOptions = {},
): Buffer {
  const file = new TiffBuilder(isLittle, mark);
  file.chain(chain);
  return file.bytes();
}

class TiffBuilder {
  readonly #isLittle: boolean;
  readonly #parts: Buffer[] = [];
  #size = 0;

  constructor(isLittle: boolean, mark: string) {
    this.#isLittle = isLittle;
    this.#append(Buffer.concat([Buffer.from(isLittle ? 'II' : 'MM'), this.#number(42, 2)]));
    this.#append(this.#number(8 + mark.length, 4));
    this.#append(Buffer.from(mark, 'latin1'));
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  /** @returns the place of the first */
  chain(directories: readonly Directory[]): number {
    const start = this.#size;
    for (const [index, directory] of directories.entries())
      this.#directory(directory, index === directories.length - 1);
    return start;
  }

  #directory(directory: Directory, isLast: boolean): void {
    const entries = Object.entries(directory).map(([tag, value]) => ({ tag: Number(tag), value }));
    const place = this.#size;
    const head = Buffer.alloc(2 + entries.length * 12 + 4);
    this.#append(head);
    this.#number(entries.length, 2).copy(head);
    for (const [index, { tag, value }] of entries.entries()) {
      const { type, count, data } = this.#encode(tag, value);
      const entry = Buffer.concat([this.#number(tag, 2), this.#number(type, 2), this.#number(count, 4)]);
      const inline = data.length <= 4 ? data : this.#number(this.#append(data), 4);
      Buffer.concat([entry, inline]).copy(head, 2 + index * 12);
    }
    if (!isLast) this.#number(this.#size, 4).copy(head, head.length - 4);
    if (place % 2 !== 0) throw new Error('directories begin at even places');
  }

  #encode(tag: number, value: Value): { type: number; count: number; data: Buffer } {
    if (typeof value === 'string') {
      const data = Buffer.from(`${value}\0`);
      return { type: 2, count: data.length, data };
    }
    if ('blob' in value) return { type: LONG, count: 1, data: this.#number(this.#append(value.blob), 4) };
    if ('below' in value) {
      const places = value.below.map((directory) => this.#number(this.chain([directory]), 4));
      return { type: LONG, count: places.length, data: Buffer.concat(places) };
    }
    if (BYTES.has(tag)) return { type: 1, count: value.length, data: Buffer.from(value) };
    if (RATIONALS.has(tag)) {
      const data = Buffer.concat(value.map((number) => this.#number(number, 4)));
      return { type: RATIONAL, count: value.length / 2, data };
    }
    const size = SHORTS.has(tag) ? 2 : 4;
    const data = Buffer.concat(value.map((number) => this.#number(number, size)));
    return { type: size === 2 ? SHORT : LONG, count: value.length, data };
  }

  #append(part: Buffer): number {
    const place = this.#size;
    const padded = part.length % 2 === 0 ? part : Buffer.concat([part, Buffer.alloc(1)]);
    // Not a copy where it is even: a directory is filled in after it was appended.
    this.#parts.push(padded);
    this.#size += padded.length;
    return place;
  }

  #number(value: number, bytes: number): Buffer {
    const buffer = Buffer.alloc(bytes);
    if (this.#isLittle) buffer.writeUIntLE(value, 0, bytes);
    else buffer.writeUIntBE(value, 0, bytes);
    return buffer;
  }
}

/** Exposure 1/250 s, f/2.8, ISO 400, 50 mm, at a moment with a zone. */
const EXIF: Directory = {
  0x82_9a: [1, 250],
  0x82_9d: [28, 10],
  0x88_27: [400],
  0x90_03: '2021:05:06 07:08:09',
  0x90_11: '+02:00',
  0x92_0a: [50, 1],
};

/** A lossless JPEG as far as its frame header: what CR2 and DNG keep sensor values in. */
function losslessJpeg(width: number, height: number): Buffer {
  const frame = Buffer.from('ffd8ffc3001100000000000003011100021100031100', 'hex');
  frame[6] = 8;
  frame.writeUInt16BE(height, 7);
  frame.writeUInt16BE(width, 9);
  return Buffer.concat([frame, Buffer.alloc(64, 1)]);
}

/** A few grey pixels without compression. */
const thumbnail: Directory = {
  256: [8],
  257: [8],
  258: [8, 8, 8],
  259: [1],
  262: [2],
  273: { blob: Buffer.alloc(8 * 8 * 3, 90) },
  277: [3],
  278: [8],
  279: [8 * 8 * 3],
};

function jpegAt(jpeg: Buffer): Directory {
  return { 259: [6], 0x02_01: { blob: jpeg }, 0x02_02: [jpeg.length] };
}

function strip(data: Buffer, compression: number): Directory {
  return { 259: [compression], 273: { blob: data }, 279: [data.length] };
}

/** What each kind is made of. */
interface Parts {
  /** The largest JPEG, and a smaller one beside it. */
  readonly preview: Buffer;
  readonly small: Buffer;
  readonly sensor: Buffer;
  /** Orientation and EXIF. */
  readonly exif: Directory;
}

const makers: Readonly<Record<RawKind, (parts: Parts) => Buffer>> = {
  cr2: ({ preview, small, sensor, exif }) =>
    tiffFile(
      [
        { 271: 'Canon', 272: 'Canon EOS 5D', ...strip(preview, 6), ...exif },
        jpegAt(small),
        thumbnail,
        strip(sensor, 6),
      ],
      { mark: 'CR\x02\0\0\0\0\0' },
    ),
  nef: ({ preview, exif }) =>
    tiffFile(
      [
        {
          ...thumbnail,
          271: 'NIKON CORPORATION',
          272: 'NIKON D750',
          ...exif,
          330: { below: [jpegAt(preview), { ...strip(Buffer.alloc(64, 7), 34_713), 262: [32_803] }] },
        },
      ],
      { isLittle: false },
    ),
  arw: ({ preview, small, exif }) =>
    tiffFile([
      {
        271: 'SONY',
        272: 'ILCE-7M3',
        ...jpegAt(preview),
        ...exif,
        330: { below: [{ ...strip(Buffer.alloc(64, 7), 32_767), 262: [32_803] }] },
      },
      jpegAt(small),
    ]),
  dng: ({ preview, small, sensor, exif }) =>
    tiffFile([
      {
        ...thumbnail,
        271: 'Leica Camera AG',
        272: 'LEICA Q2',
        ...exif,
        0xc6_12: [1, 4, 0, 0],
        330: {
          below: [
            { ...strip(sensor, 7), 262: [32_803] },
            { ...strip(small, 7), 262: [6] },
            { ...strip(preview, 7), 262: [6] },
          ],
        },
      },
    ]),
};

/** A RAW of this kind with `preview` as its largest JPEG, and a smaller one beside it. */
export async function rawFile(kind: RawKind, preview: Buffer, orientation = 1): Promise<Buffer> {
  const small = await sharp(preview).resize(32).jpeg().toBuffer();
  const exif: Directory = { 274: [orientation], 0x87_69: { below: [EXIF] } };
  return makers[kind]({ preview, small, sensor: losslessJpeg(6000, 4000), exif });
}
