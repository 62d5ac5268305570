/**
 * Server-sent events: an answer in pieces.
 * Source: the HTML standard, "Server-sent events". Deviation: the stream ends with its last event, so a reader that would
 * connect again (EventSource does) closes after `done` or `problem`.
 */
import { once } from 'node:events';
import type { Response } from 'express';
import type { ProblemDocument } from './schema/problem.ts';

export interface ServerEvent {
  /** a word without line ends */
  readonly event: string;
  /** What a reader that connects again sends back as Last-Event-ID. */
  readonly id?: string;
  /** JSON */
  readonly data: unknown;
}

export interface StreamOptions {
  /** Milliseconds. With it the answer begins before the first event, and is never silent for longer. */
  readonly heartbeatMs?: number;
}

export const EVENT_STREAM = 'text/event-stream; charset=utf-8';

/** After which a reader that lost the connection tries again. */
const RETRY_MS = 2000;
const DRAIN_MS = 60_000;

/**
 * Sends what `work` gives; one who reads slowly slows it down. Where it fails before the first event, the answer is a
 * problem as always; later it is an event `problem` with the same document.
 * @param problemOf what a failure is told as
 */
export async function sendEvents(
  response: Response,
  work: (signal: AbortSignal) => AsyncIterable<ServerEvent>,
  problemOf: (error: unknown) => ProblemDocument,
  { heartbeatMs }: StreamOptions = {},
): Promise<void> {
  const controller = new AbortController();
  const gone = (): void => controller.abort();
  response.once('close', gone);
  const heart = heartbeatMs === undefined ? undefined : beat(response, heartbeatMs);
  try {
    for await (const one of work(controller.signal)) {
      if (controller.signal.aborted) return;
      if (!response.headersSent) open(response);
      if (!response.write(textOf(one))) await drained(response, controller.signal);
    }
    response.end();
  } catch (error) {
    if (controller.signal.aborted || response.destroyed) return;
    if (!response.headersSent) throw error;
    response.end(textOf({ event: 'problem', data: problemOf(error) }));
  } finally {
    clearInterval(heart);
    response.off('close', gone);
  }
}

/** A reader waits for what may come late: it must know that it is connected, and proxies that somebody is. */
function beat(response: Response, everyMs: number): NodeJS.Timeout {
  open(response);
  response.write(`retry: ${RETRY_MS}\n\n`);
  return setInterval(() => {
    // Behind what a slow reader has not taken, a sign of life would only be more to keep.
    if (!response.writableNeedDrain) response.write(': still here\n\n');
  }, everyMs);
}

/** One who takes nothing for so long is gone, and told nobody. */
async function drained(response: Response, gone: AbortSignal): Promise<void> {
  const patience = AbortSignal.timeout(DRAIN_MS);
  try {
    await once(response, 'drain', { signal: AbortSignal.any([gone, patience]) });
  } catch (error) {
    if (patience.aborted) response.destroy();
    throw error;
  }
}

function open(response: Response): void {
  response.status(200);
  response.setHeader('Content-Type', EVENT_STREAM);
  // What packs waits for more, and a proxy that collects answers would make one piece of it.
  response.setHeader('Cache-Control', 'no-store, no-transform');
  response.setHeader('X-Accel-Buffering', 'no');
  response.flushHeaders();
}

function textOf({ event, id, data }: ServerEvent): string {
  return `event: ${event}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}
