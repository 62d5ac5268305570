/**
 * What a session's thread and its owner say to each other.
 * Source: our own protocol. Deviation: none.
 */
import type { InferenceSession } from 'onnxruntime-node';

/** A dense tensor, row-major. */
export interface TensorData {
  readonly data: Float32Array | BigInt64Array;
  readonly dims: readonly number[];
}

export type WorkerRequest =
  | {
      readonly id: number;
      readonly kind: 'load';
      readonly file: string;
      readonly options: InferenceSession.SessionOptions;
    }
  | { readonly id: number; readonly kind: 'run'; readonly feeds: Readonly<Record<string, TensorData>> }
  | { readonly id: number; readonly kind: 'close' };

export type RunResult = Readonly<Record<string, TensorData>>;

export type WorkerReply =
  | { readonly id: number; readonly ok: true; readonly value: RunResult }
  | { readonly id: number; readonly ok: false; readonly message: string };
