/**
 * The step from a file to what the library keeps of it: one interface, done in this process or by workers.
 * Source: DESIGN, "The way of the data". Deviation: none.
 */
import type { ErrorCode } from '../../model/index.ts';
import type { ContentFacts } from '../store/index.ts';

/** A file whose bytes must be looked at. */
export interface WorkItem {
  /** absolute */
  readonly path: string;
  /** Size and time that its status told. */
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly known: KnownContents;
  /** False where there is a preview already. */
  readonly wantsPreview: boolean;
}

/** Contents that the library has with vector: a file that was renamed or copied costs no work of the network. */
export interface KnownContents {
  /** @param hash SHA-256, hexadecimal */
  has(hash: string): boolean;
  /** Those that a file of this size may hold; null where there are more than `limit`. */
  ofSameSize(limit: number): readonly string[] | null;
}

/** What became of one file. */
export type PhotoOutcome = KnownBytes | EncodedPhoto | Refusal;

export interface KnownBytes {
  readonly kind: 'known';
  readonly hash: string;
}

export interface EncodedPhoto {
  readonly kind: 'photo';
  readonly facts: ContentFacts;
  /** float32 [D], unit length; null in a dry run */
  readonly vector: Float32Array | null;
  /** WebP; null where none is wanted or none could be made: then it is made when it is asked for */
  readonly preview: Uint8Array | null;
}

export interface Refusal {
  readonly kind: 'refusal';
  readonly code: ErrorCode;
  /** place, found, expected, remedy */
  readonly message: string;
  /** Because of what is in the file; false: because of the world, so that trying again may help. */
  readonly isFinal: boolean;
}

export interface Encoded<Item> {
  readonly item: Item;
  readonly outcome: PhotoOutcome;
}

/** Photos that went through a network, by whom. */
export interface WorkShare {
  readonly worker: string;
  readonly photos: number;
}

export interface PhotoEncoder {
  /** So far; empty where this process does all. */
  readonly shares: readonly WorkShare[];
  /**
   * Takes as many items ahead as it needs to stay busy, and gives one outcome each, in order; a group is worth a
   * transaction. When the consumer stops early, what is under way is waited for or given up.
   * @throws AppError INFERENCE_FAILED, ABORTED, REDIS_UNAVAILABLE, LIBRARY_MISMATCH
   */
  encode<Item extends WorkItem>(items: AsyncIterable<Item>): AsyncGenerator<readonly Encoded<Item>[]>;
  /** Safe to call twice. */
  close(): Promise<void>;
}
