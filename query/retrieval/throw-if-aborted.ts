/**
 * The end of a search that nobody waits for any more.
 * Source: our own. Deviation: none.
 */
import { AppError } from '../../model/index.ts';

/** @throws AppError ABORTED */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new AppError('ABORTED', 'the search was called off', { cause: signal.reason });
}
