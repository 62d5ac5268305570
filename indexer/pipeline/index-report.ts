/**
 * What a run of indexing tells at its end.
 * Source: our own. Deviation: none.
 */
import type { ErrorCode } from '../../model/index.ts';
import type { WorkShare } from './photo-encoder.ts';

/** A share that is not readable gives a million of them, which must not fill the memory. */
export const skipsListedMax = 1000;

export interface IndexReport {
  /** Files that are named like pictures. */
  readonly found: number;
  readonly added: number;
  /** Other bytes than before, or embedded anew for another model. */
  readonly updated: number;
  /** Renamed or moved; kept their id and cost no work of the network. */
  readonly moved: number;
  readonly unchanged: number;
  /** Gone from their folder, and so from the library. */
  readonly removed: number;
  /** The first `skipsListedMax` of them; the library has all. */
  readonly skipped: readonly SkippedFile[];
  readonly skippedCount: number;
  /** Where workers were asked: who did how many, this process included; else empty. */
  readonly workers: readonly WorkShare[];
  readonly seconds: number;
  /** Photos that went through the network, a second of the whole run. */
  readonly photosPerSecond: number;
}

export interface SkippedFile {
  /** absolute; bytes that are no UTF-8 are written as \xff */
  readonly path: string;
  readonly code: ErrorCode;
  /** place, found, expected, remedy */
  readonly message: string;
}
