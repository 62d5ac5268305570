/**
 * What half-precision vectors in the database would save, and what they would change.
 * Source: our own; rounding as IEEE 754. Deviation: none.
 */
import path from 'node:path';
import {
  BUILTIN_MODEL,
  openEmbedder,
  recallAtK,
  roundToFloat16,
  widenFloat16,
} from '../../../model/index.ts';
import { embedPhotos, readCaptions, readList } from '../../evaluate/index.ts';
import { flickrSplit } from '../photo-sets.ts';
import {
  figure,
  ResultBuilder,
  type BenchContext,
  type BenchSection,
  type SectionResult,
} from '../section.ts';

/** Of 1,000; a quick run looks at fewer. */
const PHOTOS_QUICK = 64;
const CAPTIONS_AT_ONCE = 256;
const NEIGHBOURS = 10;

export const storageSection: BenchSection = {
  name: 'storage',
  title: 'Vectors in the database: float32 or float16',
  run,
};

interface Vectors {
  readonly dimension: number;
  /** float32 [photos, D] */
  readonly images: Float32Array;
  /** float32 [captions, D] */
  readonly texts: Float32Array;
  /** The photo of each caption. */
  readonly captionImageIds: readonly number[];
}

async function run(context: BenchContext): Promise<SectionResult> {
  const result = new ResultBuilder();
  const vectors = await embedCaptioned(context);
  if (vectors === undefined) {
    result.remark('Not measured: no captioned photos beside the project.');
    return result.result();
  }
  const { dimension, images, texts, captionImageIds } = vectors;
  const halves = widenFloat16(roundToFloat16(images));
  const imageIds = Array.from({ length: images.length / dimension }, (_, id) => id);
  const rows: (string | number)[][] = [];
  for (const [index, matrix] of [images, halves].entries()) {
    const name = index === 0 ? 'float32' : 'float16';
    const { textToImage } = recallAtK({ images: matrix, texts, imageIds, captionImageIds });
    const bytes = dimension * (index === 0 ? 4 : 2);
    for (const [k, value] of Object.entries(textToImage)) result.value(`${name} ${k}`, value);
    rows.push([name, bytes, ...Object.values(textToImage).map((value) => figure(value))]);
  }
  result.table(
    `${imageIds.length} photos, ${captionImageIds.length} captions, built-in model`,
    ['stored as', 'bytes a photo', 'R@1', 'R@5', 'R@10'],
    rows,
  );
  const { kept, sameFirst } = compareNeighbours(vectors, halves);
  result.value('neighbours kept', kept);
  result.value('same first hit', sameFirst);
  result.remark(
    `Of the ${NEIGHBOURS} best photos of a caption, float16 keeps ${(100 * kept).toFixed(2)} %; the first is the same for ${(100 * sameFirst).toFixed(2)} %.`,
  );
  return result.result();
}

async function embedCaptioned({ workFolder, quick, note }: BenchContext): Promise<Vectors | undefined> {
  const set = flickrSplit('test');
  if (set === undefined) return undefined;
  note('storage: embedding photos and captions');
  const embedder = await openEmbedder({
    model: BUILTIN_MODEL,
    modelsFolder: workFolder,
    cacheFolder: path.join(workFolder, 'cache'),
    device: 'cpu',
    precision: 'fp32',
  });
  try {
    const captionsOf = await readCaptions(set.captionsFile);
    const list = await readList(set.splitFile);
    const { photos, images } = await embedPhotos(quick ? list.slice(0, PHOTOS_QUICK) : list, {
      imagesFolder: set.imagesFolder,
      embedder,
    });
    const captions = photos.flatMap((photo, id) =>
      (captionsOf.get(photo) ?? []).map((text) => ({ id, text })),
    );
    const texts = new Float32Array(captions.length * embedder.dimension);
    for (let start = 0; start < captions.length; start += CAPTIONS_AT_ONCE) {
      const part = captions.slice(start, start + CAPTIONS_AT_ONCE).map(({ text }) => text);
      const encoded = await embedder.encodeTexts(part);
      for (const [row, { vector }] of encoded.entries()) {
        texts.set(vector, (start + row) * embedder.dimension);
      }
    }
    const captionImageIds = captions.map(({ id }) => id);
    return { dimension: embedder.dimension, images, texts, captionImageIds };
  } finally {
    await embedder.close();
  }
}

/** Shares of 1: of the best photos that both find, and of captions whose first hit is the same. */
function compareNeighbours(
  { texts, images, dimension }: Vectors,
  halves: Float32Array,
): { readonly kept: number; readonly sameFirst: number } {
  let kept = 0;
  let sameFirst = 0;
  const count = texts.length / dimension;
  for (let row = 0; row < count; row += 1) {
    const text = texts.subarray(row * dimension, (row + 1) * dimension);
    const before = best(images, text);
    const after = best(halves, text);
    kept += before.filter((id) => after.includes(id)).length / before.length;
    if (before[0] === after[0]) sameFirst += 1;
  }
  return { kept: kept / count, sameFirst: sameFirst / count };
}

/** Rows of [N, D] with the largest products, best first. */
function best(matrix: Float32Array, vector: Float32Array): number[] {
  const { length } = vector;
  const scores = Array.from({ length: matrix.length / length }, (_, row) => {
    let product = 0;
    for (let index = 0; index < length; index += 1) {
      product += (matrix[row * length + index] ?? 0) * (vector[index] ?? 0);
    }
    return product;
  });
  return [...scores.keys()].toSorted((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0)).slice(0, NEIGHBOURS);
}
