/**
 * An embedder without a network that can also read photo and text together: the score is high where the colour that the
 * text names is the one that most of the photo has, whatever the vectors say.
 * Source: our own. Deviation: none.
 */
import {
  toTensors,
  type Calibration,
  type Caption,
  type Embedder,
  type EncodedText,
  type Pair,
} from '../../../model/index.ts';
import { ColourEmbedder } from '../../support/colour-embedder.ts';

const colours: Readonly<Record<string, readonly [number, number, number]>> = {
  red: [1, -1, -1],
  green: [-1, 1, -1],
  blue: [-1, -1, 1],
  yellow: [1, 1, -1],
};

export const fusingCalibration: Calibration = {
  format: 1,
  scorer: 'itm',
  weights: { fusion: '0'.repeat(64), vectors: '0'.repeat(64) },
  mix: { fusion: 1, cosine: 0.001 },
  background: { mean: Array.from({ length: 48 }, () => 0), weight: 0 },
  spelling: { weight: 0 },
  curve: { kind: 'platt', slope: 1, intercept: 0 },
  bands: { certain: 0.95, likely: 0.7, maybe: 0.3 },
  cutoff: 0.5,
  fitted: { on: 'nothing', photos: 1, queries: 1, pairs: 1, positives: 1, expectedCalibrationError: 0 },
};

export class FusingColours implements Embedder {
  readonly name = 'fusing colours';
  readonly identity: string;
  readonly dimension: number;
  readonly preprocess;
  readonly fusionKind = 'itm';
  readonly canFuse = true;
  readonly calibration: Calibration | null;
  readonly canCaption = false;
  readonly batchSizeMax = 4;
  readonly pairBatchMax = 4;
  /** Pairs that were read. */
  read = 0;
  readonly #colours: ColourEmbedder;

  constructor(calibration: Calibration | null = fusingCalibration) {
    this.#colours = new ColourEmbedder();
    this.identity = this.#colours.identity;
    this.dimension = this.#colours.dimension;
    this.preprocess = this.#colours.preprocess;
    this.calibration = calibration;
  }

  encodeImages(images: readonly Float32Array[]): Promise<Float32Array[]> {
    return this.#colours.encodeImages(images);
  }

  encodeTexts(texts: readonly string[]): Promise<EncodedText[]> {
    return this.#colours.encodeTexts(texts);
  }

  /** 6 for the very colour, lower with each step away from it. */
  async scorePairs(pairs: readonly Pair[]): Promise<Float32Array> {
    this.read += pairs.length;
    return Float32Array.from(pairs, ({ pixels, text }) =>
      colourScore(toTensors([pixels], this.preprocess), text),
    );
  }

  async caption(): Promise<Caption[]> {
    return [];
  }

  piecesPerWord(): number {
    return 1;
  }

  textKey(text: string): string {
    return text;
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}

/** @param pixels float32 [3, S, S] */
export function colourScore(pixels: Float32Array, text: string): number {
  const name = Object.keys(colours).find((colour) => text.includes(colour));
  if (name === undefined) return -6;
  const place = pixels.length / 3;
  const far = (colours[name] ?? []).map((value, channel) => {
    const own = pixels.subarray(channel * place, (channel + 1) * place);
    return Math.abs(value - own.reduce((sum, one) => sum + one, 0) / place);
  });
  return 6 - 6 * far.reduce((sum, one) => sum + one, 0);
}
