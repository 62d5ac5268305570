/**
 * What a checkpoint looks like to the rest of the project, whichever file format it came in.
 * Source: our own. Deviation: none.
 */

export type TensorDtype =
  'float64' | 'float32' | 'float16' | 'bfloat16' | 'int64' | 'int32' | 'int16' | 'int8' | 'uint8' | 'bool';

/** Bytes of one element. */
export const elementBytes: Readonly<Record<TensorDtype, 1 | 2 | 4 | 8>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

export interface TensorInfo {
  readonly name: string;
  readonly dtype: TensorDtype;
  /** [] is a scalar; a 0 in it means no elements. */
  readonly shape: readonly number[];
  readonly elementCount: number;
}

/** Elements [start, start + count) of the tensor flattened in row-major order. */
export interface ElementRange {
  readonly start: number;
  readonly count: number;
}

/** An open file. Only its directory is in memory; values are read when asked for. */
export interface Checkpoint {
  readonly path: string;
  readonly format: 'pth' | 'safetensors';
  /** In the order of the file's own directory. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /**
   * safetensors: its `__metadata__`. pth: `stateDictUnder` ('model', 'module' or '' for the top level) and,
   * where the state dictionary holds other things than tensors, their number in `skippedEntries`.
   */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * Values as float32, row-major; float16 and bfloat16 widened, float64 and integers rounded to nearest, bool
   * as 0 and 1.
   * @throws AppError NOT_FOUND, INVALID_ARGUMENT (range), LIMIT_EXCEEDED, CHECKPOINT_CORRUPT, FILE_UNREADABLE
   */
  readFloat32(name: string, range?: ElementRange): Promise<Float32Array>;
  /** Stored bytes, little-endian, row-major and contiguous whatever the strides in the file; errors as above. */
  readBytes(name: string, range?: ElementRange): Promise<Uint8Array>;
  /** Reads still under way may fail; closing twice does nothing. */
  close(): Promise<void>;
}
