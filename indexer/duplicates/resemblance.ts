/**
 * Whether two contents look alike: as it was found out, else found out now. Reads only.
 * Source: our own. Deviation: none.
 */
import type { Library } from '../library/library.ts';
import type { Generation } from '../store/index.ts';
import { cosine, lookAlike } from './look-alike.ts';
import { knownShapes } from './shapes.ts';

export class Resemblance {
  readonly #library: Library;
  readonly #generation: Generation;
  readonly #threshold: number;

  /** @param threshold cosine */
  constructor(library: Library, generation: Generation, threshold: number) {
    this.#library = library;
    this.#generation = generation;
    this.#threshold = threshold;
  }

  /**
   * In a crowd not all pairs are known, see compare.ts; those are looked at here.
   * @returns the cosine, or undefined where the two do not look alike
   */
  score(a: number, b: number): number | undefined {
    const { nearDuplicates, vectors } = this.#library.store;
    const { id, dimension } = this.#generation;
    const known = nearDuplicates.score(id, a, b);
    if (known !== undefined) return known >= this.#threshold ? known : undefined;
    const [vectorA, vectorB] = [vectors.get(id, a, dimension), vectors.get(id, b, dimension)];
    if (vectorA === undefined || vectorB === undefined) return undefined;
    const score = cosine(vectorA, vectorB);
    if (score < this.#threshold) return undefined;
    const shapes = knownShapes(this.#library, [a, b]);
    return lookAlike(score, shapes.get(a), shapes.get(b), this.#threshold) ? score : undefined;
  }
}
