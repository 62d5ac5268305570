/**
 * The one implementation of `Checkpoint`: a directory of tensors over an open file.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { AppError } from '../errors.ts';
import { elementBytes, type Checkpoint, type ElementRange, type TensorInfo } from './checkpoint.ts';
import { quote } from './checkpoint-error.ts';
import { convertToFloat32 } from './convert.ts';
import type { RandomAccessFile } from './random-access-file.ts';
import { readStrided } from './strided-reader.ts';
import { isContiguous, type Geometry } from './tensor-geometry.ts';

/** One result; larger tensors are read by ranges. */
const RESULT_BYTES_MAX = 2 ** 32 - 8;

/** Stored bytes that are converted at a time, so that they are still in the cache when they are. */
const BLOCK_BYTES = 1024 * 1024;

/** A tensor and where its values are; the geometry has been checked against the storage. */
export interface StoredTensor {
  readonly info: TensorInfo;
  /** Byte of the file at which the storage begins. */
  readonly storageStart: number;
  readonly view: Geometry;
}

export class LazyCheckpoint implements Checkpoint {
  readonly path: string;
  readonly format: 'pth' | 'safetensors';
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly #file: RandomAccessFile;
  readonly #stored: ReadonlyMap<string, StoredTensor>;
  #isClosed = false;

  constructor(
    format: 'pth' | 'safetensors',
    file: RandomAccessFile,
    stored: ReadonlyMap<string, StoredTensor>,
    metadata: Readonly<Record<string, string>>,
  ) {
    this.path = file.path;
    this.format = format;
    this.metadata = Object.freeze(metadata);
    this.tensors = new Map([...stored].map(([name, { info }]) => [name, Object.freeze(info)]));
    this.#file = file;
    this.#stored = stored;
  }

  async readFloat32(name: string, range?: ElementRange): Promise<Float32Array> {
    const tensor = this.#find(name);
    const { start, count } = this.#checkRange(tensor, range, 4);
    const { dtype } = tensor.info;
    const values = new Float32Array(count);
    if (dtype === 'float32') {
      await this.#readStored(tensor, start, count, new Uint8Array(values.buffer));
      return values;
    }
    const width = elementBytes[dtype];
    if (!isContiguous(tensor.view)) {
      const bytes = new Uint8Array(count * width);
      await this.#readStored(tensor, start, count, bytes);
      convertToFloat32(dtype, bytes, values);
      return values;
    }
    const blockElements = BLOCK_BYTES / width;
    const block = new Uint8Array(Math.min(blockElements, count) * width);
    for (let done = 0; done < count; done += blockElements) {
      const elements = Math.min(blockElements, count - done);
      const bytes = block.subarray(0, elements * width);
      await this.#readStored(tensor, start + done, elements, bytes);
      convertToFloat32(dtype, bytes, values.subarray(done, done + elements));
    }
    return values;
  }

  async readBytes(name: string, range?: ElementRange): Promise<Uint8Array> {
    const tensor = this.#find(name);
    const width = elementBytes[tensor.info.dtype];
    const { start, count } = this.#checkRange(tensor, range, width);
    const bytes = new Uint8Array(count * width);
    await this.#readStored(tensor, start, count, bytes);
    return bytes;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#file.close();
  }

  async #readStored(tensor: StoredTensor, start: number, count: number, target: Uint8Array): Promise<void> {
    const { view, storageStart } = tensor;
    const width = elementBytes[tensor.info.dtype];
    if (isContiguous(view)) {
      // With no element the storage may have no place in the file.
      if (count > 0) await this.#file.readInto(target, storageStart + (view.offset + start) * width);
      return;
    }
    const readInto = (bytes: Uint8Array, position: number): Promise<void> =>
      this.#file.readInto(bytes, storageStart + position);
    await readStrided({ view, elementBytes: width, readInto }, start, count, target);
  }

  #find(name: string): StoredTensor {
    assert(!this.#isClosed, `${this.path} was read after close()`);
    const tensor = this.#stored.get(name);
    if (tensor === undefined) {
      throw new AppError(
        'NOT_FOUND',
        `${this.path}: there is no tensor ${quote(name)} among its ${this.#stored.size}`,
      );
    }
    return tensor;
  }

  #checkRange(
    { info }: StoredTensor,
    range: ElementRange | undefined,
    bytesPerElement: number,
  ): ElementRange {
    const { start, count } = range ?? { start: 0, count: info.elementCount };
    const isInside =
      Number.isSafeInteger(start) &&
      Number.isSafeInteger(count) &&
      start >= 0 &&
      count >= 0 &&
      start + count <= info.elementCount;
    if (!isInside) {
      throw new AppError(
        'INVALID_ARGUMENT',
        `${this.path}: ${quote(info.name)} has ${info.elementCount} elements, asked for ${count} from ${start}`,
      );
    }
    if (count * bytesPerElement > RESULT_BYTES_MAX) {
      throw new AppError(
        'LIMIT_EXCEEDED',
        `${this.path}: ${quote(info.name)}: ${count} elements take more than ${RESULT_BYTES_MAX} bytes; read it by ranges`,
      );
    }
    return { start, count };
  }
}
