/**
 * What the server answers where it cannot do what was asked.
 * Source: RFC 9457. Deviation: an answer that is no problem document (a proxy's, none at all) becomes one of ours.
 */

export class Problem extends Error {
  /** Stable, such as NOT_FOUND; NO_ANSWER where the server could not be reached. */
  readonly code: string;
  /** 0 where there was no answer. */
  readonly status: number;
  readonly title: string;
  readonly errors: readonly { readonly field: string; readonly message: string }[];
  /** As the server asks to wait, seconds. */
  readonly retryAfterSeconds: number | null;

  constructor(
    problem: Pick<Problem, 'code' | 'status' | 'title'> & { readonly detail: string } & Partial<
        Pick<Problem, 'errors' | 'retryAfterSeconds'>
      >,
  ) {
    super(problem.detail);
    this.name = 'Problem';
    this.code = problem.code;
    this.status = problem.status;
    this.title = problem.title;
    this.errors = problem.errors ?? [];
    this.retryAfterSeconds = problem.retryAfterSeconds ?? null;
  }
}

export function noAnswer(): Problem {
  return new Problem({
    code: 'NO_ANSWER',
    status: 0,
    title: 'Imglish does not answer',
    detail: 'Is it still running in its terminal? Start it again, then try once more.',
  });
}

/** Of an answer that is not a success. */
export async function problemOf(response: Response): Promise<Problem> {
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN);
  const rest = {
    status: response.status,
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : null,
  };
  const body: unknown = await response.json().catch(() => undefined);
  if (isProblem(body)) return new Problem({ ...body, ...rest });
  return new Problem({
    code: 'UNEXPECTED',
    title: 'The answer makes no sense',
    detail: `Status ${response.status}, without a reason; something stands between this page and Imglish.`,
    ...rest,
  });
}

function isProblem(body: unknown): body is ConstructorParameters<typeof Problem>[0] {
  if (typeof body !== 'object' || body === null) return false;
  return 'code' in body && typeof body.code === 'string' && 'detail' in body && 'title' in body;
}

/** What to show of anything that was thrown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new Problem({ code: 'UNEXPECTED', status: 0, title: 'Something went wrong', detail });
}
