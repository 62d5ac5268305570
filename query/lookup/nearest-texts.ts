/**
 * Texts of the library near a vector, of some kinds, each wording once.
 * Source: our own. Deviation: none.
 *
 * Kinds are filtered behind the index, which is asked for more until enough pass; a kind of few texts is compared one by
 * one instead, and so is one whose texts lie behind everything that the index gives.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  cosine,
  textKinds,
  type Library,
  type Searchable,
  type TextKind,
  type VectorHit,
  type VectorIndex,
} from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import { EqualTextGroups, wordsOf, type EqualTexts } from './equal-texts.ts';

export interface NearestTextsOptions {
  readonly kinds: readonly TextKind[];
  /** Different wordings. */
  readonly count: number;
  /** Texts whose wording is left out. */
  readonly without: ReadonlySet<number>;
  readonly signal: AbortSignal | undefined;
}

/** Of a kind of so few texts all are compared, in 3 ms. */
const EXACT_TEXTS_MAX = 1000;
/** Of a rarer kind the index would give too few. */
const EXACT_SHARE_MAX = 0.02;

const VECTORS_PER_PAGE = 512;

/** Below `NEIGHBOURS_MAX` of the index; nobody reads so many texts. */
const CANDIDATES_MAX = 16_000;
const SPARE = 8;

/** Best first, at most `count`. @throws AppError ABORTED, LIBRARY_CORRUPT */
export async function nearestTexts(
  library: Library,
  searchable: Searchable,
  vector: Float32Array,
  options: NearestTextsOptions,
): Promise<readonly EqualTexts[]> {
  const { kinds, count } = options;
  const { withVector } = library.store.textLookup.counts(searchable.generation.id);
  const countOf = (some: readonly TextKind[]): number =>
    some.reduce((sum, kind) => sum + withVector[kind], 0);
  const [all, ofKinds] = [countOf(textKinds), countOf(kinds)];
  if (ofKinds === 0) return [];
  const near = new NearTexts(library, options);
  if (ofKinds === all || (ofKinds > EXACT_TEXTS_MAX && ofKinds > EXACT_SHARE_MAX * all)) {
    // What is left out is near to what is looked for, so it takes the first places.
    const first = Math.ceil(((count + SPARE) * all) / ofKinds) + options.without.size;
    const isWhole = await searchable.searchTexts((index) =>
      askIndex(index, vector, near, first, options.signal),
    );
    if (isWhole) return near.best;
  }
  near.take(await exactNearest(library, searchable, vector, options));
  return near.best;
}

/** @returns false where there may be more behind what the index gives, and more is wanted */
async function askIndex(
  index: VectorIndex,
  vector: Float32Array,
  near: NearTexts,
  first: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (let wanted = Math.min(first, CANDIDATES_MAX); ; wanted = Math.min(2 * wanted, CANDIDATES_MAX)) {
    throwIfAborted(signal);
    const found = await index.search(vector, wanted);
    near.take(found);
    if (near.isFull || found.length < wanted) return true;
    if (wanted === CANDIDATES_MAX) return false;
  }
}

/** Turns hits into texts. */
class NearTexts {
  readonly #library: Library;
  readonly #options: NearestTextsOptions;
  readonly #groups: EqualTextGroups;
  readonly #seen = new Set<number>();

  constructor(library: Library, options: NearestTextsOptions) {
    this.#library = library;
    this.#options = options;
    const hidden = library.store.texts.byIds([...options.without]).map(({ text }) => wordsOf(text));
    this.#groups = new EqualTextGroups(new Set(hidden));
  }

  get isFull(): boolean {
    return this.#groups.size >= this.#options.count;
  }

  get best(): readonly EqualTexts[] {
    return this.#groups.sorted().slice(0, this.#options.count);
  }

  take(hits: readonly VectorHit[]): void {
    const fresh = hits.filter(({ id }) => !this.#seen.has(id));
    const records = new Map(
      this.#library.store.texts.byIds(fresh.map(({ id }) => id)).map((record) => [record.id, record]),
    );
    for (const { id, score } of fresh) {
      this.#seen.add(id);
      const record = records.get(id);
      if (record !== undefined && this.#options.kinds.includes(record.kind))
        this.#groups.add({ ...record, score });
    }
  }
}

/** Every text of the kinds is compared. */
async function exactNearest(
  { store }: Library,
  { generation }: Searchable,
  vector: Float32Array,
  { kinds, count, without, signal }: NearestTextsOptions,
): Promise<VectorHit[]> {
  // Equal wordings and those that are left out take places too.
  const keep = 4 * (count + SPARE) + without.size;
  let best: VectorHit[] = [];
  for (let after = 0; ;) {
    throwIfAborted(signal);
    const page = store.textLookup.vectorsOf(kinds, generation, after, VECTORS_PER_PAGE);
    const last = page.at(-1);
    if (last === undefined) break;
    for (const { id, vector: text } of page) best.push({ id, score: cosine(vector, text) });
    if (best.length > 2 * keep + VECTORS_PER_PAGE) best = firstOf(best, keep);
    after = last.id;
    await nextTurn();
  }
  return firstOf(best, keep);
}

function firstOf(hits: readonly VectorHit[], count: number): VectorHit[] {
  return hits.toSorted((a, b) => b.score - a.score || a.id - b.id).slice(0, count);
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new AppError('ABORTED', 'the lookup was called off', { cause: signal.reason });
}
