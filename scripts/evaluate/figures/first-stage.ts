/**
 * Every photo against every caption by cosine: ranks, and the best candidates of each.
 * Source: unilm beit3 (RetrievalHandler), through `rankSteps`. Deviation: none.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { rankSteps, type BothWays, type FirstHitRanks } from '../../../model/index.ts';
import { checkSignal, type EvaluationProgress } from '../vectors/embed-photos.ts';
import { BestLists } from './best-lists.ts';

/** Photos and captions as vectors; the captions of a photo stand together, in the order of the photos. */
export interface EmbeddedSet {
  /** D */
  readonly dimension: number;
  /** float32 [photos, D] */
  readonly images: Float32Array;
  /** float32 [captions, D] */
  readonly texts: Float32Array;
  /** position of the photo of each caption */
  readonly owners: readonly number[];
}

export interface FirstStage {
  readonly ranks: FirstHitRanks;
  /** By caption: photos; by photo: captions. */
  readonly candidates: BothWays<BestLists>;
}

export interface FirstStageOptions {
  /** candidates that are kept of each query */
  readonly k: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EvaluationProgress) => void;
}

/** Time between two looks at the event loop. */
const TURN_MS = 20;

export async function firstStage(
  set: EmbeddedSet,
  { k, signal, onProgress }: FirstStageOptions,
): Promise<FirstStage> {
  const { images, texts, owners } = set;
  const photos = images.length / set.dimension;
  const imageIds = Array.from({ length: photos }, (_, photo) => photo);
  const textToImage = new BestLists(owners.length, k);
  const imageToText = new BestLists(photos, k);
  const steps = rankSteps({ images, texts, imageIds, captionImageIds: owners });
  let turnStart = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return { ranks: step.value, candidates: { textToImage, imageToText } };
    const { image, scores } = step.value;
    for (let caption = 0; caption < scores.length; caption += 1) {
      const score = scores[caption] as number;
      textToImage.offer(caption, image, score);
      imageToText.offer(image, caption, score);
    }
    if (performance.now() - turnStart < TURN_MS) continue;
    onProgress?.({ phase: 'comparing', done: image + 1, total: photos });
    await nextTurn();
    checkSignal(signal);
    turnStart = performance.now();
  }
}

/** Photos `start` to `end` alone with their captions, without copying a vector. */
export function slice(set: EmbeddedSet, start: number, end: number): EmbeddedSet & { captionStart: number } {
  const { dimension, owners } = set;
  const captionStart = owners.findIndex((owner) => owner >= start);
  const after = owners.findIndex((owner) => owner >= end);
  const captionEnd = after < 0 ? owners.length : after;
  return {
    dimension,
    images: set.images.subarray(start * dimension, end * dimension),
    texts: set.texts.subarray(captionStart * dimension, captionEnd * dimension),
    owners: owners.slice(captionStart, captionEnd).map((owner) => owner - start),
    captionStart,
  };
}
