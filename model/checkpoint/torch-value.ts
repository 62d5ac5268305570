/**
 * Storages and tensors as a pickle names them. They are checked against the file only when somebody wants them,
 * so that the state of an optimizer can be whatever it likes.
 * Source: torch/serialization.py and torch/_utils.py. Deviation: none.
 */
import type { TensorDtype } from './checkpoint.ts';
import type { Geometry } from './tensor-geometry.ts';

/** Elements in an entry of the archive; several tensors may lie on one. */
export class Storage {
  /** Entry `data/<key>`. */
  readonly key: string;
  /** The name of the class, like `FloatStorage`; `UntypedStorage` counts bytes. */
  readonly className: string;
  readonly elementCount: number;

  constructor(key: string, className: string, elementCount: number) {
    this.key = key;
    this.className = className;
    this.elementCount = elementCount;
  }
}

/** A view of a storage, in elements; nothing about it has been checked but that its numbers are numbers. */
export class Tensor {
  readonly storage: Storage;
  readonly view: Geometry;
  /** Named beside the tensor where the storage is untyped, undefined elsewhere. */
  readonly dtypeName: string | undefined;

  constructor(storage: Storage, view: Geometry, dtypeName?: string) {
    this.storage = storage;
    this.view = view;
    this.dtypeName = dtypeName;
  }
}

/** Element types by the class of their storage. */
export const dtypesByStorage: ReadonlyMap<string, TensorDtype> = new Map([
  ['DoubleStorage', 'float64'],
  ['FloatStorage', 'float32'],
  ['HalfStorage', 'float16'],
  ['BFloat16Storage', 'bfloat16'],
  ['LongStorage', 'int64'],
  ['IntStorage', 'int32'],
  ['ShortStorage', 'int16'],
  ['CharStorage', 'int8'],
  ['ByteStorage', 'uint8'],
  ['BoolStorage', 'bool'],
]);

/** Those that torch has and we do not: a tensor of them outside the state dictionary does no harm. */
export const otherStorages: readonly string[] = [
  'ComplexDoubleStorage',
  'ComplexFloatStorage',
  'QInt8Storage',
  'QInt32Storage',
  'QUInt8Storage',
  'QUInt2x4Storage',
  'QUInt4x2Storage',
];

export const UNTYPED_STORAGE = 'UntypedStorage';
