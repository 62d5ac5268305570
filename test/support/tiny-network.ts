/**
 * Small random networks for tests: parameters in memory, and as a checkpoint file.
 * Source: our own. Deviation: none.
 */
import { noHeads, parametersOf, writeSafetensors, type Beit3Config } from '../../model/index.ts';

/** The smallest network in which every part is there and no two sizes are equal. */
export const tinyConfig: Beit3Config = {
  layers: 2,
  width: 24,
  attentionHeads: 3,
  feedForwardWidth: 40,
  imageSide: 12,
  patchSize: 4,
  vocabularySize: 50,
  textPositions: 14,
  attention: 'decoupled',
  vlExpertLayers: 0,
  normalizeOutput: true,
  heads: noHeads,
};

/** Numbers in [0, 1) that are the same on every machine (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Random parameters of a network, held in memory: a `WeightSource`. */
export class TinyNetwork {
  readonly config: Beit3Config;
  readonly tensors: ReadonlyMap<string, Float32Array>;

  constructor(config: Beit3Config, seed = 1) {
    const random = randomNumbers(seed);
    const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    this.config = config;
    this.tensors = new Map(
      parametersOf(config).map(({ name, shape }) => {
        const count = shape.reduce((product, size) => product * size, 1);
        const { mean, deviation } = spreadOf(name, shape);
        return [name, Float32Array.from({ length: count }, () => mean + deviation * normal())];
      }),
    );
  }

  readonly parameter = (name: string): Float32Array => {
    const values = this.tensors.get(name);
    if (values === undefined) throw new Error(`no parameter ${name}`);
    return values;
  };

  async readFloat32(
    name: string,
    range?: { readonly start: number; readonly count: number },
  ): Promise<Float32Array> {
    const values = this.parameter(name);
    return range === undefined ? values.slice() : values.slice(range.start, range.start + range.count);
  }

  /** A .safetensors file of these parameters; `leaveOut` and `extra` make it wrong on purpose. */
  async write(
    file: string,
    changes: {
      readonly leaveOut?: readonly string[];
      readonly extra?: Readonly<Record<string, readonly number[]>>;
    } = {},
  ): Promise<void> {
    const specs = parametersOf(this.config).filter(({ name }) => !(changes.leaveOut ?? []).includes(name));
    const entries = [
      ...specs.map(({ name, shape }) => ({ name, shape, values: this.parameter(name) })),
      ...Object.entries(changes.extra ?? {}).map(([name, shape]) => ({
        name,
        shape,
        values: new Float32Array(shape.reduce((product, size) => product * size, 1)),
      })),
    ];
    await writeSafetensors(
      file,
      entries.map(({ name, shape, values }) => ({
        name,
        dtype: 'float32' as const,
        shape,
        async *chunks() {
          yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        },
      })),
    );
  }
}

/** Large enough that every parameter shows in the outputs, small enough that nothing saturates. */
function spreadOf(name: string, shape: readonly number[]): { mean: number; deviation: number } {
  if (name === 'logit_scale') return { mean: 2.5, deviation: 0 };
  if (name.endsWith('.bias')) return { mean: 0, deviation: 0.3 };
  if (shape.length === 1) return { mean: 1, deviation: 0.3 };
  if (name.includes('embed_positions') || name.endsWith('_token')) return { mean: 0, deviation: 0.7 };
  if (name === 'beit3.text_embed.weight') return { mean: 0, deviation: 1 };
  const inputs = shape.slice(1).reduce((product, size) => product * size, 1);
  return { mean: 0, deviation: 1.2 / Math.sqrt(inputs) };
}

export function randomImages(config: Beit3Config, batch: number, seed = 2): Float32Array {
  const random = randomNumbers(seed);
  return Float32Array.from({ length: batch * 3 * config.imageSide ** 2 }, () => 2 * random() - 1);
}

/** Token rows `<s> … </s>` of the given lengths, padded to the longest, with their mask. */
export function randomTexts(
  config: Beit3Config,
  lengths: readonly number[],
  seed = 3,
): { ids: number[][]; padding: number[][] } {
  const random = randomNumbers(seed);
  const longest = Math.max(...lengths);
  const ids = lengths.map((length) =>
    Array.from({ length: longest }, (_, index) => {
      if (index === 0) return 0;
      if (index >= length) return 1;
      return index === length - 1 ? 2 : 4 + Math.floor(random() * (config.vocabularySize - 4));
    }),
  );
  const padding = lengths.map((length) =>
    Array.from({ length: longest }, (_, index) => (index < length ? 0 : 1)),
  );
  return { ids, padding };
}
