/**
 * Reads .safetensors: u64 header length, JSON header, raw little-endian bytes.
 * Source: the safetensors format page. Deviation: repeated names and unknown fields are refused, where the
 * reference reader takes the last or ignores them; dtypes as in safetensors-dtype.ts.
 */
import { AppError } from '../errors.ts';
import { damaged, quote, unsupported } from './checkpoint-error.ts';
import { elementBytes, type TensorDtype } from './checkpoint.ts';
import { LazyCheckpoint, type StoredTensor } from './lazy-checkpoint.ts';
import type { RandomAccessFile } from './random-access-file.ts';
import { dtypesByName, HEADER_BYTES_MAX, LENGTH_BYTES, METADATA_KEY } from './safetensors-dtype.ts';
import { JsonProblem, parseStrictJson, type JsonObject, type JsonValue } from './strict-json.ts';
import { elementCountOf, geometryProblem, rowMajorStrides } from './tensor-geometry.ts';

/** A tensor's bytes, counted from the end of the header. */
interface Extent {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

/** @throws AppError CHECKPOINT_CORRUPT, CHECKPOINT_UNSUPPORTED, LIMIT_EXCEEDED, FILE_UNREADABLE */
export async function readSafetensors(file: RandomAccessFile): Promise<LazyCheckpoint> {
  const headerBytes = await readHeaderLength(file);
  const dataStart = LENGTH_BYTES + headerBytes;
  const header = parseHeader(file.path, await file.read(LENGTH_BYTES, headerBytes));
  const stored = new Map<string, StoredTensor>();
  const extents: Extent[] = [];
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, value] of header) {
    if (name === METADATA_KEY) {
      metadata = parseMetadata(file.path, value);
      continue;
    }
    const { tensor, begin, end } = parseTensor(file.path, name, value, dataStart);
    stored.set(name, tensor);
    extents.push({ name, begin, end });
  }
  checkExtents(file.path, extents, file.size - dataStart);
  return new LazyCheckpoint('safetensors', file, stored, metadata);
}

async function readHeaderLength(file: RandomAccessFile): Promise<number> {
  if (file.size < LENGTH_BYTES)
    throw damaged(file.path, `has ${file.size} bytes, too few for a header length`);
  const bytes = await file.read(0, LENGTH_BYTES);
  const length = new DataView(bytes.buffer).getBigUint64(0, true);
  // Compared before it becomes a number: 2^60 is not exact and must not be added to anything.
  if (length > BigInt(file.size - LENGTH_BYTES)) {
    throw damaged(file.path, `announces a header of ${length} bytes, the file has ${file.size}`);
  }
  if (length > BigInt(HEADER_BYTES_MAX)) {
    throw new AppError(
      'LIMIT_EXCEEDED',
      `${file.path}: the header has ${length} bytes, expected at most ${HEADER_BYTES_MAX}; split the checkpoint`,
    );
  }
  return Number(length);
}

function parseHeader(place: string, bytes: Uint8Array): JsonObject {
  let header: JsonValue;
  try {
    header = parseStrictJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    if (error instanceof JsonProblem) throw damaged(place, `the header: ${error.message}`, error);
    throw damaged(place, 'the header is not UTF-8', error);
  }
  if (!(header instanceof Map)) throw damaged(place, 'the header is not a JSON object');
  return header;
}

function parseMetadata(place: string, value: JsonValue): Record<string, string> {
  if (!(value instanceof Map)) throw damaged(place, `"${METADATA_KEY}" is not a JSON object`);
  const entries: [string, string][] = [];
  for (const [key, text] of value as JsonObject) {
    if (typeof text !== 'string')
      throw damaged(place, `"${METADATA_KEY}" has a ${quote(key)} that is not a string`);
    entries.push([key, text]);
  }
  // Makes own properties even of names like `__proto__`.
  return Object.fromEntries(entries);
}

interface ParsedTensor {
  readonly tensor: StoredTensor;
  readonly begin: number;
  readonly end: number;
}

function parseTensor(place: string, name: string, value: JsonValue, dataStart: number): ParsedTensor {
  const where = `${place}: ${quote(name)}`;
  if (!(value instanceof Map)) throw damaged(where, 'is not described by a JSON object');
  const fields = value as JsonObject;
  const unknown = [...fields.keys()].find((key) => !['dtype', 'shape', 'data_offsets'].includes(key));
  if (unknown !== undefined) throw damaged(where, `has an unknown field ${quote(unknown)}`);
  const dtype = parseDtype(where, fields.get('dtype'));
  const shape = parseIntegers(where, 'shape', fields.get('shape'));
  const [begin, end, ...rest] = parseIntegers(where, 'data_offsets', fields.get('data_offsets'));
  if (begin === undefined || end === undefined || rest.length > 0 || end < begin) {
    throw damaged(where, '"data_offsets" are not a begin and an end');
  }
  const elementCount = elementCountOf(shape);
  const bytes = elementCount === undefined ? undefined : elementCount * elementBytes[dtype];
  if (elementCount === undefined || bytes !== end - begin) {
    throw damaged(
      where,
      `${dtype} of shape [${shape.slice(0, 8).join(', ')}${shape.length > 8 ? ', …' : ''}] takes ${bytes ?? 'more than 2^53'} bytes, its offsets hold ${end - begin}`,
    );
  }
  const view = { shape, strides: rowMajorStrides(shape), offset: 0 };
  const problem = geometryProblem(view, elementCount);
  if (problem !== undefined) throw damaged(where, problem);
  const info = { name, dtype, shape, elementCount };
  return { tensor: { info, storageStart: dataStart + begin, view }, begin, end };
}

function parseDtype(where: string, value: JsonValue | undefined): TensorDtype {
  if (typeof value !== 'string') throw damaged(where, '"dtype" is not a string');
  const dtype = dtypesByName.get(value);
  if (dtype === undefined) {
    throw unsupported(
      where,
      `has dtype ${quote(value)}, expected ${[...dtypesByName.keys()].join(', ')}`,
      'convert the checkpoint to one of these',
    );
  }
  return dtype;
}

function parseIntegers(where: string, field: string, value: JsonValue | undefined): number[] {
  const isIntegers =
    Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && Number(item) >= 0);
  if (!isIntegers) throw damaged(where, `"${field}" is not a list of integers from 0 to 2^53 - 1`);
  return value as number[];
}

/** Every byte of the data belongs to exactly one tensor. */
function checkExtents(place: string, extents: readonly Extent[], dataBytes: number): void {
  let position = 0;
  for (const { name, begin, end } of extents.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position) {
      const problem = begin < position ? 'overlaps the tensor before it' : 'leaves a hole before it';
      throw damaged(
        `${place}: ${quote(name)}`,
        `begins at data byte ${begin} and ${problem}, which ends at ${position}`,
      );
    }
    position = end;
  }
  if (position !== dataBytes) {
    throw damaged(
      place,
      `the tensors end at data byte ${position}, the file has ${dataBytes} after its header`,
    );
  }
}
