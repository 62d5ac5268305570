/**
 * Words and photos, wanted and unwanted, as one vector.
 * Source: sums of embeddings as in rclip ("photo + night - people"); Mikolov et al. 2013 for the arithmetic.
 * Deviation: none.
 */
import type { Library, Searchable } from '../../indexer/index.ts';
import {
  AppError,
  preprocess,
  productPreprocess,
  type Embedder,
  type PictureSource,
} from '../../model/index.ts';
import type { ImageInput } from '../request.ts';
import type { TextVectors } from './text-vectors.ts';
import { throwIfAborted } from './throw-if-aborted.ts';

/** One term of the sum. */
export interface Term {
  readonly text?: string;
  readonly image?: ImageInput;
  /** Negative: away from it. */
  readonly weight: number;
}

export interface TextVector {
  readonly text: string;
  /** float32 [D], unit length */
  readonly vector: Float32Array;
}

export interface QueryVector {
  /** float32 [D], unit length */
  readonly vector: Float32Array;
  /** What is read together with photos; undefined where there are no wanted words. */
  readonly fused: TextVector | undefined;
  /** Unwanted words that are read together with photos, too. */
  readonly unwanted: readonly TextVector[];
  /** A text was longer than the model reads. */
  readonly truncated: boolean;
}

/** Wanted words of less weight are a nuance that the fusion encoder would take at full value. */
const FUSED_WEIGHT_MIN = 0.5;

/** Each costs as much as the wanted words; the others count in the vector alone. */
const UNWANTED_MAX = 3;

/** A network reads a hundred words at most; nobody waits for the tokens of a book. */
const CHARACTERS_READ = 10_000;

/** Below this length of the sum its direction is noise. */
const LENGTH_MIN = 1e-3;

export interface QueryVectorOptions {
  readonly library: Library;
  readonly searchable: Searchable;
  readonly embedder: Embedder;
  readonly textVectors: TextVectors;
  readonly signal: AbortSignal | undefined;
  /** Of pictures that are brought. */
  readonly limits: PictureLimits;
}

export interface PictureLimits {
  readonly bytesMax?: number;
  readonly pixelsMax?: number;
}

/** @throws AppError NOT_FOUND, INVALID_ARGUMENT, TEXT_INVALID, IMAGE_INVALID, IMAGE_TOO_LARGE, BUSY, ABORTED */
export async function queryVector(terms: readonly Term[], options: QueryVectorOptions): Promise<QueryVector> {
  const fusedText = terms
    .filter(({ text, weight }) => text !== undefined && weight >= FUSED_WEIGHT_MIN)
    .map(({ text }) => text)
    .join(', ');
  const texts = new Map<string, Float32Array>();
  const truncated = await encodeTexts(texts, [...terms.map(({ text }) => text ?? ''), fusedText], options);
  const sum = new Float32Array(options.searchable.generation.dimension);
  for (const { text, image, weight } of terms) {
    const vector = text === undefined ? await imageVector(image, options) : texts.get(text);
    throwIfAborted(options.signal);
    if (vector === undefined) throw new Error('the encoder gave no vector for a part of a query');
    for (let index = 0; index < sum.length; index += 1) {
      sum[index] = (sum[index] ?? 0) + weight * (vector[index] ?? 0);
    }
  }
  const known = (text: string): TextVector[] => {
    const vector = texts.get(text);
    return vector === undefined ? [] : [{ text: text.slice(0, CHARACTERS_READ), vector }];
  };
  const unwanted = terms.filter(({ weight }) => weight <= -FUSED_WEIGHT_MIN).map(({ text = '' }) => text);
  return {
    vector: unit(sum),
    fused: known(fusedText)[0],
    unwanted: unwanted.flatMap(known).slice(0, UNWANTED_MAX),
    truncated,
  };
}

/** Fills in the vector of each text that is not empty. @returns whether one was too long */
async function encodeTexts(
  into: Map<string, Float32Array>,
  texts: readonly string[],
  { embedder, textVectors, signal }: QueryVectorOptions,
): Promise<boolean> {
  const wanted = [...new Set(texts)].filter((text) => text !== '');
  if (wanted.length === 0) return false;
  const encoded = await textVectors.encode(
    embedder,
    wanted.map((text) => text.slice(0, CHARACTERS_READ)),
    signal === undefined ? {} : { signal },
  );
  for (const [index, text] of wanted.entries()) {
    const vector = encoded[index]?.vector;
    if (vector !== undefined) into.set(text, vector);
  }
  return encoded.some(({ truncated }) => truncated) || wanted.some((text) => text.length > CHARACTERS_READ);
}

async function imageVector(
  image: ImageInput | undefined,
  options: QueryVectorOptions,
): Promise<Float32Array | undefined> {
  if (image === undefined) return undefined;
  if ('id' in image) return storedVector(image.id, options).vector;
  const { embedder, signal, limits } = options;
  return pictureVector(embedder, image.picture, { ...limits, ...(signal !== undefined && { signal }) });
}

/** @throws AppError NOT_FOUND */
export function storedVector(
  imageId: number,
  { library, searchable }: Pick<QueryVectorOptions, 'library' | 'searchable'>,
): { readonly contentId: number; readonly vector: Float32Array } {
  const { store, dataFolder } = library;
  const { id, dimension, modelName } = searchable.generation;
  const image = store.images.byId(imageId);
  if (image === undefined) {
    throw new AppError(
      'NOT_FOUND',
      `${dataFolder}: there is no image ${imageId}, expected the id of a photo of the library, as a search gives it`,
    );
  }
  const vector = store.vectors.get(id, image.contentId, dimension);
  if (vector !== undefined) return { contentId: image.contentId, vector };
  throw new AppError(
    'NOT_FOUND',
    `${image.path}: has no vector of model "${modelName}"; run "imglish index", or give the file itself`,
  );
}

/** @returns float32 [D], unit length */
export async function pictureVector(
  embedder: Embedder,
  picture: PictureSource,
  options: PictureLimits & { readonly signal?: AbortSignal } = {},
): Promise<Float32Array> {
  const pixels = await preprocess(picture, embedder.preprocess, { ...productPreprocess, ...options });
  const { signal } = options;
  const [vector] = await embedder.encodeImages([pixels], signal === undefined ? {} : { signal });
  if (vector === undefined) throw new Error('the encoder gave no vector for a picture');
  return vector;
}

function unit(sum: Float32Array): Float32Array {
  let squares = 0;
  for (const value of sum) squares += value * value;
  const length = Math.sqrt(squares);
  if (length < LENGTH_MIN) {
    throw new AppError(
      'INVALID_ARGUMENT',
      'the wanted and the unwanted parts cancel each other, so that nothing is left to look for; leave one out or change its weight',
    );
  }
  return sum.map((value) => value / length);
}
