/**
 * Which ids share one and the same vector, and which point of a graph has a given one.
 * Source: our own. Deviation: none.
 *
 * A graph loses sight of what lies behind many points at one place, so equal vectors are one point, under the id that
 * came first. Whether a vector is there already is asked for each insertion. A search answers it too, but takes a
 * quarter as long as the insertion itself; a table of sums takes a hundredth, and misses none. Reading every vector of
 * a graph to fill the table takes a tenth of building it, so after a start it is filled only once many are inserted.
 */
import type { Twins } from './hnsw-messages.ts';

export class EqualVectors {
  /** Ids that share the vector of a point, by the id of the point; and the way back. */
  readonly #twins = new Map<number, number[]>();
  readonly #pointOf = new Map<number, number>();
  /** Points by the sum of their vector; of two with one sum (never seen) the later. */
  readonly #points = new Map<number, number>();

  /** Ids that are not points themselves. */
  get size(): number {
    return this.#pointOf.size;
  }

  has(id: number): boolean {
    return this.#pointOf.has(id);
  }

  /** The point with this sum, which may still have another vector. */
  candidate(sum: number): number | undefined {
    return this.#points.get(sum);
  }

  note(point: number, sum: number): void {
    this.#points.set(sum, point);
  }

  forget(point: number, sum: number): void {
    if (this.#points.get(sum) === point) this.#points.delete(sum);
  }

  /** The others with the vector of this point. */
  twinsOf(point: number): readonly number[] {
    return this.#twins.get(point) ?? [];
  }

  addTwin(point: number, id: number): void {
    const others = this.#twins.get(point);
    if (others === undefined) this.#twins.set(point, [id]);
    else others.push(id);
    this.#pointOf.set(id, point);
  }

  removeTwin(id: number): void {
    const point = this.#pointOf.get(id);
    if (point === undefined) return;
    this.#pointOf.delete(id);
    const others = this.twinsOf(point).filter((other) => other !== id);
    if (others.length === 0) this.#twins.delete(point);
    else this.#twins.set(point, others);
  }

  /** The point goes. @returns who takes over from it, with all the others, if there are any */
  takeOver(point: number): number | undefined {
    const [heir, ...others] = this.twinsOf(point);
    this.#twins.delete(point);
    if (heir === undefined) return undefined;
    this.#pointOf.delete(heir);
    for (const id of others) this.addTwin(heir, id);
    return heir;
  }

  groups(): Twins {
    return Array.from(this.#twins, ([point, others]) => [point, ...others]);
  }

  clear(): void {
    this.#twins.clear();
    this.#pointOf.clear();
    this.#points.clear();
  }
}

/** Two sums of 32 and 21 bits side by side: by chance equal for one pair in 10^16. */
export function sumOf(vector: Float32Array): number {
  const words = new Uint32Array(vector.buffer, vector.byteOffset, vector.length);
  let a = 0x81_1c_9d_c5;
  let b = 0x9e_37_79_b9;
  for (let place = 0; place < words.length; place += 1) {
    const word = words[place] as number;
    a = Math.imul(a ^ word, 0x01_00_01_93);
    b = Math.imul(b ^ word, 0x85_eb_ca_6b) + (a >>> 15);
    b ^= b >>> 13;
  }
  return (a >>> 0) * 2 ** 21 + ((b >>> 0) & 0x1f_ff_ff);
}
