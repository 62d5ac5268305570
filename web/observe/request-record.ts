/**
 * What is noted of each request when its answer has ended: for the metrics and for the log.
 * Source: our own. Deviation: none.
 */
import type { Request, RequestHandler, Response } from 'express';
import { requestIdOf } from '../request-id.ts';

export interface RequestRecord {
  readonly id: string;
  readonly method: string;
  /** The pattern of the address, without what somebody asked for: `/v1/images/:id`; `page`: a file of the page; `none`: no route */
  readonly route: string;
  readonly status: number;
  /** From the head of the request to the end of the answer, or to the end of the connection. */
  readonly ms: number;
  /** Whether the client went away before it had its answer. */
  readonly isCut: boolean;
}

/** Methods are words of the client: unknown ones would fill the memory of whoever counts them. */
const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

const PAST_PAGE = 'imglishPastPage';

/** The first handler of all. */
export function noteRequests(note: (record: RequestRecord) => void): RequestHandler {
  return (request, response, next) => {
    const start = performance.now();
    response.once('close', () => {
      note({
        id: requestIdOf(response),
        method: methods.has(request.method) ? request.method : 'other',
        route: routeOf(request, response),
        status: response.statusCode,
        ms: performance.now() - start,
        isCut: !response.writableFinished,
      });
    });
    next();
  };
}

/** The handler behind those that send files of the page. */
export const pastPage: RequestHandler = (_request, response, next) => {
  response.locals[PAST_PAGE] = true;
  next();
};

/** An answer that nobody waited for says nothing about the time that answers take. */
export function isMeasured({ isCut }: RequestRecord): boolean {
  return !isCut;
}

function routeOf(request: Request, response: Response): string {
  if (response.locals[PAST_PAGE] !== true && response.statusCode < 400) return 'page';
  // Express' types say "any"; a route may also be a list of patterns, or an expression.
  const pattern: unknown = (request.route as { readonly path?: unknown } | undefined)?.path;
  return typeof pattern === 'string' ? request.baseUrl + pattern : 'none';
}
