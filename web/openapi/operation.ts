/**
 * What the OpenAPI document says of a route.
 * Source: OpenAPI 3.1. Deviation: paths are written as Express does.
 */
import type { z } from 'zod';
import type { ProblemCode } from '../problem-codes.ts';

export const tags = {
  search: 'Words and photos find photos',
  texts: 'Photos find words, and the texts they find',
  photos: 'The photos of the library',
  library: 'What the library holds, and what happens to it',
  jobs: 'Work that goes on in the background',
  models: 'The networks themselves: for programs that were written for other services',
  service: 'The server itself',
} as const;
export type Tag = keyof typeof tags;

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface Operation {
  readonly id: string;
  readonly method: Method;
  /** As Express writes it: /v1/images/:id */
  readonly path: string;
  readonly tag: Tag;
  /** One line, without a full stop. */
  readonly summary: string;
  readonly description?: string;
  /** What `:name` in the path stands for. */
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly headers?: z.ZodType;
  readonly body?: RequestBody;
  /** By status; without problems. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Beside those that every operation of its kind has, see `problemsOf`. */
  readonly problems?: readonly ProblemCode[];
  /** For everybody, with a key or without; default false. */
  readonly isOpen?: boolean;
}

export interface RequestBody {
  readonly json: z.ZodType;
  readonly example?: unknown;
  /** Whether a picture may come beside the JSON in a form, or also in place of it; default no. */
  readonly takesPicture?: 'form' | 'any';
}

export interface Answer {
  readonly description: string;
  readonly json?: z.ZodType;
  /** Media types of bytes or text that no schema describes. */
  readonly types?: readonly string[];
  /** Server-sent events: what stands in `data` of each. */
  readonly events?: Readonly<Record<string, z.ZodType>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Of operations that ask the network. */
export const networkProblems: readonly ProblemCode[] = [
  'ABORTED',
  'DEVICE_UNAVAILABLE',
  'INFERENCE_FAILED',
  'LIBRARY_CORRUPT',
  'LIBRARY_MISMATCH',
  'TEXT_INVALID',
];

/** Of operations that read a picture which somebody sends. */
export const pictureProblems: readonly ProblemCode[] = [
  'DOWNLOAD_FAILED',
  'IMAGE_INVALID',
  'IMAGE_TOO_LARGE',
  'UNSUPPORTED',
];

/** What any request may meet. */
const always: readonly ProblemCode[] = ['BUSY', 'FOREIGN_PAGE', 'HOST_NOT_ALLOWED', 'INTERNAL'];
const guarded: readonly ProblemCode[] = ['KEY_REQUIRED', 'KEY_WRONG', 'SCOPE_TOO_SMALL'];
const withBody: readonly ProblemCode[] = [
  'INVALID_ARGUMENT',
  'LIMIT_EXCEEDED',
  'MEDIA_TYPE_UNSUPPORTED',
  'REQUEST_INVALID',
];

/** Everything that may go wrong with an operation. */
export function problemsOf(operation: Operation): readonly ProblemCode[] {
  const { params, query, body, isOpen = false, problems = [] } = operation;
  return [
    ...new Set<ProblemCode>([
      ...always,
      ...(isOpen ? [] : guarded),
      ...(params === undefined ? [] : (['INVALID_ARGUMENT', 'NOT_FOUND', 'REQUEST_INVALID'] as const)),
      ...(query === undefined ? [] : (['INVALID_ARGUMENT'] as const)),
      ...(body === undefined ? [] : withBody),
      ...(body?.takesPicture !== undefined ? pictureProblems : []),
      ...problems,
    ]),
  ].toSorted();
}
