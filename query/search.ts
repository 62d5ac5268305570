/**
 * Words find photos: text encoder, nearest vectors, rows.
 * Source: DESIGN, "The way of the data". Deviation: none.
 */
import type { ImageRecord, Library } from '../indexer/index.ts';
import { AppError, type Embedder } from '../model/index.ts';

export interface SearchRequest {
  /** What to look for; 1 to 10,000 characters, of which the model reads the first words. */
  readonly text: string;
  /** 1 to 1000, default 50 */
  readonly limit?: number;
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
}

export interface SearchResponse {
  /** Best first; photos with the same bytes stand side by side. */
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

/** Where that was not enough, twice as many, and so on; no more often than this. */
const ROUNDS_MAX = 4;

interface Scored {
  readonly score: number;
  readonly image: ImageRecord;
}

/** Searches one library with one model. Reads only; may be used by many at once. */
export class SearchEngine {
  readonly #library: Library;
  readonly #embedder: Embedder;

  /** @throws AppError LIBRARY_MISMATCH where the library was indexed with another model */
  constructor({ library, embedder }: { readonly library: Library; readonly embedder: Embedder }) {
    if (embedder.identity !== library.generation.modelIdentity) {
      throw new AppError(
        'LIBRARY_MISMATCH',
        `${library.dataFolder}: was opened for model "${library.generation.modelName}", expected "${embedder.name}"; search with the model that indexed`,
      );
    }
    this.#library = library;
    this.#embedder = embedder;
  }

  /** @throws AppError TEXT_INVALID, INVALID_ARGUMENT, BUSY, ABORTED, LIBRARY_CORRUPT */
  async search(
    request: SearchRequest,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<SearchResponse> {
    const text = checkText(request.text);
    const limit = checkLimit(request.limit ?? LIMIT_DEFAULT);
    const start = performance.now();
    const [encoded] = await this.#embedder.encodeTexts([text], options);
    if (encoded === undefined) throw new Error('the encoder gave no vector for a text');
    const encodedAt = performance.now();
    await this.#library.follow();
    const { scored, searchMs } = await this.#nearest(encoded.vector, limit, options.signal);
    const end = performance.now();
    return {
      hits: scored.map(({ score, image }, index) => ({
        id: image.id,
        score,
        pMatch: null,
        rank: index + 1,
        image,
      })),
      truncatedText: encoded.truncated,
      generation: this.#library.generation.id,
      timings: {
        encodeMs: encodedAt - start,
        searchMs,
        hydrateMs: end - encodedAt - searchMs,
        totalMs: end - start,
      },
    };
  }

  /** Contents from the index, photos from the database; contents without a photo are replaced by the next. */
  async #nearest(
    vector: Float32Array,
    limit: number,
    signal: AbortSignal | undefined,
  ): Promise<{ scored: Scored[]; searchMs: number }> {
    const { vectors } = this.#library;
    let searchMs = 0;
    let wanted = limit + SPARE;
    for (let round = 1; ; round += 1) {
      throwIfAborted(signal);
      const start = performance.now();
      const found = await vectors.search(vector, wanted);
      searchMs += performance.now() - start;
      const scored = this.#hydrate(found, limit);
      const isAll = found.length < wanted;
      if (scored.length >= limit || isAll || round === ROUNDS_MAX) return { scored, searchMs };
      wanted *= 2;
    }
  }

  #hydrate(found: readonly { readonly id: number; readonly score: number }[], limit: number): Scored[] {
    const images = this.#library.store.images.byContents(found.map(({ id }) => id));
    const byContent = new Map<number, ImageRecord[]>();
    for (const image of images) {
      const same = byContent.get(image.contentId);
      if (same === undefined) byContent.set(image.contentId, [image]);
      else same.push(image);
    }
    const scored = found.flatMap(({ id, score }) =>
      (byContent.get(id) ?? []).map((image) => ({ score, image })),
    );
    return scored.slice(0, limit);
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

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new AppError('ABORTED', 'the search was called off', { cause: signal.reason });
}
