/**
 * What calibration.json says, fitted on judged pairs.
 * Source: Platt 1999 (a logistic curve); Guo et al. 2017. Deviation: queries as a whole are held out for the figures, as
 * pairs of one query stand and fall together.
 */
import { AppError, type Calibration } from '../../model/index.ts';
import { expectedCalibrationError, type JudgedPair } from '../../query/index.ts';
import type { ScoredPair, ScoredQuery } from './gather-pairs.ts';
import { fitLogistic } from './logistic-fit.ts';

/** What the fit decides; the rest of the file says of what it was made. */
export type FittedParts = Pick<Calibration, 'mix' | 'spelling' | 'curve' | 'bands' | 'cutoff'> & {
  readonly backgroundWeight: number;
};

export interface CalibrationFigures {
  readonly pairs: number;
  readonly positives: number;
  /** Of queries that were held out, and of these by kind. */
  readonly expectedCalibrationError: number;
  readonly errorOfKind: Readonly<Record<string, number>>;
  /** Share of pairs of a photo that shows it and one that does not, any queries, in the right order. */
  readonly auc: number;
  /** Mean of 1 / place of the first photo that shows it: by cosine, and by the mix. */
  readonly reciprocalRank: { readonly cosine: number; readonly mix: number };
  /** Queries with an answer among their photos that have a hit above the cut-off; and those without any photo that have none. */
  readonly answered: number;
  readonly refused: number;
  readonly answerable: number;
  readonly unanswerable: number;
}

/** Fusion scores for one of cosine. 0: the cosine alone. */
const MIXES = [0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5] as const;

const FOLDS = 5;

/** From half and four fifths on: words that a person would use of such a chance. */
const LIKELY = 0.5;
const CERTAIN = 0.8;
/** Below that, "maybe" means nothing. */
const CUTOFF_MAX = 0.45;
const CUTOFF_STEP = 0.005;

/** @throws AppError INVALID_ARGUMENT where there is nothing to learn from */
export function fitCalibration(queries: readonly ScoredQuery[]): {
  readonly parts: FittedParts;
  readonly figures: CalibrationFigures;
} {
  const positives = queries.reduce(
    (sum, { pairs }) => sum + pairs.filter(({ matches }) => matches).length,
    0,
  );
  const pairs = queries.reduce((sum, query) => sum + query.pairs.length, 0);
  if (positives < 30 || pairs - positives < 30) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `calibration: found ${positives} pairs that match and ${pairs - positives} that do not, expected at least 30 of each; give more photos with captions`,
    );
  }
  const mix = bestMix(queries);
  const parts = withCutoff(fitCurve(queries, mix), queries);
  const heldOut = Array.from({ length: FOLDS }, (_, fold) => {
    const part = fitCurve(
      queries.filter((__, index) => index % FOLDS !== fold),
      mix,
    );
    return queries.filter((__, index) => index % FOLDS === fold).flatMap((query) => judged(query, part));
  }).flat();
  const kinds = [...new Set(heldOut.map(({ kind }) => kind))];
  return {
    parts,
    figures: {
      pairs,
      positives,
      expectedCalibrationError: expectedCalibrationError(heldOut),
      errorOfKind: Object.fromEntries(
        kinds.map((kind) => [kind, expectedCalibrationError(heldOut.filter((pair) => pair.kind === kind))]),
      ),
      auc: areaUnderCurve(heldOut),
      reciprocalRank: { cosine: mean(reciprocalRanks(queries, 0)), mix: mean(reciprocalRanks(queries, mix)) },
      ...answers(queries, parts, parts.cutoff),
    },
  };
}

/** One that is better by more than its standard error; a fusion encoder that knows nothing shall not disturb the order. */
function bestMix(queries: readonly ScoredQuery[]): number {
  const plain = reciprocalRanks(queries, 0);
  let best = { mix: 0, gain: 0 };
  for (const mix of MIXES) {
    const gains = reciprocalRanks(queries, mix).map((value, index) => value - (plain[index] ?? 0));
    const gain = mean(gains);
    const spread = Math.sqrt(mean(gains.map((one) => (one - gain) ** 2)) / gains.length);
    if (gain > spread && gain > best.gain) best = { mix, gain };
  }
  return best.mix;
}

/** Of queries that have an answer among their photos. */
function reciprocalRanks(queries: readonly ScoredQuery[], mix: number): number[] {
  return queries.flatMap(({ pairs }) => {
    const place = pairs.toSorted((a, b) => mixed(b, mix) - mixed(a, mix)).findIndex(({ matches }) => matches);
    return place < 0 ? [] : [1 / (place + 1)];
  });
}

function mixed({ fusion, cosine }: Pick<ScoredPair, 'fusion' | 'cosine'>, mix: number): number {
  return mix * fusion + cosine;
}

type Curve = Pick<FittedParts, 'mix' | 'spelling' | 'curve' | 'backgroundWeight'>;

function fitCurve(queries: readonly ScoredQuery[], mix: number): Curve {
  const samples = queries.flatMap(({ pairs, background, piecesPerWord }) =>
    pairs.map((pair) => ({
      features: [mixed(pair, mix), -background, 1 - piecesPerWord],
      isPositive: pair.matches,
    })),
  );
  const fit = fitLogistic(samples);
  const [slope = 0, background = 0, spelling = 0] = fit.weights;
  if (slope <= 0) {
    throw new AppError(
      'INVALID_ARGUMENT',
      'calibration: photos that show a query do not score higher than others, expected them to; the model has not learnt this kind of photo',
    );
  }
  // More pieces never make a match more likely; where the fit says so, it was chance.
  if (spelling < 0) return withoutSpelling(samples, mix);
  return {
    mix: { fusion: mix, cosine: 1 },
    backgroundWeight: background / slope,
    spelling: { weight: spelling / slope },
    curve: { kind: 'platt', slope, intercept: fit.intercept },
  };
}

function withoutSpelling(
  samples: readonly { readonly features: readonly number[]; readonly isPositive: boolean }[],
  mix: number,
): Curve {
  const fit = fitLogistic(
    samples.map(({ features, isPositive }) => ({ features: features.slice(0, 2), isPositive })),
  );
  const [slope = 0, background = 0] = fit.weights;
  return {
    mix: { fusion: mix, cosine: 1 },
    backgroundWeight: background / slope,
    spelling: { weight: 0 },
    curve: { kind: 'platt', slope, intercept: fit.intercept },
  };
}

function judged(
  { query, pairs, background, piecesPerWord }: ScoredQuery,
  { mix, backgroundWeight, spelling, curve }: Curve,
): (JudgedPair & { readonly kind: string })[] {
  if (curve.kind !== 'platt') throw new Error('the fit makes Platt curves');
  return pairs.map((pair) => {
    const evidence =
      mixed(pair, mix.fusion) - backgroundWeight * background - spelling.weight * (piecesPerWord - 1);
    return {
      kind: query.kind,
      matches: pair.matches,
      pMatch: 1 / (1 + Math.exp(-(curve.slope * evidence + curve.intercept))),
    };
  });
}

/** Where queries with an answer and queries without any are told apart best, both counting the same. */
function withCutoff(curve: Curve, queries: readonly ScoredQuery[]): FittedParts {
  let best = { cutoff: CUTOFF_STEP, quality: 0 };
  for (let cutoff = CUTOFF_STEP; cutoff <= CUTOFF_MAX; cutoff += CUTOFF_STEP) {
    const { answered, refused } = answers(queries, curve, cutoff);
    if (answered + refused > best.quality) best = { cutoff, quality: answered + refused };
  }
  const cutoff = Math.round(best.cutoff * 1000) / 1000;
  return { ...curve, cutoff, bands: { certain: CERTAIN, likely: LIKELY, maybe: cutoff } };
}

/** Whole captions are left out: nobody types them, and all of them have an answer. */
function answers(
  queries: readonly ScoredQuery[],
  curve: Curve,
  cutoff: number,
): Pick<CalibrationFigures, 'answered' | 'refused' | 'answerable' | 'unanswerable'> {
  let [answered, answerable, refused, unanswerable] = [0, 0, 0, 0];
  for (const scored of queries) {
    if (scored.query.kind === 'caption') continue;
    const best = Math.max(...judged(scored, curve).map(({ pMatch }) => pMatch));
    if (scored.query.photos.size === 0) {
      unanswerable += 1;
      if (best < cutoff) refused += 1;
    } else if (scored.pairs.some(({ matches }) => matches)) {
      answerable += 1;
      if (best >= cutoff) answered += 1;
    }
  }
  return {
    answered: answered / Math.max(1, answerable),
    refused: refused / Math.max(1, unanswerable),
    answerable,
    unanswerable,
  };
}

function areaUnderCurve(pairs: readonly JudgedPair[]): number {
  const sorted = pairs.toSorted((a, b) => a.pMatch - b.pMatch);
  let [positives, sum] = [0, 0];
  for (const [place, { matches }] of sorted.entries()) {
    if (!matches) continue;
    sum += place - positives;
    positives += 1;
  }
  return sum / (positives * (pairs.length - positives));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
