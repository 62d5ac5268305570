/**
 * What the fusion encoder says of many pairs of photo and caption, each pair scored once.
 * Source: our own. Deviation: none.
 *
 * Pairs are scored photo by photo: a photo is decoded once for all captions it is a candidate of, and forgotten
 * afterwards, so memory holds the pixels of a few photos whatever their number.
 */
import path from 'node:path';
import {
  AppError,
  preprocess,
  productPreprocess,
  type Embedder,
  type PreprocessOptions,
} from '../../../model/index.ts';
import { checkSignal, type EvaluationProgress } from '../vectors/embed-photos.ts';
import type { FirstStage } from './first-stage.ts';

/** 4 million take 50 MB; the built-in model scores them in a working day. */
export const PAIRS_MAX = 4_000_000;

/** Photos that are decoded while one is in the network. */
const PHOTOS_AHEAD = 4;

/** Pairs that are handed over at a time: the queue of the embedder is bounded. */
const PAIRS_AT_ONCE = 256;

export interface ScoringOptions {
  readonly photos: readonly string[];
  readonly captions: readonly string[];
  readonly imagesFolder: string;
  readonly embedder: Pick<Embedder, 'scorePairs' | 'preprocess'>;
  readonly preprocess?: PreprocessOptions;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EvaluationProgress) => void;
}

/** A stage, and where its photos and captions lie among all. */
export interface PlacedStage {
  readonly stage: FirstStage;
  readonly photoStart: number;
  readonly captionStart: number;
}

/** A set of pairs, and their log-odds once they are scored. */
export class PairScores {
  readonly #captions: number;
  /** photo * captions + caption, ascending, each once */
  readonly #keys: Float64Array;
  readonly #logits: Float32Array;

  private constructor(captions: number, keys: Float64Array) {
    this.#captions = captions;
    this.#keys = keys;
    this.#logits = new Float32Array(keys.length);
  }

  /** The first k candidates of these stages, both ways. */
  static of(captions: number, stages: readonly PlacedStage[], k: number): PairScores {
    const keys: number[] = [];
    for (const { stage, photoStart, captionStart } of stages) {
      const { textToImage, imageToText } = stage.candidates;
      checkPairs(keys.length + (textToImage.queries + imageToText.queries) * k);
      for (let caption = 0; caption < textToImage.queries; caption += 1) {
        for (const { id } of textToImage.of(caption, k)) {
          keys.push((photoStart + id) * captions + captionStart + caption);
        }
      }
      for (let photo = 0; photo < imageToText.queries; photo += 1) {
        for (const { id } of imageToText.of(photo, k)) {
          keys.push((photoStart + photo) * captions + captionStart + id);
        }
      }
    }
    const sorted = Float64Array.from(keys).toSorted();
    return new PairScores(
      captions,
      sorted.filter((key, index) => index === 0 || key !== sorted[index - 1]),
    );
  }

  get size(): number {
    return this.#keys.length;
  }

  /** @throws AssertionError for a pair that is not in the set */
  logit(photo: number, caption: number): number {
    const key = photo * this.#captions + caption;
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#keys[middle] as number) < key) low = middle + 1;
      else high = middle;
    }
    if (this.#keys[low] !== key)
      throw new Error(`the pair of photo ${photo} and caption ${caption} was not scored`);
    return this.#logits[low] as number;
  }

  /** @throws AppError of decoding, of the embedder, ABORTED */
  async score(options: ScoringOptions): Promise<void> {
    const groups = this.#byPhoto();
    const ahead: Promise<Float32Array>[] = [];
    for (const [index, group] of groups.entries()) {
      checkSignal(options.signal);
      while (ahead.length <= PHOTOS_AHEAD) {
        const next = groups[index + ahead.length];
        if (next === undefined) break;
        const decoding = decode(next.photo, options);
        // It is awaited some turns later; until then nobody else handles a failure.
        decoding.catch(() => undefined);
        ahead.push(decoding);
      }
      const pixels = await (ahead.shift() as Promise<Float32Array>);
      await this.#scoreGroup(group, pixels, options);
      options.onProgress?.({ phase: 'pairs', done: group.end, total: this.#keys.length });
    }
  }

  async #scoreGroup(group: Group, pixels: Float32Array, options: ScoringOptions): Promise<void> {
    const { captions, embedder, signal } = options;
    for (let start = group.start; start < group.end; start += PAIRS_AT_ONCE) {
      const end = Math.min(start + PAIRS_AT_ONCE, group.end);
      // Short captions beside short ones: a batch is padded to its longest row.
      const part = Array.from({ length: end - start }, (_, index) => {
        const at = start + index;
        return {
          at,
          pixels,
          text: captions[(this.#keys[at] as number) - group.photo * this.#captions] ?? '',
        };
      }).toSorted((a, b) => a.text.length - b.text.length);
      const logits = await embedder.scorePairs(part, signal === undefined ? {} : { signal });
      for (const [index, { at }] of part.entries()) this.#logits[at] = logits[index] ?? Number.NaN;
    }
  }

  #byPhoto(): Group[] {
    const groups: Group[] = [];
    for (let start = 0; start < this.#keys.length;) {
      const photo = Math.floor((this.#keys[start] as number) / this.#captions);
      let end = start + 1;
      while (end < this.#keys.length && (this.#keys[end] as number) < (photo + 1) * this.#captions) end += 1;
      groups.push({ photo, start, end });
      start = end;
    }
    return groups;
  }
}

/** Pairs of one photo, as a range of the keys. */
interface Group {
  readonly photo: number;
  readonly start: number;
  readonly end: number;
}

/** Before anything is kept for them. @throws AppError LIMIT_EXCEEDED */
export function checkPairs(pairs: number): void {
  if (pairs <= PAIRS_MAX) return;
  throw new AppError(
    'LIMIT_EXCEEDED',
    `--rerank: asks for ${pairs} pairs of photo and caption, expected at most ${PAIRS_MAX}; rerank fewer candidates, or take a --sample`,
  );
}

async function decode(
  photo: number,
  { photos, imagesFolder, embedder, preprocess: how = productPreprocess, signal }: ScoringOptions,
): Promise<Float32Array> {
  return preprocess(path.join(imagesFolder, photos[photo] ?? ''), embedder.preprocess, {
    ...how,
    ...(signal !== undefined && { signal }),
  });
}
