/**
 * What the rest of the engine sees of a loaded model: pixels and words in, vectors and match scores out.
 * Source: our own contract. Deviation: none.
 */
import type { PreprocessSpec } from '../image/index.ts';

export interface CallOptions {
  /** Rejects with ABORTED; work that has already reached the network is finished and thrown away. */
  readonly signal?: AbortSignal;
}

/** One image beside one text, for the fusion encoder. */
export interface Pair {
  /** float32 [3, S, S], as `preprocess` makes it */
  readonly pixels: Float32Array;
  readonly text: string;
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
  /** True where `scorePairs` works. */
  readonly canFuse: boolean;
  /** Images that one run of the network takes at most; feeding this many at once is fastest. */
  readonly batchSizeMax: number;

  /** @param images float32 [3, S, S] each; @returns float32 [D] each, unit length, in the same order */
  encodeImages(images: readonly Float32Array[], options?: CallOptions): Promise<Float32Array[]>;

  /** @returns one per text, in the same order; an empty text rejects with TEXT_INVALID */
  encodeTexts(texts: readonly string[], options?: CallOptions): Promise<EncodedText[]>;

  /**
   * Reads image and text together.
   * @returns the match logit of each pair (log-odds of "belong together", uncalibrated)
   */
  scorePairs(pairs: readonly Pair[], options?: CallOptions): Promise<Float32Array>;

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
