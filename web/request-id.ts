/**
 * Names each request in its answer and in the log.
 * Source: our own. Deviation: none.
 */
import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';

const HEADER = 'X-Request-Id';

/** What proxies and programs make of it; anything else could forge lines of a log, or fill it. */
const WELL_FORMED = /^[\w.-]{8,64}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Takes over the id of whoever asks, so that one search can be followed through all logs; else makes one. */
export function requestId(request: Request, response: Response, next: NextFunction): void {
  const given = request.get(HEADER);
  response.setHeader(HEADER, given !== undefined && WELL_FORMED.test(given) ? given : randomUUID());
  next();
}

/** The id that `requestId` gave. */
export function requestIdOf(response: Response): string {
  return String(response.getHeader(HEADER) ?? '');
}

/** The same as a URI. */
export function requestUriOf(response: Response): string {
  const id = requestIdOf(response);
  return UUID.test(id) ? `urn:uuid:${id}` : `urn:x-request-id:${id}`;
}
