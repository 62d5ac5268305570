/**
 * Asks the server. The shapes are those that the server declares; a test holds them together.
 * Source: our own. Deviation: none.
 */

export interface Photo {
  readonly id: number;
  readonly path?: string | undefined;
  readonly fileName: string;
  readonly folder: string;
  /** pixels, upright */
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly format: string;
  readonly takenAt: string | null;
  readonly thumbnail: string;
  readonly preview: string;
  readonly original: string;
}

export interface Hit {
  readonly id: number;
  readonly score: number;
  readonly pMatch: number | null;
  readonly rank: number;
  readonly image: Photo;
  readonly copies: readonly Photo[];
  readonly alike: readonly { readonly score: number; readonly image: Photo }[];
  readonly stackSize: number;
}

export interface SearchAnswer {
  readonly hits: readonly Hit[];
  readonly truncatedText: boolean;
  readonly timings: { readonly totalMs: number };
}

export type DuplicateKind = 'exact' | 'near';

export interface DuplicateGroup {
  readonly id: number;
  readonly count: number;
  readonly photos: readonly {
    readonly score: number;
    readonly image: Photo;
    readonly copies: readonly Photo[];
  }[];
}

export interface DuplicatesAnswer {
  readonly groups: readonly DuplicateGroup[];
  readonly cursor: string | null;
  readonly total: {
    readonly groups: number;
    readonly photos: number;
    readonly spareBytes: number | null;
  } | null;
  readonly near: { readonly pending: number; readonly madeAt: string | null } | null;
}

export interface Indexing {
  readonly state: 'idle' | 'indexing' | 'failed';
  readonly progress: {
    readonly phase: 'scanning' | 'embedding';
    readonly found: number;
    readonly done: number;
    readonly skipped: number;
    readonly photosPerSecond: number;
    readonly etaSeconds: number | null;
  } | null;
  readonly message: string | null;
}

export interface LibraryAnswer {
  readonly images: number;
  readonly skipped: number;
  readonly roots: readonly { readonly name: string }[];
  readonly indexing: Indexing;
}

/** A refusal of the server, or its silence, in words that can be shown. */
export class ApiError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
  }
}

export function search(
  text: string,
  options: { readonly limit: number; readonly hidesAlike: boolean; readonly signal: AbortSignal },
): Promise<SearchAnswer> {
  const { limit, hidesAlike, signal } = options;
  const query = new URLSearchParams({ q: text, limit: String(limit) });
  if (hidesAlike) query.set('collapse', 'near');
  return getJson<SearchAnswer>(`/v1/search?${query.toString()}`, signal);
}

export function readDuplicates(
  kind: DuplicateKind,
  cursor: string | null,
  signal: AbortSignal,
): Promise<DuplicatesAnswer> {
  const query = new URLSearchParams({ kind });
  if (cursor !== null) query.set('cursor', cursor);
  return getJson<DuplicatesAnswer>(`/v1/duplicates?${query.toString()}`, signal);
}

export function readLibrary(signal?: AbortSignal): Promise<LibraryAnswer> {
  return getJson<LibraryAnswer>('/v1/library', signal);
}

export function readPhoto(id: number): Promise<Photo> {
  return getJson<Photo>(`/v1/images/${id}`);
}

/** @throws ApiError; AbortError where `signal` aborts */
async function getJson<T>(address: string, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(address, { headers: { Accept: 'application/json' }, signal: signal ?? null });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiError('UNREACHABLE', 'Imglish does not answer. Is it still running in its terminal?');
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer as T;
  const problem = (answer ?? {}) as { readonly code?: string; readonly detail?: string };
  throw new ApiError(problem.code ?? 'UNKNOWN', problem.detail ?? `The server answered ${response.status}.`);
}
