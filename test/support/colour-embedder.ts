/**
 * A real `Embedder` without a network: the vector of a picture is its colours on a coarse grid, that of a text the
 * colours it names. Indexing and searching can be tested with it in milliseconds.
 * Source: our own. Deviation: none.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  AppError,
  type CallOptions,
  type Caption,
  type Embedder,
  type EncodedText,
} from '../../model/index.ts';

export interface ColourEmbedderOptions {
  /** Another identity is another model: its vectors must not be mixed with those of the first. */
  readonly identity?: string;
  /** Cells along one side, each of which gives three numbers: 4 (the default) or 2 is another dimension. */
  readonly cells?: number;
  /** Time that a batch takes. */
  readonly batchMs?: number;
}

const SIDE = 32;
const CELLS_DEFAULT = 4;

const colours: Readonly<Record<string, readonly [number, number, number]>> = {
  red: [255, 0, 0],
  green: [0, 255, 0],
  blue: [0, 0, 255],
  yellow: [255, 255, 0],
  white: [255, 255, 255],
  black: [0, 0, 0],
};

export class ColourEmbedder implements Embedder {
  readonly name: string;
  readonly identity: string;
  readonly dimension: number;
  readonly preprocess = {
    side: SIDE,
    resize: 'stretch',
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  } as const;
  readonly fusionKind = null;
  readonly canFuse = false;
  readonly calibration = null;
  readonly canCaption = false;
  readonly batchSizeMax = 4;
  readonly pairBatchMax = 4;
  /** Pictures that went through so far: what was spared can be told from it. */
  encoded = 0;
  readonly #cells: number;
  readonly #batchMs: number;

  constructor(options: ColourEmbedderOptions = {}) {
    this.identity = options.identity ?? 'colours-1';
    this.name = this.identity === 'colours-1' ? 'colours' : this.identity;
    this.#cells = options.cells ?? CELLS_DEFAULT;
    this.dimension = this.#cells * this.#cells * 3;
    this.#batchMs = options.batchMs ?? 0;
  }

  async encodeImages(images: readonly Float32Array[], options: CallOptions = {}): Promise<Float32Array[]> {
    if (this.#batchMs > 0) await delay(this.#batchMs);
    if (options.signal?.aborted === true) throw new AppError('ABORTED', 'colours: aborted');
    this.encoded += images.length;
    return images.map((pixels) => unit(cellMeans(pixels, this.#cells)));
  }

  async encodeTexts(texts: readonly string[]): Promise<EncodedText[]> {
    return texts.map((text) => {
      const name = Object.keys(colours).find((colour) => text.includes(colour)) ?? 'white';
      const [red = 0, green = 0, blue = 0] = colours[name] ?? [];
      const cell = [red, green, blue].map((value) => value / 127.5 - 1);
      const vector = unit(Float32Array.from({ length: this.dimension }, (_, index) => cell[index % 3] ?? 0));
      return { vector, truncated: text.length > 100 };
    });
  }

  async scorePairs(): Promise<Float32Array> {
    throw new AppError('UNSUPPORTED', 'colours cannot read pictures and text together');
  }

  async caption(): Promise<Caption[]> {
    throw new AppError('UNSUPPORTED', 'colours cannot describe pictures');
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

/** @param pixels float32 [3, SIDE, SIDE] @returns float32 [cells, cells, 3] */
function cellMeans(pixels: Float32Array, cells: number): Float32Array {
  const means = new Float32Array(cells * cells * 3);
  const cellSide = SIDE / cells;
  for (const [index, value] of pixels.entries()) {
    const channel = Math.floor(index / (SIDE * SIDE));
    const row = Math.floor((index % (SIDE * SIDE)) / SIDE / cellSide);
    const column = Math.floor((index % SIDE) / cellSide);
    const place = (row * cells + column) * 3 + channel;
    means[place] = (means[place] ?? 0) + value / (cellSide * cellSide);
  }
  return means;
}

function unit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  return length === 0 ? vector.fill(1 / Math.sqrt(vector.length)) : vector.map((value) => value / length);
}
