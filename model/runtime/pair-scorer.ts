/**
 * Image and text read together, as a number: by the matching head, or by masked words.
 * Source: BEIT3.md section 14; Salazar et al. 2020 (pseudo-log-likelihood). Deviation: half of the words are masked at a
 * time instead of one, so a text takes two runs and not one for each word.
 */
import { visionTokens, type Beit3Config } from '../config.ts';
import type { NetworkImage, PreprocessSpec } from '../image/index.ts';
import type { FusionKind } from './embedder.ts';
import { Batcher } from './batcher.ts';
import type { MakeTower } from './model-towers.ts';
import { imageTensor, inSlices, splitRows, textTensors } from './network-rows.ts';
import type { TensorData } from './session-messages.ts';
import type { LoadedTower, Tower } from './tower.ts';

export interface PairRow {
  readonly pixels: NetworkImage;
  /** `<s>`, words, `</s>` */
  readonly ids: readonly number[];
}

export interface PairScorerOptions {
  /** Names the queues in errors. */
  readonly name: string;
  readonly makeTower: MakeTower;
  readonly preprocess: PreprocessSpec;
  /** rows of one run, see `pairBatchMax` */
  readonly batchSizeMax: number;
  /** V */
  readonly vocabularySize: number;
  /** T of the longest row */
  readonly textLengthMax: number;
  /** rows that may wait */
  readonly waitingMax: number;
}

export interface PairScorer {
  readonly kind: FusionKind;
  /** @returns one per row, in order */
  score(rows: readonly PairRow[], signal: AbortSignal | undefined): Promise<number[]>;
  /** Loads the tower that reads both. */
  load(): Promise<LoadedTower>;
  close(): Promise<void>;
}

/**
 * Nobody sees a score before its whole batch is read, so batches are small where a pair takes long: 4 pairs of base size are
 * 0.65 s on 2 cores. A small network spends much of so small a run on going from node to node; at 3e9 multiplications (40 ms)
 * that no longer counts. 32 pairs of the built-in model: 91 ms in runs of 8, 83 in runs of 16, 81 in one. A pair of base
 * size (3 of 12 layers), fp32 and int8, in ms: 46 and 27 alone, 43 and 24 in runs of 2, 41 and 20 of 4, 40 and 19 of 8.
 */
const BATCH_MIN = 4;
const BATCH_MAX = 16;
const BATCH_MULTIPLICATIONS = 3e9;

const TEXT_BATCH_MAX = 16;

/** Two runs are given to the session, so that it goes from one to the next while the third is put together. */
const RUNS_AT_ONCE = 2;

/** Logits of all guessed words of a batch are in memory at a time: 8 rows of 31 words in the released vocabulary. */
const LOGIT_BYTES_MAX = 64 * 1024 * 1024;

/** Pairs of one run of this network. */
export function pairBatchMax(config: Beit3Config): number {
  const { layers, width, feedForwardWidth } = config;
  const perPair = layers * visionTokens(config) * (4 * width ** 2 + 2 * width * feedForwardWidth);
  return Math.max(BATCH_MIN, Math.min(BATCH_MAX, Math.floor(BATCH_MULTIPLICATIONS / perPair)));
}

/** Log-odds of "match" from the two logits of a softmax. */
export class ItmScorer implements PairScorer {
  readonly kind = 'itm';
  readonly #tower: Tower;
  readonly #rows: Batcher<PairRow, number>;

  readonly #batchSizeMax: number;

  constructor({ name, makeTower, preprocess, batchSizeMax, waitingMax }: PairScorerOptions) {
    this.#batchSizeMax = batchSizeMax;
    this.#tower = makeTower('fusion', { tower: 'fusion', outputs: ['itm_logits'] });
    this.#rows = new Batcher({
      name: `${name} pairs`,
      batchSizeMax,
      runsAtOnce: RUNS_AT_ONCE,
      waitingMax,
      lengthOf: (row) => row.ids.length,
      run: async (rows) => {
        const image = imageTensor(
          rows.map((row) => row.pixels),
          preprocess,
        );
        const output = await this.#tower.run({ image, ...textTensors(rows) });
        return splitRows(output['itm_logits'], rows.length).map(([no = 0, yes = 0]) => yes - no);
      },
    });
  }

  score(rows: readonly PairRow[], signal: AbortSignal | undefined): Promise<number[]> {
    return inSlices(rows, this.#rows, this.#batchSizeMax, signal);
  }

  load(): Promise<LoadedTower> {
    return this.#tower.load();
  }

  async close(): Promise<void> {
    await this.#rows.close();
    await this.#tower.close();
  }
}

/** A text in which some words are masked. */
export interface MaskedText {
  readonly ids: readonly number[];
  /** of the masked words in the row */
  readonly positions: readonly number[];
  /** what stood there */
  readonly targets: readonly number[];
}

interface MaskedPair extends MaskedText {
  readonly pixels: NetworkImage;
}

/**
 * The pseudo-log-likelihood of the text given the image, minus that without the image: how many nats the image is worth to
 * somebody who guesses the words. 0 where it says nothing about them. Without the image the text goes through the text
 * branch alone, once for each different text of a call.
 */
export class MlmScorer implements PairScorer {
  readonly kind = 'mlm';
  readonly #maskId: number;
  readonly #batchSizes: { readonly pairs: number; readonly texts: number };
  readonly #both: Tower;
  readonly #alone: Tower;
  readonly #pairs: Batcher<MaskedPair, number>;
  readonly #texts: Batcher<MaskedText, number>;

  constructor(options: PairScorerOptions & { readonly maskId: number }) {
    const { name, makeTower, preprocess, batchSizeMax, waitingMax } = options;
    const rowBytes = 4 * options.vocabularySize * Math.ceil(options.textLengthMax / 2);
    const fits = Math.max(1, Math.floor(LOGIT_BYTES_MAX / rowBytes));
    this.#maskId = options.maskId;
    this.#batchSizes = { pairs: Math.min(batchSizeMax, fits), texts: Math.min(TEXT_BATCH_MAX, fits) };
    this.#both = makeTower('fusion', { tower: 'fusion', outputs: ['mlm_log_probs'] });
    this.#alone = makeTower('fusion', { tower: 'text', outputs: ['mlm_log_probs'] });
    const lengthOf = (row: MaskedText) => row.ids.length;
    this.#pairs = new Batcher<MaskedPair, number>({
      waitingMax,
      lengthOf,
      name: `${name} pairs`,
      batchSizeMax: this.#batchSizes.pairs,
      runsAtOnce: RUNS_AT_ONCE,
      run: (rows) => {
        const images = rows.map((row) => row.pixels);
        return guess(this.#both, rows, { image: imageTensor(images, preprocess) });
      },
    });
    this.#texts = new Batcher<MaskedText, number>({
      waitingMax,
      lengthOf,
      name: `${name} texts without an image`,
      batchSizeMax: this.#batchSizes.texts,
      run: (rows) => guess(this.#alone, rows, {}),
    });
  }

  async score(rows: readonly PairRow[], signal: AbortSignal | undefined): Promise<number[]> {
    const texts = new Map(rows.map(({ ids }) => [ids.join(), maskedHalves(ids, this.#maskId)]));
    const halvesOf = (row: PairRow) => texts.get(row.ids.join()) ?? [];
    const masked = rows.flatMap((row) =>
      halvesOf(row).map(({ ids, positions, targets }) => ({ pixels: row.pixels, ids, positions, targets })),
    );
    const [given, alone] = await Promise.all([
      inSlices(masked, this.#pairs, this.#batchSizes.pairs, signal),
      inSlices([...texts.values()].flat(), this.#texts, this.#batchSizes.texts, signal),
    ]);
    const without = new Map<string, number>();
    let next = 0;
    for (const [text, halves] of texts) {
      without.set(text, sum(alone.slice(next, next + halves.length)));
      next += halves.length;
    }
    next = 0;
    return rows.map((row) => {
      const start = next;
      next += halvesOf(row).length;
      return sum(given.slice(start, next)) - (without.get(row.ids.join()) ?? 0);
    });
  }

  load(): Promise<LoadedTower> {
    return this.#both.load();
  }

  async close(): Promise<void> {
    await Promise.all([this.#pairs.close(), this.#texts.close()]);
    await Promise.all([this.#both.close(), this.#alone.close()]);
  }
}

/**
 * Every second word masked, then the others: each word is guessed once, with its neighbours in sight. One word alone
 * makes one masked text. The same text always gives the same masks.
 * @param ids `<s>`, words, `</s>`
 */
export function maskedHalves(ids: readonly number[], maskId: number): MaskedText[] {
  const words = ids.map((_, position) => position).slice(1, -1);
  const halves = [0, 1].map((rest) => words.filter((position) => position % 2 === rest));
  return halves
    .filter((positions) => positions.length > 0)
    .map((positions) => {
      const masked = new Set(positions);
      return {
        ids: ids.map((id, position) => (masked.has(position) ? maskId : id)),
        positions,
        targets: positions.map((position) => ids[position] ?? maskId),
      };
    });
}

/** @returns the log-probabilities of the masked words of each row, summed */
async function guess(
  tower: Tower,
  rows: readonly MaskedText[],
  image: Readonly<Record<string, TensorData>>,
): Promise<number[]> {
  const places = rows.flatMap(({ positions }, row) => positions.flatMap((position) => [row, position]));
  const targets = rows.flatMap((row) => row.targets);
  const output = await tower.run({
    ...image,
    ...textTensors(rows),
    positions: { data: BigInt64Array.from(places, BigInt), dims: [targets.length, 2] },
    targets: { data: BigInt64Array.from(targets, BigInt), dims: [targets.length] },
  });
  const [logProbs] = splitRows(output['mlm_log_probs'], 1);
  let next = 0;
  return rows.map((row) => {
    const start = next;
    next += row.targets.length;
    return sum(logProbs?.subarray(start, next) ?? []);
  });
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
