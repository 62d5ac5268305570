/**
 * From the fusion score and the cosine of a pair to the probability that text and photo belong together.
 * Source: Platt 1999; Guo et al. 2017 (what calibrated means). Deviation: the evidence is a sum of four, see below.
 *
 * evidence = fusion weight * fusion score + cosine weight * cosine - background weight * background
 *   - spelling weight * (pieces per word - 1)
 *
 * The first two are `mixed`, by which hits are ordered. The background is the cosine that the query has to photos on average:
 * a nonsense query, too, has a nearest photo, and some texts are near to everything. It is the same for all photos of a
 * query, so the order within a query is that of `mixed`. It is measured against the photos of the calibration and not those
 * of the library, where a query that everything matches would look like one that nothing does. Spelling tells words that the
 * network has never seen, where vocabulary and network were made of the same captions.
 */
import type { Calibration, Embedder } from '../../model/index.ts';
import { probabilityOf } from './curve.ts';

/** How sure one may be; `unlikely` is what the default cut-off leaves out. */
export const matchBands = ['certain', 'likely', 'maybe', 'unlikely'] as const;
export type MatchBand = (typeof matchBands)[number];

export interface MatchQuery {
  /** float32 [D], unit length: what the cosines are measured with */
  readonly vector: Float32Array;
  /** what is fused with the photos */
  readonly text: string;
}

/** The calibration as it applies to one query. */
export interface QueryMatch {
  /** What reranked hits are ordered by, best first; see `byScore` for equal ones. No probability. */
  mixed(fusionScore: number, cosine: number): number;
  /** 0 to 1; rises with `mixed`. */
  pMatch(fusionScore: number, cosine: number): number;
}

/** Who knows the vocabulary. */
type Speller = Pick<Embedder, 'piecesPerWord'>;

export class MatchCalibration {
  readonly #calibration: Calibration;
  readonly #speller: Speller;

  constructor(calibration: Calibration, speller: Speller) {
    this.#calibration = calibration;
    this.#speller = speller;
  }

  /** null where the model has no fusion, or nothing that was fitted for its weights. */
  static of(embedder: Pick<Embedder, 'calibration'> & Speller): MatchCalibration | null {
    const { calibration } = embedder;
    return calibration === null ? null : new MatchCalibration(calibration, embedder);
  }

  /** The default of `minMatch`. Where the best hit is below, nothing in the library matches. */
  get cutoff(): number {
    return this.#calibration.cutoff;
  }

  forQuery({ vector, text }: MatchQuery): QueryMatch {
    const { mix, background, spelling, curve } = this.#calibration;
    const spelt = spelling.weight === 0 ? 0 : spelling.weight * (this.#speller.piecesPerWord(text) - 1);
    const ground = background.weight * dot(vector, background.mean) + spelt;
    const mixed = (fusionScore: number, cosine: number) => mix.fusion * fusionScore + mix.cosine * cosine;
    return {
      mixed,
      pMatch: (fusionScore, cosine) => probabilityOf(curve, mixed(fusionScore, cosine) - ground),
    };
  }

  band(pMatch: number): MatchBand {
    const { certain, likely, maybe } = this.#calibration.bands;
    if (pMatch >= certain) return 'certain';
    if (pMatch >= likely) return 'likely';
    return pMatch >= maybe ? 'maybe' : 'unlikely';
  }
}

function dot(vector: Float32Array, mean: readonly number[]): number {
  let sum = 0;
  for (const [index, value] of mean.entries()) sum += value * (vector[index] ?? 0);
  return sum;
}
