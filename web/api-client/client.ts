/**
 * A server of Imglish as an object: what it is asked and what it answers have types, what it refuses is an error.
 * Source: web/schema. Deviation: none. It stands on nothing but `fetch`, so it runs in Node, in browsers and elsewhere.
 */
import type {
  ClassifyAnswer,
  EmbeddingsAnswer,
  ImageDetailsDocument,
  ImageListDocument,
  LibraryDocument,
  LookupDocument,
  ModelListAnswer,
  ProblemDocument,
  RerankAnswer,
  SearchDocument,
  StagedAnswer,
} from './answers.ts';
import { Connection, type CallOptions, type ImglishOptions } from './connection.ts';
import { ImglishError } from './imglish-error.ts';
import { JobsClient } from './jobs-client.ts';
import { formOf, isBytes, sentPicture, vectorOf, type PictureInput } from './picture.ts';
import { readEvents } from './read-events.ts';
import {
  searchBody,
  sentDocument,
  sentInput,
  type ClassifyOptions,
  type EmbedOptions,
  type LookupInput,
  type RerankDocument,
  type RerankOptions,
  type SearchInput,
  type TextOrPicture,
} from './requests.ts';

export interface SimilarOptions extends CallOptions {
  /** hits, 1 to 1000, default 50 */
  readonly limit?: number;
  /** Of the answer before: the hits after those. */
  readonly cursor?: string;
  readonly collapse?: 'none' | 'exact' | 'near';
}

export class Imglish {
  readonly jobs: JobsClient;
  readonly #connection: Connection;

  constructor(options: ImglishOptions = {}) {
    this.#connection = new Connection(options);
    this.jobs = new JobsClient(this.#connection);
  }

  /** @param wanted words, or a whole request */
  async search(wanted: string | SearchInput, options: CallOptions = {}): Promise<SearchDocument> {
    return this.#connection.json('/v1/search', { ...options, ...(await searchCall(wanted)) });
  }

  /** The same as it comes: what is there at once, and again as photos are read beside the words (`rerank`). */
  async *searchStages(
    wanted: string | SearchInput,
    options: CallOptions = {},
  ): AsyncGenerator<StagedAnswer, void> {
    const call = { ...options, ...(await searchCall(wanted)) };
    const response = await this.#connection.response('/v1/search/stream', call);
    try {
      for await (const { event, data } of readEvents(response)) {
        if (event === 'problem') throw problemError(JSON.parse(data) as ProblemDocument);
        yield { stage: event as StagedAnswer['stage'], answer: JSON.parse(data) as SearchDocument };
        if (event === 'done') return;
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      throw error instanceof ImglishError ? error : lostConnection(error);
    }
    throw lostConnection(undefined);
  }

  /** Photos like one of the library. */
  similar(id: number, options: SimilarOptions = {}): Promise<SearchDocument> {
    const { limit, cursor, collapse, ...call } = options;
    return this.#connection.json(`/v1/images/${id}/similar`, { ...call, query: { limit, cursor, collapse } });
  }

  /** The texts that belong to a picture, or with `{text}` those that mean about the same. */
  lookup(
    picture: PictureInput | LookupInput,
    options: CallOptions & Omit<LookupInput, 'image' | 'text'> = {},
  ): Promise<LookupDocument> {
    const { signal, ...wishes } = options;
    const isPicture = isBytes(picture as PictureInput) || 'id' in picture;
    const { image, ...rest }: LookupInput = isPicture
      ? { ...wishes, image: picture as PictureInput }
      : { ...wishes, ...(picture as LookupInput) };
    const body = image === undefined ? rest : isBytes(image) ? formOf(image, rest) : { ...rest, image };
    return this.#connection.json('/v1/lookup', {
      method: 'POST',
      body,
      ...(signal !== undefined && { signal }),
    });
  }

  /** All that is known of a photo. */
  image(id: number, options: CallOptions = {}): Promise<ImageDetailsDocument> {
    return this.#connection.json(`/v1/images/${id}`, options);
  }

  /** Photos by date, newest first. @param options.q filters as one types them: `taken:2023 camera:canon` */
  images(
    options: CallOptions & { readonly q?: string; readonly limit?: number; readonly cursor?: string } = {},
  ): Promise<ImageListDocument> {
    const { q, limit, cursor, ...call } = options;
    return this.#connection.json('/v1/images', { ...call, query: { q, limit, cursor } });
  }

  /** WebP; the longer side has 480 or 1280 pixels. */
  async thumbnail(id: number, size: 'small' | 'large' = 'small', options: CallOptions = {}): Promise<Blob> {
    const call = { ...options, query: { size } };
    return (await this.#connection.response(`/v1/images/${id}/thumbnail`, call)).blob();
  }

  /** The file itself. */
  async original(id: number, options: CallOptions = {}): Promise<Blob> {
    return (await this.#connection.response(`/v1/images/${id}/original`, options)).blob();
  }

  /** @returns vectors of unit length, in the order of the inputs */
  async embed(
    inputs: readonly TextOrPicture[],
    options: CallOptions & EmbedOptions = {},
  ): Promise<{ readonly model: string; readonly vectors: readonly Float32Array[] }> {
    const { signal, ...wishes } = options;
    const body = { ...wishes, input: await Promise.all(inputs.map(sentInput)), encoding_format: 'base64' };
    const { model, data } = await this.#post<EmbeddingsAnswer>('/v1/embeddings', body, signal);
    const ordered = data.toSorted((a, b) => a.index - b.index);
    return { model, vectors: ordered.map(({ embedding }) => vectorOf(String(embedding))) };
  }

  /** Orders texts or pictures by how well they fit. */
  async rerank(
    query: TextOrPicture,
    documents: readonly RerankDocument[],
    options: CallOptions & RerankOptions = {},
  ): Promise<RerankAnswer> {
    const { signal, ...wishes } = options;
    const sent = await Promise.all(documents.map(sentDocument));
    return this.#post('/v1/rerank', { ...wishes, query: await sentInput(query), documents: sent }, signal);
  }

  /** Which of the labels a picture shows, with probabilities. */
  async classify(
    pictures: PictureInput | readonly PictureInput[],
    labels: readonly string[],
    options: CallOptions & ClassifyOptions = {},
  ): Promise<ClassifyAnswer> {
    const { signal, ...wishes } = options;
    // One that is bytes goes as a file, which may be larger.
    if (!isList(pictures) && isBytes(pictures)) {
      return this.#post('/v1/classify', formOf(pictures, { ...wishes, labels }), signal);
    }
    const images = await Promise.all([pictures].flat().map((picture) => sentPicture(picture)));
    return this.#post('/v1/classify', { ...wishes, images, labels }, signal);
  }

  models(options: CallOptions = {}): Promise<ModelListAnswer> {
    return this.#connection.json('/v1/models', options);
  }

  library(options: CallOptions = {}): Promise<LibraryDocument> {
    return this.#connection.json('/v1/library', options);
  }

  #post<T>(path: string, body: unknown, signal: AbortSignal | undefined): Promise<T> {
    return this.#connection.json(path, { method: 'POST', body, ...(signal !== undefined && { signal }) });
  }
}

/** `Array.isArray` does not tell a list that is only read. */
function isList(pictures: PictureInput | readonly PictureInput[]): pictures is readonly PictureInput[] {
  return Array.isArray(pictures);
}

async function searchCall(wanted: string | SearchInput) {
  const request: SearchInput = typeof wanted === 'string' ? { text: wanted } : wanted;
  const { image } = request;
  const isFile = image !== undefined && isBytes(image);
  const body = await searchBody(request, !isFile);
  return { method: 'POST', body: isFile ? formOf(image, body) : body } as const;
}

function problemError(problem: ProblemDocument): ImglishError {
  return new ImglishError(problem.code, problem.detail, { status: problem.status, problem });
}

function lostConnection(cause: unknown): ImglishError {
  return new ImglishError('UNREACHABLE', '/v1/search/stream: the connection was lost; search again', {
    cause,
  });
}
