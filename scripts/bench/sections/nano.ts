/**
 * The built-in model from photo file to vector, single queries, start-up, and what precision costs.
 * Source: our own. Deviation: none.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import {
  BUILTIN_MODEL,
  openEmbedder,
  preprocess,
  productPreprocess,
  type LocalEmbedder,
} from '../../../model/index.ts';
import { embedPhotos, evaluatePhotos, readDataset } from '../../evaluate/index.ts';
import { mean, rowCosines, summarize, takeTurns } from '../measure.ts';
import { flickrSplit, photoSets, type PhotoSet } from '../photo-sets.ts';
import {
  figure,
  ResultBuilder,
  type BenchContext,
  type BenchSection,
  type SectionResult,
} from '../section.ts';

const precisions = ['fp32', 'int8', 'fp16'] as const;
type PrecisionName = (typeof precisions)[number];
type Embedders = Readonly<Record<PrecisionName, LocalEmbedder>>;

/** Recall may move by so much, in points of a percent, before a precision counts as another model. */
const RECALL_POINTS_MAX = 0.5;

export const nanoSection: BenchSection = { name: 'nano', title: 'Built-in model (nano)', run };

async function run(context: BenchContext): Promise<SectionResult> {
  const result = new ResultBuilder();
  const cacheFolder = path.join(context.workFolder, 'cache');
  const open = (precision: PrecisionName) =>
    openEmbedder({
      model: BUILTIN_MODEL,
      modelsFolder: context.workFolder,
      cacheFolder,
      device: 'cpu',
      precision,
      preload: ['vision', 'text'],
    });
  const embedders = { fp32: await open('fp32'), int8: await open('int8'), fp16: await open('fp16') };
  try {
    const sets = await photoSets(context);
    for (const set of sets) await throughput(set, embedders, context, result);
    await networkSpeed(embedders, context, result);
    await queryLatency(embedders, context, result);
    for (const set of sets) await precisionCosines(set, embedders, context, result);
    await recall(embedders, context, result);
  } finally {
    for (const embedder of Object.values(embedders)) await embedder.close();
  }
  await startUp(cacheFolder, context, result);
  return result.result();
}

/** From file to vector, and the decoding alone, in turns. */
async function throughput(
  set: PhotoSet,
  embedders: Embedders,
  { note, quick }: BenchContext,
  result: ResultBuilder,
): Promise<void> {
  note(`nano: file to vector, ${set.name}`);
  const photos = quick ? set.photos.slice(0, 64) : set.photos;
  const used = { decode: [] as number[], fp32: [] as number[], int8: [] as number[] };
  const embed = (embedder: LocalEmbedder) => () =>
    embedPhotos(photos, { imagesFolder: set.folder, embedder });
  const contestants = [
    { name: 'decode only', run: counted(used.decode, () => decodeAll(set, photos, embedders.fp32)) },
    { name: 'fp32', run: counted(used.fp32, embed(embedders.fp32)) },
    { name: 'int8', run: counted(used.int8, embed(embedders.int8)) },
  ];
  const times = await takeTurns(contestants, { warmups: 1, roundsMin: 3, budgetMs: quick ? 0 : 10_000 });
  const decodeCpu = summarize(used.decode).median;
  const rows = contestants.map(({ name }, index) => {
    const rate = (1000 * photos.length) / (times[index]?.median ?? Number.NaN);
    result.value(`${set.name}: ${name} photos per second`, rate);
    const cpu = [used.decode, used.fp32, used.int8][index] ?? [];
    const share = result.value(`${set.name}: ${name} decoding share`, decodeCpu / summarize(cpu).median);
    return [name, figure(rate), index === 0 ? '–' : `${Math.round(100 * share)} %`];
  });
  result.table(
    `JPEG file to vector, ${set.name} (${photos.length} photos)`,
    ['way', 'photos /s', 'processor time for decoding'],
    rows,
  );
}

/** Adds the processor time of each run to `list`, in milliseconds. */
function counted(list: number[], work: () => Promise<unknown>): () => Promise<void> {
  return async () => {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    list.push((user + system) / 1000);
  };
}

async function decodeAll(set: PhotoSet, photos: readonly string[], embedder: LocalEmbedder): Promise<void> {
  for (let start = 0; start < photos.length; start += embedder.batchSizeMax) {
    await Promise.all(
      photos
        .slice(start, start + embedder.batchSizeMax)
        .map((photo) => preprocess(path.join(set.folder, photo), embedder.preprocess, productPreprocess)),
    );
  }
}

/** The network alone, pixels to vectors. */
async function networkSpeed(
  embedders: Embedders,
  { note, quick }: BenchContext,
  result: ResultBuilder,
): Promise<void> {
  note('nano: network alone');
  const { side } = embedders.fp32.preprocess;
  const pixels = Array.from({ length: embedders.fp32.batchSizeMax }, (_, image) =>
    Float32Array.from({ length: 3 * side * side }, (__, index) => Math.sin(index * 0.37 + image)),
  );
  const contestants = precisions.map((name) => ({ name, run: () => embedders[name].encodeImages(pixels) }));
  const times = await takeTurns(contestants, { roundsMin: 10, budgetMs: quick ? 0 : 4000 });
  const rates = times.map(({ median }) => (1000 * pixels.length) / median);
  for (const [index, name] of precisions.entries()) {
    result.value(`network alone, ${name} images per second`, rates[index] ?? Number.NaN);
  }
  const ratio = result.value(
    'network alone, int8 over fp32',
    (rates[1] ?? Number.NaN) / (rates[0] ?? Number.NaN),
  );
  result.table(
    `Pixels to vectors, batches of ${pixels.length}`,
    [...precisions.map((name) => `${name} /s`), 'int8 / fp32'],
    [[...rates.map((rate) => figure(rate)), figure(ratio, 'x')]],
  );
}

async function queryLatency(
  embedders: Embedders,
  { note, quick }: BenchContext,
  result: ResultBuilder,
): Promise<void> {
  note('nano: single queries');
  const queries = [
    'a dog in the snow',
    'two children play on a beach at sunset',
    'surfer',
    'red car in front of a house',
  ];
  let next = 0;
  const contestants = (['fp32', 'int8'] as const).map((name) => ({
    name,
    run: () => embedders[name].encodeTexts([queries[next++ % queries.length] ?? '']),
  }));
  const times = await takeTurns(contestants, { warmups: 20, roundsMin: quick ? 50 : 300, budgetMs: 0 });
  const rows = contestants.map(({ name }, index) => {
    const { median = Number.NaN, p90 = Number.NaN, p99 = Number.NaN } = times[index] ?? {};
    result.value(`query ${name} p50 ms`, median);
    result.value(`query ${name} p99 ms`, p99);
    return [name, figure(median, 'ms'), figure(p90, 'ms'), figure(p99, 'ms')];
  });
  result.table('One text query to vector, after warm-up', ['precision', 'p50', 'p90', 'p99'], rows);
}

async function precisionCosines(
  set: PhotoSet,
  embedders: Embedders,
  { note, quick }: BenchContext,
  result: ResultBuilder,
): Promise<void> {
  note(`nano: precision, ${set.name}`);
  const photos = set.photos.slice(0, quick ? 32 : 200);
  const vectorsOf = async (name: PrecisionName) =>
    (await embedPhotos(photos, { imagesFolder: set.folder, embedder: embedders[name] })).images;
  const exact = await vectorsOf('fp32');
  const rows: string[][] = [];
  for (const name of ['int8', 'fp16'] as const) {
    const cosines = rowCosines(exact, await vectorsOf(name), embedders.fp32.dimension);
    result.value(`${set.name}: ${name} cosine mean`, mean(cosines));
    result.value(`${set.name}: ${name} cosine smallest`, Math.min(...cosines));
    rows.push([name, mean(cosines).toFixed(6), Math.min(...cosines).toFixed(6)]);
  }
  result.table(
    `Cosine to the fp32 vector, ${set.name} (${photos.length} photos)`,
    ['precision', 'mean', 'smallest'],
    rows,
  );
}

async function recall(
  embedders: Embedders,
  { note, quick }: BenchContext,
  result: ResultBuilder,
): Promise<void> {
  const split = flickrSplit('dev');
  if (split === undefined || quick) {
    result.remark(
      split === undefined
        ? 'Recall was not measured: Flickr8k is not beside the project (../shared/flickr8k).'
        : 'Recall was not measured in a quick run.',
    );
    return;
  }
  const dataset = await readDataset({
    annotations: split.captionsFile,
    split: split.splitFile,
    imagesFolder: split.imagesFolder,
  });
  const rows: string[][] = [];
  const figures: number[][] = [];
  for (const name of precisions) {
    note(`nano: recall on Flickr8k dev, ${name}`);
    const { textToImage, imageToText } = await evaluatePhotos({
      dataset,
      imagesFolder: split.imagesFolder,
      embedder: embedders[name],
      approximate: false,
      latency: false,
    });
    const six = [
      textToImage[1],
      textToImage[5],
      textToImage[10],
      imageToText[1],
      imageToText[5],
      imageToText[10],
    ];
    figures.push(six);
    const shift = Math.max(...six.map((value, index) => Math.abs(value - (figures[0]?.[index] ?? 0))));
    result.value(`dev recall ${name} largest shift`, shift);
    result.value(`dev recall ${name} text to image at 10`, textToImage[10]);
    rows.push([
      name,
      ...six.map((value) => value.toFixed(1)),
      `${shift.toFixed(2)}${shift > RECALL_POINTS_MAX ? ' (!)' : ''}`,
    ]);
  }
  result.table(
    'Recall on Flickr8k dev, percent',
    ['precision', 't→i @1', '@5', '@10', 'i→t @1', '@5', '@10', 'largest shift'],
    rows,
  );
}

/** Processes that open the model, encode one text and end: with and without generated graphs. */
async function startUp(
  cacheFolder: string,
  { note, workFolder, quick }: BenchContext,
  result: ResultBuilder,
): Promise<void> {
  note('nano: start-up');
  const warm: number[] = [];
  for (let round = 0; round < (quick ? 2 : 5); round++)
    warm.push(await firstEmbedding(workFolder, cacheFolder));
  const cold = await firstEmbedding(workFolder, path.join(workFolder, 'empty-cache'));
  const warmMs = result.value('start to first embedding ms', summarize(warm).median);
  result.value('start to first embedding without graphs ms', cold);
  result.table(
    'Process start to first text vector',
    ['graphs cached', 'first time'],
    [[figure(warmMs, 'ms'), figure(cold, 'ms')]],
  );
}

function firstEmbedding(modelsFolder: string, cacheFolder: string): Promise<number> {
  const script = path.join(import.meta.dirname, '..', 'first-embedding.js');
  const start = performance.now();
  const child = spawn(process.execPath, [script, modelsFolder, cacheFolder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let answered: number | undefined;
  child.stdout.once('data', () => {
    answered = performance.now() - start;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0 && answered !== undefined) resolve(answered);
      else reject(new Error(`first-embedding ended with ${code}`));
    });
  });
}
