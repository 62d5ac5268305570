/**
 * One search that waits for scores: what it wants, what has come, and when it stops waiting.
 * Source: our own. Deviation: none.
 */
import { AppError } from '../../model/index.ts';
import type { Outcome, QueuedPair, Score } from './score-queue.ts';

export interface ScoreOptions {
  /** Rejects with ABORTED at once; pairs that nobody else waits for are given up. */
  readonly signal?: AbortSignal;
  /**
   * When it is used up, the call returns what it has; without one it waits for everything. 0: only what is remembered.
   * Above 0 one batch is always waited for. A batch that is under way at the end is finished and remembered.
   */
  readonly budgetMs?: number;
  /** Index in `pairs` to score, what is new since the last call: first what was remembered, then batch by batch. */
  readonly onBatch?: (done: ReadonlyMap<number, number>) => void;
}

export interface FusionScores {
  /**
   * In the order of the pairs; uncalibrated: log-odds of an itm head, nats of an mlm head.
   * undefined: not reached in the budget, or the photo cannot be read any more
   */
  readonly scores: readonly (number | undefined)[];
  /** how many were remembered */
  readonly fromCache: number;
  /** how many were read off the stored preview because no original can be read */
  readonly fromPreview: number;
  /** photos that cannot be read at all */
  readonly unreadable: number;
}

/** The state of one call: what it waits for and what has come. */
export class ScoreCall {
  readonly wanted: QueuedPair[] = [];
  readonly #options: ScoreOptions;
  readonly #indexes = new Map<string, number[]>();
  readonly #scores = new Map<number, number>();
  readonly #deadline: number;
  #fresh = new Map<number, number>();
  #fromCache = 0;
  #fromPreview = 0;
  #unreadable = 0;
  #open = 0;
  #hasBatch = false;
  #isOver = false;
  #settle: ((error?: unknown) => void) | undefined;

  constructor(options: ScoreOptions) {
    this.#options = options;
    this.#deadline = performance.now() + (options.budgetMs ?? Number.POSITIVE_INFINITY);
  }

  want(pair: QueuedPair, index: number): void {
    const same = this.#indexes.get(pair.key);
    if (same !== undefined) {
      same.push(index);
      return;
    }
    this.#indexes.set(pair.key, [index]);
    this.wanted.push(pair);
    this.#open += 1;
  }

  remember(index: number, { score, fromPreview }: Score): void {
    this.#fromCache += 1;
    this.#put(index, score, fromPreview);
  }

  flush(): void {
    const fresh = this.#fresh;
    if (fresh.size === 0) return;
    this.#fresh = new Map();
    this.#options.onBatch?.(fresh);
  }

  take(outcomes: ReadonlyMap<string, Outcome>): void {
    if (this.#isOver) return;
    this.#hasBatch = true;
    for (const [key, outcome] of outcomes) {
      this.#open -= 1;
      const indexes = this.#indexes.get(key) ?? [];
      if (outcome.kind === 'failed') this.#settle?.(outcome.error);
      else if (outcome.kind === 'unreadable') this.#unreadable += indexes.length;
      else for (const index of indexes) this.#put(index, outcome.score, outcome.fromPreview);
    }
    if (this.#isOver) return;
    try {
      this.flush();
    } catch (error) {
      // The listener's mistake is its caller's, not that of the searches which share the batch.
      this.#settle?.(error);
    }
    if (this.#open === 0 || performance.now() >= this.#deadline) this.#settle?.();
  }

  /** Resolves when everything is there, or the budget is used up and one batch is there. */
  async finished(): Promise<void> {
    const { signal } = this.#options;
    const onAbort = () => this.#settle?.(aborted());
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#settle = (error) => {
          this.#isOver = true;
          if (error === undefined) resolve();
          else reject(error);
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        const leftMs = this.#deadline - performance.now();
        if (Number.isFinite(leftMs)) {
          timer = setTimeout(
            () => {
              if (this.#hasBatch) this.#settle?.();
            },
            Math.max(0, leftMs),
          );
        }
      });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  result(count: number): FusionScores {
    return {
      scores: Array.from({ length: count }, (_, index) => this.#scores.get(index)),
      fromCache: this.#fromCache,
      fromPreview: this.#fromPreview,
      unreadable: this.#unreadable,
    };
  }

  #put(index: number, score: number, fromPreview: boolean): void {
    this.#scores.set(index, score);
    this.#fresh.set(index, score);
    if (fromPreview) this.#fromPreview += 1;
  }
}

/** What a person should know of how a search was reranked. */
export function fusionNotices({ fromPreview, unreadable }: FusionScores): string[] {
  const notices: string[] = [];
  if (fromPreview > 0) {
    notices.push(
      `${fromPreview} photos were judged by their preview, because the original is gone or was changed`,
    );
  }
  if (unreadable > 0) {
    notices.push(
      `${unreadable} photos could not be judged, because neither original nor preview can be read`,
    );
  }
  return notices;
}

export function aborted(): AppError {
  return new AppError('ABORTED', 'fusion: the request was aborted');
}
