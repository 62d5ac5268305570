/**
 * The codes of problem documents, and the one place that knows which HTTP status an error has.
 * Source: RFC 9110 (statuses), RFC 9457 (problems). Deviation: none.
 */
import type { ErrorCode } from '../model/index.ts';

/** Of the errors that the engine knows. */
const engineStatuses: Readonly<Record<ErrorCode, number>> = {
  ABORTED: 503,
  BACKUP_CORRUPT: 500,
  BUSY: 429,
  CHECKPOINT_CORRUPT: 500,
  CHECKPOINT_MISMATCH: 500,
  CHECKPOINT_UNSAFE: 500,
  CHECKPOINT_UNSUPPORTED: 500,
  DEVICE_UNAVAILABLE: 503,
  DISK_FULL: 507,
  DOWNLOAD_FAILED: 502,
  FILE_NOT_FOUND: 404,
  FILE_UNREADABLE: 403,
  FILE_UNWRITABLE: 500,
  FIXTURE_INVALID: 500,
  IMAGE_INVALID: 422,
  IMAGE_TOO_LARGE: 413,
  INFERENCE_FAILED: 500,
  INVALID_ARGUMENT: 400,
  JOB_STATE: 409,
  LIBRARY_CORRUPT: 500,
  LIBRARY_LOCKED: 503,
  LIBRARY_MISMATCH: 409,
  LIMIT_EXCEEDED: 413,
  MODEL_INVALID: 500,
  MODEL_NOT_FOUND: 500,
  NAME_TAKEN: 409,
  NOT_FOUND: 404,
  REDIS_UNAVAILABLE: 503,
  TEXT_INVALID: 400,
  TOKENIZER_INVALID: 500,
  UNSUPPORTED: 422,
  WORKER_DIED: 500,
};

/** Codes that only HTTP knows; like an ErrorCode, one is never renamed. */
const httpStatuses = {
  FOLDER_NOT_ALLOWED: 403,
  FOREIGN_PAGE: 403,
  HOST_NOT_ALLOWED: 421,
  INTERNAL: 500,
  KEY_REQUIRED: 401,
  KEY_WRONG: 401,
  MEDIA_TYPE_UNSUPPORTED: 415,
  METHOD_NOT_ALLOWED: 405,
  RANGE_INVALID: 416,
  REQUEST_INVALID: 400,
  SCOPE_TOO_SMALL: 403,
} as const;

export type ProblemCode = ErrorCode | keyof typeof httpStatuses;

export const statuses: Readonly<Record<ProblemCode, number>> = { ...engineStatuses, ...httpStatuses };

export const problemCodes = Object.keys(statuses) as readonly ProblemCode[];

/** By status: what a problem is called. */
export const titles: Readonly<Record<number, string>> = {
  400: 'The request is not valid',
  401: 'Needs a key',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Media type not supported',
  416: 'Range not satisfiable',
  421: 'Meant for another host',
  422: 'Cannot be processed',
  429: 'Too busy',
  500: 'Something went wrong',
  502: 'A server behind this one failed',
  503: 'Not available at the moment',
  507: 'The disk is full',
};
