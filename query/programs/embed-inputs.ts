/**
 * Vectors of any texts and pictures, mixed.
 * Source: our own. Deviation: none.
 */
import { setImmediate } from 'node:timers/promises';
import type { Generation, Library } from '../../indexer/index.ts';
import { AppError, isAppError, preprocess, productPreprocess, type Embedder } from '../../model/index.ts';
import { cutText } from '../language/query-text.ts';
import { storedVector } from '../lookup/photo-vectors.ts';
import type { ImageInput } from '../request.ts';

export type ModelInput = { readonly text: string } | { readonly image: ImageInput };

export interface EmbedInputsOptions {
  readonly library: Library;
  readonly embedder: Embedder;
  /** Of this model: where photos of the library have their vectors. */
  readonly generation: Generation;
  /** Of pictures that are brought. */
  readonly limits?: { readonly bytesMax?: number; readonly pixelsMax?: number };
  readonly signal?: AbortSignal;
  /** What messages call the list: `input` for `input.3: …`. */
  readonly place: string;
}

export interface EmbeddedInputs {
  /** float32 [D], unit length, in the order of the inputs */
  readonly vectors: readonly Float32Array[];
  /** Tokens of each text that the network read, `<s>` and `</s>` included; 0 for pictures. */
  readonly tokens: readonly number[];
}

/** Texts go to the network in steps of so many characters, which take the tokenizer some milliseconds. */
const STEP_CHARACTERS = 10_000;
const STEP_TEXTS = 32;

/**
 * Of a text that is longer than the model reads its beginning counts.
 * @throws AppError TEXT_INVALID, IMAGE_INVALID, IMAGE_TOO_LARGE, NOT_FOUND, naming the input; ABORTED, BUSY, INFERENCE_FAILED
 */
export async function embedInputs(
  inputs: readonly ModelInput[],
  options: EmbedInputsOptions,
): Promise<EmbeddedInputs> {
  const vectors: Float32Array[] = [];
  const tokens: number[] = inputs.map(() => 0);
  for (const step of stepsOf(inputs)) {
    const texts = step.map(({ index, text }) => checked(text, index, options));
    for (const [position, { index }] of step.entries()) tokens[index] = texts[position]?.tokens ?? 0;
    const encoded = await options.embedder.encodeTexts(
      texts.map(({ text }) => text),
      signalOf(options),
    );
    for (const [position, { index }] of step.entries()) {
      vectors[index] = encoded[position]?.vector ?? new Float32Array();
    }
    await setImmediate();
  }
  await embedPictures(inputs, vectors, options);
  return { vectors, tokens };
}

interface TextAt {
  readonly index: number;
  readonly text: string;
}

/** A bounded amount of text at a time. */
function* stepsOf(inputs: readonly ModelInput[]): Generator<readonly TextAt[]> {
  let step: TextAt[] = [];
  let characters = 0;
  for (const [index, input] of inputs.entries()) {
    if (!('text' in input)) continue;
    const text = cutText(input.text);
    if (step.length > 0 && (step.length === STEP_TEXTS || characters + text.length > STEP_CHARACTERS)) {
      yield step;
      step = [];
      characters = 0;
    }
    step.push({ index, text });
    characters += text.length;
  }
  if (step.length > 0) yield step;
}

function checked(text: string, index: number, { embedder, place }: EmbedInputsOptions) {
  try {
    return { text, tokens: embedder.textKey(text).split(' ').length };
  } catch (error) {
    throw at(`${place}.${index}`, error);
  }
}

/** A batch of pictures at a time, so that a long list needs no more memory than a short one. */
async function embedPictures(
  inputs: readonly ModelInput[],
  vectors: Float32Array[],
  options: EmbedInputsOptions,
): Promise<void> {
  const { library, embedder, generation, place } = options;
  const brought: {
    readonly index: number;
    readonly picture: Extract<ImageInput, { picture: unknown }>['picture'];
  }[] = [];
  for (const [index, input] of inputs.entries()) {
    if ('text' in input) continue;
    if ('picture' in input.image) {
      brought.push({ index, picture: input.image.picture });
      continue;
    }
    try {
      vectors[index] = storedVector(library, generation, input.image.id).vector;
    } catch (error) {
      throw at(`${place}.${index}`, error);
    }
  }
  const read = { ...productPreprocess, ...options.limits, ...signalOf(options) };
  for (let start = 0; start < brought.length; start += embedder.batchSizeMax) {
    const batch = brought.slice(start, start + embedder.batchSizeMax);
    const pixels = await Promise.all(
      batch.map(async ({ index, picture }) => {
        try {
          return await preprocess(picture, embedder.preprocess, read);
        } catch (error) {
          throw at(`${place}.${index}`, error);
        }
      }),
    );
    const encoded = await embedder.encodeImages(pixels, signalOf(options));
    for (const [position, { index }] of batch.entries()) {
      vectors[index] = encoded[position] ?? new Float32Array();
    }
  }
}

function signalOf({ signal }: EmbedInputsOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

/** The same error, naming the place. */
function at(place: string, error: unknown): unknown {
  return isAppError(error) && error.code !== 'ABORTED'
    ? new AppError(error.code, `${place}: ${error.message}`, { cause: error })
    : error;
}
