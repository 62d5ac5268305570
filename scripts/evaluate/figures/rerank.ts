/**
 * Ranks after the fusion encoder has reordered the first k candidates, both ways.
 * Source: our own; reranking by an image-text-matching head as in ALBEF (Li et al. 2021). Deviation: the order inside
 * the window is that of the product: the mix of log-odds and cosine that is stored with the model.
 */
import type { FirstHitRanks } from '../../../model/index.ts';
import type { Candidate } from './best-lists.ts';
import type { EmbeddedSet } from './first-stage.ts';
import type { PairScores, PlacedStage } from './pair-scores.ts';

/** What reranked candidates are ordered by: from the caption of a pair, its fusion score and its cosine. */
export type Mix = (caption: number, fusionScore: number, cosine: number) => number;

export interface RerankInput extends PlacedStage {
  readonly set: EmbeddedSet;
  readonly scores: PairScores;
  readonly mix: Mix;
  /** candidates in the window */
  readonly k: number;
}

/** Who lies behind the window keeps its rank; the window may hold fewer than k. */
export function rerankedRanks(input: RerankInput): FirstHitRanks {
  const { set, stage, scores, mix, k, photoStart, captionStart } = input;
  const { textToImage, imageToText } = stage.candidates;
  const mixed = (photo: number, caption: number, cosine: number) =>
    mix(captionStart + caption, scores.logit(photoStart + photo, captionStart + caption), cosine);
  return {
    textToImage: stage.ranks.textToImage.map((rank, caption) =>
      rankInWindow(textToImage.of(caption, k), rank, {
        valueOf: ({ id, score }) => mixed(id, caption, score),
        isHit: ({ id }) => id === set.owners[caption],
      }),
    ),
    imageToText: stage.ranks.imageToText.map((rank, photo) =>
      rankInWindow(imageToText.of(photo, k), rank, {
        valueOf: ({ id, score }) => mixed(photo, id, score),
        isHit: ({ id }) => set.owners[id] === photo,
      }),
    ),
  };
}

interface Window {
  readonly valueOf: (candidate: Candidate) => number;
  readonly isHit: (candidate: Candidate) => boolean;
}

/** Of equal values the order of the first stage holds. */
function rankInWindow(window: readonly Candidate[], rank: number, { valueOf, isHit }: Window): number {
  if (rank >= window.length) return rank;
  const order = window
    .map((candidate) => ({ candidate, value: valueOf(candidate) }))
    .toSorted((a, b) => b.value - a.value);
  return order.findIndex(({ candidate }) => isHit(candidate));
}
