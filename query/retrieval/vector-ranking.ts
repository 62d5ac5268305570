/**
 * Photos in the order of their cosine to a query, a stretch at a time, of those that pass a filter.
 * Source: hnswlib's documentation (ef of at least k; deletions and filters). Deviation: the graph never calls back into
 * JavaScript: SQLite says which photos pass.
 *
 * Two ways lead to the same list. The graph of neighbours finds the nearest of all; of these, the database says which pass,
 * and where they are too few, the graph is asked for more. Where few photos pass, comparing all of them is cheaper, and it
 * is the way out where those that pass lie too far away.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { cosine, NEIGHBOURS_MAX, type VectorHit } from '../../indexer/index.ts';
import { exactPass, FEW, type ExactPassOptions } from './exact-pass.ts';
import { byRank, isAfter, roundScore, type RankKey } from './rank-key.ts';
import { throwIfAborted } from './throw-if-aborted.ts';

/** All photos in question in one order. */
export interface Ranking {
  readonly timings: { readonly filterMs: number; readonly annMs: number };
  next(count: number, after: RankKey | null, depth?: number): Promise<Stretch>;
}

/** A part of the ranking. */
export interface Stretch {
  /** Contents, best first. */
  readonly hits: readonly VectorHit[];
  /** There is nothing behind it. */
  readonly isEnd: boolean;
}

/** Asked for beyond what is needed: photos that vanish between index and database are few. */
const SPARE = 8;
/** The last ones found may be equal to others that were not, and are only shown when these are. */
const SPARE_SHARE = 1 / 8;

/** What passes is spread unevenly; asked for so many times what an even spread would need. */
const UNEVEN = 1.3;

/**
 * Microseconds: of one vector that is read and compared; of a search in the graph, and of one candidate of it that the
 * database judges. Measured on 10,000 and 30,000 vectors of 256 numbers (6 to 9; 1500; 4.1 to 5.3 for 1000 candidates and
 * more), with 768 numbers 9 to 11, and 3 to 6. They only decide which of two right ways is taken.
 */
const SCAN_COST = 7;
const GRAPH_START_COST = 1500;
const GRAPH_COST = 4.3;

/** Microseconds: of one content that a filter does not let pass, where all must be looked at. */
const LOOK_COST = 0.15;

/**
 * The cosine of one pair differs in the seventh digit, depending on who adds it up: the graph, in its own order and in single
 * precision, or we. So what is shown is scored by us, and what the graph says is believed up to this.
 */
const ROUNDING = 5e-6;

/** Contents whose vectors are read at once; 256 of 1024 floats take two milliseconds. */
const RESCORED_AT_ONCE = 256;

/** Contents that the database judges at once. */
const JUDGED_AT_ONCE = 1024;

export class VectorRanking implements Ranking {
  readonly #options: ExactPassOptions;
  /** Those that the database has judged. */
  readonly #passes = new Map<number, boolean>();
  #passing: { readonly count: number; readonly few: readonly number[] | undefined } | undefined;
  #filterMs = 0;
  #searchMs = 0;

  constructor(options: ExactPassOptions) {
    this.#options = options;
  }

  /** Milliseconds spent so far: asking the database who passes, and looking for neighbours. */
  get timings(): { readonly filterMs: number; readonly annMs: number } {
    return { filterMs: this.#filterMs, annMs: this.#searchMs };
  }

  /**
   * How many pass: exactly where they are few and an index leads to them, else by a sample, which only decides which of the
   * two ways is taken. Without a filter, those that the index holds.
   */
  get #known(): { readonly count: number; readonly few: readonly number[] | undefined } {
    this.#passing ??= this.#inFilter(() => {
      const { filter, library, searchable, now } = this.#options;
      const { size } = searchable.vectors;
      if (filter === undefined) return { count: size, few: undefined };
      const { photoFilters } = library.store;
      const { id } = searchable.generation;
      const few = photoFilters.few(filter, id, FEW, now);
      if (few !== undefined) return { count: few.length, few };
      const { share, sampled } = photoFilters.share(filter, id, now);
      // Where none of a sample passes, some of the others still may: as if it were half of one.
      return { count: Math.ceil(Math.max(share, 0.5 / Math.max(1, sampled)) * size), few };
    });
    return this.#passing;
  }

  /**
   * The next `count` behind `after` (null: from the start).
   * @param depth how many came before, as far as known: so many more the graph is asked for
   */
  async next(count: number, after: RankKey | null, depth = 0): Promise<Stretch> {
    const { count: passing, few } = this.#known;
    if (passing === 0) return { hits: [], isEnd: true };
    const most = few?.length ?? this.#options.searchable.vectors.size;
    let k = this.#candidatesFor(depth + Math.min(count, most));
    if (this.#isScanCheaper(k)) return this.#scan(count, after);
    for (;;) {
      throwIfAborted(this.#options.signal);
      const found = await this.#inSearch(() =>
        this.#options.searchable.vectors.search(this.#options.vector, k),
      );
      const isAll = found.length < k;
      // A graph may lose sight of some of its points.
      if (isAll && found.length < this.#options.searchable.vectors.size) return this.#scan(count, after);
      const passed = await this.#passed(found);
      // What was not found is no better than the last that was.
      const unseen = isAll ? Number.NEGATIVE_INFINITY : (found.at(-1)?.score ?? 0);
      const hits = await this.#inSearch(() => this.#certain(passed, { count, after, unseen }));
      if (hits.length >= count || isAll) {
        return { hits: hits.slice(0, count), isEnd: isAll && hits.length <= count };
      }
      if (k >= NEIGHBOURS_MAX) return this.#scan(count, after);
      k = Math.min(2 * k, NEIGHBOURS_MAX);
      // What passes lies farther away than it would by chance.
      if (this.#isScanCheaper(k)) return this.#scan(count, after);
    }
  }

  /**
   * Those behind `after` with their scores by the stored vectors, in order, as far as nothing else can come between them;
   * a few more than `count` where there are.
   * @param passed in the order of the graph. @param unseen no other score is above it
   */
  async #certain(
    passed: readonly VectorHit[],
    {
      count,
      after,
      unseen,
    }: { readonly count: number; readonly after: RankKey | null; readonly unseen: number },
  ): Promise<VectorHit[]> {
    const behind = after === null ? passed : passed.filter(({ score }) => score <= after.score + ROUNDING);
    for (let size = count + SPARE; ; size *= 2) {
      const part = behind.slice(0, size);
      const border = part.length < behind.length ? (part.at(-1)?.score ?? unseen) : unseen;
      const scored = (await this.#rescored(part))
        .filter((hit) => isAfter(hit, after) && hit.score > border + 2 * ROUNDING)
        .toSorted(byRank);
      if (scored.length >= count || part.length === behind.length) return scored;
    }
  }

  /** By the vectors of the database; contents that are gone from there are left out. */
  async #rescored(hits: readonly VectorHit[]): Promise<VectorHit[]> {
    const { library, searchable, vector, signal } = this.#options;
    const { id, dimension } = searchable.generation;
    const scored: VectorHit[] = [];
    for (let start = 0; start < hits.length; start += RESCORED_AT_ONCE) {
      if (start > 0) await nextTurn();
      throwIfAborted(signal);
      const ids = hits.slice(start, start + RESCORED_AT_ONCE).map((hit) => hit.id);
      for (const entry of library.store.vectors.ofContents(id, ids, dimension)) {
        scored.push({ id: entry.contentId, score: roundScore(cosine(vector, entry.vector)) });
      }
    }
    return scored;
  }

  async #scan(count: number, after: RankKey | null): Promise<Stretch> {
    // One more than asked for tells whether there is more.
    const { few } = this.#known;
    const options = { ...this.#options, ...(few !== undefined && { few }) };
    const hits = await this.#inSearch(() => exactPass(options, count + 1, after));
    return { hits: hits.slice(0, count), isEnd: hits.length <= count };
  }

  #candidatesFor(count: number): number {
    const size = Math.max(1, this.#options.searchable.vectors.size);
    const share = Math.max(Math.min(1, this.#known.count / size), 1 / size);
    const spread = this.#options.filter === undefined ? 1 : UNEVEN;
    return Math.ceil((count * (1 + SPARE_SHARE) * spread) / share) + SPARE;
  }

  #isScanCheaper(k: number): boolean {
    const { filter, searchable } = this.#options;
    if (filter === undefined || k > NEIGHBOURS_MAX) return k > NEIGHBOURS_MAX;
    const { count, few } = this.#known;
    const lookCost = few === undefined ? searchable.vectors.size * LOOK_COST : 0;
    return lookCost + count * SCAN_COST <= GRAPH_START_COST + k * GRAPH_COST;
  }

  async #passed(found: readonly VectorHit[]): Promise<readonly VectorHit[]> {
    const { filter, library, now } = this.#options;
    if (filter === undefined) return found;
    const unknown = found.filter(({ id }) => !this.#passes.has(id)).map(({ id }) => id);
    for (let start = 0; start < unknown.length; start += JUDGED_AT_ONCE) {
      if (start > 0) await nextTurn();
      throwIfAborted(this.#options.signal);
      const ids = unknown.slice(start, start + JUDGED_AT_ONCE);
      const passing = this.#inFilter(() => library.store.photoFilters.pass(filter, ids, now));
      for (const id of ids) this.#passes.set(id, passing.has(id));
    }
    return found.filter(({ id }) => this.#passes.get(id) === true);
  }

  #inFilter<T>(work: () => T): T {
    const start = performance.now();
    const result = work();
    this.#filterMs += performance.now() - start;
    return result;
  }

  async #inSearch<T>(work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    this.#searchMs += performance.now() - start;
    return result;
  }
}
