/**
 * The best candidates, read together with the words of the query.
 * Source: BEIT3.md section 14 (fusion reranking). Deviation: unwanted words are read, too: a photo matches with the
 * probability that the wanted words fit and none of the unwanted does, as if these were independent.
 */
import { cosine } from '../../indexer/index.ts';
import { AppError, isAppError, messageOf } from '../../model/index.ts';
import { MatchCalibration, type MatchBand, type QueryMatch } from '../calibration/index.ts';
import { fusionNotices } from '../rerank/index.ts';
import type { QueryVector, TextVector } from '../retrieval/query-vector.ts';
import type { Candidate, FirstStage } from './first-stage.ts';
import type { CheckedRequest } from './check-request.ts';
import type { SearchContext } from './search-context.ts';

/** A candidate that was read. */
export interface Judgement {
  /** What the order within the window goes by, best first. */
  readonly order: number;
  readonly pMatch: number | null;
  readonly band: MatchBand | null;
}

export interface Judgements {
  readonly byContent: ReadonlyMap<number, Judgement>;
  /** That of the model; null: it has none. */
  readonly cutoff: number | null;
  readonly reranked: { readonly asked: number; readonly scored: number; readonly fromCache: number };
  readonly notices: readonly string[];
}

/** Contents whose vectors are read at once. */
const VECTORS_PER_PAGE = 256;

interface Reading {
  readonly texts: readonly TextVector[];
  readonly window: readonly Candidate[];
  /** Of a candidate to each text. */
  readonly cosines: ReadonlyMap<number, readonly number[]>;
  readonly matches: readonly QueryMatch[] | null;
  readonly calibration: MatchCalibration | null;
  /** Photos are part of what is looked for, and no score of the words tells of them. */
  readonly hasImages: boolean;
}

/**
 * @param onBatch told whenever some more were read
 * @returns null, and why, where nothing can be read
 * @throws AppError ABORTED
 */
export async function readTogether(
  first: FirstStage,
  { rerank, terms }: Pick<CheckedRequest, 'rerank' | 'terms'>,
  context: SearchContext,
  onBatch: (judged: Judgements) => void,
): Promise<Judgements | { readonly notice: string } | null> {
  if (rerank === null || first.query === undefined || first.candidates.length === 0) return null;
  const { embedder, scorer, searchable, signal } = context;
  if (!scorer.canFuse(embedder)) {
    return {
      notice: `Nothing was read together: model "${embedder.name}" has no fusion encoder. The order is that of the cosines.`,
    };
  }
  if (first.query.fused === undefined) {
    return { notice: 'Nothing was read together: the query has no words. The order is that of the cosines.' };
  }
  const hasImages = terms.some(({ image }) => image !== undefined);
  const reading = prepare(first.candidates.slice(0, rerank.k), first.query, { context, hasImages });
  const { texts, window } = reading;
  const scores: (number | undefined)[] = [];
  const judged = (fromCache: number, notices: readonly string[]): Judgements => {
    const byContent = judge(reading, scores);
    return {
      byContent,
      cutoff: reading.calibration?.cutoff ?? null,
      reranked: {
        asked: window.length,
        scored: byContent.size,
        fromCache: Math.floor(fromCache / texts.length),
      },
      notices,
    };
  };
  const pairs = window.flatMap(({ contentId }) => texts.map(({ text }) => ({ contentId, text })));
  try {
    const result = await scorer.score(embedder, searchable.generation.id, pairs, {
      ...(signal !== undefined && { signal }),
      ...(rerank.budgetMs !== undefined && { budgetMs: rerank.budgetMs }),
      onBatch: (done) => {
        for (const [index, score] of done) scores[index] = score;
        onBatch(judged(0, []));
      },
    });
    for (const [index, score] of result.scores.entries()) scores[index] = score;
    return judged(result.fromCache, [...fusionNotices(result), ...uncalibrated(reading, context)]);
  } catch (error) {
    if (isAppError(error, 'ABORTED')) throw error;
    // Reading is what makes a search better; without it, it still is one.
    if (!(error instanceof AppError)) throw error;
    return { notice: `Nothing was read together (${messageOf(error)}). The order is that of the cosines.` };
  }
}

function prepare(
  window: readonly Candidate[],
  query: QueryVector,
  { context, hasImages }: { readonly context: SearchContext; readonly hasImages: boolean },
): Reading {
  const texts = [...(query.fused === undefined ? [] : [query.fused]), ...query.unwanted];
  const calibration = MatchCalibration.of(context.embedder);
  return {
    texts,
    window,
    cosines: cosinesOf(window, texts, context),
    matches: calibration && texts.map((text) => calibration.forQuery(text)),
    calibration,
    hasImages,
  };
}

function cosinesOf(
  window: readonly Candidate[],
  texts: readonly TextVector[],
  { library, searchable }: SearchContext,
): Map<number, number[]> {
  const { id, dimension } = searchable.generation;
  const cosines = new Map<number, number[]>();
  for (let start = 0; start < window.length; start += VECTORS_PER_PAGE) {
    const page = window.slice(start, start + VECTORS_PER_PAGE).map(({ contentId }) => contentId);
    for (const { contentId, vector } of library.store.vectors.ofContents(id, page, dimension)) {
      cosines.set(
        contentId,
        texts.map((text) => cosine(text.vector, vector)),
      );
    }
  }
  return cosines;
}

function judge(reading: Reading, scores: readonly (number | undefined)[]): Map<number, Judgement> {
  const { texts, window, cosines } = reading;
  const judgements = new Map<number, Judgement>();
  for (const [place, candidate] of window.entries()) {
    const own = texts.map((_, text) => scores[place * texts.length + text]);
    const known = own.filter((score) => score !== undefined);
    const near = cosines.get(candidate.contentId);
    if (known.length < texts.length || near === undefined) continue;
    judgements.set(candidate.contentId, judgementOf(candidate, known, near, reading));
  }
  return judgements;
}

function judgementOf(
  { score }: Candidate,
  logits: readonly number[],
  cosines: readonly number[],
  { matches, calibration, hasImages }: Reading,
): Judgement {
  if (matches === null || calibration === null) {
    return { order: sum(logits.map(signed)), pMatch: null, band: null };
  }
  const chances = matches.map((match, index) => match.pMatch(logits[index] ?? 0, cosines[index] ?? 0));
  const pMatch = chances.reduce((product, chance, index) => product * (index === 0 ? chance : 1 - chance), 1);
  const mixed = matches.map((match, index) =>
    // The combined cosine knows of photos that were part of the query.
    match.mixed(logits[index] ?? 0, index === 0 && hasImages ? score : (cosines[index] ?? 0)),
  );
  // By the probability where unwanted words are part of it: a large score cannot make up for what is unwanted.
  const order = matches.length > 1 && !hasImages ? pMatch : sum(mixed.map(signed));
  return { order, pMatch, band: calibration.band(pMatch) };
}

function uncalibrated({ calibration }: Reading, { embedder }: SearchContext): string[] {
  if (calibration !== null) return [];
  return [
    `Model "${embedder.name}" has no calibration, so there are no probabilities; "imglish model calibrate" makes one.`,
  ];
}

/** The first of the texts is wanted, the others are not. */
function signed(value: number, index: number): number {
  return index === 0 ? value : -value;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
