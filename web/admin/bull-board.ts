/**
 * bull-board over the queue on Redis. It only shows: pausing and cancelling one job is our own way of using BullMQ, which
 * bull-board does not know; the page of the jobs and `imglish jobs` do it.
 * Source: bull-board's documentation. Deviation: its page asks a server of strangers for fonts; that line is taken out.
 */
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { NextFunction, Request, RequestHandler, Response } from 'express';

type Queue = ConstructorParameters<typeof BullMQAdapter>[0];

/** It has styles in its page, and a base; scripts come from this server alone, as everywhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const FOREIGN_FONTS = /<link\b[^>]*fonts\.googleapis\.com[^>]*>/g;

/** @param queue of BullMQ @param base where it is mounted */
export function bullBoard(queue: unknown, base: string): RequestHandler {
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(base);
  createBullBoard({
    queues: [new BullMQAdapter(queue as Queue, { readOnlyMode: true })],
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Imglish' } },
  });
  const board = serverAdapter.getRouter() as RequestHandler;
  return (request: Request, response: Response, next: NextFunction) => {
    response.setHeader('Content-Security-Policy', POLICY);
    const send = response.send.bind(response);
    response.send = (body: unknown) =>
      send(typeof body === 'string' ? body.replaceAll(FOREIGN_FONTS, '') : body);
    board(request, response, next);
  };
}
