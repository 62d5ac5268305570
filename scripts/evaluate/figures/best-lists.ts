/**
 * The k best candidates of many queries at once, as their scores come in.
 * Source: our own. Deviation: none.
 */

export interface Candidate {
  readonly id: number;
  /** cosine */
  readonly score: number;
}

/** Of equal scores the one that came first is better; candidates come by ascending id. */
export class BestLists {
  readonly k: number;
  readonly queries: number;
  /** int32 [queries, k] */
  readonly #ids: Int32Array;
  /** float32 [queries, k] */
  readonly #scores: Float32Array;
  readonly #counts: Int32Array;

  constructor(queries: number, k: number) {
    this.queries = queries;
    this.k = k;
    this.#ids = new Int32Array(queries * k);
    this.#scores = new Float32Array(queries * k);
    this.#counts = new Int32Array(queries);
  }

  offer(query: number, id: number, score: number): void {
    const start = query * this.k;
    const count = this.#counts[query] as number;
    if (count === this.k && score <= (this.#scores[start + count - 1] as number)) return;
    let place = start + Math.min(count, this.k - 1);
    for (; place > start && (this.#scores[place - 1] as number) < score; place -= 1) {
      this.#scores[place] = this.#scores[place - 1] as number;
      this.#ids[place] = this.#ids[place - 1] as number;
    }
    this.#scores[place] = score;
    this.#ids[place] = id;
    if (count < this.k) this.#counts[query] = count + 1;
  }

  /** Best first; fewer than asked for where there were fewer. */
  of(query: number, limit = this.k): Candidate[] {
    const start = query * this.k;
    return Array.from({ length: Math.min(this.#counts[query] as number, limit) }, (_, index) => ({
      id: this.#ids[start + index] as number,
      score: this.#scores[start + index] as number,
    }));
  }
}
