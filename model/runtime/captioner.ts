/**
 * Describes images in words: beam search over the captioning forward of the fusion encoder.
 * Source: unilm beit3 (captioning evaluation). Deviation: keys and values are not kept between steps, each step reads the
 * whole beginning again; the ids are the same. A caption of n words costs n + 1 runs with `beams` rows each, most of it
 * spent on the image's tokens. At base width and 224 pixels, 12 words and 3 beams, 2 cores (3 layers were measured, times
 * 4 for the 12): about 12 s a caption in fp32, 2.5 s in int8.
 */
import { AppError } from '../errors.ts';
import type { PreprocessSpec } from '../image/index.ts';
import { specialIds, type Tokenizer } from '../text/index.ts';
import { Batcher } from './batcher.ts';
import { beamSearch, type BeamSearchOptions } from './beam-search.ts';
import type { Caption, CaptionOptions } from './embedder.ts';
import type { MakeTower } from './model-towers.ts';
import { imageTensor, splitRows, textTensors } from './network-rows.ts';
import type { Tower } from './tower.ts';

export interface CaptionerOptions {
  /** Names the queue in errors. */
  readonly name: string;
  readonly makeTower: MakeTower;
  readonly tokenizer: Tokenizer;
  readonly preprocess: PreprocessSpec;
  /** T of the longest row */
  readonly textLengthMax: number;
  /** rows that may wait */
  readonly waitingMax: number;
}

/** Settings of the official evaluation. */
const captionDefaults = { beams: 3, lengthMax: 32, lengthPenalty: 0.6 } as const;

const BEAMS_MAX = 16;
/** `<s>`, one word, the mask, `</s>` */
const LENGTH_MIN = 4;
const LENGTH_PENALTY_MAX = 2;

const ROW_BATCH_MAX = 8;

/** Images under way at a time: enough to fill batches with their beams. */
const IMAGES_AT_ONCE = 4;

interface Beginning {
  readonly pixels: Float32Array;
  /** `<s>`, words, `<mask>` */
  readonly ids: readonly number[];
}

export class Captioner {
  readonly #tokenizer: Tokenizer;
  readonly #textLengthMax: number;
  readonly #tower: Tower;
  readonly #rows: Batcher<Beginning, Float32Array>;

  constructor({ name, makeTower, tokenizer, preprocess, textLengthMax, waitingMax }: CaptionerOptions) {
    this.#tokenizer = tokenizer;
    this.#textLengthMax = textLengthMax;
    this.#tower = makeTower('fusion', { tower: 'fusion', outputs: ['mlm_logits'], causalText: true });
    this.#rows = new Batcher({
      name: `${name} captions`,
      batchSizeMax: ROW_BATCH_MAX,
      waitingMax,
      lengthOf: (row) => row.ids.length,
      run: async (rows) => {
        const places = rows.flatMap(({ ids }, row) => [row, ids.length - 1]);
        const output = await this.#tower.run({
          image: imageTensor(
            rows.map((row) => row.pixels),
            preprocess,
          ),
          ...textTensors(rows),
          positions: { data: BigInt64Array.from(places, BigInt), dims: [rows.length, 2] },
        });
        return splitRows(output['mlm_logits'], rows.length);
      },
    });
  }

  /** @throws AppError INVALID_ARGUMENT, ABORTED, BUSY, INFERENCE_FAILED */
  async caption(images: readonly Float32Array[], options: CaptionOptions): Promise<Caption[]> {
    const { signal } = options;
    const settings = this.#settings(options);
    const captions: Caption[] = [];
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let index = next++; index < images.length; index = next++) {
        const pixels = images[index] ?? new Float32Array(0);
        captions[index] = await this.#describe(pixels, settings, signal);
      }
    };
    await Promise.all(Array.from({ length: IMAGES_AT_ONCE }, lane));
    return captions;
  }

  async close(): Promise<void> {
    await this.#rows.close();
    await this.#tower.close();
  }

  async #describe(
    pixels: Float32Array,
    settings: BeamSearchOptions,
    signal: AbortSignal | undefined,
  ): Promise<Caption> {
    const { ids, score, isWhole } = await beamSearch(
      (rows) =>
        this.#rows.submit(
          rows.map((row) => ({ pixels, ids: row })),
          signal,
        ),
      settings,
    );
    // The embedding has a few rows more than the tokenizer has words; nothing is ever learnt for those.
    const words = ids.filter((id) => id > specialIds.unk && id < this.#tokenizer.maskId);
    return { text: this.#tokenizer.decode(words), score, isWhole };
  }

  #settings(options: CaptionOptions): BeamSearchOptions {
    const { beams = captionDefaults.beams, lengthPenalty = captionDefaults.lengthPenalty } = options;
    const lengthMax = options.lengthMax ?? Math.min(captionDefaults.lengthMax, this.#textLengthMax);
    checkWhole('beams', beams, 1, BEAMS_MAX);
    checkWhole('lengthMax', lengthMax, LENGTH_MIN, this.#textLengthMax);
    if (!(lengthPenalty >= 0 && lengthPenalty <= LENGTH_PENALTY_MAX)) {
      throw new AppError(
        'INVALID_ARGUMENT',
        `lengthPenalty: ${lengthPenalty}, expected a number from 0 to ${LENGTH_PENALTY_MAX}`,
      );
    }
    return { beams, lengthMax, lengthPenalty, maskId: this.#tokenizer.maskId };
  }
}

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new AppError(
    'INVALID_ARGUMENT',
    `${name}: ${value}, expected a whole number from ${least} to ${most}`,
  );
}
