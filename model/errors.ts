/**
 * The one error type that crosses folder borders.
 * Source: our own. Deviation: none.
 */

/**
 * What went wrong, in a word that programs may rely on; a code is never renamed.
 * `assert` is for our own mistakes, an `AppError` for what the world does to us.
 */
export type ErrorCode =
  | 'ABORTED'
  | 'BACKUP_CORRUPT'
  | 'BUSY'
  | 'CHECKPOINT_CORRUPT'
  | 'CHECKPOINT_MISMATCH'
  | 'CHECKPOINT_UNSAFE'
  | 'CHECKPOINT_UNSUPPORTED'
  | 'DEVICE_UNAVAILABLE'
  | 'DISK_FULL'
  | 'DOWNLOAD_FAILED'
  | 'FILE_NOT_FOUND'
  | 'FILE_UNREADABLE'
  | 'FILE_UNWRITABLE'
  | 'FIXTURE_INVALID'
  | 'IMAGE_INVALID'
  | 'IMAGE_TOO_LARGE'
  | 'INFERENCE_FAILED'
  | 'INVALID_ARGUMENT'
  | 'JOB_STATE'
  | 'REDIS_UNAVAILABLE'
  | 'LIBRARY_CORRUPT'
  | 'LIBRARY_LOCKED'
  | 'LIBRARY_MISMATCH'
  | 'LIMIT_EXCEEDED'
  | 'MODEL_INVALID'
  | 'MODEL_NOT_FOUND'
  | 'NAME_TAKEN'
  | 'NOT_FOUND'
  | 'TEXT_INVALID'
  | 'TOKENIZER_INVALID'
  | 'UNSUPPORTED'
  | 'WORKER_DIED';

export class AppError extends Error {
  readonly code: ErrorCode;

  /**
   * @param message place, found, expected, remedy, in one line:
   *   `beit3.pth: "x.weight" has shape [2, 3], expected [3, 2]; this is …, import it with …`
   */
  constructor(code: ErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
  }
}

/** True for an `AppError`, of the given code if one is named. */
export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

/** The error's own message, or the value as text where something else than an Error was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
