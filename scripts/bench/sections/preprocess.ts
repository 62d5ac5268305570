/**
 * The two ways from photo file to pixels: exact (Pillow's to the bit) and fast (what the product does).
 * Source: our own. Deviation: none.
 */
import path from 'node:path';
import {
  BUILTIN_MODEL,
  openEmbedder,
  preprocess,
  productPreprocess,
  sizes,
  type LocalEmbedder,
} from '../../../model/index.ts';
import { embedPhotos, evaluatePhotos, readDataset } from '../../evaluate/index.ts';
import { mean, rowCosines, takeTurns } from '../measure.ts';
import { flickrSplit, photoSets, type PhotoSet } from '../photo-sets.ts';
import {
  figure,
  ResultBuilder,
  type BenchContext,
  type BenchSection,
  type SectionResult,
} from '../section.ts';

const modes = ['exact', 'fast'] as const;

/** Of the built-in model, and of the released ones. */
const SIDES = [sizes.nano.imageSide, sizes.base.imageSide] as const;

/** Files that are read and decoded at the same time, as the indexer does. */
const AT_ONCE = 8;

export const preprocessSection: BenchSection = {
  name: 'preprocess',
  title: 'Photo file to pixels: exact against fast',
  run,
};

async function run(context: BenchContext): Promise<SectionResult> {
  const result = new ResultBuilder();
  const embedder = await openEmbedder({
    model: BUILTIN_MODEL,
    modelsFolder: context.workFolder,
    cacheFolder: path.join(context.workFolder, 'cache'),
    device: 'cpu',
    precision: 'fp32',
  });
  try {
    const rows: string[][] = [];
    for (const set of await photoSets(context))
      rows.push(...(await measureSet(set, embedder, context, result)));
    result.table(
      'Files to tensors, and the cosine between the vectors of both',
      ['photos', 'side', 'exact /s', 'fast /s', 'ratio', 'cosine mean', 'cosine smallest'],
      rows,
    );
    await recall(embedder, context, result);
  } finally {
    await embedder.close();
  }
  return result.result();
}

async function measureSet(
  set: PhotoSet,
  embedder: LocalEmbedder,
  { note, quick }: BenchContext,
  result: ResultBuilder,
): Promise<string[][]> {
  const photos = set.photos.slice(0, quick ? 16 : 100);
  const rows: string[][] = [];
  for (const side of SIDES) {
    note(`preprocess: ${set.name}, side ${side}`);
    const contestants = modes.map((mode) => ({
      name: mode,
      run: () => readAll(set, photos, embedder, mode, side),
    }));
    const times = await takeTurns(contestants, { warmups: 1, roundsMin: 3, budgetMs: quick ? 0 : 4000 });
    const rates = times.map(({ median }) => (1000 * photos.length) / median);
    const [exact = Number.NaN, fast = Number.NaN] = rates;
    result.value(`${set.name}, side ${side}: exact photos per second`, exact);
    result.value(`${set.name}, side ${side}: fast photos per second`, fast);
    const cosines = side === embedder.preprocess.side ? await modeCosines(set, photos, embedder) : undefined;
    if (cosines !== undefined) result.value(`${set.name}: cosine smallest`, Math.min(...cosines));
    rows.push([
      set.name,
      String(side),
      figure(exact),
      figure(fast),
      figure(fast / exact, 'x'),
      cosines === undefined ? '–' : mean(cosines).toFixed(5),
      cosines === undefined ? '–' : Math.min(...cosines).toFixed(5),
    ]);
  }
  return rows;
}

async function readAll(
  set: PhotoSet,
  photos: readonly string[],
  embedder: LocalEmbedder,
  mode: (typeof modes)[number],
  side: number,
): Promise<void> {
  const spec = { ...embedder.preprocess, side };
  for (let start = 0; start < photos.length; start += AT_ONCE) {
    await Promise.all(
      photos
        .slice(start, start + AT_ONCE)
        .map((photo) => preprocess(path.join(set.folder, photo), spec, { ...productPreprocess, mode })),
    );
  }
}

async function modeCosines(
  set: PhotoSet,
  photos: readonly string[],
  embedder: LocalEmbedder,
): Promise<number[]> {
  const [exact, fast] = await Promise.all(
    modes.map((mode) =>
      embedPhotos(photos, { imagesFolder: set.folder, embedder, preprocess: { ...productPreprocess, mode } }),
    ),
  );
  return rowCosines(
    exact?.images ?? new Float32Array(0),
    fast?.images ?? new Float32Array(0),
    embedder.dimension,
  );
}

async function recall(
  embedder: LocalEmbedder,
  { note, quick }: BenchContext,
  result: ResultBuilder,
): Promise<void> {
  const split = flickrSplit('dev');
  if (split === undefined || quick) {
    result.remark(
      'Recall was not measured: it needs Flickr8k beside the project (../shared/flickr8k), and no quick run.',
    );
    return;
  }
  const dataset = await readDataset({
    annotations: split.captionsFile,
    split: split.splitFile,
    imagesFolder: split.imagesFolder,
  });
  const rows: string[][] = [];
  for (const mode of modes) {
    note(`preprocess: recall on Flickr8k dev, ${mode}`);
    const { textToImage, imageToText } = await evaluatePhotos({
      dataset,
      imagesFolder: split.imagesFolder,
      embedder,
      preprocess: { ...productPreprocess, mode },
      approximate: false,
      latency: false,
    });
    result.value(`dev recall ${mode} text to image at 10`, textToImage[10]);
    const six = [
      textToImage[1],
      textToImage[5],
      textToImage[10],
      imageToText[1],
      imageToText[5],
      imageToText[10],
    ];
    rows.push([mode, ...six.map((value) => value.toFixed(1))]);
  }
  result.table(
    'Recall on Flickr8k dev, percent (176 x 176 photos)',
    ['mode', 't→i @1', '@5', '@10', 'i→t @1', '@5', '@10'],
    rows,
  );
}
