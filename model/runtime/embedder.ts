/**
 * What the rest of the engine sees of a loaded model: pixels and words in, vectors and match scores out.
 * Source: our own contract. Deviation: none.
 */
import type { NetworkImage, PreprocessSpec } from '../image/index.ts';
import type { Calibration } from '../zoo/index.ts';

export interface CallOptions {
  /** Rejects with ABORTED; work that has already reached the network is finished and thrown away. */
  readonly signal?: AbortSignal;
}

/** One image beside one text, for the fusion encoder. */
export interface Pair {
  /** float32 [3, S, S] as `preprocess` makes it, or uint8 [S, S, 3] as `preprocessPixels` does */
  readonly pixels: NetworkImage;
  readonly text: string;
}

/**
 * How a model reads image and text together.
 * itm: by a trained head, from one run. mlm: by guessing the masked words of the text with the image and without it;
 * two to three runs, and works with any weights that were pretrained by masking.
 */
export type FusionKind = 'itm' | 'mlm';

/** Defaults are those of the official evaluation. */
export interface CaptionOptions extends CallOptions {
  /** beginnings that are followed at a time, 1 to 16, default 3; the cost grows with it */
  readonly beams?: number;
  /** tokens with `<s>` and `</s>`, 4 to the longest text of the model, default 32 or that */
  readonly lengthMax?: number;
  /** 0 to 2, default 0.6; 0 favours short captions, 1 long ones */
  readonly lengthPenalty?: number;
}

export interface Caption {
  /** as the tokenizer decodes it; empty where the model would say nothing */
  readonly text: string;
  /** sum of the words' log-probabilities, divided by length ^ lengthPenalty */
  readonly score: number;
  /** false where the length limit ended it, not the model */
  readonly isWhole: boolean;
}

export interface EncodedText {
  /** float32 [D], unit length */
  readonly vector: Float32Array;
  /** true where the text was longer than the model reads; the rest was ignored */
  readonly truncated: boolean;
}

/**
 * A dual encoder, with a fusion encoder where the model has one. All calls may overlap; they are queued,
 * batched and run off the calling thread. A full queue rejects with BUSY.
 */
export interface Embedder {
  /** The name under which the model is known, for people. */
  readonly name: string;
  /** Hash of everything that decides what a vector is: weights, config, tokenizer, preprocessing. */
  readonly identity: string;
  /** D, floats per vector */
  readonly dimension: number;
  /** How pictures must be prepared for `encodeImages`. */
  readonly preprocess: PreprocessSpec;
  /** What `scorePairs` goes by; null where it does not work. */
  readonly fusionKind: FusionKind | null;
  /** True where `scorePairs` works: `fusionKind` is not null. */
  readonly canFuse: boolean;
  /** What makes a probability of scores, fitted for these weights; null where there is none. */
  readonly calibration: Calibration | null;
  /** True where `caption` works: the model has an mlm head that was tuned for captioning, and says so. */
  readonly canCaption: boolean;
  /** Pixels along one side of a patch, where pictures are read in patches. */
  readonly patchSide?: number;
  /** Tokens of a text that are read, `<s>` and `</s>` included, where texts are read in tokens. */
  readonly textLengthMax?: number;
  /** Images that one run of the network takes at most; feeding this many at once is fastest. */
  readonly batchSizeMax: number;
  /** Pairs that one run of the fusion encoder takes at most. */
  readonly pairBatchMax: number;

  /** @param images float32 [3, S, S] each; @returns float32 [D] each, unit length, in the same order */
  encodeImages(images: readonly Float32Array[], options?: CallOptions): Promise<Float32Array[]>;

  /** @returns one per text, in the same order; an empty text rejects with TEXT_INVALID */
  encodeTexts(texts: readonly string[], options?: CallOptions): Promise<EncodedText[]>;

  /**
   * Reads image and text together.
   * @returns for each pair, in the same order and uncalibrated: where `fusionKind` is itm, the match logit (log-odds of
   *   "belong together"); where it is mlm, how much more likely the image makes the text, log p(text | image) - log p(text)
   */
  scorePairs(pairs: readonly Pair[], options?: CallOptions): Promise<Float32Array>;

  /**
   * Describes each image in words, by beam search. Slow: up to `lengthMax` runs of the fusion encoder an image, with
   * `beams` rows each. The graph for it is made on first use.
   * @param images float32 [3, S, S] each; @returns one per image, in the same order
   */
  caption(images: readonly Float32Array[], options?: CaptionOptions): Promise<Caption[]>;

  /** Texts of the same key are the same to the network. @throws AppError TEXT_INVALID, UNSUPPORTED */
  textKey(text: string): string;

  /** How many pieces of the vocabulary a word of the text takes on average, at least 1. Errors as `textKey`. */
  piecesPerWord(text: string): number;

  /** Waits for what runs, rejects what waits, frees the sessions. Safe to call twice. */
  close(): Promise<void>;
}

export type Device = 'auto' | 'cpu' | 'cuda' | 'tensorrt' | 'coreml' | 'dml' | 'webgpu';
export type Precision = 'auto' | 'fp32' | 'fp16' | 'int8';

export interface OpenEmbedderOptions {
  /** A name known to the zoo (`nano`), or the path of a model folder. */
  readonly model: string;
  /** Folder that holds imported models, one folder each. */
  readonly modelsFolder: string;
  /** Folder for generated graphs; may be deleted at any time. */
  readonly cacheFolder: string;
  /** Default auto. A device asked for by name and not there is DEVICE_UNAVAILABLE; auto falls back. */
  readonly device?: Device;
  /** Default auto: what is fastest on the device without losing recall. */
  readonly precision?: Precision;
  /** Intra-operator threads; default: physical cores. */
  readonly threads?: number;
  /** Passed through to the execution provider. */
  readonly providerOptions?: Readonly<Record<string, string | number | boolean>>;
  /** Towers to load at once instead of on first use. */
  readonly preload?: readonly ('vision' | 'text' | 'fusion')[];
  /** Told of fallbacks and other facts that a person should know. */
  readonly onNotice?: (notice: string) => void;
}
