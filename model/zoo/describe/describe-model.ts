/**
 * What a model is and what it does on this machine: sizes, heads, provenance, and measured speed.
 * Source: our own. Deviation: none.
 */
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import {
  buildGraph,
  countParameters,
  parametersOf,
  Weights,
  type OutputName,
  type Tower,
} from '../../beit3/index.ts';
import { visionTokens, type Beit3Config, type HeadsConfig } from '../../config.ts';
import { AppError, messageOf } from '../../errors.ts';
import { openEmbedder, type LocalEmbedder, type OpenEmbedderOptions } from '../../runtime/index.ts';
import type { ModelConfig, ModelFolder } from '../model-folder.ts';
import { builtinFolder } from '../registry.ts';

export interface DescribeOptions extends Pick<
  OpenEmbedderOptions,
  'modelsFolder' | 'cacheFolder' | 'device' | 'precision' | 'threads' | 'onNotice'
> {
  readonly signal?: AbortSignal;
  /** Time spent on each measurement, default 1000; 0: nothing is measured. */
  readonly measureMs?: number;
}

export interface TowerDescription {
  readonly tower: Tower;
  /** scalars that this tower reads; what two towers share counts in both */
  readonly parameters: number;
  /** null where the tower cannot run; `problem` says why */
  readonly device: string | null;
  readonly precision: string | null;
  /** milliseconds to generate the graph (once for each model and precision) and to start the session */
  readonly loadMs: number | null;
  readonly problem: string | null;
}

export interface ModelDescription {
  readonly name: string;
  readonly folder: string;
  readonly builtin: boolean;
  readonly identity: string;
  readonly sizes: Omit<Beit3Config, 'heads'>;
  /** P: image tokens, class token included */
  readonly visionTokens: number;
  /** tokens of the longest text, <s> and </s> included */
  readonly textLengthMax: number;
  /** floats per vector; null without a retrieval head */
  readonly dimension: number | null;
  /** names of the heads, a count of classes behind those that have one */
  readonly heads: readonly string[];
  /** scalars in all weights, a second set for fusion included */
  readonly parameters: number;
  readonly preprocess: ModelConfig['preprocess'];
  /** what `auto` means on a CPU */
  readonly precision: ModelConfig['precision'];
  readonly provenance: ModelConfig['provenance'];
  readonly files: readonly { readonly file: string; readonly bytes: number; readonly sha256: string }[];
  readonly towers: readonly TowerDescription[];
  readonly speed: ModelSpeed;
}

/** Measured now, on whatever else the machine is doing; null where the model cannot, or nothing was measured. */
export interface ModelSpeed {
  /** random pixels to vectors, in full batches */
  readonly imagesPerSecond: number | null;
  /** short sentences to vectors, in full batches */
  readonly textsPerSecond: number | null;
  /** one sentence at a time, median */
  readonly queryMs: number | null;
  /** image and text read together, in full batches */
  readonly pairsPerSecond: number | null;
}

const MEASURE_MS = 1000;
const TEXT_BATCH = 32;
const PAIR_BATCH = 8;

const sentences = [
  'a dog runs across a snowy field',
  'two children play on a beach at sunset',
  'a red car parked in front of an old house',
  'people sitting around a table with food',
] as const;

/**
 * A tower that cannot run is no error but part of the answer.
 * @throws AppError MODEL_INVALID, ABORTED
 */
export async function describeModel(model: ModelFolder, options: DescribeOptions): Promise<ModelDescription> {
  const { config } = model;
  const { heads, ...sizes } = config.beit3;
  const files = [config.weights, config.fusion, config.tokenizer].filter((entry) => entry !== null);
  return {
    name: config.name,
    folder: model.folder,
    builtin: path.resolve(model.folder) === path.resolve(builtinFolder()),
    identity: model.identity,
    sizes,
    visionTokens: visionTokens(config.beit3),
    textLengthMax: config.textLengthMax,
    dimension: heads.retrieval ? config.beit3.width : null,
    heads: [...new Set([...headNames(heads), ...headNames(config.fusion?.beit3.heads)])],
    parameters: countStored(model),
    preprocess: config.preprocess,
    precision: config.precision,
    provenance: config.provenance,
    files: files.map(({ file, bytes, sha256 }) => ({ file, bytes, sha256 })),
    ...(await tryOut(model, options)),
  };
}

async function tryOut(
  model: ModelFolder,
  options: DescribeOptions,
): Promise<Pick<ModelDescription, 'towers' | 'speed'>> {
  const { signal, measureMs = MEASURE_MS, ...open } = options;
  let embedder: LocalEmbedder;
  try {
    embedder = await openEmbedder({ ...open, model: model.folder });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const none = { device: null, precision: null, loadMs: null, problem: error.message };
    const towers = towerNames.map((tower) => ({ tower, parameters: countRead(model, tower), ...none }));
    return { towers, speed: nothingMeasured };
  }
  try {
    const towers: TowerDescription[] = [];
    for (const tower of towerNames) {
      checkSignal(signal);
      towers.push(await loadTower(embedder, model, tower));
    }
    const runs = new Set(towers.filter(({ problem }) => problem === null).map(({ tower }) => tower));
    return { towers, speed: await measure(embedder, runs, measureMs, signal) };
  } finally {
    await embedder.close();
  }
}

const towerNames: readonly Tower[] = ['vision', 'text', 'fusion'];

async function loadTower(
  embedder: LocalEmbedder,
  model: ModelFolder,
  tower: Tower,
): Promise<TowerDescription> {
  const parameters = countRead(model, tower);
  const start = performance.now();
  try {
    const { device, precision } = await embedder.load(tower);
    const problem =
      tower !== 'vision' && model.config.tokenizer === null
        ? 'the model was imported without a tokenizer, so it reads no text'
        : null;
    return { tower, parameters, device, precision, loadMs: performance.now() - start, problem };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { tower, parameters, device: null, precision: null, loadMs: null, problem: messageOf(error) };
  }
}

const nothingMeasured: ModelSpeed = {
  imagesPerSecond: null,
  textsPerSecond: null,
  queryMs: null,
  pairsPerSecond: null,
};

async function measure(
  embedder: LocalEmbedder,
  runs: ReadonlySet<Tower>,
  measureMs: number,
  signal: AbortSignal | undefined,
): Promise<ModelSpeed> {
  if (measureMs <= 0) return nothingMeasured;
  const call = signal === undefined ? {} : { signal };
  const images = Array.from({ length: embedder.batchSizeMax }, (_, seed) => randomPixels(embedder, seed + 1));
  const texts = Array.from({ length: TEXT_BATCH }, (_, index) => sentences[index % sentences.length] ?? '');
  const pairs = Array.from({ length: PAIR_BATCH }, (_, index) => ({
    pixels: images[index % images.length] ?? new Float32Array(0),
    text: texts[index] ?? '',
  }));
  const perSecond = async (tower: Tower, count: number, run: () => Promise<unknown>) =>
    runs.has(tower) ? (1000 * count) / median(await times(run, measureMs)) : null;
  return {
    imagesPerSecond: await perSecond('vision', images.length, () => embedder.encodeImages(images, call)),
    textsPerSecond: await perSecond('text', texts.length, () => embedder.encodeTexts(texts, call)),
    queryMs: runs.has('text')
      ? median(await times(() => embedder.encodeTexts([sentences[0]], call), measureMs))
      : null,
    pairsPerSecond: embedder.canFuse
      ? await perSecond('fusion', pairs.length, () => embedder.scorePairs(pairs, call))
      : null,
  };
}

/** Milliseconds of each call in `measureMs`, at least three; two calls before that warm the session up. */
async function times(run: () => Promise<unknown>, measureMs: number): Promise<number[]> {
  await run();
  await run();
  const list: number[] = [];
  const end = performance.now() + measureMs;
  while (list.length < 3 || performance.now() < end) {
    const start = performance.now();
    await run();
    list.push(performance.now() - start);
  }
  return list;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** float32 [3, S, S] in [-1, 1), the same on every machine; the content does not matter for the speed. */
function randomPixels({ preprocess: { side } }: LocalEmbedder, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: 3 * side * side }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2_147_483_648 - 1;
  });
}

/** Counted off the tower's graph, which names exactly the weights it reads. */
function countRead(model: ModelFolder, tower: Tower): number {
  const config = tower === 'fusion' ? (model.config.fusion?.beit3 ?? model.config.beit3) : model.config.beit3;
  const unread = { readFloat32: () => Promise.reject(new Error('only counted')) };
  const graph = buildGraph(config, new Weights(unread, 'fp32'), {
    tower,
    outputs: [outputOf(tower, config)],
  });
  let count = 0;
  for (const { name, shape } of graph.initializers) if (!name.startsWith('const/')) count += elements(shape);
  return count;
}

/** As the embedder asks for it; without its head a tower still has its encoder. */
function outputOf(tower: Tower, { heads }: Beit3Config): OutputName {
  if (tower !== 'fusion') return heads.retrieval ? 'vector' : 'encoder_out';
  if (heads.itm) return 'itm_logits';
  return heads.mlm ? 'mlm_log_probs' : 'encoder_out';
}

/** The import writes exactly the expected parameters, so the sizes say how many there are. */
function countStored({ config }: ModelFolder): number {
  const sets = config.fusion === null ? [config.beit3] : [config.beit3, config.fusion.beit3];
  return sets.reduce((sum, beit3) => sum + countParameters(parametersOf(beit3)), 0);
}

function headNames(heads: HeadsConfig | undefined): string[] {
  return Object.entries(heads ?? {}).flatMap(([name, value]) => {
    if (value === false || value === 0) return [];
    return [value === true ? name : `${name} (${value})`];
  });
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AppError('ABORTED', 'describing the model was aborted');
}
