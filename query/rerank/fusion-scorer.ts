/**
 * Scores of photos and texts that are read together: what a search has seen before comes from memory, the rest goes through
 * the fusion encoder in rank order until the budget is used up.
 * Source: BEIT3.md section 14. Deviation: none.
 *
 * Identical inputs give identical scores. A pair keeps its score as long as it is remembered. One that is computed again may
 * stand in another batch, padded to another length, which changes float32 sums in their last digits (up to 3e-5 of a logit
 * on small random networks, nothing on the built-in one), so a score is a multiple of SCORE_STEP; equal scores are ordered
 * by the cosine, then by the id (`byScore`).
 */
import { createHash } from 'node:crypto';
import type { Library } from '../../indexer/index.ts';
import { AppError, type Embedder, type PictureSource } from '../../model/index.ts';
import { BoundedCache } from '../bounded-cache.ts';
import { PreparedPixels, referenceOf, type PhotoReference } from './prepared-pixels.ts';
import { aborted, ScoreCall, type FusionScores, type ScoreOptions } from './score-call.ts';
import { ScoreQueue, type Follower, type Score } from './score-queue.ts';

export interface PairToScore {
  /** null: a picture that somebody brought, which is then given */
  readonly contentId: number | null;
  readonly picture?: PictureSource;
  readonly text: string;
}

export interface FusionScorerOptions {
  readonly library: Library;
  /** Prepared photos that are kept, in bytes; default 64 MiB, which are 1365 photos of 128 x 128. */
  readonly pixelBytesMax?: number;
  /** Scores that are remembered; default 100,000, which take about 20 MB. */
  readonly scoreEntriesMax?: number;
}

const PIXEL_BYTES_DEFAULT = 64 * 1024 * 1024;
const SCORE_ENTRIES_DEFAULT = 100_000;

/** Of all searches together; each waiting pair is small, but nobody waits an hour. */
const WAITING_MAX = 16_000;

/** What is there for one model. */
interface Lane {
  /** Tells models apart in keys, also those of equal vectors and different fusion weights. */
  readonly serial: number;
  readonly queue: ScoreQueue;
}

/** One for each library that is searched. May be used by many searches at once. */
export class FusionScorer {
  readonly #scores: BoundedCache<Score>;
  readonly #pixels: PreparedPixels;
  readonly #lanes = new WeakMap<Embedder, Lane>();
  #serial = 0;

  constructor({
    library,
    pixelBytesMax = PIXEL_BYTES_DEFAULT,
    scoreEntriesMax = SCORE_ENTRIES_DEFAULT,
  }: FusionScorerOptions) {
    this.#pixels = new PreparedPixels(library, pixelBytesMax);
    this.#scores = new BoundedCache(scoreEntriesMax, () => 1);
  }

  canFuse(embedder: Embedder): boolean {
    return embedder.fusionKind !== null;
  }

  /** What is kept in memory. */
  get usage(): { readonly pixelBytes: number; readonly scoreEntries: number } {
    return { pixelBytes: this.#pixels.bytes, scoreEntries: this.#scores.size };
  }

  /**
   * @param generationId of the generation that the pairs were found in
   * @param pairs in rank order; the same pair may come twice
   * @throws AppError UNSUPPORTED (no fusion), TEXT_INVALID (a text without words), ABORTED, BUSY, INFERENCE_FAILED, and what
   *   is wrong with a picture that was brought
   */
  async score(
    embedder: Embedder,
    generationId: number,
    pairs: readonly PairToScore[],
    options: ScoreOptions = {},
  ): Promise<FusionScores> {
    checkSignal(options.signal);
    const lane = this.#laneOf(embedder);
    const photos = await photosOf(pairs);
    checkSignal(options.signal);
    const textKeys = new TextKeys(embedder);
    const call = new ScoreCall(options);
    for (const [index, { text }] of pairs.entries()) {
      const photo = photos[index] as PhotoReference;
      const name = 'contentId' in photo ? photo.contentId : photo.key;
      const key = `${lane.serial} ${generationId} ${name} ${textKeys.of(text)}`;
      const remembered = this.#scores.get(key);
      if (remembered === undefined) call.want({ key, photo, text }, index);
      else call.remember(index, remembered);
    }
    call.flush();
    if (call.wanted.length === 0 || options.budgetMs === 0) return call.result(pairs.length);
    if (lane.queue.waiting + call.wanted.length > WAITING_MAX) {
      throw new AppError(
        'BUSY',
        `fusion: ${lane.queue.waiting} pairs wait already, expected at most ${WAITING_MAX}; try again later`,
      );
    }
    const follower: Follower = (outcomes) => call.take(outcomes);
    lane.queue.follow(call.wanted, follower);
    try {
      await call.finished();
    } finally {
      lane.queue.leave(follower);
    }
    return call.result(pairs.length);
  }

  #laneOf(embedder: Embedder): Lane {
    if (!this.canFuse(embedder)) {
      throw new AppError(
        'UNSUPPORTED',
        `model "${embedder.name}" cannot read image and text together; search without rerank, or use a model with a matching head (the built-in model has)`,
      );
    }
    const known = this.#lanes.get(embedder);
    if (known !== undefined) return known;
    const serial = (this.#serial += 1);
    const remember = (key: string, entry: Score) => this.#scores.set(key, entry);
    const lane = { serial, queue: new ScoreQueue(embedder, this.#pixels, remember) };
    this.#lanes.set(embedder, lane);
    return lane;
  }
}

/** Best first: score, then cosine, then the older content. What has no score keeps the order of the cosines behind them. */
export function byScore(a: RankedPair, b: RankedPair): number {
  if (a.score !== b.score) {
    if (a.score === undefined) return 1;
    if (b.score === undefined) return -1;
    return b.score - a.score;
  }
  return b.cosine - a.cosine || a.contentId - b.contentId;
}

export interface RankedPair {
  /** of fusion, mixed or not */
  readonly score: number | undefined;
  readonly cosine: number;
  readonly contentId: number;
}

/** Texts that the network cannot tell apart have the same key. */
class TextKeys {
  readonly #embedder: Embedder;
  readonly #known = new Map<string, string>();

  constructor(embedder: Embedder) {
    this.#embedder = embedder;
  }

  of(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const key = createHash('sha256').update(this.#embedder.textKey(text)).digest('base64url');
    this.#known.set(text, key);
    return key;
  }
}

/** The same picture in many pairs is read once. */
async function photosOf(pairs: readonly PairToScore[]): Promise<PhotoReference[]> {
  const brought = new Map<PictureSource, Promise<PhotoReference>>();
  return Promise.all(
    pairs.map(async ({ contentId, picture }): Promise<PhotoReference> => {
      if (contentId !== null) return { contentId };
      if (picture === undefined) {
        throw new AppError(
          'INVALID_ARGUMENT',
          'a pair has neither a photo of the library nor a picture; give one',
        );
      }
      const known = brought.get(picture) ?? referenceOf(picture);
      brought.set(picture, known);
      return known;
    }),
  );
}

function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw aborted();
}
