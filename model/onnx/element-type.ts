/**
 * Element types of ONNX tensors that our graphs use.
 * Source: TensorProto.DataType of the ONNX specification. Deviation: none.
 */

export type ElementType = 'float32' | 'float16' | 'int64' | 'int32' | 'int8' | 'uint8' | 'bool';

/** TensorProto.DataType */
export const elementTypeCodes: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
};

export const elementBytes: Readonly<Record<ElementType, number>> = {
  float32: 4,
  float16: 2,
  int64: 8,
  int32: 4,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** One axis: a fixed size, or the name of a size known only at run time. */
export type Dimension = number | string;
