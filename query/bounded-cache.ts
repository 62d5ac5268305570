/**
 * Remembers what was used last, up to a weight.
 * Source: our own. Deviation: none.
 */

interface Entry<V> {
  readonly value: V;
  readonly weight: number;
}

/** What was not used for longest goes first. A value heavier than everything allowed is not kept at all. */
export class BoundedCache<V> {
  readonly #weightMax: number;
  readonly #weightOf: (value: V, key: string) => number;
  /** A `Map` keeps the order of insertion: the oldest use comes first. */
  readonly #entries = new Map<string, Entry<V>>();
  #weight = 0;

  constructor(weightMax: number, weightOf: (value: V, key: string) => number) {
    this.#weightMax = weightMax;
    this.#weightOf = weightOf;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Of all values together. */
  get weight(): number {
    return this.#weight;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: V): void {
    this.#remove(key);
    const weight = this.#weightOf(value, key);
    if (weight > this.#weightMax) return;
    this.#entries.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (this.#weight <= this.#weightMax) return;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#weight -= entry.weight;
  }
}
