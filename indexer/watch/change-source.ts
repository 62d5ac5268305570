/**
 * What tells the watcher that something changed below one root: the system, or a look now and then.
 * Source: our own. Deviation: none.
 */
import type { ExclusionRules } from '../scan/exclusions.ts';
import type { ScanOptions } from '../scan/scan.ts';

/** Which folders and files count. `base`: what paths in patterns begin from; `signal`: ends all walks. */
export type WatchRules = ExclusionRules &
  Pick<ScanOptions, 'followSymlinks'> & { readonly base: string; readonly signal: AbortSignal };

export interface ChangeListener {
  /** Something at this place, or anywhere below it where it is a folder, may have come, changed or gone. */
  readonly onChange: (place: string) => void;
  /** The source is of no more use and has closed itself. */
  readonly onFailure: (error: unknown) => void;
}

export interface ChangeSource {
  /** Whether the source knows that a file is being written, though it has not told of it yet. */
  isUnsettled(file: string): boolean;
  /** No call of the listener after this. Safe to call twice. */
  close(): Promise<void>;
}
