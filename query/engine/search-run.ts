/**
 * One search from its request to its answer, on one generation.
 * Source: DESIGN, "The way of the data". Deviation: none.
 */
import { relativeCutoff } from '../calibration/index.ts';
import type { Cutoff, SearchHit, SearchResponse, SearchStage } from '../request.ts';
import { DateRanking } from '../retrieval/date-ranking.ts';
import { queryVector, type QueryVector } from '../retrieval/query-vector.ts';
import { VectorRanking, type Ranking } from '../retrieval/vector-ranking.ts';
import { arrange, type Listing } from './arrange.ts';
import { requestKey, type CheckedRequest } from './check-request.ts';
import { readCursor, START, writeCursor, type Cursor, type Place } from './cursor.ts';
import { firstStage, type FirstStage } from './first-stage.ts';
import { Latest } from './latest.ts';
import type { ListingMemory } from './listing-memory.ts';
import { readPage, STACKS_BEFORE_MAX, type Page } from './read-page.ts';
import { readTogether, type Judgements } from './read-together.ts';
import type { SearchContext } from './search-context.ts';

export class SearchRun {
  readonly #checked: CheckedRequest;
  readonly #context: SearchContext;
  readonly #memory: ListingMemory;
  readonly #start: number;
  readonly #cursor: Omit<Cursor, 'place'> & { readonly place: Place };
  readonly #now: Date;
  readonly #memoryKey: string;
  #ranking: Ranking | undefined;
  #encodeMs = 0;
  #rerankMs = 0;

  /** @param start when the request came. @throws AppError INVALID_ARGUMENT for a bad cursor */
  constructor(checked: CheckedRequest, context: SearchContext, memory: ListingMemory, start: number) {
    this.#checked = checked;
    this.#context = context;
    this.#memory = memory;
    this.#start = start;
    const { generation } = context.searchable;
    const request = requestKey(checked, `${context.library.store.libraryId} ${generation.modelIdentity}`);
    const expected = { generation: generation.id, request };
    this.#cursor =
      checked.cursor === undefined
        ? { ...expected, startedMs: Date.now(), rank: 0, place: START }
        : readCursor(checked.cursor, expected);
    this.#now = new Date(this.#cursor.startedMs);
    this.#memoryKey = JSON.stringify([generation.id, request, this.#cursor.startedMs]);
  }

  async answer(): Promise<SearchResponse> {
    return this.#respond(await this.#listing());
  }

  /** The first stage at once, then what was read, as it comes. */
  async *stages(): AsyncGenerator<SearchStage> {
    const known = this.#known();
    if (known !== undefined || this.#checked.rerank === null) {
      const response = await this.#respond(known ?? (await this.#listing()));
      yield { stage: 'first', response };
      yield { stage: 'done', response };
      return;
    }
    const first = await this.#first();
    const uncut = { ...this.#checked, minMatch: null };
    const arranged = (read: Judgements | null): Listing => arrange(first, uncut, this.#context.library, read);
    yield { stage: 'first', response: await this.#respond(arranged(null), false) };
    const batches = new Latest<Judgements>();
    const reading = this.#read(first, (judged) => batches.put(judged)).finally(() => batches.end());
    // Where the caller stops asking, its failure is nobody's.
    reading.catch(() => undefined);
    for (let judged = await batches.take(); judged !== undefined; judged = await batches.take()) {
      yield { stage: 'reranked', response: await this.#respond(arranged(judged), false) };
    }
    yield { stage: 'done', response: await this.#respond(await reading) };
  }

  /** Of an earlier page, or made now. */
  async #listing(): Promise<Listing> {
    return this.#known() ?? (await this.#read(await this.#first(), () => undefined));
  }

  #known(): Listing | undefined {
    return this.#checked.cursor === undefined ? undefined : this.#memory.get(this.#memoryKey);
  }

  async #first(): Promise<FirstStage> {
    const start = performance.now();
    const query = await this.#query();
    this.#encodeMs += performance.now() - start;
    return firstStage(this.#checked, query, this.#rankingFor(query), this.#context);
  }

  async #query(): Promise<QueryVector | undefined> {
    const { terms } = this.#checked;
    return terms.length === 0 ? undefined : queryVector(terms, this.#context);
  }

  async #read(first: FirstStage, onBatch: (judged: Judgements) => void): Promise<Listing> {
    const start = performance.now();
    const read = await readTogether(first, this.#checked, this.#context, onBatch);
    if (this.#checked.rerank !== null) this.#rerankMs += performance.now() - start;
    return arrange(first, this.#checked, this.#context.library, read);
  }

  #rankingFor(query: QueryVector | undefined): Ranking {
    const { library, searchable, signal } = this.#context;
    const { filter } = this.#checked;
    const options = { library, searchable, filter, now: this.#now, signal };
    this.#ranking ??=
      query === undefined
        ? new DateRanking(options)
        : new VectorRanking({ ...options, vector: query.vector });
    return this.#ranking;
  }

  /** @param isFinal whether the cursor is to be told, and the list remembered */
  async #respond(listing: Listing, isFinal = true): Promise<SearchResponse> {
    const { stacks, place } = await this.#page(listing);
    const { rank } = this.#cursor;
    const hits = stacks.map(({ stack, entry }, index): SearchHit => {
      const { image, copies, alike, stackSize } = stack;
      const { score, pMatch, band, isVector, words } = entry;
      const matched = { vector: isVector, words };
      return {
        id: image.id,
        score,
        pMatch,
        band,
        rank: rank + index + 1,
        image,
        matched,
        copies,
        alike,
        stackSize,
      };
    });
    let cursor: string | null = null;
    if (place !== null && isFinal) {
      cursor = writeCursor({ ...this.#cursor, rank: rank + hits.length, place });
      this.#memory.set(this.#memoryKey, listing);
    }
    return {
      hits,
      nothingMatches: listing.nothingMatches,
      cutoff: cutoffOf(listing, hits),
      reranked: listing.reranked,
      truncatedText: listing.first.query?.truncated ?? false,
      cursor,
      generation: this.#cursor.generation,
      notices: [...this.#ownNotices(), ...listing.notices],
      timings: this.#timings(listing),
    };
  }

  async #page(listing: Listing): Promise<Page> {
    const { limit, collapse } = this.#checked;
    const { rank, place } = this.#cursor;
    const options = {
      listing,
      ranking: this.#rankingFor(listing.first.query),
      checked: this.#checked,
      now: this.#now,
      context: this.#context,
    };
    if (collapse !== 'near') return readPage(options, place, limit, []);
    // What the pages before showed decides what is a look-alike here. Where that is forgotten, they are made again.
    let at: Place | null = START;
    while (listing.stacks.length < rank && at !== null) {
      const before = listing.stacks.slice(-STACKS_BEFORE_MAX);
      const page: Page = await readPage(
        options,
        at,
        Math.min(rank - listing.stacks.length, STACKS_BEFORE_MAX),
        before,
      );
      listing.stacks.push(...page.stacks.map(({ stack }) => stack.contentId));
      if (page.stacks.length === 0 && page.place === null) break;
      at = page.place;
    }
    const before = listing.stacks.slice(0, rank);
    const page = await readPage(options, place, limit, before);
    listing.stacks.splice(rank, Number.POSITIVE_INFINITY, ...page.stacks.map(({ stack }) => stack.contentId));
    return page;
  }

  #ownNotices(): string[] {
    const { terms, sort } = this.#checked;
    const notices: string[] = [];
    if (terms.length > 0 && terms.every(({ weight }) => weight < 0)) {
      notices.push('Only unwanted things were named: the first photos are those farthest from them.');
    }
    if (terms.length === 0) notices.push('Only a filter was given: its photos come newest first.');
    if (sort === 'date' && terms.length > 0) {
      notices.push(
        'Sorted by date inside the bands of the first 1000; what comes later is ordered by relevance.',
      );
    }
    return notices;
  }

  #timings({ first }: Listing): SearchResponse['timings'] {
    const { filterMs, annMs } = this.#ranking?.timings ?? { filterMs: 0, annMs: 0 };
    const totalMs = performance.now() - this.#start;
    const wordsMs = this.#encodeMs === 0 ? 0 : first.wordsMs;
    const known = this.#encodeMs + filterMs + annMs + wordsMs + this.#rerankMs;
    return {
      encodeMs: this.#encodeMs,
      filterMs,
      annMs,
      wordsMs,
      rerankMs: this.#rerankMs,
      hydrateMs: totalMs - known,
      totalMs,
    };
  }
}

function cutoffOf(listing: Listing, hits: readonly SearchHit[]): Cutoff | null {
  const { cutoff, first } = listing;
  if (cutoff !== null) {
    const hitsAbove = hits.filter(({ pMatch }) => pMatch !== null && pMatch >= cutoff).length;
    return { kind: 'pMatch', value: cutoff, hitsAbove };
  }
  // Where hits are in another order than that of their cosines, no line can be drawn between them.
  if ((listing.reranked?.scored ?? 0) > 0 && listing.cosineMin === null) return null;
  // Of later pages the best is not known any more.
  const best = first.best ?? (hits[0]?.rank === 1 ? hits[0].score : undefined);
  if (best === undefined || first.query === undefined) return null;
  const { value } = relativeCutoff([best]);
  return { kind: 'relative', value, hitsAbove: hits.filter(({ score }) => score >= value).length };
}
