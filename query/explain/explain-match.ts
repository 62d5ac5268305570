/**
 * Why this photo: which parts of it speak for the match with a text.
 * Source: Zeiler, Fergus 2014, section 4.2 (occlusion). Deviation: see occlusion-plan.ts; several windows cover a cell, and
 * its evidence is the mean over them.
 *
 * Rejected: attention rollout (Abnar, Zuidema 2020). It multiplies the attention of all layers, which our graphs do not give
 * away (half a gigabyte a photo in the large model), knows nothing of what the values hold, and would show what the network looks
 * at whether or not that speaks for the match. Gradients (Grad-CAM) need a backward pass, which the runtime does not have.
 */
import { AppError, type CallOptions, type Embedder } from '../../model/index.ts';
import { bestEvidenceKind, matchScores, type EvidenceKind } from './match-scores.ts';
import { fillOf, occlude, type OcclusionFill } from './occlude.ts';
import { planOcclusion, type OcclusionPlan, type OcclusionWindow } from './occlusion-plan.ts';
import { pixelsOf, type PhotoToExplain } from './photo-pixels.ts';

export interface ExplainRequest extends CallOptions {
  readonly embedder: Embedder;
  readonly photo: PhotoToExplain;
  readonly text: string;
  /** Cells along one side, 2 to 9, default 8; the network runs (cells - 1)² + 1 times at most. */
  readonly grid?: number;
  /** What covered parts are replaced by, default blur. Measured on 20 photos: its maps name the parts that matter better. */
  readonly fill?: OcclusionFill;
  /** What is measured; default: the best that the model has. */
  readonly by?: EvidenceKind;
  /** No further batch begins after this time, counted from the first; default: none. At least one batch is done. */
  readonly budgetMs?: number;
}

/**
 * How much the score falls when a part of the photo is covered.
 *
 * It means: with this part gone, this model finds this text that much less (more, where negative) fitting. It does not mean
 * that the part shows what the text says (a ball may speak for "dog"), nor that the parts add up: of two dogs each may be
 * missed little because the other is left. Areas smaller than a window are smeared over it. The square covers the whole
 * photo, whose sides the model squeezes to one length (the middle square only, where it crops).
 */
export interface EvidenceMap {
  readonly rows: number;
  readonly columns: number;
  /** float32 [rows, columns], -1 to 1: the fall of the score over the largest one; 0 where nothing was measured */
  readonly values: Float32Array;
  /** the fall of the score, before it was brought to -1 to 1, in units of `by` */
  readonly range: { readonly lowest: number; readonly highest: number };
  readonly by: EvidenceKind;
  /** of the whole photo */
  readonly score: number;
  readonly pMatch: number | null;
  /** How often the network ran, the whole photo included, and how often it would have. */
  readonly runs: number;
  readonly runsPlanned: number;
  /** False where the budget ended it. */
  readonly isComplete: boolean;
  readonly truncatedText: boolean;
}

/**
 * @throws AppError TEXT_INVALID, INVALID_ARGUMENT, UNSUPPORTED, NOT_FOUND, FILE_UNREADABLE, IMAGE_INVALID, BUSY, ABORTED
 */
export async function explainMatch(request: ExplainRequest): Promise<EvidenceMap> {
  const { embedder, budgetMs = Number.POSITIVE_INFINITY, fill = 'blur' } = request;
  if (!(budgetMs >= 0)) {
    throw new AppError('INVALID_ARGUMENT', `budgetMs: ${budgetMs}, expected milliseconds from 0 on`);
  }
  const options = request.signal === undefined ? {} : { signal: request.signal };
  const { side } = embedder.preprocess;
  const plan = planOcclusion(side, embedder.patchSide, request.grid);
  const scores = await matchScores(embedder, request.text, request.by ?? bestEvidenceKind(embedder), options);
  const pixels = await pixelsOf(request.photo, embedder);
  const filled = fillOf(pixels, side, fill);
  const start = performance.now();
  const falls: { window: OcclusionWindow; fall: number }[] = [];
  const [whole] = await scores.of([pixels]);
  if (whole === undefined) throw new Error('no score for a photo');
  while (falls.length < plan.windows.length) {
    if (falls.length > 0 && performance.now() - start >= budgetMs) break;
    const batch = plan.windows.slice(falls.length, falls.length + embedder.batchSizeMax);
    const found = await scores.of(batch.map((window) => occlude(pixels, filled, plan, [window])));
    for (const [index, window] of batch.entries()) {
      falls.push({ window, fall: whole.score - (found[index]?.score ?? whole.score) });
    }
  }
  return {
    ...mapOf(plan, falls),
    by: scores.kind,
    score: whole.score,
    pMatch: whole.pMatch,
    runs: falls.length + 1,
    runsPlanned: plan.windows.length + 1,
    isComplete: falls.length === plan.windows.length,
    truncatedText: scores.truncatedText,
  };
}

/** Each cell the mean of the windows over it. */
function mapOf(
  { cells }: OcclusionPlan,
  falls: readonly { readonly window: OcclusionWindow; readonly fall: number }[],
): Pick<EvidenceMap, 'rows' | 'columns' | 'values' | 'range'> {
  const sums = new Float64Array(cells * cells);
  const counts = new Float64Array(cells * cells);
  for (const { window, fall } of falls) {
    for (let row = window.top; row < window.bottom; row += 1) {
      for (let column = window.left; column < window.right; column += 1) {
        const cell = row * cells + column;
        sums[cell] = (sums[cell] ?? 0) + fall;
        counts[cell] = (counts[cell] ?? 0) + 1;
      }
    }
  }
  const means = sums.map((sum, cell) => (counts[cell] === 0 ? 0 : sum / (counts[cell] ?? 1)));
  const lowest = Math.min(...means);
  const highest = Math.max(...means);
  const scale = Math.max(Math.abs(lowest), Math.abs(highest));
  const values = Float32Array.from(means, (mean) => (scale === 0 ? 0 : mean / scale));
  return { rows: cells, columns: cells, values, range: { lowest, highest } };
}
