/**
 * An `Embedder` with a fusion score and a calibration, without a network: the score of a pair is a multiple of its cosine.
 * Source: our own. Deviation: none.
 */
import { toTensors, type Calibration, type Embedder, type Pair } from '../../../model/index.ts';
import { ColourEmbedder } from '../../support/colour-embedder.ts';

/** fusion = FUSION_PER_COSINE * cosine */
export const FUSION_PER_COSINE = 10;

/** Mixed = fusion + 2 cosine; the probability is that of a logistic curve around 6. */
export function colourCalibration(changes: Partial<Calibration> = {}): Calibration {
  const dimension = new ColourEmbedder().dimension;
  return {
    format: 1,
    scorer: 'itm',
    weights: { fusion: '0'.repeat(64), vectors: '0'.repeat(64) },
    mix: { fusion: 1, cosine: 2 },
    background: { mean: Array.from({ length: dimension }, () => 0), weight: 0 },
    spelling: { weight: 0 },
    curve: { kind: 'platt', slope: 1, intercept: -6 },
    bands: { certain: 0.9, likely: 0.6, maybe: 0.3 },
    cutoff: 0.3,
    fitted: {
      on: 'made colours',
      photos: 1,
      queries: 1,
      pairs: 2,
      positives: 1,
      expectedCalibrationError: 0,
    },
    ...changes,
  };
}

export function fusingColours(calibration: Calibration | null): Embedder {
  const colours = new ColourEmbedder();
  const { name, identity, dimension, preprocess, batchSizeMax, pairBatchMax } = colours;
  return {
    name,
    identity,
    dimension,
    preprocess,
    batchSizeMax,
    pairBatchMax,
    calibration,
    fusionKind: 'itm',
    canFuse: true,
    canCaption: false,
    encodeImages: (images, options) => colours.encodeImages(images, options),
    encodeTexts: (texts) => colours.encodeTexts(texts),
    scorePairs: async (pairs: readonly Pair[], options) => {
      const images = await colours.encodeImages(
        pairs.map(({ pixels }) => toTensors([pixels], preprocess)),
        options,
      );
      const texts = await colours.encodeTexts(pairs.map(({ text }) => text));
      return Float32Array.from(
        images,
        (image, index) => FUSION_PER_COSINE * dot(image, texts[index]?.vector),
      );
    },
    caption: () => colours.caption(),
    textKey: (text) => text,
    piecesPerWord: () => 1,
    close: () => colours.close(),
  };
}

export function dot(a: Float32Array, b: Float32Array | undefined): number {
  return a.reduce((sum, value, index) => sum + value * (b?.[index] ?? Number.NaN), 0);
}
