/**
 * Answers of text are sent compressed. Photos are compressed already, and a stream of events must not wait for its next ones.
 * Source: compression's documentation. Deviation: none.
 */
import compression from 'compression';
import type { RequestHandler } from 'express';

/** Below it the headers outweigh what is won. */
const BYTES_MIN = 1024;
const TEXT =
  /^(?:text\/(?:html|css|javascript|plain)|application\/(?:json|problem\+json|javascript)|image\/svg\+xml)\b/;

export function compressTexts(): RequestHandler {
  return compression({
    threshold: BYTES_MIN,
    filter: (_request, response) => TEXT.test(String(response.getHeader('Content-Type') ?? '')),
  });
}
