/**
 * All figures of a model on captioned photos.
 * Source: our own. Deviation: none.
 */
import type { BothWays, RecallFigures } from '../../model/index.ts';
import type { ApproximateWay } from './figures/approximate.ts';
import type { Latency } from './figures/latency.ts';
import type { CutoffFigures, Reliability } from './figures/reliability.ts';
import type { SkippedPhoto } from './vectors/embed-photos.ts';

/** The figures at the top are those of the dual encoder alone, by exact comparison. */
export interface EvaluationReport extends RecallFigures {
  /** photos and captions that were used */
  readonly photos: number;
  readonly captions: number;
  /** photos of the split that are not there, or have no caption; they count for nothing */
  readonly missing: readonly string[];
  readonly skipped: readonly SkippedPhoto[];
  /** captions longer than the model reads */
  readonly truncatedCaptions: number;
  /** of everything */
  readonly seconds: number;
  /** from file to vector; includes decoding; photos whose vector was kept count, too */
  readonly photosPerSecond: number;
  readonly captionsPerSecond: number;
  /** vectors of an earlier run */
  readonly kept: { readonly photos: number; readonly captions: number };
  /** null where the model cannot read photo and text together, or nobody asked */
  readonly rerank: RerankReport | null;
  readonly folds: FoldReport | null;
  readonly approximate: BothWays<ApproximateWay> | null;
  readonly latency: Latency | null;
  /** null without rerank, or where the model has no calibration */
  readonly match: MatchReport | null;
}

export interface RerankReport {
  /** pairs of photo and caption that were scored, each once for all windows and folds */
  readonly pairs: number;
  readonly seconds: number;
  /** What orders the window: the model's own mix with the cosine, or the fusion encoder alone. */
  readonly order: 'calibrated mix' | 'fusion alone';
  /** by ascending k */
  readonly windows: readonly RerankWindow[];
}

export interface RerankWindow {
  readonly k: number;
  readonly figures: RecallFigures;
}

export interface FoldReport {
  /** in one fold */
  readonly photos: number;
  readonly count: number;
  /** photos behind the last whole fold */
  readonly leftOut: number;
  /** means over the folds */
  readonly figures: RecallFigures;
  readonly windows: readonly RerankWindow[];
}

/** Each caption with the photos of its largest window. */
export interface MatchReport {
  readonly k: number;
  readonly reliability: Reliability;
  readonly cutoff: CutoffFigures;
}
