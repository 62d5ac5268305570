/**
 * Opens a model folder as an `Embedder`: image and text towers behind bounded batches, pairs and captions beside them.
 * Source: unilm beit3 (retrieval forward and normalisation). Deviation: none.
 */
import path from 'node:path';
import type { Tower as TowerName } from '../beit3/index.ts';
import { textLengthMax } from '../config.ts';
import { AppError } from '../errors.ts';
import { checkModelSize, type NetworkImage } from '../image/index.ts';
import { Tokenizer } from '../text/index.ts';
import { findModel, readCalibration, type Calibration, type ModelFolder } from '../zoo/index.ts';
import { Batcher } from './batcher.ts';
import { Captioner } from './captioner.ts';
import type {
  CallOptions,
  Caption,
  CaptionOptions,
  Embedder,
  EncodedText,
  FusionKind,
  OpenEmbedderOptions,
  Pair,
} from './embedder.ts';
import { fusionSource, towerMaker, type MakeTower } from './model-towers.ts';
import { imageTensor, inSlices, splitRows, textTensors, type TokenRow } from './network-rows.ts';
import { ItmScorer, MlmScorer, pairBatchMax, type PairScorer } from './pair-scorer.ts';
import type { LoadedTower, Tower } from './tower.ts';

/** Large batches gain nothing on a CPU once a core is busy, and delay whoever waits behind them. */
const IMAGE_BATCH_MAX = 8;
const TEXT_BATCH_MAX = 32;

/** Items that wait in one queue: about a minute of work at the speeds of a small CPU. */
const WAITING_MAX = 1024;

/** The beginning of a long text tells as much as all of it. */
const SPELT_WORDS_MAX = 32;

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
  const calibration = await readCalibration(model, options.onNotice ?? (() => undefined));
  const embedder = new LocalEmbedder(model, tokenizer, options, calibration);
  try {
    await Promise.all((options.preload ?? []).map((tower) => embedder.load(tower)));
  } catch (error) {
    await embedder.close();
    throw error;
  }
  return embedder;
}

/** An `Embedder` whose towers run in threads of this process. */
export class LocalEmbedder implements Embedder {
  readonly model: ModelFolder;
  readonly name: string;
  readonly identity: string;
  readonly dimension: number;
  readonly preprocess: Embedder['preprocess'];
  readonly fusionKind: FusionKind | null;
  readonly canFuse: boolean;
  readonly calibration: Calibration | null;
  readonly canCaption: boolean;
  readonly patchSide: number;
  readonly textLengthMax: number;
  readonly batchSizeMax = IMAGE_BATCH_MAX;
  readonly pairBatchMax: number;
  readonly #tokenizer: Tokenizer | undefined;
  readonly #vision: Tower;
  readonly #text: Tower;
  readonly #images: Batcher<Float32Array, Float32Array>;
  readonly #texts: Batcher<TokenRow, Float32Array>;
  readonly #pairs: PairScorer | undefined;
  /** Stands for fusion where there are no pairs to score, to say why. */
  readonly #unpaired: Tower;
  readonly #captioner: Captioner | undefined;

  constructor(
    model: ModelFolder,
    tokenizer: Tokenizer | undefined,
    options: OpenEmbedderOptions,
    calibration: Calibration | null = null,
  ) {
    const { config } = model;
    this.model = model;
    this.name = config.name;
    this.identity = model.identity;
    this.dimension = config.beit3.width;
    this.preprocess = config.preprocess;
    this.patchSide = config.beit3.patchSize;
    this.textLengthMax = textLengthMax(config.beit3);
    this.#tokenizer = tokenizer;
    const makeTower = towerMaker(model, options);
    this.#vision = makeTower('main', { tower: 'vision', outputs: ['vector'] });
    this.#text = makeTower('main', { tower: 'text', outputs: ['vector'] });
    this.pairBatchMax = pairBatchMax(fusionSource(model).config);
    this.#pairs = pairScorerOf(model, tokenizer, makeTower);
    this.#unpaired = makeTower('fusion', { tower: 'fusion', outputs: ['itm_logits'] });
    this.fusionKind = this.#pairs?.kind ?? null;
    this.canFuse = this.fusionKind !== null;
    this.calibration = calibration?.scorer === this.fusionKind ? calibration : null;
    this.#captioner = captionerOf(model, tokenizer, makeTower);
    this.canCaption = this.#captioner !== undefined;
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
  }

  /**
   * Loads a tower now.
   * @returns the device and precision it runs with
   * @throws AppError DEVICE_UNAVAILABLE; UNSUPPORTED where it lacks a head
   */
  load(tower: TowerName): Promise<LoadedTower> {
    if (tower === 'fusion') return (this.#pairs ?? this.#unpaired).load();
    return tower === 'vision' ? this.#vision.load() : this.#text.load();
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
    if (this.#pairs === undefined) {
      throw new AppError(
        'UNSUPPORTED',
        `model "${this.name}" has no head that matches image and text and none that guesses masked words; rank by the cosine, or use a model with one (the built-in model has)`,
      );
    }
    // Most calls read many pictures beside one text.
    const tokens = new Map<string, TokenRow>();
    const rows = pairs.map(({ pixels, text }) => {
      this.#checkPixels(pixels);
      const row = tokens.get(text) ?? this.#tokenize(text);
      tokens.set(text, row);
      return { ids: row.ids, pixels };
    });
    return Float32Array.from(await this.#pairs.score(rows, options.signal));
  }

  async caption(images: readonly Float32Array[], options: CaptionOptions = {}): Promise<Caption[]> {
    if (this.#captioner === undefined) {
      throw new AppError(
        'UNSUPPORTED',
        `model "${this.name}" was not tuned for captioning; import one with a captioning checkpoint as --fusion`,
      );
    }
    for (const pixels of images) this.#checkPixels(pixels);
    return this.#captioner.caption(images, options);
  }

  textKey(text: string): string {
    return this.#tokenize(text).ids.join(' ');
  }

  piecesPerWord(text: string): number {
    const words = text.trim().split(/\s+/u).slice(0, SPELT_WORDS_MAX);
    const { ids } = this.#tokenize(words.join(' '), Number.MAX_SAFE_INTEGER);
    // Without <s> and </s>.
    return Math.max(1, (ids.length - 2) / words.length);
  }

  async close(): Promise<void> {
    await Promise.all([this.#images.close(), this.#texts.close()]);
    const parts = [this.#vision, this.#text, this.#pairs, this.#unpaired, this.#captioner];
    await Promise.all(parts.map((part) => part?.close() ?? Promise.resolve()));
  }

  async #runImages(images: readonly Float32Array[]): Promise<Float32Array[]> {
    const output = await this.#vision.run({ image: imageTensor(images, this.preprocess) });
    return splitRows(output['vector'], images.length);
  }

  async #runTexts(rows: readonly TokenRow[]): Promise<Float32Array[]> {
    const output = await this.#text.run(textTensors(rows));
    return splitRows(output['vector'], rows.length);
  }

  #checkPixels(pixels: NetworkImage): void {
    if (!(pixels instanceof Float32Array)) return checkModelSize(pixels, this.preprocess);
    const { side } = this.preprocess;
    if (pixels.length === 3 * side * side) return;
    throw new AppError(
      'INVALID_ARGUMENT',
      `an image of ${pixels.length} numbers, expected ${3 * side * side} ([3, ${side}, ${side}]); prepare it with this model's preprocessing`,
    );
  }

  #tokenize(text: string, lengthMax = this.model.config.textLengthMax): TokenRow {
    if (this.#tokenizer === undefined) {
      throw new AppError(
        'UNSUPPORTED',
        `model "${this.name}" was imported without a tokenizer; import it again with --tokenizer`,
      );
    }
    return this.#tokenizer.encodeRow(text, lengthMax);
  }
}

/** By the head that was trained for it, else by masked words. */
function pairScorerOf(
  model: ModelFolder,
  tokenizer: Tokenizer | undefined,
  makeTower: MakeTower,
): PairScorer | undefined {
  const { heads } = fusionSource(model).config;
  if (tokenizer === undefined || !(heads.itm || heads.mlm)) return undefined;
  const batchSizeMax = pairBatchMax(fusionSource(model).config);
  const options = { ...partOptions(model, makeTower), batchSizeMax };
  return heads.itm ? new ItmScorer(options) : new MlmScorer({ ...options, maskId: tokenizer.maskId });
}

function captionerOf(
  model: ModelFolder,
  tokenizer: Tokenizer | undefined,
  makeTower: MakeTower,
): Captioner | undefined {
  if (tokenizer === undefined || !model.config.captioning) return undefined;
  return new Captioner({ ...partOptions(model, makeTower), tokenizer });
}

function partOptions({ config }: ModelFolder, makeTower: MakeTower) {
  return {
    name: config.name,
    makeTower,
    preprocess: config.preprocess,
    vocabularySize: config.beit3.vocabularySize,
    textLengthMax: config.textLengthMax,
    waitingMax: WAITING_MAX,
  };
}

function lengthAt(rows: readonly TokenRow[], index: number): number {
  return rows[index]?.ids.length ?? 0;
}
