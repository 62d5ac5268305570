/**
 * Vectors as they are stored, their log, and the index that is derived from them.
 * Source: our own. Deviation: none.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Library } from '../library/library.ts';
import type { Searchable } from '../library/library-index.ts';
import type { Corpus, Generation, RawVector, Store } from '../store/index.ts';
import type { VectorIndex } from '../vectors/index.ts';
import { stopIfAborted, type Findings, type IntegrityOptions } from './findings.ts';

/** Up to so many, even a quick check looks at all. */
const QUICK_VECTORS_MAX = 20_000;
/** Of more, so many pages at random places. */
const QUICK_PAGES = 40;
const VECTORS_PER_PAGE = 256;

/** How far from 1 a length may be; as the index demands. */
const UNIT_TOLERANCE = 1e-3;
const BYTES_PER_FLOAT = 4;

/** Searches that are compared with the exact answer. */
const SAMPLE_QUERIES = 16;
const NEIGHBOURS = 10;
/** Of the exact neighbours, so many must be found on average: far below what the index has, far above chance. */
const RECALL_MIN = 0.9;
/** Scores of float32 sums in another order. */
const SCORE_TOLERANCE = 1e-4;

const restore = 'restore a backup, or move the library away and index again';

/** Looks at stored vectors; `onVector` is told of those that are sound. @returns whether all were looked at */
export async function checkVectors(
  store: Store,
  generation: Generation,
  corpus: Corpus,
  findings: Findings,
  options: IntegrityOptions & {
    readonly onVector?: (id: number, vector: Float32Array) => void;
    readonly onDone?: (done: number) => void;
  },
): Promise<boolean> {
  const { count, first, last } = store.health.vectorBounds(corpus, generation.id);
  findings.total += count;
  const isWhole = options.full === true || count <= QUICK_VECTORS_MAX;
  let from = first;
  const pagesMax = isWhole ? Number.POSITIVE_INFINITY : QUICK_PAGES;
  for (let page = 0; page < pagesMax; page += 1) {
    stopIfAborted(options.signal);
    if (!isWhole) from = first + Math.floor(Math.random() * (last - first));
    const vectors = store.health.vectorsFrom(corpus, generation.id, from, VECTORS_PER_PAGE);
    const end = vectors.at(-1);
    if (end === undefined) break;
    for (const vector of vectors) checkOne(store, generation, corpus, vector, findings, options.onVector);
    from = end.id + 1;
    options.onDone?.(findings.checked);
    await nextTurn();
  }
  checkLog(store, generation, corpus, findings);
  return isWhole;
}

function checkOne(
  store: Store,
  generation: Generation,
  corpus: Corpus,
  { id, bytes }: RawVector,
  findings: Findings,
  onVector: ((id: number, vector: Float32Array) => void) | undefined,
): void {
  findings.checked += 1;
  const place = `${store.file}: vector of ${corpus === 'photos' ? 'content' : 'text'} ${id}`;
  const expected = generation.dimension * BYTES_PER_FLOAT;
  if (bytes.byteLength !== expected) {
    findings.damage(place, `has ${bytes.byteLength} bytes, expected ${expected}`, restore);
    return;
  }
  const vector = new Float32Array(bytes.slice().buffer);
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  // Written so that NaN is found too.
  if (!(Math.abs(length - 1) <= UNIT_TOLERANCE)) {
    findings.damage(place, `has length ${length}, expected 1`, restore);
    return;
  }
  onVector?.(id, vector);
}

function checkLog(store: Store, { id }: Generation, corpus: Corpus, findings: Findings): void {
  const { unlogged, firstUnlogged, vanished, firstVanished } = store.health.logGaps(corpus, id);
  const what = corpus === 'photos' ? 'content' : 'text';
  if (unlogged > 0) {
    findings.damage(
      `${store.file}: log of changes`,
      `does not know ${unlogged} vectors (the first is of ${what} ${firstUnlogged}), expected all; no index holds them`,
      restore,
    );
  }
  if (vanished > 0) {
    findings.damage(
      `${store.file}: log of changes`,
      `knows ${vanished} vectors that are not there (the first is of ${what} ${firstVanished})`,
      restore,
    );
  }
  const orphans = store.health.orphanVectors(corpus);
  if (orphans.count === 0) return;
  findings.damage(
    `${store.file}: vectors`,
    `${orphans.count} belong to nothing (the first is of ${what} ${orphans.first}), expected none`,
    restore,
  );
}

/** A vector by which the index is tried, and its nearest neighbours among all. */
interface Query {
  readonly id: number;
  readonly vector: Float32Array;
  /** Best scores, in no order. */
  readonly best: number[];
}

/** Searches at random places of a corpus, to be answered exactly while all its vectors pass by. */
export class IndexProbe {
  readonly #corpus: Corpus;
  readonly #queries: readonly Query[];

  constructor(store: Store, generation: Generation, corpus: Corpus) {
    this.#corpus = corpus;
    const { first, last } = store.health.vectorBounds(corpus, generation.id);
    const queries = new Map<number, Query>();
    for (let index = 0; index < SAMPLE_QUERIES; index += 1) {
      const from = first + Math.floor(Math.random() * (last - first + 1));
      const [raw] = store.health.vectorsFrom(corpus, generation.id, from, 1);
      if (raw === undefined || raw.bytes.byteLength !== generation.dimension * BYTES_PER_FLOAT) continue;
      queries.set(raw.id, { id: raw.id, vector: new Float32Array(raw.bytes.slice().buffer), best: [] });
    }
    this.#queries = [...queries.values()];
  }

  see(vector: Float32Array): void {
    for (const { vector: query, best } of this.#queries) {
      const score = dot(query, vector);
      if (best.length < NEIGHBOURS) {
        best.push(score);
        continue;
      }
      const worst = Math.min(...best);
      if (score > worst) best[best.indexOf(worst)] = score;
    }
  }

  /** @param sawAll else only whether each vector finds itself is known */
  async check(library: Library, sawAll: boolean, findings: Findings): Promise<void> {
    const isPhotos = this.#corpus === 'photos';
    const place = `${library.dataFolder}: ${isPhotos ? 'index' : 'index of texts'}`;
    const rebuild = 'close Imglish and delete the folder "vectors" in the library; it is built again';
    await library.catchUp();
    await library.search(async (searchable) => {
      const check = async (index: VectorIndex): Promise<void> => {
        checkSize(library, searchable, this.#corpus, index, (found) =>
          findings.damage(place, found, rebuild),
        );
        await this.#search(index, sawAll, findings, (found) => findings.damage(place, found, rebuild));
      };
      if (isPhotos) await check(searchable.vectors);
      else await searchable.searchTexts(check);
    });
  }

  async #search(
    index: VectorIndex,
    sawAll: boolean,
    findings: Findings,
    damage: (found: string) => void,
  ): Promise<void> {
    findings.total += this.#queries.length;
    let [found, expected] = [0, 0];
    for (const { id, vector, best } of this.#queries) {
      findings.checked += 1;
      const hits = await index.search(vector, NEIGHBOURS);
      // Another may have the very same vector.
      if (!hits.some((hit) => hit.id === id || hit.score >= 1 - SCORE_TOLERANCE)) {
        damage(`the vector of ${this.#corpus === 'photos' ? 'content' : 'text'} ${id} does not find itself`);
      }
      const bar = Math.min(...best) - SCORE_TOLERANCE;
      expected += best.length;
      found += Math.min(best.length, hits.filter(({ score }) => score >= bar).length);
    }
    if (!sawAll || expected === 0 || found / expected >= RECALL_MIN) return;
    damage(
      `finds ${((100 * found) / expected).toFixed(0)} % of the exact neighbours in ${this.#queries.length} searches, expected at least ${100 * RECALL_MIN} %`,
    );
  }
}

/** Where a writer is faster than we look, the counts are compared another time. */
function checkSize(
  { store }: Library,
  { generation }: Searchable,
  corpus: Corpus,
  index: VectorIndex,
  damage: (found: string) => void,
): void {
  const { count, sequence } = (corpus === 'photos' ? store.vectors : store.textVectors).summary(
    generation.id,
  );
  if (sequence === index.sequence && count !== index.size) {
    damage(`holds ${index.size} vectors, the database ${count}`);
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}
