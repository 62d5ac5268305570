/**
 * How far a run is, how fast, and when it will be done.
 * Source: our own. Deviation: none.
 */

export interface IndexProgress {
  readonly phase: 'scanning' | 'embedding';
  /** Photos seen so far (scanning), or in all (embedding). */
  readonly found: number;
  /** Of those: known, indexed or skipped. */
  readonly done: number;
  readonly added: number;
  readonly skipped: number;
  /** Files done a second, over the last seconds. */
  readonly photosPerSecond: number;
  /** null while it cannot be told */
  readonly etaSeconds: number | null;
}

/** Often enough for an eye, too seldom to cost anything. */
const REPORT_INTERVAL_MS = 100;

/** The speed is that of the last seconds: known files go by a thousand times faster than new ones. */
const WINDOW_MS = 10_000;
const SAMPLE_INTERVAL_MS = 500;
const RATE_AFTER_MS = 1000;

interface Sample {
  readonly timeMs: number;
  readonly done: number;
}

export class ProgressMeter {
  readonly #report: (progress: IndexProgress) => void;
  #samples: Sample[] = [];
  #reportedMs = Number.NEGATIVE_INFINITY;

  constructor(report: ((progress: IndexProgress) => void) | undefined) {
    this.#report = report ?? (() => undefined);
  }

  /** @param isLast reported whatever the time since the last one */
  update(
    counts: Omit<IndexProgress, 'photosPerSecond' | 'etaSeconds'>,
    options: { readonly isLast?: boolean } = {},
  ): void {
    const timeMs = performance.now();
    if (counts.phase === 'embedding') this.#sample(timeMs, counts.done);
    if (options.isLast !== true && timeMs - this.#reportedMs < REPORT_INTERVAL_MS) return;
    this.#reportedMs = timeMs;
    const rate = this.#rate(timeMs, counts.done);
    const left = counts.found - counts.done;
    const etaSeconds = counts.phase === 'scanning' || rate === 0 ? null : Math.max(0, left) / rate;
    this.#report({ ...counts, photosPerSecond: rate, etaSeconds });
  }

  #sample(timeMs: number, done: number): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && timeMs - last.timeMs < SAMPLE_INTERVAL_MS) return;
    this.#samples = this.#samples.filter((sample) => timeMs - sample.timeMs <= WINDOW_MS);
    this.#samples.push({ timeMs, done });
  }

  /** Per second; 0 while it cannot be told. */
  #rate(timeMs: number, done: number): number {
    const [first] = this.#samples;
    if (first === undefined || timeMs - first.timeMs < RATE_AFTER_MS) return 0;
    return ((done - first.done) / (timeMs - first.timeMs)) * 1000;
  }
}
