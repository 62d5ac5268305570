/**
 * The names that .safetensors gives to element types.
 * Source: the safetensors format page. Deviation: complex, unsigned 16 to 64 bit, float8 and smaller types are
 * missing, because no part of this project can use them.
 */
import type { TensorDtype } from './checkpoint.ts';

export const safetensorsDtypes: Readonly<Record<TensorDtype, string>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
};

/** The tensor dtype behind a name in a header, undefined where there is none. */
export const dtypesByName: ReadonlyMap<string, TensorDtype> = new Map(
  Object.entries(safetensorsDtypes).map(([dtype, name]) => [name, dtype as TensorDtype]),
);

/** A corrupt length must not allocate gigabytes. Same limit as the reference reader. */
export const HEADER_BYTES_MAX = 100_000_000;

/** The little-endian u64 before the header. */
export const LENGTH_BYTES = 8;

export const METADATA_KEY = '__metadata__';
