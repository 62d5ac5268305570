/**
 * Turns named checkpoint tensors into graph nodes: linear layers, LayerNorms, tables, in three precisions.
 * Source: BEiT-3's parameters are PyTorch's, linear weights [outputs, inputs].
 * Deviation: weights are transposed once at build time, and linear layers that read the same input
 * (q, k, v) become one matrix product.
 */
import assert from 'node:assert/strict';
import { roundToFloat16 } from '../checkpoint/index.ts';
import { LAYER_NORM_EPSILON } from '../config.ts';
import type { ElementType, GraphBuilder, Value } from '../onnx/index.ts';

/** Where weights come from; `Checkpoint` is one. */
export interface WeightSource {
  readFloat32(
    name: string,
    range?: { readonly start: number; readonly count: number },
  ): Promise<Float32Array>;
}

/**
 * fp32: as trained. fp16: weights and activations halved, softmax and GELU in float32 (for GPU providers).
 * int8: linear weights and the token table as int8 with a scale per output, activations float32 and
 * quantized on the fly, each row by itself.
 */
export type GraphPrecision = 'fp32' | 'fp16' | 'int8';

/** One linear layer (or several beside each other): x · weightᵀ + bias, times `scale`. */
export interface LinearPart {
  /** parameter name without `.weight` / `.bias` */
  readonly name: string;
  readonly outputs: number;
  /** folded into weight and bias; default 1 */
  readonly scale?: number;
}

/** Elements read at once where a tensor is converted piece by piece: 16 MiB of float32. */
const CHUNK_ELEMENTS = 4_194_304;

/** Largest magnitude of a symmetric int8 weight; -128 is left unused. */
const INT8_MAX = 127;

export class Weights {
  readonly #source: WeightSource;
  readonly precision: GraphPrecision;

  constructor(source: WeightSource, precision: GraphPrecision) {
    this.#source = source;
    this.precision = precision;
  }

  /** Type of activations between nodes. */
  get computeType(): ElementType {
    return this.precision === 'fp16' ? 'float16' : 'float32';
  }

  /** A tensor (or rows of it) in the type of the activations. */
  parameter(g: GraphBuilder, name: string, shape: readonly number[], firstElement = 0): Value {
    const type = this.computeType;
    return g.initializer({
      name,
      type,
      shape,
      bytes: () => this.#stream(name, firstElement, elementCount(shape), type),
    });
  }

  /** LayerNorm over the last axis of x, which has `width` features. */
  layerNorm(g: GraphBuilder, x: Value, name: string, width: number): Value {
    return g
      .in(name)
      .layerNorm(
        x,
        this.parameter(g, `${name}.weight`, [width]),
        this.parameter(g, `${name}.bias`, [width]),
        LAYER_NORM_EPSILON,
      );
  }

  /**
   * All parts of x [..., inputs], side by side on the last axis.
   * Parts with several names share one node, and in int8 one quantization of x.
   */
  linear(g: GraphBuilder, x: Value, inputs: number, parts: readonly LinearPart[]): Value {
    const name = parts.map((part) => part.name).join('+');
    const outputs = parts.reduce((sum, part) => sum + part.outputs, 0);
    const bias = this.#bias(g, name, parts, outputs);
    const at = g.in(name);
    if (this.precision === 'int8') {
      const weight = g.initializer({
        name: `${name}.weight.int8`,
        type: 'int8',
        shape: [inputs, outputs],
        bytes: () => this.#int8Transposed(parts, inputs, outputs),
      });
      const scale = g.initializer({
        name: `${name}.weight.scale`,
        type: 'float32',
        shape: [outputs],
        bytes: () => this.#int8Scales(parts, inputs),
      });
      return at.rowQuantizedMatMul(x, inputs, weight, scale, bias);
    }
    const type = this.computeType;
    const weight = g.initializer({
      name: `${name}.weight.transposed`,
      type,
      shape: [inputs, outputs],
      bytes: () => this.#transposed(parts, inputs, outputs, type),
    });
    return at.add(at.matMul(x, weight), bias);
  }

  /**
   * A linear layer on 2-D rows x [M, inputs], never quantized: for heads, where rounding would cost most
   * and there are few rows. No transposed copy is made.
   */
  head(
    g: GraphBuilder,
    x: Value,
    inputs: number,
    name: string,
    outputs: number,
    options: { readonly bias: boolean },
  ): Value {
    const weight = this.parameter(g, `${name}.weight`, [outputs, inputs]);
    const bias = options.bias ? this.parameter(g, `${name}.bias`, [outputs]) : undefined;
    return g.in(name).gemmTransposed(x, weight, bias);
  }

  /** Rows of a table [rows, width] by int64 indices; as int8 with a scale per row where precision is int8. */
  lookup(g: GraphBuilder, name: string, rows: number, width: number, indices: Value): Value {
    const at = g.in(name);
    if (this.precision !== 'int8') return at.gather(this.parameter(g, name, [rows, width]), indices);
    const parts = [{ name: name.replace(/\.weight$/, ''), outputs: rows }];
    const table = g.initializer({
      name: `${name}.int8`,
      type: 'int8',
      shape: [rows, width],
      bytes: () => this.#int8Rows(name, rows, width),
    });
    const scales = g.initializer({
      name: `${name}.scale`,
      type: 'float32',
      shape: [rows, 1],
      bytes: () => this.#int8Scales(parts, width),
    });
    return at.mul(at.cast(at.gather(table, indices), 'float32'), at.gather(scales, indices));
  }

  #bias(g: GraphBuilder, name: string, parts: readonly LinearPart[], outputs: number): Value {
    const type = this.computeType;
    const read = this.#scaledBias.bind(this);
    return g.initializer({
      name: `${name}.bias`,
      type,
      shape: [outputs],
      async *bytes() {
        for (const part of parts) yield encode(await read(part), type);
      },
    });
  }

  async #scaledBias(part: LinearPart): Promise<Float32Array> {
    return scaled(await this.#source.readFloat32(`${part.name}.bias`), part.scale);
  }

  async *#stream(name: string, start: number, count: number, type: ElementType): AsyncGenerator<Uint8Array> {
    for (let done = 0; done < count; done += CHUNK_ELEMENTS) {
      const range = { start: start + done, count: Math.min(CHUNK_ELEMENTS, count - done) };
      yield encode(await this.#source.readFloat32(name, range), type);
    }
  }

  async *#transposed(
    parts: readonly LinearPart[],
    inputs: number,
    outputs: number,
    type: ElementType,
  ): AsyncGenerator<Uint8Array> {
    const result = new Float32Array(inputs * outputs);
    let column = 0;
    for (const part of parts) {
      for await (const { row, values } of this.#rows(`${part.name}.weight`, part.outputs, inputs)) {
        scaled(values, part.scale);
        transposeInto(result, values, inputs, outputs, column + row);
      }
      column += part.outputs;
    }
    yield encode(result, type);
  }

  async *#int8Transposed(
    parts: readonly LinearPart[],
    inputs: number,
    outputs: number,
  ): AsyncGenerator<Uint8Array> {
    const result = new Int8Array(inputs * outputs);
    let column = 0;
    for (const part of parts) {
      for await (const { row, values } of this.#rows(`${part.name}.weight`, part.outputs, inputs)) {
        transposeInto(result, quantizeRows(values, inputs), inputs, outputs, column + row);
      }
      column += part.outputs;
    }
    yield bytesOf(result);
  }

  async *#int8Rows(name: string, rows: number, width: number): AsyncGenerator<Uint8Array> {
    for await (const { values } of this.#rows(name, rows, width)) yield bytesOf(quantizeRows(values, width));
  }

  async *#int8Scales(parts: readonly LinearPart[], inputs: number): AsyncGenerator<Uint8Array> {
    for (const part of parts) {
      for await (const { values } of this.#rows(`${part.name}.weight`, part.outputs, inputs)) {
        yield bytesOf(scaled(rowScales(values, inputs), part.scale));
      }
    }
  }

  /** A matrix [rows, width] in bands of whole rows. */
  async *#rows(
    name: string,
    rows: number,
    width: number,
  ): AsyncGenerator<{ row: number; values: Float32Array }> {
    const band = Math.max(1, Math.floor(CHUNK_ELEMENTS / width));
    for (let row = 0; row < rows; row += band) {
      const count = Math.min(band, rows - row) * width;
      yield { row, values: await this.#source.readFloat32(name, { start: row * width, count }) };
    }
  }
}

/** One scale a row: the largest magnitude becomes 127. An all-zero row gets 1, so that nothing divides by 0. */
function rowScales(values: Float32Array, width: number): Float32Array {
  const scales = new Float32Array(values.length / width);
  for (let row = 0; row < scales.length; row++) {
    let largest = 0;
    for (let index = row * width; index < (row + 1) * width; index++) {
      largest = Math.max(largest, Math.abs(values[index] ?? 0));
    }
    scales[row] = largest === 0 ? 1 : largest / INT8_MAX;
  }
  return scales;
}

function quantizeRows(values: Float32Array, width: number): Int8Array {
  const scales = rowScales(values, width);
  const result = new Int8Array(values.length);
  for (let row = 0; row < scales.length; row++) {
    const inverse = 1 / (scales[row] ?? 1);
    for (let index = row * width; index < (row + 1) * width; index++) {
      result[index] = Math.round((values[index] ?? 0) * inverse);
    }
  }
  return result;
}

/** Writes rows [count, inputs] as columns of target [inputs, outputs], from `column` on. */
function transposeInto(
  target: Float32Array | Int8Array,
  rows: Float32Array | Int8Array,
  inputs: number,
  outputs: number,
  column: number,
): void {
  const count = rows.length / inputs;
  for (let input = 0; input < inputs; input++) {
    const base = input * outputs + column;
    for (let row = 0; row < count; row++) target[base + row] = rows[row * inputs + input] ?? 0;
  }
}

function scaled(values: Float32Array, scale = 1): Float32Array {
  if (scale !== 1)
    for (let index = 0; index < values.length; index++) values[index] = (values[index] ?? 0) * scale;
  return values;
}

function encode(values: Float32Array, type: ElementType): Uint8Array {
  assert(type === 'float32' || type === 'float16', `no weights of type ${type}`);
  return bytesOf(type === 'float32' ? values : roundToFloat16(values));
}

function bytesOf(values: Float32Array | Uint16Array | Int8Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
