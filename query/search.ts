/**
 * Words find photos: text encoder, nearest vectors, rows.
 * Source: DESIGN, "The way of the data". Deviation: none.
 */
import { otherModel, type ImageRecord, type Library, type Searchable } from '../indexer/index.ts';
import { AppError, type Embedder, type EncodedText } from '../model/index.ts';
import { Collapser, collapseModes, type AlikeHit, type Collapse, type Stack } from './collapse.ts';

export interface SearchRequest {
  /** What to look for; 1 to 10,000 characters, of which the model reads the first words. */
  readonly text: string;
  /** 1 to 1000, default 50 */
  readonly limit?: number;
  /** What is one hit, default `exact`: a photo with all its copies. */
  readonly collapse?: Collapse;
}

export interface SearchHit {
  /** of the image */
  readonly id: number;
  /** cosine of the dual encoder; has no universal threshold */
  readonly score: number;
  /** Calibrated probability that text and photo belong together; null where the model cannot tell. */
  readonly pMatch: number | null;
  /** from 1 */
  readonly rank: number;
  readonly image: ImageRecord;
  /** Other places of the same bytes, oldest first, at most 100; none where each file is a hit. */
  readonly copies: readonly ImageRecord[];
  /** Photos that look like this one and fit less well, at most 100; only where look-alikes are collapsed. */
  readonly alike: readonly AlikeHit[];
  /** Photos in this hit, itself included. */
  readonly stackSize: number;
}

export interface SearchResponse {
  /** Best first; see `SearchRequest.collapse`. */
  readonly hits: readonly SearchHit[];
  /** The text was longer than the model reads; the rest was ignored. */
  readonly truncatedText: boolean;
  /** Id of the generation that was searched. */
  readonly generation: number;
  readonly timings: SearchTimings;
}

/** milliseconds */
export interface SearchTimings {
  readonly encodeMs: number;
  readonly searchMs: number;
  readonly hydrateMs: number;
  readonly totalMs: number;
}

const LIMIT_DEFAULT = 50;
const LIMIT_MAX = 1000;
const TEXT_CHARACTERS_MAX = 10_000;

/** Asked for beyond the limit at once: photos that vanish between index and database are few. */
const SPARE = 8;

/** Where that was not enough, twice as many, and so on; no more often than this. Bursts may fill many a round. */
const ROUNDS_MAX = { none: 4, exact: 4, near: 8 } as const satisfies Record<Collapse, number>;
const CANDIDATES_MAX = 16_000;

interface Wanted {
  readonly limit: number;
  readonly collapse: Collapse;
  readonly signal: AbortSignal | undefined;
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
  readonly #embedders = new Map<string, Embedder>();

  /** @throws AppError LIBRARY_MISMATCH where the library is searched with another model */
  constructor({ library, embedder }: { readonly library: Library; readonly embedder: Embedder }) {
    if (embedder.identity !== library.generation.modelIdentity) {
      throw otherModel(library.dataFolder, library.generation, embedder);
    }
    this.#library = library;
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

  /**
   * @throws AppError TEXT_INVALID, INVALID_ARGUMENT, BUSY, ABORTED, LIBRARY_CORRUPT, LIBRARY_MISMATCH (the library was
   *   switched to a model that this engine was not given)
   */
  async search(
    request: SearchRequest,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<SearchResponse> {
    const text = checkText(request.text);
    const limit = checkLimit(request.limit ?? LIMIT_DEFAULT);
    const collapse = checkCollapse(request.collapse ?? 'exact');
    const start = performance.now();
    await this.#library.follow();
    return this.#library.search(async (searchable) => {
      const encodingAt = performance.now();
      const encoded = await this.#encode(text, searchable, options);
      const encodeMs = performance.now() - encodingAt;
      const wanted = { limit, collapse, signal: options.signal };
      const { stacks, searchMs } = await this.#nearest(searchable, encoded.vector, wanted);
      const totalMs = performance.now() - start;
      return {
        hits: stacks.map(({ score, image, copies, alike, stackSize }, index) => ({
          id: image.id,
          score,
          pMatch: null,
          rank: index + 1,
          image,
          copies,
          alike,
          stackSize,
        })),
        truncatedText: encoded.truncated,
        generation: searchable.generation.id,
        timings: { encodeMs, searchMs, hydrateMs: totalMs - encodeMs - searchMs, totalMs },
      };
    });
  }

  async #encode(
    text: string,
    { generation }: Searchable,
    options: { readonly signal?: AbortSignal },
  ): Promise<EncodedText> {
    const embedder = this.#embedders.get(generation.modelIdentity);
    if (embedder === undefined) {
      throw new AppError(
        'LIBRARY_MISMATCH',
        `${this.#library.dataFolder}: was switched to model "${generation.modelName}" (${generation.modelIdentity.slice(0, 12)}), found ${this.#modelNames()}; start this process again, or go back with "imglish generations rollback"`,
      );
    }
    const [encoded] = await embedder.encodeTexts([text], options);
    if (encoded === undefined) throw new Error('the encoder gave no vector for a text');
    return encoded;
  }

  #modelNames(): string {
    return [...this.#embedders.values()].map(({ name }) => `"${name}"`).join(', ');
  }

  /** Contents from the index, photos from the database; contents without a photo are replaced by the next. */
  async #nearest(
    searchable: Searchable,
    vector: Float32Array,
    { limit, collapse, signal }: Wanted,
  ): Promise<{ stacks: readonly Stack[]; searchMs: number }> {
    const collapser = new Collapser({ library: this.#library, searchable, mode: collapse, limit });
    let searchMs = 0;
    let wanted = limit + SPARE;
    for (let round = 1; ; round += 1) {
      throwIfAborted(signal);
      const start = performance.now();
      const found = await searchable.vectors.search(vector, wanted);
      searchMs += performance.now() - start;
      await collapser.take(found, signal);
      const isAll = found.length < wanted || wanted === CANDIDATES_MAX;
      if (collapser.isFull || isAll || round === ROUNDS_MAX[collapse]) {
        throwIfAborted(signal);
        return { stacks: collapser.stacks, searchMs };
      }
      wanted = Math.min(wanted * 2, CANDIDATES_MAX);
    }
  }
}

function checkText(text: string): string {
  if (typeof text !== 'string' || text.trim() === '') {
    throw new AppError(
      'TEXT_INVALID',
      'text: is empty, expected words to look for; say what the photo shows',
    );
  }
  if (text.length > TEXT_CHARACTERS_MAX) {
    throw new AppError(
      'TEXT_INVALID',
      `text: has ${text.length} characters, expected at most ${TEXT_CHARACTERS_MAX}; the model reads only the first words of it, shorten it`,
    );
  }
  return text;
}

function checkLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX) return limit;
  throw new AppError('INVALID_ARGUMENT', `limit: ${limit}, expected a whole number from 1 to ${LIMIT_MAX}`);
}

function checkCollapse(collapse: Collapse): Collapse {
  if (collapseModes.includes(collapse)) return collapse;
  throw new AppError(
    'INVALID_ARGUMENT',
    `collapse: ${collapse}, expected one of ${collapseModes.join(', ')}`,
  );
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new AppError('ABORTED', 'the search was called off', { cause: signal.reason });
}
