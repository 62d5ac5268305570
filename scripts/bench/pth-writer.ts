/**
 * Writes a .pth file as `torch.save` does: a zip of stored entries, one a tensor, and a pickle that names them.
 * Source: PyTorch's zip serialization, pickle protocol 2. Deviation: float32 tensors of a `model` dictionary
 * only, and no padding between entries.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

export interface PthTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** float32 values, row-major, in any number of chunks */
  readonly chunks: () => Iterable<Float32Array>;
}

/** Memory for one chunk only; entries and the file must stay below 4 GiB (no zip64). */
export async function writePth(file: string, tensors: readonly PthTensor[]): Promise<void> {
  const handle = await open(file, 'w');
  try {
    const zip = new StoredZip(handle);
    await zip.add('archive/data.pkl', [pickle(tensors)]);
    await zip.add('archive/byteorder', [Buffer.from('little')]);
    for (const [index, { chunks }] of tensors.entries()) {
      await zip.add(`archive/data/${index}`, asBytes(chunks()));
    }
    await zip.add('archive/version', [Buffer.from('3\n')]);
    await zip.end();
  } finally {
    await handle.close();
  }
}

function* asBytes(chunks: Iterable<Float32Array>): Generator<Uint8Array> {
  for (const { buffer, byteOffset, byteLength } of chunks)
    yield new Uint8Array(buffer, byteOffset, byteLength);
}

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_DIRECTORY = 0x06054b50;
const LOCAL_HEADER_BYTES = 30;

/** Where the checksum and both sizes stand in a local header. */
const SUMS_OFFSET = 14;

class StoredZip {
  readonly #file: FileHandle;
  readonly #directory: Buffer[] = [];
  #position = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async add(name: string, chunks: Iterable<Uint8Array>): Promise<void> {
    const start = this.#position;
    const label = Buffer.from(name);
    await this.#append(Buffer.concat([Buffer.alloc(LOCAL_HEADER_BYTES), label]));
    let checksum = 0;
    let size = 0;
    for (const chunk of chunks) {
      checksum = crc32(chunk, checksum);
      size += chunk.byteLength;
      await this.#append(chunk);
    }
    // Checksum and size are known only now; the header is filled in where it stands.
    const local = Buffer.alloc(LOCAL_HEADER_BYTES);
    local.writeUInt32LE(LOCAL_HEADER, 0);
    local.writeUInt16LE(20, 4); // version needed
    writeSums(local, SUMS_OFFSET, checksum, size);
    local.writeUInt16LE(label.length, 26);
    await this.#file.write(local, 0, local.length, start);

    const central = Buffer.alloc(46);
    central.writeUInt32LE(CENTRAL_HEADER, 0);
    central.writeUInt16LE(20, 4);
    central.writeUInt16LE(20, 6);
    writeSums(central, 16, checksum, size);
    central.writeUInt16LE(label.length, 28);
    central.writeUInt32LE(start, 42);
    this.#directory.push(central, label);
  }

  async end(): Promise<void> {
    const start = this.#position;
    const directory = Buffer.concat(this.#directory);
    await this.#append(directory);
    const end = Buffer.alloc(22);
    end.writeUInt32LE(END_OF_DIRECTORY, 0);
    end.writeUInt16LE(this.#directory.length / 2, 8);
    end.writeUInt16LE(this.#directory.length / 2, 10);
    end.writeUInt32LE(directory.length, 12);
    end.writeUInt32LE(start, 16);
    await this.#append(end);
  }

  async #append(bytes: Uint8Array): Promise<void> {
    await this.#file.write(bytes, 0, bytes.byteLength, this.#position);
    this.#position += bytes.byteLength;
  }
}

function writeSums(header: Buffer, offset: number, checksum: number, size: number): void {
  header.writeUInt32LE(checksum, offset);
  header.writeUInt32LE(size, offset + 4);
  header.writeUInt32LE(size, offset + 8);
}

/** `{'model': OrderedDict(name → tensor)}` */
function pickle(tensors: readonly PthTensor[]): Buffer {
  const orderedDict = 'ccollections\nOrderedDict\n)R';
  const parts: (string | Buffer)[] = ['\u0080\u0002}', text('model'), orderedDict, '('];
  for (const [index, { name, shape }] of tensors.entries()) {
    const count = shape.reduce((product, size) => product * size, 1);
    parts.push(text(name), 'ctorch._utils\n_rebuild_tensor_v2\n((');
    parts.push(
      text('storage'),
      'ctorch\nFloatStorage\n',
      text(String(index)),
      text('cpu'),
      integer(count),
      'tQ',
    );
    parts.push(integer(0), tuple(shape), tuple(stridesOf(shape)), '\u0089', orderedDict, 'tR');
  }
  parts.push('us.');
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const head = Buffer.alloc(5);
  head.write('X');
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function integer(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes.write('J');
  bytes.writeInt32LE(value, 1);
  return bytes;
}

function tuple(values: readonly number[]): Buffer {
  return Buffer.concat([Buffer.from('('), ...values.map(integer), Buffer.from('t')]);
}

function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
}
