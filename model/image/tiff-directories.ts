/**
 * The directories of a file with TIFF structure (RAW files are that), with a limit on everything.
 * Source: TIFF 6.0, section 2, and the SubIFDs tag of TIFF Technical Note 1. Deviation: of what a directory
 * names, only whole numbers and short texts can be asked for; BigTIFF is not read.
 *
 * No library reads the directories of hostile files under limits and gives the places of what is stored there.
 */

/** Of known files: 4 (CR2) to some 10 (DNG with several previews). */
const DIRECTORIES_MAX = 64;

/** Of known files: up to some 100 (DNG). The structure allows 65,535. */
const ENTRIES_MAX = 1024;

/** Numbers of one entry; offsets of strips may be thousands, nobody here needs more than one. */
const NUMBERS_MAX = 64;

/** Characters of one text. */
const TEXT_MAX = 256;

const HEADER_BYTES = 8;
const ENTRY_BYTES = 12;
/** Up to four bytes of values stand in the entry itself. */
const INLINE_BYTES = 4;

const SUB_DIRECTORIES = 0x01_4a;

/** Bytes of one value of each type; types that are not listed are not read. */
const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 7: 1, 13: 4 };
/** Of rational numbers and others that nobody asks for here. */
const OTHER_BYTES = 8;
const TEXT = 2;

interface Entry {
  readonly type: number;
  readonly count: number;
  /** Of the values of all entries with this tag. */
  readonly bytes: number;
  /** Of the first value, from the beginning of the file. */
  readonly place: number;
}

/** One directory: what it says of one picture in the file. */
export class TiffDirectory {
  readonly #view: DataView;
  readonly #isLittle: boolean;
  readonly #entries: ReadonlyMap<number, Entry>;

  constructor(view: DataView, isLittle: boolean, entries: ReadonlyMap<number, Entry>) {
    this.#view = view;
    this.#isLittle = isLittle;
    this.#entries = entries;
  }

  has(tag: number): boolean {
    return this.#entries.has(tag);
  }

  /** How many values the entry says it has; 0 without an entry. */
  count(tag: number): number {
    return this.#entries.get(tag)?.count ?? 0;
  }

  /** Of all values of all entries with this tag, as the file claims. */
  bytes(tag: number): number {
    return this.#entries.get(tag)?.bytes ?? 0;
  }

  /** The first values of a tag; none where it is missing, has another type, or lies outside the file. */
  numbers(tag: number): number[] {
    const entry = this.#entries.get(tag);
    const bytes = entry === undefined ? undefined : TYPE_BYTES[entry.type];
    if (entry === undefined || bytes === undefined || entry.type === TEXT) return [];
    const numbers: number[] = [];
    for (let index = 0; index < Math.min(entry.count, NUMBERS_MAX); index += 1) {
      const place = entry.place + index * bytes;
      if (place + bytes > this.#view.byteLength) return [];
      numbers.push(this.#number(place, bytes));
    }
    return numbers;
  }

  number(tag: number): number | undefined {
    return this.numbers(tag)[0];
  }

  /** Without the closing zero; '' where it is missing. */
  text(tag: number): string {
    const entry = this.#entries.get(tag);
    if (entry?.type !== TEXT || entry.place + Math.min(entry.count, TEXT_MAX) > this.#view.byteLength) {
      return '';
    }
    let text = '';
    for (let index = 0; index < Math.min(entry.count, TEXT_MAX); index += 1) {
      const code = this.#view.getUint8(entry.place + index);
      if (code === 0) break;
      text += String.fromCharCode(code);
    }
    return text;
  }

  #number(place: number, bytes: number): number {
    if (bytes === 1) return this.#view.getUint8(place);
    if (bytes === 2) return this.#view.getUint16(place, this.#isLittle);
    return this.#view.getUint32(place, this.#isLittle);
  }
}

export interface TiffDirectories {
  /** The first one, then the others as they were met; never empty. */
  readonly all: readonly [TiffDirectory, ...TiffDirectory[]];
  /** Something that is pointed to lies outside the file: it was cut off, or is hostile. */
  readonly isTruncated: boolean;
}

/**
 * The directories of the chain and those below them, each once: a loop ends where it closes.
 * @param pointers tags that point to further directories
 * @returns undefined where the bytes have no TIFF structure
 */
export function tiffDirectories(
  bytes: Uint8Array,
  pointers: readonly number[] = [SUB_DIRECTORIES],
): TiffDirectories | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const order = view.getUint16(0);
  const isLittle = order === 0x49_49;
  if ((!isLittle && order !== 0x4d_4d) || view.getUint16(2, isLittle) !== 42) return undefined;
  const waiting = [view.getUint32(4, isLittle)];
  const seen = new Set<number>();
  const found: TiffDirectory[] = [];
  let isTruncated = false;
  while (waiting.length > 0 && found.length < DIRECTORIES_MAX) {
    const offset = waiting.shift() ?? 0;
    if (offset === 0 || seen.has(offset)) continue;
    seen.add(offset);
    const read = readDirectory(view, isLittle, offset);
    if (read === undefined) {
      isTruncated = true;
      continue;
    }
    found.push(read.directory);
    for (const pointer of pointers) {
      const places = read.directory.numbers(pointer);
      isTruncated ||= places.length === 0 && read.directory.has(pointer);
      waiting.push(...places);
    }
    waiting.push(read.next);
  }
  const [first, ...others] = found;
  return first === undefined ? undefined : { all: [first, ...others], isTruncated };
}

function readDirectory(
  view: DataView,
  isLittle: boolean,
  offset: number,
): { readonly directory: TiffDirectory; readonly next: number } | undefined {
  if (offset + 2 > view.byteLength) return undefined;
  const count = view.getUint16(offset, isLittle);
  const end = offset + 2 + count * ENTRY_BYTES;
  if (end > view.byteLength) return undefined;
  const entries = new Map<number, Entry>();
  for (let index = 0; index < Math.min(count, ENTRIES_MAX); index += 1) {
    const place = offset + 2 + index * ENTRY_BYTES;
    const tag = view.getUint16(place, isLittle);
    const type = view.getUint16(place + 2, isLittle);
    const values = view.getUint32(place + 4, isLittle);
    const bytes = (TYPE_BYTES[type] ?? OTHER_BYTES) * values;
    const valuePlace = bytes <= INLINE_BYTES ? place + 8 : view.getUint32(place + 8, isLittle);
    const before = entries.get(tag);
    // Of two entries the first counts.
    if (before === undefined) entries.set(tag, { type, count: values, bytes, place: valuePlace });
    else entries.set(tag, { ...before, bytes: before.bytes + bytes });
  }
  const next = end + 4 <= view.byteLength ? view.getUint32(end, isLittle) : 0;
  return { directory: new TiffDirectory(view, isLittle, entries), next };
}
