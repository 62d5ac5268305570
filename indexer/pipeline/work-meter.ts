/**
 * Progress of work that counts one thing: how many, how fast, how long still.
 * Source: our own. Deviation: none.
 */
import type { JobProgress } from '../jobs/job-queue.ts';

/** Often enough for an eye, too seldom to cost anything. */
const REPORT_INTERVAL_MS = 100;

/** The speed is that of the last seconds. */
const WINDOW_MS = 10_000;
const SAMPLE_INTERVAL_MS = 500;
const RATE_AFTER_MS = 1000;

export class WorkMeter {
  readonly #report: ((progress: JobProgress) => void) | undefined;
  #phase = '';
  #samples: { readonly timeMs: number; readonly done: number }[] = [];
  #reportedMs = Number.NEGATIVE_INFINITY;

  constructor(report: ((progress: JobProgress) => void) | undefined) {
    this.#report = report;
  }

  /** @param counts.isLast reported whatever the time since the last one */
  update(
    phase: string,
    counts: {
      readonly done: number;
      readonly total?: number | null;
      readonly skipped?: number;
      readonly isLast?: boolean;
    },
  ): void {
    const timeMs = performance.now();
    if (phase !== this.#phase) {
      this.#phase = phase;
      this.#samples = [];
    }
    const last = this.#samples.at(-1);
    if (last === undefined || timeMs - last.timeMs >= SAMPLE_INTERVAL_MS) {
      this.#samples = this.#samples.filter((sample) => timeMs - sample.timeMs <= WINDOW_MS);
      this.#samples.push({ timeMs, done: counts.done });
    }
    if (counts.isLast !== true && timeMs - this.#reportedMs < REPORT_INTERVAL_MS) return;
    this.#reportedMs = timeMs;
    const total = counts.total ?? null;
    const rate = this.#rate(timeMs, counts.done);
    const etaSeconds = total === null || rate === 0 ? null : Math.max(0, total - counts.done) / rate;
    const { done, skipped = 0 } = counts;
    this.#report?.({ phase, done, total, skipped, itemsPerSecond: rate, etaSeconds });
  }

  /** Per second; 0 while it cannot be told. */
  #rate(timeMs: number, done: number): number {
    const [first] = this.#samples;
    if (first === undefined || timeMs - first.timeMs < RATE_AFTER_MS) return 0;
    return ((done - first.done) / (timeMs - first.timeMs)) * 1000;
  }
}
