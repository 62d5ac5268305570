/**
 * Work for a client that may go away.
 * Source: our own. Deviation: none.
 */
import type { Response } from 'express';
import { isAppError } from '../model/index.ts';

/** Work that stops when the client goes away. @returns undefined where it did */
export async function untilGone<T>(
  response: Response,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const controller = new AbortController();
  const gone = (): void => controller.abort();
  response.once('close', gone);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (controller.signal.aborted && isAppError(error, 'ABORTED')) return undefined;
    throw error;
  } finally {
    response.off('close', gone);
  }
}
