/**
 * What hnsw.ts and its thread say to each other.
 * Source: our own. Deviation: none.
 */

/** What the thread is started with. */
export interface HnswWorkerData {
  /** The native library: an absolute path, or the name of the package. */
  readonly library: string;
}

export type HnswRequest = { readonly id: number } & (
  | {
      readonly kind: 'open';
      readonly dimension: number;
      /** A file that `save` wrote, or null for an empty index. */
      readonly file: string | null;
      /** Those of its ids that are deleted. */
      readonly dead: number[];
      readonly twins: Twins;
    }
  /** float32 [ids, D] */
  | { readonly kind: 'add'; readonly ids: readonly number[]; readonly vectors: Float32Array }
  | { readonly kind: 'remove'; readonly ids: readonly number[] }
  | { readonly kind: 'search'; readonly vector: Float32Array; readonly k: number }
  | { readonly kind: 'save'; readonly file: string }
  | { readonly kind: 'compact' }
  | { readonly kind: 'clear' }
  | { readonly kind: 'close' }
);

export interface HnswState {
  /** ids that a search can find */
  readonly live: number;
}

export interface HnswFound {
  readonly ids: Uint32Array;
  /** cosines */
  readonly scores: Float32Array;
}

/** Groups of ids with one and the same vector, which is in the graph once, under the first of them. */
export type Twins = number[][];

export interface HnswSaved {
  /** ids in the file that are deleted */
  readonly dead: number[];
  readonly twins: Twins;
}

export type HnswReply =
  | { readonly id: number; readonly ok: true; readonly value: HnswState & Partial<HnswFound & HnswSaved> }
  | { readonly id: number; readonly ok: false; readonly message: string };
