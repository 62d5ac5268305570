/**
 * Names each request in its answer and in the log.
 * Source: our own. Deviation: an id from outside is not taken over; it could forge lines of the log.
 */
import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';

const HEADER = 'X-Request-Id';

export function requestId(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader(HEADER, randomUUID());
  next();
}

/** The id that `requestId` gave. */
export function requestIdOf(response: Response): string {
  return String(response.getHeader(HEADER) ?? '');
}
