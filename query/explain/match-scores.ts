/**
 * How well pictures fit a text, by the best measure that the model has.
 * Source: our own. Deviation: none.
 */
import { AppError, type CallOptions, type Embedder } from '../../model/index.ts';
import { MatchCalibration } from '../calibration/index.ts';

/**
 * match: fusion score and cosine, mixed as search orders hits; pMatch rises with it.
 * fusion: the fusion score alone. cosine: that of the dual encoder.
 */
export const evidenceKinds = ['match', 'fusion', 'cosine'] as const;
export type EvidenceKind = (typeof evidenceKinds)[number];

export interface MatchScore {
  /** in the units of the evidence kind */
  readonly score: number;
  /** log-odds, uncalibrated; null where it was not asked for or the model has none */
  readonly fusion: number | null;
  readonly cosine: number | null;
  readonly pMatch: number | null;
}

export interface MatchScores {
  readonly kind: EvidenceKind;
  /** The text was longer than the model reads; the rest was ignored. */
  readonly truncatedText: boolean;
  /** @param images float32 [3, S, S] each; @returns one per image, in order */
  of(images: readonly Float32Array[]): Promise<MatchScore[]>;
}

/** What the model allows: match where it is calibrated, else fusion, else cosine. */
export function bestEvidenceKind(embedder: Embedder): EvidenceKind {
  if (!embedder.canFuse) return 'cosine';
  return MatchCalibration.of(embedder) === null ? 'fusion' : 'match';
}

/** @throws AppError UNSUPPORTED where the model has no such measure, TEXT_INVALID */
export async function matchScores(
  embedder: Embedder,
  text: string,
  kind: EvidenceKind,
  options: CallOptions,
): Promise<MatchScores> {
  const calibration = MatchCalibration.of(embedder);
  if ((kind === 'match' && calibration === null) || (kind !== 'cosine' && !embedder.canFuse)) {
    throw new AppError(
      'UNSUPPORTED',
      `model "${embedder.name}" has no "${kind}" to measure by, expected "${bestEvidenceKind(embedder)}"; leave the kind out, or use a model with a calibrated fusion head`,
    );
  }
  const [encoded] = await embedder.encodeTexts([text], options);
  if (encoded === undefined) throw new Error('the encoder gave no vector for a text');
  const query = calibration?.forQuery({ vector: encoded.vector, text }) ?? null;
  return {
    kind,
    truncatedText: encoded.truncated,
    of: async (images) => {
      const [fusions, cosines] = await Promise.all([
        kind === 'cosine'
          ? undefined
          : embedder.scorePairs(
              images.map((pixels) => ({ pixels, text })),
              options,
            ),
        kind === 'fusion' ? undefined : cosinesOf(embedder, encoded.vector, images, options),
      ]);
      return images.map((_, index) => {
        const fusion = fusions?.[index] ?? null;
        const cosine = cosines?.[index] ?? null;
        if (query !== null && fusion !== null && cosine !== null) {
          return { score: query.mixed(fusion, cosine), fusion, cosine, pMatch: query.pMatch(fusion, cosine) };
        }
        return { score: fusion ?? cosine ?? Number.NaN, fusion, cosine, pMatch: null };
      });
    },
  };
}

async function cosinesOf(
  embedder: Embedder,
  vector: Float32Array,
  images: readonly Float32Array[],
  options: CallOptions,
): Promise<number[]> {
  const vectors = await embedder.encodeImages(images, options);
  return vectors.map((image) => image.reduce((sum, value, index) => sum + value * (vector[index] ?? 0), 0));
}
