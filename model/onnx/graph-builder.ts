/**
 * A typed builder of ONNX graphs: one method an operator, nodes named as paths.
 * Source: the ONNX operator schemas, opset 20, and onnxruntime's contrib operators (com.microsoft).
 * Deviation: only the operators and attributes that BEiT-3 needs.
 */
import assert from 'node:assert/strict';
import { create } from '@bufbuild/protobuf';
import { elementTypeCodes, type Dimension, type ElementType } from './element-type.ts';
import {
  AttributeProtoSchema,
  NodeProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type NodeProto,
  type ValueInfoProto,
} from './onnx_pb.ts';

/** The result of a node, an input or an initializer. */
export interface Value {
  readonly name: string;
  readonly type: ElementType;
}

/** A tensor stored with the graph; its bytes are asked for only when the file is written. */
export interface Initializer {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** raw little-endian bytes, row-major, in any number of chunks */
  readonly bytes: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** AttributeProto.AttributeType */
const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 } as const;

type Attribute = { readonly float: number } | { readonly int: number } | { readonly ints: readonly number[] };

interface GraphState {
  readonly nodes: NodeProto[];
  readonly inputs: ValueInfoProto[];
  readonly outputs: ValueInfoProto[];
  readonly initializers: Map<string, Initializer>;
  readonly nameCounts: Map<string, number>;
}

export class GraphBuilder {
  readonly #state: GraphState;
  readonly #path: string;

  constructor(state?: GraphState, path = '') {
    this.#state = state ?? {
      nodes: [],
      inputs: [],
      outputs: [],
      initializers: new Map(),
      nameCounts: new Map(),
    };
    this.#path = path;
  }

  /** The same graph, with further nodes named below `path`. */
  in(path: string): GraphBuilder {
    return new GraphBuilder(this.#state, this.#path === '' ? path : `${this.#path}/${path}`);
  }

  get nodes(): readonly NodeProto[] {
    return this.#state.nodes;
  }
  get inputs(): readonly ValueInfoProto[] {
    return this.#state.inputs;
  }
  get outputs(): readonly ValueInfoProto[] {
    return this.#state.outputs;
  }
  get initializers(): Iterable<Initializer> {
    return this.#state.initializers.values();
  }

  input(name: string, type: ElementType, shape: readonly Dimension[]): Value {
    this.#state.inputs.push(valueInfo(name, type, shape));
    return { name, type };
  }

  /** Declares `value` an output of the graph under `name`. */
  output(name: string, value: Value, shape: readonly Dimension[]): void {
    const renamed = this.#node('Identity', [value], value.type, {}, { output: name });
    this.#state.outputs.push(valueInfo(renamed.name, value.type, shape));
  }

  /** Adds a stored tensor once; a second call with the same name gives the same value. */
  initializer(initializer: Initializer): Value {
    const known = this.#state.initializers.get(initializer.name);
    if (known === undefined) this.#state.initializers.set(initializer.name, initializer);
    else assert.deepEqual(known.shape, initializer.shape, `two shapes for ${initializer.name}`);
    return { name: initializer.name, type: initializer.type };
  }

  /** A small int64 vector (or a scalar, for a number) that is part of the graph. */
  int64(values: number | readonly number[]): Value {
    const list = typeof values === 'number' ? [values] : values;
    const data = new Uint8Array(BigInt64Array.from(list, BigInt).buffer);
    const scalar = typeof values === 'number';
    return this.initializer({
      name: `const/int64/${scalar ? 'scalar/' : ''}${list.join(',')}`,
      type: 'int64',
      shape: scalar ? [] : [list.length],
      bytes: () => [data],
    });
  }

  /** A float32 scalar that is part of the graph. */
  float32(value: number): Value {
    const data = new Uint8Array(Float32Array.of(value).buffer);
    return this.initializer({
      name: `const/float32/${value}`,
      type: 'float32',
      shape: [],
      bytes: () => [data],
    });
  }

  matMul(a: Value, b: Value): Value {
    return this.#node('MatMul', [a, b], a.type);
  }

  /** a · bᵀ + bias for 2-D a and b [outputs, inputs]: the layout of a checkpoint, so nothing is transposed. */
  gemmTransposed(a: Value, b: Value, bias?: Value): Value {
    return this.#node('Gemm', bias === undefined ? [a, b] : [a, b, bias], a.type, { transB: { int: 1 } });
  }

  /**
   * float32 a [..., K] times int8 b [K, N] with one scale a column, plus bias; K is `inputs`. Each row of a is quantized on the
   * fly with a scale of its own, so a row's result depends on that row alone. (`DynamicQuantizeMatMul` would
   * give all rows of a batch one scale: the same photo in another batch got another vector.)
   */
  rowQuantizedMatMul(a: Value, inputs: number, b: Value, scale: Value, bias: Value): Value {
    const largest = this.max(this.#reduce('ReduceMax', a), this.#negative(this.#reduce('ReduceMin', a)));
    // A row of zeros must not divide by zero; any scale does for it.
    const rowScale = this.max(this.mul(largest, this.float32(1 / INT8_MAX)), this.float32(ROW_SCALE_MIN)); // [..., 1]
    // Unsigned with its zero in the middle: processors multiply unsigned by signed bytes.
    const zero = this.initializer({
      name: `const/uint8/${UINT8_ZERO}`,
      type: 'uint8',
      shape: [],
      bytes: () => [Uint8Array.of(UINT8_ZERO)],
    });
    // Scales along an axis make one pass of dividing, rounding and narrowing; they must be a vector.
    const scales = this.reshape(rowScale, [-1]); // [rows]
    const zeros = this.expand(zero, this.shape(scales, 0, 1)); // [rows]
    const rows = this.reshape(a, [-1, inputs]); // [rows, K]
    const narrow = this.#node('QuantizeLinear', [rows, scales, zeros], 'uint8', { axis: { int: 0 } });
    const bytes = this.#node('Reshape', [narrow, this.#node('Shape', [a], 'int64')], 'uint8'); // [..., K]
    const product = this.#node(
      'MatMulIntegerToFloat',
      [bytes, b, this.float32(1), scale, zero],
      'float32',
      {},
      contrib,
    );
    return this.add(this.mul(product, rowScale), bias);
  }

  add(a: Value, b: Value): Value {
    return this.#node('Add', [a, b], a.type);
  }
  sub(a: Value, b: Value): Value {
    return this.#node('Sub', [a, b], a.type);
  }
  mul(a: Value, b: Value): Value {
    return this.#node('Mul', [a, b], a.type);
  }
  div(a: Value, b: Value): Value {
    return this.#node('Div', [a, b], a.type);
  }
  max(a: Value, b: Value): Value {
    return this.#node('Max', [a, b], a.type);
  }
  tanh(x: Value): Value {
    return this.#node('Tanh', [x], x.type);
  }

  layerNorm(x: Value, scale: Value, bias: Value, epsilon: number): Value {
    return this.#node('LayerNormalization', [x, scale, bias], x.type, {
      axis: { int: -1 },
      epsilon: { float: epsilon },
    });
  }

  /** The exact (erf) form. */
  gelu(x: Value): Value {
    return this.#node('Gelu', [x], x.type);
  }

  /** over the last axis */
  softmax(x: Value): Value {
    return this.#node('Softmax', [x], x.type, { axis: { int: -1 } });
  }

  /** Euclidean norm over the last axis, which is kept with size 1 */
  reduceL2(x: Value): Value {
    return this.#node('ReduceL2', [x, this.int64([-1])], x.type, { keepdims: { int: 1 } });
  }

  /** log Σ exp over the last axis, which is kept with size 1 */
  reduceLogSumExp(x: Value): Value {
    return this.#node('ReduceLogSumExp', [x, this.int64([-1])], x.type, { keepdims: { int: 1 } });
  }

  reduceMean(x: Value, axis: number): Value {
    return this.#node('ReduceMean', [x, this.int64([axis])], x.type, { keepdims: { int: 0 } });
  }

  /** `shape` as ONNX reads it: 0 keeps the axis of x, -1 is worked out */
  reshape(x: Value, shape: readonly number[]): Value {
    return this.#node('Reshape', [x, this.int64(shape)], x.type);
  }

  transpose(x: Value, permutation: readonly number[]): Value {
    return this.#node('Transpose', [x], x.type, { perm: { ints: permutation } });
  }

  unsqueeze(x: Value, axes: readonly number[]): Value {
    return this.#node('Unsqueeze', [x, this.int64(axes)], x.type);
  }

  concat(values: readonly Value[], axis: number): Value {
    const [first] = values;
    assert(first !== undefined, 'concat of nothing');
    return this.#node('Concat', values, first.type, { axis: { int: axis } });
  }

  /** [start, end) along `axis`; an end beyond the axis means up to its end */
  slice(x: Value, axis: number, start: number | Value, end: number | Value): Value {
    const bound = (at: number | Value) => (typeof at === 'number' ? this.int64([at]) : at);
    return this.#node('Slice', [x, bound(start), bound(end), this.int64([axis])], x.type);
  }

  /** Equal parts along `axis`. */
  split(x: Value, parts: number, axis: number): Value[] {
    return this.#nodes('Split', [x], x.type, parts, {
      axis: { int: axis },
      num_outputs: { int: parts },
    });
  }

  gather(data: Value, indices: Value, axis = 0): Value {
    return this.#node('Gather', [data, indices], data.type, { axis: { int: axis } });
  }

  /** One element a row: data [M, N] at int64 columns [M, 1] → [M, 1] */
  gatherElements(data: Value, columns: Value): Value {
    return this.#node('GatherElements', [data, columns], data.type, { axis: { int: 1 } });
  }

  gatherNd(data: Value, indices: Value): Value {
    return this.#node('GatherND', [data, indices], data.type);
  }

  expand(x: Value, shape: Value): Value {
    return this.#node('Expand', [x, shape], x.type);
  }

  /** int64 vector of the sizes of axes [start, end) */
  shape(x: Value, start: number, end: number): Value {
    return this.#node('Shape', [x], 'int64', { start: { int: start }, end: { int: end } });
  }

  /** 0, 1, … limit - 1 for an int64 scalar limit */
  range(limit: Value): Value {
    return this.#node('Range', [this.int64(0), limit, this.int64(1)], 'int64');
  }

  squeeze(x: Value): Value {
    return this.#node('Squeeze', [x], x.type);
  }

  greater(a: Value, b: Value): Value {
    return this.#node('Greater', [a, b], 'bool');
  }

  /** No node where the type is already right. */
  cast(x: Value, type: ElementType): Value {
    if (x.type === type) return x;
    return this.#node('Cast', [x], type, { to: { int: elementTypeCodes[type] } });
  }

  /** Over the last axis, which stays with size 1. */
  #reduce(operator: 'ReduceMax' | 'ReduceMin', x: Value): Value {
    return this.#node(operator, [x, this.int64([-1])], x.type, { keepdims: { int: 1 } });
  }

  #negative(x: Value): Value {
    return this.#node('Neg', [x], x.type);
  }

  #node(
    operator: string,
    inputs: readonly Value[],
    type: ElementType,
    attributes: Readonly<Record<string, Attribute>> = {},
    options: NodeOptions = {},
  ): Value {
    const [value] = this.#nodes(operator, inputs, type, 1, attributes, options);
    assert(value !== undefined);
    return value;
  }

  #nodes(
    operator: string,
    inputs: readonly Value[],
    type: ElementType,
    outputCount: number,
    attributes: Readonly<Record<string, Attribute>>,
    options: NodeOptions = {},
  ): Value[] {
    const name = this.#uniqueName(options.output ?? operator, options.output !== undefined);
    const outputs = Array.from({ length: outputCount }, (_, index) =>
      index === 0 ? name : `${name}:${index}`,
    );
    this.#state.nodes.push(
      create(NodeProtoSchema, {
        name,
        opType: operator,
        domain: options.domain ?? '',
        input: inputs.map((input) => input.name),
        output: outputs,
        attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
      }),
    );
    return outputs.map((output) => ({ name: output, type }));
  }

  #uniqueName(base: string, absolute: boolean): string {
    const path = absolute || this.#path === '' ? base : `${this.#path}/${base}`;
    const count = this.#state.nameCounts.get(path) ?? 0;
    this.#state.nameCounts.set(path, count + 1);
    assert(!absolute || count === 0, `two outputs named ${path}`);
    return count === 0 ? path : `${path}_${count}`;
  }
}

interface NodeOptions {
  readonly domain?: string;
  readonly output?: string;
}

const contrib: NodeOptions = { domain: 'com.microsoft' };

/** Largest magnitude of a symmetric 8-bit number; -128 is left unused. */
const INT8_MAX = 127;
/** What stands for 0 where bytes are unsigned. */
const UINT8_ZERO = 128;
/** Far below the scale of any row that is not zero throughout. */
const ROW_SCALE_MIN = 1e-12;

function attribute(name: string, value: Attribute): AttributeProto {
  if ('float' in value) {
    return create(AttributeProtoSchema, { name, type: attributeTypes.float, f: value.float });
  }
  if ('int' in value) {
    return create(AttributeProtoSchema, { name, type: attributeTypes.int, i: BigInt(value.int) });
  }
  return create(AttributeProtoSchema, {
    name,
    type: attributeTypes.ints,
    ints: value.ints.map(BigInt),
  });
}

function valueInfo(name: string, type: ElementType, shape: readonly Dimension[]): ValueInfoProto {
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      tensorType: {
        elemType: elementTypeCodes[type],
        shape: {
          dim: shape.map((size) => ({
            value:
              typeof size === 'number'
                ? { case: 'dimValue' as const, value: BigInt(size) }
                : { case: 'dimParam' as const, value: size },
          })),
        },
      },
    },
  });
}
