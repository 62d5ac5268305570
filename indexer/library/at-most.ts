/**
 * Waiting for work that goes on by itself, but not longer than a person wants to wait.
 * Source: our own. Deviation: none.
 */
import { setTimeout as delay } from 'node:timers/promises';

/** @throws what `running` throws in time; a failure that comes later is met again by whoever needs the same */
export async function atMost(ms: number, running: Promise<void>): Promise<void> {
  const timeout = new AbortController();
  try {
    await Promise.race([running, delay(ms, undefined, { signal: timeout.signal })]);
  } finally {
    timeout.abort();
    running.catch(() => undefined);
  }
}
