/**
 * The nearest texts are read together with the photo, and ordered by what that gives.
 * Source: BEIT3.md section 14 (fusion encoder); Platt 1999 by way of query/calibration. Deviation: none.
 *
 * The order is that of the probability, not of the mixed score alone as in a search: there all hits have one query, whose
 * background is the same for all; here each text has its own, and a text that is near to every photo would come first.
 */
import type { Embedder, PictureSource } from '../../model/index.ts';
import { MatchCalibration } from '../calibration/index.ts';
import type { FusionScorer, FusionScores } from '../rerank/index.ts';
import type { EqualTexts } from './equal-texts.ts';

/** A wording with what is known of it. */
export interface JudgedText extends EqualTexts {
  readonly pMatch: number | null;
}

/** The photo: stored, or brought. */
export type PhotoToRead =
  { readonly contentId: number } | { readonly contentId: null; readonly picture: PictureSource };

export interface VerifyOptions {
  readonly embedder: Embedder;
  readonly generationId: number;
  readonly photo: PhotoToRead;
  /** Texts that are read. */
  readonly k: number;
  readonly budgetMs: number | undefined;
  /** @returns float32 [D], unit length; undefined where the text has none any more */
  readonly vectorOf: (text: EqualTexts) => Float32Array | undefined;
  readonly signal: AbortSignal | undefined;
}

export interface Verified {
  /** Those that were read, best first; then those that were not reached, and those behind the first k, as they came. */
  readonly texts: readonly JudgedText[];
  readonly reranked: { readonly asked: number; readonly scored: number; readonly fromCache: number };
  readonly notices: readonly string[];
}

/** @param texts nearest first @throws AppError as `FusionScorer.score` */
export async function verifyTexts(
  scorer: FusionScorer,
  texts: readonly EqualTexts[],
  options: VerifyOptions,
): Promise<Verified> {
  const { embedder, generationId, photo, k, budgetMs, signal } = options;
  const window = texts.slice(0, k);
  const pairs = window.map(({ best }) => ({ ...photo, text: best.text }));
  const result = await scorer.score(embedder, generationId, pairs, {
    ...(budgetMs !== undefined && { budgetMs }),
    ...(signal !== undefined && { signal }),
  });
  const calibration = MatchCalibration.of(embedder);
  const read: (JudgedText & { readonly mixed: number })[] = [];
  const unread: JudgedText[] = [];
  for (const [index, text] of window.entries()) {
    const score = result.scores[index];
    if (score === undefined) {
      unread.push(unjudged(text));
      continue;
    }
    const vector = options.vectorOf(text);
    const match = vector && calibration?.forQuery({ vector, text: text.best.text });
    const { score: cosine } = text.best;
    read.push({
      ...text,
      pMatch: match?.pMatch(score, cosine) ?? null,
      mixed: match?.mixed(score, cosine) ?? score,
    });
  }
  const ordered = read.toSorted(
    (a, b) => (b.pMatch ?? 0) - (a.pMatch ?? 0) || b.mixed - a.mixed || b.best.score - a.best.score,
  );
  return {
    texts: [...ordered, ...unread, ...texts.slice(k).map((text) => unjudged(text))],
    reranked: { asked: window.length, scored: read.length, fromCache: result.fromCache },
    notices: noticesOf(result),
  };
}

/** A wording that was not read together with the photo. */
export function unjudged({ key, best, members }: EqualTexts): JudgedText {
  return { key, best, members, pMatch: null };
}

/** All pairs are of one photo. */
function noticesOf({ fromPreview, unreadable }: FusionScores): string[] {
  if (unreadable > 0) {
    return [
      'the photo was not read together with the texts, because neither it nor its preview can be read any more',
    ];
  }
  return fromPreview > 0
    ? ['the preview of the photo was read together with the texts, because the photo is gone or was changed']
    : [];
}
