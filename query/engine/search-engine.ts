/**
 * Words and photos find photos.
 * Source: DESIGN, "The way of the data". Deviation: none.
 */
import { otherModel, type Library, type Searchable } from '../../indexer/index.ts';
import { AppError, type Embedder } from '../../model/index.ts';
import type { SearchRequest, SearchResponse, SearchStage } from '../request.ts';
import { FusionScorer } from '../rerank/index.ts';
import type { PictureLimits } from '../retrieval/query-vector.ts';
import { TextVectors } from '../retrieval/text-vectors.ts';
import { throwIfAborted } from '../retrieval/throw-if-aborted.ts';
import { libraryWords } from '../words/index.ts';
import { checkRequest } from './check-request.ts';
import { ListingMemory } from './listing-memory.ts';
import type { SearchContext, WordSearch } from './search-context.ts';
import { Relay } from './relay.ts';
import { SearchRun } from './search-run.ts';

export interface SearchEngineOptions {
  readonly library: Library;
  readonly embedder: Embedder;
  /** Default: one of its own. */
  readonly scorer?: FusionScorer;
  /** Search in what is written about photos; default: that of the library, null: none. */
  readonly wordSearch?: WordSearch | null;
  /** Of pictures that are brought; default: those of a decode. */
  readonly limits?: PictureLimits;
}

export interface SearchCallOptions {
  readonly signal?: AbortSignal;
}

/**
 * Searches one library. Reads only; may be used by many at once.
 *
 * It holds the models that the library may be searched with, by identity. Each search takes the generation that is
 * active at its start together with the model of that generation and stays with both to its end, so a switch to
 * another generation needs no restart and no search sees vectors of two models.
 */
export class SearchEngine {
  readonly #library: Library;
  readonly #options: SearchEngineOptions;
  readonly #embedders = new Map<string, Embedder>();
  readonly #memory = new ListingMemory();
  readonly #textVectors = new TextVectors();
  /** Scores of photos beside texts, for all who read them together. */
  readonly scorer: FusionScorer;

  /** @throws AppError LIBRARY_MISMATCH where the library is searched with another model */
  constructor(options: SearchEngineOptions) {
    const { library, embedder } = options;
    if (embedder.identity !== library.generation.modelIdentity) {
      throw otherModel(library.dataFolder, library.generation, embedder);
    }
    this.#library = library;
    this.#options = options;
    this.scorer = options.scorer ?? new FusionScorer({ library });
    this.use(embedder);
  }

  /** Searches will be able to use this model as soon as its generation is active. Whoever opened it closes it. */
  use(embedder: Embedder): void {
    this.#embedders.set(embedder.identity, embedder);
  }

  /** No search that starts later uses this model; those under way do. */
  forget(embedder: Embedder): void {
    if (this.#embedders.get(embedder.identity) === embedder) this.#embedders.delete(embedder.identity);
  }

  /** The model of a generation; undefined where this engine was not given it. */
  embedderOf(modelIdentity: string): Embedder | undefined {
    return this.#embedders.get(modelIdentity);
  }

  /**
   * @throws AppError TEXT_INVALID, INVALID_ARGUMENT (also a cursor of another request or generation), NOT_FOUND (an image
   *   id), IMAGE_INVALID, IMAGE_TOO_LARGE, BUSY, ABORTED, LIBRARY_CORRUPT, LIBRARY_MISMATCH (the library was switched to a
   *   model that this engine was not given)
   */
  async search(request: SearchRequest, options: SearchCallOptions = {}): Promise<SearchResponse> {
    const checked = checkRequest(request);
    const start = performance.now();
    await this.#library.follow();
    return this.#library.search((searchable) => {
      const context = this.#contextFor(searchable, options);
      return new SearchRun(checked, context, this.#memory, start).answer();
    });
  }

  /**
   * The same answer in stages: first what the vectors say, then as photos are read beside the words. The generation stays
   * open until the last stage was taken, or the caller has left the loop.
   * @throws AppError as `search`
   */
  async *stream(request: SearchRequest, options: SearchCallOptions = {}): AsyncGenerator<SearchStage> {
    const checked = checkRequest(request);
    const start = performance.now();
    await this.#library.follow();
    const left = new AbortController();
    const signal =
      options.signal === undefined ? left.signal : AbortSignal.any([options.signal, left.signal]);
    const relay = new Relay<SearchStage>();
    const work = this.#library.search(async (searchable) => {
      const context = this.#contextFor(searchable, { signal });
      for await (const stage of new SearchRun(checked, context, this.#memory, start).stages()) {
        if (!(await relay.give(stage))) return;
      }
    });
    work.then(
      () => relay.end(),
      (error: unknown) => relay.end(error),
    );
    try {
      for (let stage = await relay.take(); stage !== undefined; stage = await relay.take()) yield stage;
    } finally {
      left.abort();
      relay.leave();
      await work.catch(() => undefined);
    }
  }

  #contextFor(searchable: Searchable, { signal }: SearchCallOptions): SearchContext {
    throwIfAborted(signal);
    const { wordSearch = libraryWords, limits = {} } = this.#options;
    return {
      library: this.#library,
      searchable,
      embedder: this.#embedderFor(searchable),
      scorer: this.scorer,
      textVectors: this.#textVectors,
      wordSearch,
      limits,
      signal,
    };
  }

  #embedderFor({ generation }: Searchable): Embedder {
    const embedder = this.#embedders.get(generation.modelIdentity);
    if (embedder !== undefined) return embedder;
    const found = [...this.#embedders.values()].map(({ name }) => `"${name}"`).join(', ');
    throw new AppError(
      'LIBRARY_MISMATCH',
      `${this.#library.dataFolder}: was switched to model "${generation.modelName}" (${generation.modelIdentity.slice(0, 12)}), found ${found}; start this process again, or go back with "imglish generations rollback"`,
    );
  }
}
