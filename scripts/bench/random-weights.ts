/**
 * The parameters of a network that nobody trained: the same numbers on every machine, made when asked for.
 * Source: the finalizer of MurmurHash3, as a counter-based generator. Deviation: uniform, not normal numbers.
 */
import { parametersOf, type Beit3Config } from '../../model/index.ts';

/** Standard deviation of matrices and tables, as BEiT-3 is initialized. */
const DEVIATION = 0.02;
/** Of LayerNorm weights (around 1) and of biases. */
const DEVIATION_SMALL = 0.05;

/** A uniform number in [-1, 1) has this deviation. */
const UNIFORM_DEVIATION = 1 / Math.sqrt(3);

export class RandomWeights {
  readonly #sizes: ReadonlyMap<string, number>;

  constructor(config: Beit3Config) {
    this.#sizes = new Map(
      parametersOf(config).map(({ name, shape }) => [
        name,
        shape.reduce((product, size) => product * size, 1),
      ]),
    );
  }

  /** See `WeightSource`. */
  async readFloat32(
    name: string,
    range?: { readonly start: number; readonly count: number },
  ): Promise<Float32Array> {
    const size = this.#sizes.get(name);
    if (size === undefined) throw new Error(`no parameter ${name}`);
    return randomValues(name, range?.start ?? 0, range?.count ?? size);
  }
}

/** Elements [start, start + count) of the parameter of this name. */
export function randomValues(name: string, start: number, count: number): Float32Array {
  const isBias = name.endsWith('.bias');
  const isNorm = /(_ln|layer_norm|layernorm)(\.[AB])?\.weight$/.test(name);
  const factor = (isNorm || isBias ? DEVIATION_SMALL : DEVIATION) / UNIFORM_DEVIATION / 2 ** 31;
  const center = isNorm ? 1 : 0;
  const seed = hashName(name);
  const values = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    let mixed = Math.imul(start + index, 0x9e3779b1) + seed;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    values[index] = center + (mixed ^ (mixed >>> 16)) * factor;
  }
  return values;
}

/** FNV-1a */
function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
}
