/**
 * What a server's answer to a (range) request means for a download.
 * Source: RFC 9110 sections 13 to 15. Deviation: none.
 */
import type { PartNote } from './partial-file.ts';

/** A try that did not bring the file. */
export class TryFailure extends Error {
  /** true: the same request may succeed later */
  readonly transient: boolean;
  /** true: what is there of the file is of no use */
  readonly startAnew: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: {
      readonly transient: boolean;
      readonly startAnew?: boolean;
      readonly retryAfterMs?: number | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause });
    this.name = 'TryFailure';
    this.transient = options.transient;
    this.startAnew = options.startAnew ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export type Answer =
  | {
      readonly kind: 'body';
      /** Whose body it is: fetch cancels a body that nobody has begun to read when its answer is collected as garbage. */
      readonly response: Response;
      readonly body: AsyncIterable<Uint8Array>;
      /** 0: the whole file comes */
      readonly offset: number;
      readonly total: number | null;
      /** undefined where the server gives nothing by which a later try could go on */
      readonly note: PartNote | undefined;
    }
  | { readonly kind: 'complete'; readonly total: number };

interface Kept {
  readonly offset: number;
  readonly note: PartNote;
}

/** @throws TryFailure for every answer that brings no bytes of the file */
export async function readAnswer(response: Response, url: string, kept: Kept | undefined): Promise<Answer> {
  if (response.status === 416 && kept !== undefined) return unsatisfiable(response, kept);
  if (!response.ok) {
    await response.body?.cancel();
    throw refusal(response);
  }
  if (/^(text\/html|application\/xhtml)/i.test(response.headers.get('content-type') ?? '')) {
    await response.body?.cancel();
    throw new TryFailure('the server sent a web page in place of the file', { transient: false });
  }
  if (response.body === null) throw new TryFailure('the answer is empty', { transient: true });
  const { body } = response;
  if (response.status === 206) {
    const range = contentRange(response);
    if (kept === undefined || range?.start !== kept.offset) {
      await body.cancel();
      throw new TryFailure('the server sent another part than was asked for', {
        transient: true,
        startAnew: true,
      });
    }
    return {
      kind: 'body',
      response,
      body,
      offset: kept.offset,
      total: range.total ?? kept.note.total,
      note: kept.note,
    };
  }
  const total = wholeNumber(response.headers.get('content-length'));
  const validator = validatorOf(response);
  const note = validator === undefined ? undefined : { url, validator, total };
  return { kind: 'body', response, body, offset: 0, total, note };
}

/** The part is as long as the file, or longer: complete, or of another file. */
async function unsatisfiable(response: Response, kept: Kept): Promise<Answer> {
  await response.body?.cancel();
  if (contentRange(response)?.total === kept.offset && kept.note.total === kept.offset) {
    return { kind: 'complete', total: kept.offset };
  }
  throw new TryFailure('the part that is there does not fit the file', { transient: true, startAnew: true });
}

function refusal(response: Response): TryFailure {
  const { status, statusText } = response;
  const transient = status === 408 || status === 425 || status === 429 || status >= 500;
  return new TryFailure(`the server answered ${status} ${statusText}`.trimEnd(), {
    transient,
    retryAfterMs: retryAfter(response.headers.get('retry-after')),
  });
}

function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** A weak ETag says "about the same", which is not enough for bytes. */
function validatorOf({ headers }: Response): string | undefined {
  const etag = headers.get('etag');
  if (etag !== null && etag.startsWith('"')) return etag;
  return headers.get('last-modified') ?? undefined;
}

function contentRange({ headers }: Response): { start: number | null; total: number | null } | undefined {
  const match = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get('content-range') ?? '');
  if (match === null) return undefined;
  return { start: wholeNumber(match[1] ?? null), total: wholeNumber(match[2] ?? null) };
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
