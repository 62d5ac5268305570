/**
 * What a server of Imglish refused, or why it could not be asked.
 * Source: RFC 9457 (problem documents). Deviation: none.
 */
import type { ProblemDocument } from '../schema/problem.ts';

/** `UNREACHABLE`: no answer; `ANSWER_INVALID`: an answer that is none of an Imglish server. */
export type ImglishErrorCode = ProblemDocument['code'] | 'UNREACHABLE' | 'ANSWER_INVALID';

export class ImglishError extends Error {
  /** Stable, for programs. The message is for people: place, found, expected, remedy. */
  readonly code: ImglishErrorCode;
  /** Of HTTP; 0 where there was no answer. */
  readonly status: number;
  /** The whole document; null where there was none. */
  readonly problem: ProblemDocument | null;
  /** When to ask again, as the server said; null: it did not. */
  readonly retryAfterSeconds: number | null;

  constructor(
    code: ImglishErrorCode,
    message: string,
    details: {
      readonly status?: number;
      readonly problem?: ProblemDocument;
      readonly retryAfterSeconds?: number | null;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = 'ImglishError';
    this.code = code;
    this.status = details.status ?? 0;
    this.problem = details.problem ?? null;
    this.retryAfterSeconds = details.retryAfterSeconds ?? null;
  }

  /** The id of the request, which stands in the log of the server too; null where there is none. */
  get requestId(): string | null {
    return this.problem?.instance.replace('urn:uuid:', '') ?? null;
  }
}

/** Of an answer that is no success. */
export async function errorOf(response: Response): Promise<ImglishError> {
  const { status, headers } = response;
  const text = await response.text().catch(() => '');
  const isProblem = headers.get('content-type')?.startsWith('application/problem+json') === true;
  if (!isProblem) {
    return new ImglishError(
      'ANSWER_INVALID',
      `${response.url}: found status ${status} and ${JSON.stringify(text.slice(0, 100))}, expected an answer of an Imglish server; check the address`,
      { status },
    );
  }
  const problem = JSON.parse(text) as ProblemDocument;
  const after = Number(headers.get('retry-after') ?? Number.NaN);
  return new ImglishError(problem.code, problem.detail, {
    status,
    problem,
    retryAfterSeconds: Number.isFinite(after) ? after : null,
  });
}
