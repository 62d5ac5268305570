/**
 * What the client is asked: the requests of the HTTP interface, where a picture may be bytes.
 * Source: web/schema, query/request.ts. Deviation: none.
 */
import type { z } from 'zod';
import type { SearchRequest } from '../../query/index.ts';
import type { lookupRequestSchema } from '../schema/lookup.ts';
import type {
  classifyRequestSchema,
  embeddingsRequestSchema,
  rerankRequestSchema,
} from '../schema/models.ts';
import { isBytes, sentPicture, type PictureInput } from './picture.ts';

/** Exactly one of `text` and `image`. */
export interface SearchPart {
  readonly text?: string;
  readonly image?: PictureInput;
  /** > 0, default 1 */
  readonly weight?: number;
}

export interface SearchInput extends Omit<SearchRequest, 'image' | 'positive' | 'negative'> {
  readonly image?: PictureInput;
  readonly positive?: readonly SearchPart[];
  readonly negative?: readonly SearchPart[];
}

/** Exactly one of `text` and `image`. */
export interface LookupInput extends Omit<z.input<typeof lookupRequestSchema>, 'image'> {
  readonly image?: PictureInput;
}

type WithoutPictures<T> = Omit<T, 'image' | 'images' | 'input' | 'query' | 'documents' | 'encoding_format'>;

export type EmbedOptions = WithoutPictures<z.input<typeof embeddingsRequestSchema>>;
export type RerankOptions = WithoutPictures<z.input<typeof rerankRequestSchema>>;
export type ClassifyOptions = Omit<WithoutPictures<z.input<typeof classifyRequestSchema>>, 'labels'>;

/** Words, or a picture. */
export type TextOrPicture = string | PictureInput;

/** With an id that comes back. */
export type RerankDocument =
  | TextOrPicture
  | { readonly id?: string; readonly text: string }
  | { readonly id?: string; readonly image: PictureInput };

/** JSON for /v1/search. @param own whether the picture of the request itself stands in it, or comes beside it */
export async function searchBody({ image, positive, negative, ...rest }: SearchInput, own: boolean) {
  return {
    ...rest,
    ...(own && image !== undefined && { image: await sentPicture(image) }),
    ...(positive !== undefined && { positive: await Promise.all(positive.map(sentPart)) }),
    ...(negative !== undefined && { negative: await Promise.all(negative.map(sentPart)) }),
  };
}

async function sentPart({ image, ...rest }: SearchPart) {
  return image === undefined ? rest : { ...rest, image: await sentPicture(image) };
}

/** As /v1/embeddings and /v1/rerank take it. */
export async function sentInput(input: TextOrPicture) {
  return typeof input === 'string' ? input : { image: await sentPicture(input) };
}

export async function sentDocument(document: RerankDocument) {
  if (typeof document === 'string' || isBytes(document as PictureInput)) {
    return sentInput(document as TextOrPicture);
  }
  if ('text' in document) return document;
  if (!('image' in document)) return sentInput(document);
  const { image, ...rest } = document;
  return { ...rest, image: await sentPicture(image) };
}
