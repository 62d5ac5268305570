/**
 * Opens a model folder as an `Embedder`: image, text and fusion towers behind bounded batches.
 * Source: unilm beit3 (retrieval forward and normalisation). Deviation: none.
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { GraphRequest, Tower as TowerName } from '../beit3/index.ts';
import { AppError } from '../errors.ts';
import { padRows, Tokenizer } from '../text/index.ts';
import { findModel, type ModelFolder } from '../zoo/index.ts';
import { Batcher } from './batcher.ts';
import type { CallOptions, Embedder, EncodedText, OpenEmbedderOptions, Pair } from './embedder.ts';
import type { GraphSource } from './graph-cache.ts';
import type { TensorData } from './session-messages.ts';
import { Tower, type LoadedTower } from './tower.ts';

/** Large batches gain nothing on a CPU once a core is busy, and delay whoever waits behind them. */
const IMAGE_BATCH_MAX = 8;
const TEXT_BATCH_MAX = 32;
const PAIR_BATCH_MAX = 8;

/** Items that wait in one queue: about a minute of work at the speeds of a small CPU. */
const WAITING_MAX = 1024;

/** A batch that runs and one that waits keep the network busy; more would only hold memory. */
const BATCHES_IN_FLIGHT = 2;

const requests: Readonly<Record<TowerName, GraphRequest>> = {
  vision: { tower: 'vision', outputs: ['vector'] },
  text: { tower: 'text', outputs: ['vector'] },
  fusion: { tower: 'fusion', outputs: ['itm_logits'] },
};

/**
 * Reads config.json and tokenizer; graphs and sessions follow on first use, or now for `preload`.
 * @throws AppError MODEL_NOT_FOUND, MODEL_INVALID, DEVICE_UNAVAILABLE, UNSUPPORTED
 */
export async function openEmbedder(options: OpenEmbedderOptions): Promise<LocalEmbedder> {
  const model = await findModel(options.model, options.modelsFolder);
  const { config, folder } = model;
  if (!config.beit3.heads.retrieval) {
    throw new AppError(
      'UNSUPPORTED',
      `${folder}: this model has no retrieval head, so it has no vectors to search by; use a retrieval or itc checkpoint`,
    );
  }
  const tokenizer =
    config.tokenizer === null
      ? undefined
      : await Tokenizer.load(path.join(folder, config.tokenizer.file), config.tokenizer);
  const embedder = new LocalEmbedder(model, tokenizer, options);
  try {
    await Promise.all((options.preload ?? []).map((tower) => embedder.load(tower)));
  } catch (error) {
    await embedder.close();
    throw error;
  }
  return embedder;
}

interface TokenRow {
  readonly ids: readonly number[];
  readonly truncated: boolean;
}

interface PairRow extends TokenRow {
  readonly pixels: Float32Array;
}

/** An `Embedder` whose towers run in threads of this process. */
export class LocalEmbedder implements Embedder {
  readonly model: ModelFolder;
  readonly name: string;
  readonly identity: string;
  readonly dimension: number;
  readonly preprocess: Embedder['preprocess'];
  readonly canFuse: boolean;
  readonly batchSizeMax = IMAGE_BATCH_MAX;
  readonly #tokenizer: Tokenizer | undefined;
  readonly #towers: Readonly<Record<TowerName, Tower>>;
  readonly #images: Batcher<Float32Array, Float32Array>;
  readonly #texts: Batcher<TokenRow, Float32Array>;
  readonly #pairs: Batcher<PairRow, number>;

  constructor(model: ModelFolder, tokenizer: Tokenizer | undefined, options: OpenEmbedderOptions) {
    const { config } = model;
    this.model = model;
    this.name = config.name;
    this.identity = model.identity;
    this.dimension = config.beit3.width;
    this.preprocess = config.preprocess;
    this.canFuse = tokenizer !== undefined && fusionSource(model).config.heads.itm;
    this.#tokenizer = tokenizer;
    // Three towers find the same devices missing; a person needs to read it once.
    const onNotice = once(options.onNotice);
    this.#towers = {
      vision: makeTower('vision', model, options, onNotice),
      text: makeTower('text', model, options, onNotice),
      fusion: makeTower('fusion', model, options, onNotice),
    };
    const queue = { waitingMax: WAITING_MAX };
    this.#images = new Batcher({
      ...queue,
      name: `${config.name} images`,
      batchSizeMax: IMAGE_BATCH_MAX,
      lengthOf: () => 0,
      run: (items) => this.#runImages(items),
    });
    this.#texts = new Batcher({
      ...queue,
      name: `${config.name} texts`,
      batchSizeMax: TEXT_BATCH_MAX,
      lengthOf: (row) => row.ids.length,
      run: (items) => this.#runTexts(items),
    });
    this.#pairs = new Batcher({
      ...queue,
      name: `${config.name} pairs`,
      batchSizeMax: PAIR_BATCH_MAX,
      lengthOf: (row) => row.ids.length,
      run: (items) => this.#runPairs(items),
    });
  }

  /** Loads a tower now. @returns the device and precision it runs with */
  load(tower: TowerName): Promise<LoadedTower> {
    return this.#towers[tower].load();
  }

  async encodeImages(images: readonly Float32Array[], options: CallOptions = {}): Promise<Float32Array[]> {
    for (const pixels of images) this.#checkPixels(pixels);
    return inSlices(images, this.#images, IMAGE_BATCH_MAX, options.signal);
  }

  async encodeTexts(texts: readonly string[], options: CallOptions = {}): Promise<EncodedText[]> {
    const rows = texts.map((text) => this.#tokenize(text));
    // Short texts with short ones: a batch is padded to its longest row.
    const order = rows.map((_, index) => index).toSorted((a, b) => lengthAt(rows, a) - lengthAt(rows, b));
    const sorted = order.map((index) => rows[index] as TokenRow);
    const vectors = await inSlices(sorted, this.#texts, TEXT_BATCH_MAX, options.signal);
    const result: EncodedText[] = [];
    for (const [position, index] of order.entries()) {
      const vector = vectors[position] as Float32Array;
      result[index] = { vector, truncated: rows[index]?.truncated ?? false };
    }
    return result;
  }

  async scorePairs(pairs: readonly Pair[], options: CallOptions = {}): Promise<Float32Array> {
    if (!this.canFuse) {
      throw new AppError(
        'UNSUPPORTED',
        `model "${this.name}" has no image-text-matching head; rank by the cosine, or use a model with one (the built-in model has)`,
      );
    }
    const rows = pairs.map(({ pixels, text }) => {
      this.#checkPixels(pixels);
      return { ...this.#tokenize(text), pixels };
    });
    return Float32Array.from(await inSlices(rows, this.#pairs, PAIR_BATCH_MAX, options.signal));
  }

  async close(): Promise<void> {
    await Promise.all([this.#images.close(), this.#texts.close(), this.#pairs.close()]);
    await Promise.all(Object.values(this.#towers).map((tower) => tower.close()));
  }

  async #runImages(images: readonly Float32Array[]): Promise<Float32Array[]> {
    const output = await this.#towers.vision.run({ image: this.#imageTensor(images) });
    return splitRows(output['vector'], images.length);
  }

  async #runTexts(rows: readonly TokenRow[]): Promise<Float32Array[]> {
    const output = await this.#towers.text.run(textTensors(rows));
    return splitRows(output['vector'], rows.length);
  }

  async #runPairs(rows: readonly PairRow[]): Promise<number[]> {
    const image = this.#imageTensor(rows.map((row) => row.pixels));
    const output = await this.#towers.fusion.run({ image, ...textTensors(rows) });
    // Log-odds of "match" from the two logits of a softmax.
    return splitRows(output['itm_logits'], rows.length).map(([no = 0, yes = 0]) => yes - no);
  }

  #imageTensor(images: readonly Float32Array[]): TensorData {
    const { side } = this.preprocess;
    const size = 3 * side * side;
    const data = new Float32Array(images.length * size);
    for (const [index, pixels] of images.entries()) data.set(pixels, index * size);
    return { data, dims: [images.length, 3, side, side] };
  }

  #checkPixels(pixels: Float32Array): void {
    const { side } = this.preprocess;
    if (pixels.length === 3 * side * side) return;
    throw new AppError(
      'INVALID_ARGUMENT',
      `an image of ${pixels.length} numbers, expected ${3 * side * side} ([3, ${side}, ${side}]); prepare it with this model's preprocessing`,
    );
  }

  #tokenize(text: string): TokenRow {
    if (this.#tokenizer === undefined) {
      throw new AppError(
        'UNSUPPORTED',
        `model "${this.name}" was imported without a tokenizer; import it again with --tokenizer`,
      );
    }
    return this.#tokenizer.encodeRow(text, this.model.config.textLengthMax);
  }
}

function makeTower(
  tower: TowerName,
  model: ModelFolder,
  options: OpenEmbedderOptions,
  onNotice: (notice: string) => void,
): Tower {
  const asked = options.precision ?? 'auto';
  return new Tower({
    source: tower === 'fusion' ? fusionSource(model) : mainSource(model),
    request: requests[tower],
    device: options.device ?? 'auto',
    precision: asked === 'auto' ? model.config.precision : asked,
    threads: options.threads ?? availableParallelism(),
    providerOptions: options.providerOptions ?? {},
    cacheFolder: options.cacheFolder,
    onNotice,
  });
}

/** Passes each notice on the first time only. */
function once(onNotice: OpenEmbedderOptions['onNotice']): (notice: string) => void {
  const told = new Set<string>();
  return (notice) => {
    if (!told.has(notice)) onNotice?.(notice);
    told.add(notice);
  };
}

function mainSource({ folder, config }: ModelFolder): GraphSource {
  return {
    config: config.beit3,
    weightsFile: path.join(folder, config.weights.file),
    weightsSha256: config.weights.sha256,
  };
}

function fusionSource(model: ModelFolder): GraphSource {
  const { fusion } = model.config;
  if (fusion === null) return mainSource(model);
  return {
    config: fusion.beit3,
    weightsFile: path.join(model.folder, fusion.file),
    weightsSha256: fusion.sha256,
  };
}

function textTensors(rows: readonly TokenRow[]): { input_ids: TensorData; padding_mask: TensorData } {
  const { inputIds, paddingMask, batch, length } = padRows(rows.map((row) => row.ids));
  const dims = [batch, length];
  return { input_ids: { data: inputIds, dims }, padding_mask: { data: paddingMask, dims } };
}

/** Feeds a long list to a batcher without filling its queue; results in order. */
async function inSlices<In, Out>(
  items: readonly In[],
  batcher: Batcher<In, Out>,
  batchSize: number,
  signal: AbortSignal | undefined,
): Promise<Out[]> {
  const results: Out[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const start = next;
      next += batchSize;
      const part = await batcher.submit(items.slice(start, start + batchSize), signal);
      for (const [index, result] of part.entries()) results[start + index] = result;
    }
  };
  await Promise.all(Array.from({ length: BATCHES_IN_FLIGHT }, lane));
  return results;
}

function splitRows(tensor: TensorData | undefined, rows: number): Float32Array[] {
  if (!(tensor?.data instanceof Float32Array)) throw new Error('the graph gave no float32 output');
  const { data } = tensor;
  const width = data.length / rows;
  return Array.from({ length: rows }, (_, index) => data.slice(index * width, (index + 1) * width));
}

function lengthAt(rows: readonly TokenRow[], index: number): number {
  return rows[index]?.ids.length ?? 0;
}
