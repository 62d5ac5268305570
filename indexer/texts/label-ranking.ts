/**
 * The labels of a list that come into question for a photo, by its vector.
 * Source: Radford et al. 2021, section 3.1. Deviation: none.
 */
import type { Embedder } from '../../model/index.ts';
import { cosine as cosineOf } from '../duplicates/index.ts';
import type { Library } from '../library/library.ts';
import { labelVectors } from './label-vectors.ts';
import { openLabelList, type Label } from './labels.ts';
import { Prominence, prominencePhotos } from './prominence.ts';

export interface RankedLabel {
  readonly label: Label;
  /** float32 [D], unit length */
  readonly vector: Float32Array;
  readonly cosine: number;
}

export interface LabelRankingOptions {
  readonly labels: readonly Label[];
  readonly templates: readonly string[];
  /** Labels of a photo at most. */
  readonly count: number;
  /** Standard deviations that a label must stand out; null: the nearest are taken, whatever their cosine. */
  readonly outstanding: number | null;
  readonly signal: AbortSignal | undefined;
}

export class LabelRanking {
  readonly #options: LabelRankingOptions;
  readonly #vectors: readonly Float32Array[];
  readonly #prominence: Prominence | null;

  private constructor(
    options: LabelRankingOptions,
    vectors: readonly Float32Array[],
    prominence: Prominence | null,
  ) {
    this.#options = options;
    this.#vectors = vectors;
    this.#prominence = prominence;
  }

  /** Encodes the labels. @throws AppError as `labelVectors` */
  static async prepare(
    library: Library,
    embedder: Embedder,
    options: LabelRankingOptions,
  ): Promise<LabelRanking> {
    const vectors = await labelVectors(embedder, options.labels, options);
    if (options.outstanding === null) return new LabelRanking(options, vectors, null);
    const everyday = await labelVectors(embedder, (await openLabelList('everyday')).labels, options);
    const photos = library.store.textTags.oldestVectors(
      library.generationFor(embedder),
      prominencePhotos(vectors.length + everyday.length),
    );
    return new LabelRanking(options, vectors, await Prominence.measure(vectors, everyday, photos));
  }

  /** Best first. */
  of(photo: Float32Array): RankedLabel[] {
    const { labels, count, outstanding } = this.#options;
    const prominence = this.#prominence;
    const ranked = this.#vectors.map((vector, index) => {
      const cosine = cosineOf(photo, vector);
      return { index, vector, cosine, order: prominence?.of(index, cosine) ?? cosine };
    });
    return ranked
      .filter(({ order }) => outstanding === null || order >= outstanding)
      .toSorted((a, b) => b.order - a.order || a.index - b.index)
      .slice(0, count)
      .flatMap(({ index, vector, cosine }) => {
        const label = labels[index];
        return label === undefined ? [] : [{ label, vector, cosine }];
      });
  }
}
