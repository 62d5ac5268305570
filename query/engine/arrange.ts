/**
 * The list that is shown, page by page: candidates in their final order, then the ranking behind them.
 * Source: our own. Deviation: none.
 *
 * What was read together comes first, in the order of what was found out; then, as they were, those that were not reached;
 * then the ranking. Equal ones are ordered by cosine, then by id, so the same input gives the same list.
 */
import { relativeCutoff, type MatchBand } from '../calibration/index.ts';
import type { Library } from '../../indexer/index.ts';
import { datesOf } from '../retrieval/date-ranking.ts';
import type { CheckedRequest } from './check-request.ts';
import { byCosine, type Candidate, type FirstStage } from './first-stage.ts';
import type { Judgement, Judgements } from './read-together.ts';

export interface Entry extends Candidate {
  readonly pMatch: number | null;
  readonly band: MatchBand | null;
}

export interface Listing {
  readonly first: FirstStage;
  readonly head: readonly Entry[];
  /** Nothing is shown behind the head. */
  readonly isCut: boolean;
  /** Cosines below it are not shown; null: all are. */
  readonly cosineMin: number | null;
  readonly nothingMatches: boolean | null;
  /** null: no probabilities */
  readonly cutoff: number | null;
  readonly reranked: Judgements['reranked'] | null;
  readonly notices: readonly string[];
  /** Contents of the stacks that were shown so far; only where look-alikes are collapsed. */
  readonly stacks: number[];
}

const bandOrder: readonly (MatchBand | null)[] = ['certain', 'likely', 'maybe', 'unlikely', null];

/** @param read null: nothing was read, or not yet */
export function arrange(
  first: FirstStage,
  checked: CheckedRequest,
  library: Library,
  read: Judgements | { readonly notice: string } | null,
): Listing {
  const judged = read !== null && 'byContent' in read ? read : null;
  const notices = [
    ...first.notices,
    ...(judged?.notices ?? []),
    ...(read !== null && 'notice' in read ? [read.notice] : []),
  ];
  const entries = inOrder(first, judged?.byContent ?? new Map());
  const chances = entries.flatMap(({ pMatch }) => pMatch ?? []);
  const hasChances = judged !== null && judged.cutoff !== null && chances.length > 0;
  const cut = cutOf(checked, first, hasChances ? judged.cutoff : null);
  const kept = entries.filter(
    ({ pMatch, score }) =>
      (cut.pMin === null || (pMatch !== null && pMatch >= cut.pMin)) &&
      (cut.cosineMin === null || score >= cut.cosineMin),
  );
  return {
    first,
    head: checked.sort === 'date' ? byDate(kept, first, library) : kept,
    isCut: cut.pMin !== null || first.isEnd,
    cosineMin: cut.cosineMin,
    nothingMatches: hasChances ? Math.max(...chances) < (judged.cutoff ?? 0) : null,
    cutoff: hasChances ? judged.cutoff : null,
    reranked: judged?.reranked ?? null,
    notices: [...notices, ...cut.notices],
    stacks: [],
  };
}

function inOrder({ candidates, fuse }: FirstStage, judged: ReadonlyMap<number, Judgement>): Entry[] {
  const orderOf = ({ contentId }: Candidate): number => judged.get(contentId)?.order ?? 0;
  const read = candidates
    .filter(({ contentId }) => judged.has(contentId))
    .toSorted((a, b) => orderOf(b) - orderOf(a) || byCosine(a, b));
  // What was read takes the place of the vectors; what is written about photos counts as before.
  const places = new Map(fuse?.(read.map(({ contentId }) => contentId)).map((id, place) => [id, place]));
  const placeOf = ({ contentId }: Candidate): number => places.get(contentId) ?? 0;
  return [
    ...read.toSorted((a, b) => placeOf(a) - placeOf(b)),
    ...candidates.filter(({ contentId }) => !judged.has(contentId)),
  ].map(({ contentId, score, isVector, words }) => {
    const { pMatch = null, band = null } = judged.get(contentId) ?? {};
    return { contentId, score, isVector, words, pMatch, band };
  });
}

interface Cut {
  readonly pMin: number | null;
  readonly cosineMin: number | null;
  readonly notices: readonly string[];
}

function cutOf({ minMatch }: CheckedRequest, { best }: FirstStage, cutoff: number | null): Cut {
  if (minMatch === null) return { pMin: null, cosineMin: null, notices: [] };
  if (cutoff !== null) {
    return { pMin: minMatch === 'default' ? cutoff : minMatch, cosineMin: null, notices: [] };
  }
  return {
    pMin: null,
    cosineMin: best === undefined ? null : relativeCutoff([best]).value,
    notices: [
      'There is no probability of a match, so what was left out is what fits far worse than the best.',
    ],
  };
}

/** Newest first inside each band; where there are none, inside what lies above and below the relative cut-off. */
function byDate(entries: readonly Entry[], { best }: FirstStage, library: Library): Entry[] {
  const border = best === undefined ? 0 : relativeCutoff([best]).value;
  const dates = datesOf(
    library.store.images,
    entries.map(({ contentId }) => contentId),
  );
  const dateOf = ({ contentId }: Entry): number => dates.get(contentId) ?? 0;
  const bandOf = ({ band, score }: Entry): number =>
    bandOrder.indexOf(band) * 2 + (band === null && score < border ? 1 : 0);
  return entries.toSorted((a, b) => bandOf(a) - bandOf(b) || dateOf(b) - dateOf(a) || byCosine(a, b));
}
