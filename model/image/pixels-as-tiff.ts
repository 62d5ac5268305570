/**
 * Decoded pixels as an uncompressed TIFF in memory, with their colour profile.
 * Source: TIFF 6.0, sections 2, 6 and 18; the tag of the profile is that of the ICC specification, annex B.
 * Deviation: none. Raw pixels could be handed to the picture library as they are, but then it takes them for
 * sRGB: only a file can say that they are Display P3, as those of most telephones are.
 */

export interface InterleavedPixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** RGB, or RGB and alpha (not multiplied into the colours). */
  readonly channels: 3 | 4;
  /** Bytes from row to row, padding included. */
  readonly stride: number;
}

/** Strips of some hundred kilobytes, as readers expect; one strip for all makes some of them copy it. */
const STRIP_ROWS = 64;

const HEADER_BYTES = 8;
const ENTRY_BYTES = 12;
const SHORT = 3;
const LONG = 4;
const UNDEFINED = 7;

/** A directory entry: tag, type, values. More than fits into the entry stands behind the directory. */
type Entry = readonly [tag: number, type: number, values: readonly number[] | Uint8Array];

/** @param profile ICC, or null for sRGB */
export function pixelsAsTiff(pixels: InterleavedPixels, profile: Uint8Array | null): Uint8Array<ArrayBuffer> {
  const { data, width, height, channels, stride } = pixels;
  const rowBytes = width * channels;
  const strips = Math.ceil(height / STRIP_ROWS);
  const entries = entriesOf(pixels, profile, strips);
  const headBytes = HEADER_BYTES + 2 + entries.length * ENTRY_BYTES + 4;
  const extraBytes = entries.reduce((sum, entry) => sum + evenExtra(entry), 0);
  const dataStart = headBytes + extraBytes;
  const file = new Uint8Array(dataStart + rowBytes * height);
  writeDirectory(file, entries, headBytes, dataStart);
  if (stride === rowBytes) {
    file.set(data.subarray(0, rowBytes * height), dataStart);
  } else {
    for (let row = 0; row < height; row += 1) {
      file.set(data.subarray(row * stride, row * stride + rowBytes), dataStart + row * rowBytes);
    }
  }
  return file;
}

const STRIP_OFFSETS = 273;

function entriesOf(
  { width, height, channels }: InterleavedPixels,
  profile: Uint8Array | null,
  strips: number,
): Entry[] {
  const rowBytes = width * channels;
  const stripBytes = Array.from(
    { length: strips },
    (_, strip) => Math.min(STRIP_ROWS, height - strip * STRIP_ROWS) * rowBytes,
  );
  const entries: Entry[] = [
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, Array.from({ length: channels }, () => 8)],
    [259, SHORT, [1]], // compression: none
    [262, SHORT, [2]], // RGB
    // Counted from the first strip; `writeDirectory` adds where that is.
    [STRIP_OFFSETS, LONG, stripBytes.map((_, strip) => strip * STRIP_ROWS * rowBytes)],
    [277, SHORT, [channels]],
    [278, LONG, [STRIP_ROWS]],
    [279, LONG, stripBytes],
    [284, SHORT, [1]], // interleaved
  ];
  if (channels === 4) entries.push([338, SHORT, [2]]); // alpha, not multiplied in
  if (profile !== null) entries.push([34_675, UNDEFINED, profile]);
  return entries;
}

function writeDirectory(
  file: Uint8Array<ArrayBuffer>,
  entries: readonly Entry[],
  headBytes: number,
  dataStart: number,
): void {
  const view = new DataView(file.buffer);
  file.set([0x49, 0x49, 42, 0, HEADER_BYTES]);
  view.setUint16(HEADER_BYTES, entries.length, true);
  let extra = headBytes;
  for (const [index, entry] of entries.entries()) {
    const [tag, type, values] = entry;
    const place = HEADER_BYTES + 2 + index * ENTRY_BYTES;
    view.setUint16(place, tag, true);
    view.setUint16(place + 2, type, true);
    view.setUint32(place + 4, values.length, true);
    let target = place + 8;
    if (valueBytes(entry) > 4) {
      view.setUint32(target, extra, true);
      target = extra;
      extra += evenExtra(entry);
    }
    if (values instanceof Uint8Array) {
      file.set(values, target);
      continue;
    }
    const shift = tag === STRIP_OFFSETS ? dataStart : 0;
    for (const [number, value] of values.entries()) {
      if (type === SHORT) view.setUint16(target + number * 2, value, true);
      else view.setUint32(target + number * 4, value + shift, true);
    }
  }
}

function valueBytes([, type, values]: Entry): number {
  return values.length * (type === SHORT ? 2 : type === LONG ? 4 : 1);
}

/** Values behind the directory begin at even places. */
function evenExtra(entry: Entry): number {
  const bytes = valueBytes(entry);
  return bytes <= 4 ? 0 : bytes + (bytes % 2);
}
