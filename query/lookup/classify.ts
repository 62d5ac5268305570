/**
 * Which of some labels a photo shows.
 * Source: Radford et al. 2021, section 3.1 (zero-shot classification: prompts, their ensemble, a softmax over the cosines).
 * Deviation: the temperature is a fixed one and not that of the model, so it is told with each answer.
 */
import {
  cosine,
  checkTemplates,
  digestOf,
  labelVectors,
  promptTemplates,
  softmax,
  type Label,
} from '../../indexer/index.ts';
import { AppError, type Embedder } from '../../model/index.ts';

export interface ClassifyOptions {
  /** With `{}` where the label goes; default: those of the engine. */
  readonly templates?: readonly string[];
  /** Above 0, to 100; default 0.07. Smaller makes the best label surer of itself. */
  readonly temperature?: number;
  /** Labels of each photo that are told, best first, 1 to 1000; default: all, at most 1000. */
  readonly top?: number;
  readonly signal?: AbortSignal;
}

export interface ClassifiedLabel {
  readonly label: string;
  /** cosine */
  readonly score: number;
  /** Of all labels; they sum to 1. What is not among the labels is not considered: one of them is always the best. */
  readonly probability: number;
}

export interface Classification {
  /** In the order of the photos, best label first. */
  readonly photos: readonly (readonly ClassifiedLabel[])[];
  readonly labels: number;
  readonly templates: readonly string[];
  readonly temperature: number;
}

/** Where BEiT-3 starts to train from (1 / 0.07), and near to where the built-in model ended (1 / 13.75). */
export const TEMPERATURE_DEFAULT = 0.07;
const TEMPERATURE_MAX = 100;
const TOP_MAX = 1000;

/** Lists whose vectors are kept; ten thousand labels of 1024 numbers take 40 MB. */
const LISTS_KEPT = 4;

/** One for each process; remembers the vectors of the lists that were used last. */
export class Classifier {
  readonly #lists = new Map<string, readonly Float32Array[]>();

  /**
   * @param photos float32 [D] each, unit length, of this model
   * @throws AppError INVALID_ARGUMENT, TEXT_INVALID, ABORTED, BUSY, INFERENCE_FAILED
   */
  async classify(
    embedder: Embedder,
    photos: readonly Float32Array[],
    labels: readonly Label[],
    options: ClassifyOptions = {},
  ): Promise<Classification> {
    const templates = checkTemplates(options.templates ?? promptTemplates);
    const temperature = checkTemperature(options.temperature ?? TEMPERATURE_DEFAULT);
    const top = checkTop(options.top ?? TOP_MAX);
    if (labels.length === 0) {
      throw new AppError('INVALID_ARGUMENT', 'labels: none, expected at least one to choose from');
    }
    const vectors = await this.#vectorsOf(embedder, labels, templates, options.signal);
    return {
      photos: photos.map((photo) => best(photo, labels, vectors, { temperature, top })),
      labels: labels.length,
      templates,
      temperature,
    };
  }

  async #vectorsOf(
    embedder: Embedder,
    labels: readonly Label[],
    templates: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Float32Array[]> {
    const key = JSON.stringify([embedder.identity, templates, digestOf(labels)]);
    const known = this.#lists.get(key);
    if (known !== undefined) return known;
    // Not shared before it is whole: who calls it off would call it off for others.
    const vectors = await labelVectors(embedder, labels, { templates, signal });
    this.#lists.set(key, vectors);
    const [oldest] = this.#lists.keys();
    if (this.#lists.size > LISTS_KEPT && oldest !== undefined) this.#lists.delete(oldest);
    return vectors;
  }
}

function best(
  photo: Float32Array,
  labels: readonly Label[],
  vectors: readonly Float32Array[],
  { temperature, top }: { readonly temperature: number; readonly top: number },
): ClassifiedLabel[] {
  const scores = vectors.map((vector) => cosine(vector, photo));
  const probabilities = softmax(scores, temperature);
  return labels
    .map(({ tag }, index) => ({
      label: tag,
      score: scores[index] ?? 0,
      probability: probabilities[index] ?? 0,
    }))
    .toSorted((a, b) => b.score - a.score)
    .slice(0, top);
}

function checkTemperature(temperature: number): number {
  if (temperature > 0 && temperature <= TEMPERATURE_MAX) return temperature;
  throw new AppError(
    'INVALID_ARGUMENT',
    `temperature: ${temperature}, expected a number above 0, at most ${TEMPERATURE_MAX}`,
  );
}

function checkTop(top: number): number {
  if (Number.isInteger(top) && top >= 1 && top <= TOP_MAX) return top;
  throw new AppError('INVALID_ARGUMENT', `top: ${top}, expected a whole number from 1 to ${TOP_MAX}`);
}
