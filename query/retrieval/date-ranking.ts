/**
 * Photos that pass a filter, newest first: what a filter alone asks for.
 * Source: our own. Deviation: none.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Best, idPages, type ExactPassOptions } from './exact-pass.ts';
import { isAfter, type RankKey } from './rank-key.ts';
import { throwIfAborted } from './throw-if-aborted.ts';
import type { Ranking, Stretch } from './vector-ranking.ts';

/** Dates that are read at once. */
const DATES_PER_PAGE = 1024;

/** The score of a hit is its date in milliseconds. */
export class DateRanking implements Ranking {
  readonly #options: Omit<ExactPassOptions, 'vector'>;
  #filterMs = 0;

  constructor(options: Omit<ExactPassOptions, 'vector'>) {
    this.#options = options;
  }

  get timings(): Ranking['timings'] {
    return { filterMs: this.#filterMs, annMs: 0 };
  }

  async next(count: number, after: RankKey | null): Promise<Stretch> {
    const start = performance.now();
    const { library, signal } = this.#options;
    const best = new Best(count + 1);
    for (const ids of idPages(this.#options)) {
      for (let from = 0; from < ids.length; from += DATES_PER_PAGE) {
        for (const [id, score] of datesOf(library.store.images, ids.slice(from, from + DATES_PER_PAGE))) {
          const hit = { id, score };
          if (isAfter(hit, after)) best.offer(hit);
        }
        await nextTurn();
        throwIfAborted(signal);
      }
      // A page may be empty and have taken its time all the same.
      if (ids.length === 0) await nextTurn();
    }
    this.#filterMs += performance.now() - start;
    const hits = best.sorted();
    return { hits: hits.slice(0, count), isEnd: hits.length <= count };
  }
}

/** Milliseconds by content; without a date, before everything. */
export function datesOf(
  images: ExactPassOptions['library']['store']['images'],
  contentIds: readonly number[],
): Map<number, number> {
  return new Map(
    images.takenAt(contentIds).map(({ contentId, takenAt }) => [contentId, momentOf(takenAt ?? '')]),
  );
}

/** Dates without a zone are taken as those of one zone, so that they can be compared. */
function momentOf(takenAt: string): number {
  const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/.test(takenAt.slice(10));
  const moment = Date.parse(takenAt.length > 10 && !hasZone ? `${takenAt}Z` : takenAt);
  return Number.isNaN(moment) ? UNDATED : moment;
}

/** Earlier than any date of ISO 8601 that JavaScript knows. */
const UNDATED = -8.64e15;
