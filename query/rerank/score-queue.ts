/**
 * Pairs on their way through the fusion encoder of one model: batches that many searches share, in rank order.
 * Source: our own. Deviation: none.
 *
 * Two lanes take turns: while the network is busy with the batch of one, the other decodes its photos, so the next batch
 * waits at the door of the network when it becomes free. What comes first is the rank within its search, then the time:
 * the best candidates of a new search do not wait for the hundredth of an old one.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isAppError, type Embedder } from '../../model/index.ts';
import type { PhotoReference, PreparedPhoto, PreparedPixels } from './prepared-pixels.ts';

export interface Score {
  /** a multiple of SCORE_STEP */
  readonly score: number;
  /** No original could be read. */
  readonly fromPreview: boolean;
}

/** What became of a pair. */
export type Outcome =
  | ({ readonly kind: 'scored' } & Score)
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'failed'; readonly error: unknown };

export interface QueuedPair {
  /** Pairs of the same key are the same work. */
  readonly key: string;
  readonly photo: PhotoReference;
  readonly text: string;
}

/** Told once for each batch, of the pairs it waits for. */
export type Follower = (outcomes: ReadonlyMap<string, Outcome>) => void;

interface Job extends QueuedPair {
  /** Batches of its search that come before; lower goes first. */
  readonly turn: number;
  readonly followers: Set<Follower>;
}

interface Ready {
  readonly job: Job;
  readonly photo: PreparedPhoto;
}

/** Far above what padding changes, far below what changes a probability. */
export const SCORE_STEP = 1 / 1024;

const LANES = 2;

/** Other users of the network may have filled its queue: a search tries again for so long. */
const BUSY_WAIT_MS = 50;
const BUSY_TRIES_MAX = 100;

export class ScoreQueue {
  readonly #embedder: Embedder;
  readonly #pixels: PreparedPixels;
  /** By key, in order of arrival; those that a lane has taken are not here any more. */
  readonly #waiting = new Map<string, Job>();
  readonly #running = new Map<string, Job>();
  readonly #remember: (key: string, score: Score) => void;
  #lanes = 0;

  /** @param remember told of every score, also of those that nobody waits for any more */
  constructor(embedder: Embedder, pixels: PreparedPixels, remember: (key: string, score: Score) => void) {
    this.#embedder = embedder;
    this.#pixels = pixels;
    this.#remember = remember;
  }

  /** Pairs that no lane has taken yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Joins what is under way already. @param pairs in rank order, each key once */
  follow(pairs: readonly QueuedPair[], follower: Follower): void {
    const { pairBatchMax } = this.#embedder;
    for (const [rank, pair] of pairs.entries()) {
      const known = this.#running.get(pair.key) ?? this.#waiting.get(pair.key);
      if (known !== undefined) known.followers.add(follower);
      else {
        const turn = Math.floor(rank / pairBatchMax);
        this.#waiting.set(pair.key, { ...pair, turn, followers: new Set([follower]) });
      }
    }
    while (this.#lanes < LANES && this.#waiting.size > 0) {
      this.#lanes += 1;
      void this.#lane();
    }
  }

  /** Pairs that nobody else waits for are dropped, unless the network has them already. */
  leave(follower: Follower): void {
    for (const job of this.#running.values()) job.followers.delete(follower);
    for (const [key, job] of this.#waiting) {
      job.followers.delete(follower);
      if (job.followers.size === 0) this.#waiting.delete(key);
    }
  }

  /** Never rejects. */
  async #lane(): Promise<void> {
    for (;;) {
      const jobs = this.#take();
      if (jobs.length === 0) break;
      this.#tell(await this.#outcomes(jobs));
    }
    this.#lanes -= 1;
  }

  #take(): Job[] {
    const jobs = [...this.#waiting.values()]
      // Stable: of the same turn, who came first.
      .toSorted((a, b) => a.turn - b.turn)
      .slice(0, this.#embedder.pairBatchMax);
    for (const job of jobs) {
      this.#waiting.delete(job.key);
      this.#running.set(job.key, job);
    }
    return jobs;
  }

  async #outcomes(jobs: readonly Job[]): Promise<Map<Job, Outcome>> {
    const outcomes = new Map<Job, Outcome>();
    const ready: Ready[] = [];
    const photos = await Promise.all(jobs.map((job) => this.#photoOf(job)));
    for (const [index, job] of jobs.entries()) {
      const photo = photos[index];
      // Who waited may have left meanwhile; the photo stays prepared for the next time.
      if (job.followers.size === 0) this.#running.delete(job.key);
      else if (photo === undefined) outcomes.set(job, { kind: 'unreadable' });
      else if ('kind' in photo) outcomes.set(job, photo);
      else ready.push({ job, photo });
    }
    try {
      const scores = ready.length === 0 ? [] : await this.#scores(ready);
      for (const [index, { job, photo }] of ready.entries()) {
        outcomes.set(job, { kind: 'scored', ...scoreOf(scores[index], photo) });
      }
    } catch (error) {
      for (const { job } of ready) outcomes.set(job, { kind: 'failed', error });
    }
    return outcomes;
  }

  async #photoOf(job: Job): Promise<PreparedPhoto | Outcome | undefined> {
    try {
      return await this.#pixels.get(job.photo, this.#embedder.preprocess);
    } catch (error) {
      return { kind: 'failed', error };
    }
  }

  async #scores(ready: readonly Ready[]): Promise<Float32Array> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#embedder.scorePairs(
          ready.map(({ job, photo }) => ({ pixels: photo.pixels, text: job.text })),
        );
      } catch (error) {
        const isWanted = ready.some(({ job }) => job.followers.size > 0);
        if (!isAppError(error, 'BUSY') || tries === BUSY_TRIES_MAX || !isWanted) throw error;
        await delay(BUSY_WAIT_MS);
      }
    }
  }

  #tell(outcomes: ReadonlyMap<Job, Outcome>): void {
    const news = new Map<Follower, Map<string, Outcome>>();
    for (const [job, outcome] of outcomes) {
      this.#running.delete(job.key);
      if (outcome.kind === 'scored') this.#remember(job.key, outcome);
      for (const follower of job.followers) {
        const own = news.get(follower) ?? new Map<string, Outcome>();
        news.set(follower, own.set(job.key, outcome));
      }
    }
    for (const [follower, own] of news) follower(own);
  }
}

function scoreOf(logit: number | undefined, { fromPreview }: PreparedPhoto): Score {
  if (logit === undefined || !Number.isFinite(logit)) throw new Error('the fusion encoder gave no score');
  return { score: Math.round(logit / SCORE_STEP) * SCORE_STEP, fromPreview };
}
