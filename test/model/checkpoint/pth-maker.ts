/**
 * Writes zip archives for tests, in the manner of torch.save and against every rule of it.
 * Source: PKWARE APPNOTE 6.3.10. Deviation: the headers say whatever the test wants them to.
 */
import { crc32 } from 'node:zlib';
import { pickle, type Node } from './pickle-maker.ts';

export interface ZipInit {
  readonly name: string;
  readonly data: Uint8Array | string;
  /** Default 0, stored. */
  readonly method?: number;
  /** Default 0x0808: UTF-8 name, sizes after the data. */
  readonly flags?: number;
  /** In the directory; default the length of the data. */
  readonly size?: number;
  readonly compressedSize?: number;
  /** In front of the data; default 0 where sizes follow the data, else as in the directory. */
  readonly localSize?: number;
  readonly localName?: string;
  /** Sizes and position in a field for 64 bits, as beyond 4 GB. */
  readonly zip64?: boolean;
  /** Start data at a multiple of this. */
  readonly alignment?: number;
  /** Where the directory says that the entry begins. */
  readonly headerStart?: number;
}

/** @param entryCount what the end of the directory says, default the truth */
export function makeZip(entries: readonly ZipInit[], entryCount = entries.length): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let position = 0;
  for (const entry of entries) {
    const data = typeof entry.data === 'string' ? new TextEncoder().encode(entry.data) : entry.data;
    const local = localHeader(entry, data, position);
    const descriptor = ((entry.flags ?? 0x0808) & 8) === 0 ? new Uint8Array(0) : dataDescriptor(entry, data);
    directory.push(directoryEntry(entry, data, entry.headerStart ?? position));
    parts.push(local, data, descriptor);
    position += local.length + data.length + descriptor.length;
  }
  const directoryBytes = directory.reduce((sum, { length }) => sum + length, 0);
  return new Uint8Array(
    Buffer.concat([...parts, ...directory, endOfDirectory(entryCount, directoryBytes, position)]),
  );
}

export interface PthInit {
  readonly content: Node;
  readonly storages?: Readonly<Record<string, Uint8Array>>;
  /** Default `archive`. */
  readonly root?: string;
  readonly protocol?: 2 | 3 | 4 | 5;
  /** Beside `data.pkl` and the storages; default only `version`. */
  readonly extra?: readonly ZipInit[];
}

/** The entries of an archive as torch before 2.1 writes it. */
export function pthEntries({
  content,
  storages = {},
  root = 'archive',
  protocol = 2,
  extra,
}: PthInit): ZipInit[] {
  return [
    { name: `${root}/data.pkl`, data: pickle(content, protocol), alignment: 64 },
    ...Object.entries(storages).map(([key, data]) => ({ name: `${root}/data/${key}`, data, alignment: 64 })),
    ...(extra ?? [{ name: `${root}/version`, data: '3\n', alignment: 64 }]),
  ];
}

export function makePth(init: PthInit): Uint8Array {
  return makeZip(pthEntries(init));
}

/** Little-endian float32 of these values. */
export function floats(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

function localHeader(entry: ZipInit, data: Uint8Array, position: number): Uint8Array {
  const name = new TextEncoder().encode(entry.localName ?? entry.name);
  const flags = entry.flags ?? 0x0808;
  const stated = entry.localSize ?? ((flags & 8) === 0 ? (entry.size ?? data.length) : 0);
  const extra =
    entry.alignment === undefined ? 0 : 4 + modulo(-(position + 30 + name.length + 4), entry.alignment);
  const header = Buffer.alloc(30 + name.length + extra);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(flags, 6);
  header.writeUInt16LE(entry.method ?? 0, 8);
  header.writeUInt32LE(entry.zip64 === true ? 0xffffffff : stated, 18);
  header.writeUInt32LE(entry.zip64 === true ? 0xffffffff : stated, 22);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(extra, 28);
  header.set(name, 30);
  if (extra > 0) {
    header.write('FB', 30 + name.length, 'latin1');
    header.writeUInt16LE(extra - 4, 32 + name.length);
    header.fill('Z', 34 + name.length);
  }
  return header;
}

function dataDescriptor(entry: ZipInit, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(0x08074b50, 0);
  bytes.writeUInt32LE(crc32(data), 4);
  bytes.writeUInt32LE(Math.min(entry.compressedSize ?? data.length, 0xffffffff), 8);
  bytes.writeUInt32LE(Math.min(entry.size ?? data.length, 0xffffffff), 12);
  return bytes;
}

function directoryEntry(entry: ZipInit, data: Uint8Array, headerStart: number): Uint8Array {
  const name = new TextEncoder().encode(entry.name);
  const size = entry.size ?? data.length;
  const compressedSize = entry.compressedSize ?? size;
  const isWide = entry.zip64 === true || Math.max(size, headerStart) > 0xfffffffe;
  const header = Buffer.alloc(46 + name.length + (isWide ? 28 : 0));
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(entry.flags ?? 0x0808, 8);
  header.writeUInt16LE(entry.method ?? 0, 10);
  header.writeUInt32LE(crc32(data), 16);
  header.writeUInt32LE(isWide ? 0xffffffff : compressedSize, 20);
  header.writeUInt32LE(isWide ? 0xffffffff : size, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt32LE(isWide ? 0xffffffff : headerStart, 42);
  header.set(name, 46);
  if (isWide) {
    const field = 46 + name.length;
    header.writeUInt16LE(28, 30);
    header.writeUInt16LE(1, field);
    header.writeUInt16LE(24, field + 2);
    header.writeBigUInt64LE(BigInt(size), field + 4);
    header.writeBigUInt64LE(BigInt(compressedSize), field + 12);
    header.writeBigUInt64LE(BigInt(headerStart), field + 20);
  }
  return header;
}

/** With the 64-bit form in front, as torch writes it for every archive beyond 65535 entries or 4 GB. */
function endOfDirectory(entryCount: number, directoryBytes: number, directoryStart: number): Uint8Array {
  const isWide = entryCount > 0xfffe;
  const wide = Buffer.alloc(isWide ? 76 : 0);
  if (isWide) {
    wide.writeUInt32LE(0x06064b50, 0);
    wide.writeBigUInt64LE(44n, 4);
    wide.writeBigUInt64LE(BigInt(entryCount), 24);
    wide.writeBigUInt64LE(BigInt(entryCount), 32);
    wide.writeBigUInt64LE(BigInt(directoryBytes), 40);
    wide.writeBigUInt64LE(BigInt(directoryStart), 48);
    wide.writeUInt32LE(0x07064b50, 56);
    wide.writeBigUInt64LE(BigInt(directoryStart + directoryBytes), 64);
    wide.writeUInt32LE(1, 72);
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(entryCount, 0xffff), 8);
  end.writeUInt16LE(Math.min(entryCount, 0xffff), 10);
  end.writeUInt32LE(directoryBytes, 12);
  end.writeUInt32LE(directoryStart, 16);
  return Buffer.concat([wide, end]);
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
