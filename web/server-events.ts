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
  /** JSON */
  readonly data: unknown;
}

/**
 * Sends what `work` gives; one who reads slowly slows it down. Where it fails before the first event, the answer is a
 * problem as always; later it is an event `problem` with the same document.
 * @param problemOf what a failure is told as
 */
export async function sendEvents(
  response: Response,
  work: (signal: AbortSignal) => AsyncIterable<ServerEvent>,
  problemOf: (error: unknown) => ProblemDocument,
): Promise<void> {
  const controller = new AbortController();
  const gone = (): void => controller.abort();
  response.once('close', gone);
  try {
    for await (const one of work(controller.signal)) {
      if (controller.signal.aborted) return;
      if (!response.headersSent) open(response);
      if (!response.write(textOf(one))) await once(response, 'drain', { signal: controller.signal });
    }
    response.end();
  } catch (error) {
    if (controller.signal.aborted) return;
    if (!response.headersSent) throw error;
    response.end(textOf({ event: 'problem', data: problemOf(error) }));
  } finally {
    response.off('close', gone);
  }
}

function open(response: Response): void {
  response.status(200);
  response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  // A proxy that collects answers would make one piece of it.
  response.setHeader('X-Accel-Buffering', 'no');
  response.flushHeaders();
}

function textOf({ event, data }: ServerEvent): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
