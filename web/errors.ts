/**
 * Errors to answers. Which HTTP status an error has stands in `problem-codes.ts`.
 * Source: RFC 9457 (problem documents). Deviation: none.
 */
import type { NextFunction, Request, Response } from 'express';
import type { z } from 'zod';
import type { Library } from '../indexer/index.ts';
import { AppError, isAppError } from '../model/index.ts';
import { withoutFolders } from './place-names.ts';
import { statuses, titles, type ProblemCode } from './problem-codes.ts';
import { requestIdOf, requestUriOf } from './request-id.ts';
import type { ProblemDocument } from './schema/problem.ts';

/** Told of an error that nobody foresaw. */
export type ReportError = (error: unknown, request: string) => void;

/** An answer that is wrong only in terms of HTTP. */
export class HttpProblem extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    status: number,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.name = 'HttpProblem';
    this.code = code;
    this.status = status;
    this.headers = headers;
  }
}

/** Seconds after which a full queue has room again, most of the time. */
const RETRY_AFTER_SECONDS = 1;

/** Where no route matched. */
export function noSuchRoute(request: Request): never {
  throw new HttpProblem(
    'NOT_FOUND',
    404,
    `${request.method} ${request.path}: there is nothing here; the page is at /, photos are at /v1/images/<id>`,
  );
}

/** For the methods that a route does not have. */
export function allowOnly(...methods: readonly string[]): (request: Request) => never {
  return (request) => {
    throw new HttpProblem(
      'METHOD_NOT_ALLOWED',
      405,
      `${request.path}: found ${request.method}, expected ${methods.join(' or ')}`,
      { Allow: methods.join(', ') },
    );
  };
}

/** A handler that takes its time. Express passes what it throws to `answerProblem`. */
export function inTime(
  work: (request: Request, response: Response) => Promise<void>,
): (request: Request, response: Response) => Promise<void> {
  return (request, response) => work(request, response);
}

/** Checks untrusted input. @param place names it in the error: `body`, `query` */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown, place: string): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new InvalidInput(place, parsed.error);
}

class InvalidInput extends AppError {
  readonly errors: readonly { readonly field: string; readonly message: string }[];

  constructor(place: string, cause: z.ZodError) {
    const errors = cause.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
    const list = errors.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`));
    super('INVALID_ARGUMENT', `${place}: ${list.join('; ')}`, { cause });
    this.errors = errors;
  }
}

export interface ProblemOptions {
  readonly library: Library;
  /** Told of errors nobody foresaw. Default: the stack on stderr. */
  readonly onError?: ReportError;
}

/** The last handler of the application. */
export function answerProblem(options: ProblemOptions) {
  // Express knows an error handler by its four parameters.
  return (error: unknown, request: Request, response: Response, _next: NextFunction): void => {
    // The client is gone, or half an answer is: there is nobody to tell, or no way to.
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const problem = problemOf(error, request, response, options);
    for (const name of ['ETag', 'Last-Modified', 'Content-Disposition']) response.removeHeader(name);
    response.setHeader('Cache-Control', 'no-store');
    response.status(problem.status).set(asHttpProblem(error).headers).type('application/problem+json');
    response.send(JSON.stringify(problem));
  };
}

/** What a client is told of an error; one that nobody foresaw is reported here. */
export function problemOf(
  error: unknown,
  request: Request,
  response: Response,
  { library, onError = reportOnStderr }: ProblemOptions,
): ProblemDocument {
  const known = asHttpProblem(error);
  if (known.code === 'INTERNAL') onError(error, `${request.method} ${request.path} ${requestIdOf(response)}`);
  return {
    type: 'about:blank',
    title: titles[known.status] ?? 'The request failed',
    status: known.status,
    code: known.code,
    detail: isAppError(error) ? withoutFolders(known.message, library) : known.message,
    instance: requestUriOf(response),
    ...(error instanceof InvalidInput && { errors: error.errors }),
  };
}

function asHttpProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (isAppError(error)) {
    const headers = error.code === 'BUSY' ? { 'Retry-After': String(RETRY_AFTER_SECONDS) } : {};
    return new HttpProblem(error.code, statuses[error.code], error.message, headers);
  }
  return fromExpress(error) ?? internal();
}

/** Express and its body reader throw errors with a status; those that are the client's fault may be told. */
function fromExpress(error: unknown): HttpProblem | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  const { status } = error;
  if (status < 400 || status > 499) return undefined;
  if (status === 413) return new HttpProblem('LIMIT_EXCEEDED', 413, 'body: too large; send fewer words');
  if (status === 415)
    return new HttpProblem('MEDIA_TYPE_UNSUPPORTED', 415, 'body: expected UTF-8 without compression');
  return new HttpProblem('REQUEST_INVALID', status, `the request cannot be read: ${error.message}`);
}

function internal(): HttpProblem {
  return new HttpProblem(
    'INTERNAL',
    500,
    'Something failed that nobody foresaw. The terminal of the server says what, under the id of this request.',
  );
}

function reportOnStderr(error: unknown, request: string): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${request}: ${text}\n`);
}
