/**
 * Which failures may pass, and how long a job waits before it is tried again.
 * Source: our own. Deviation: none.
 */
import type { JobErrorCode } from './job-queue.ts';

/**
 * A disk or share that is gone comes back, a full one is emptied, another writer ends. What a person wrote wrongly, a
 * damaged file or a mistake of ours stays as it is, however often it is tried.
 */
const passing: ReadonlySet<JobErrorCode> = new Set([
  'BUSY',
  'DEVICE_UNAVAILABLE',
  'DISK_FULL',
  'DOWNLOAD_FAILED',
  'FILE_NOT_FOUND',
  'FILE_UNREADABLE',
  'FILE_UNWRITABLE',
  'LIBRARY_LOCKED',
  'REDIS_UNAVAILABLE',
]);

/** 5 s, 10 s, 20 s … 10 minutes: twelve failures in a row take the better part of an hour, then a person must look. */
export const PAUSE_MS_MIN = 5000;
export const PAUSE_MS_MAX = 600_000;
export const FAILURES_MAX = 12;

/** What a job says that no process survived: a photo that crashes a decoder, or a machine short of memory. */
export const deathFailure: { readonly code: JobErrorCode; readonly message: string } = {
  code: 'WORKER_DIED',
  message: `the process that did this job died ${FAILURES_MAX} times in a row, expected it to end by itself; look in the system's log for a crash or a lack of memory, leave out what it was working on last, then "imglish jobs retry"`,
};

export interface NextTry {
  readonly pauseMs: number;
  /** In a row, this one included. */
  readonly failures: number;
}

/**
 * @param failures in a row, before this one
 * @param ranMs how long the attempt lasted: one that outlived the longest pause had got somewhere, and the row begins anew
 * @returns null: not again
 */
export function nextTry(code: JobErrorCode, failures: number, ranMs: number): NextTry | null {
  if (!passing.has(code)) return null;
  const count = failuresWith(failures, ranMs);
  if (count >= FAILURES_MAX) return null;
  return { pauseMs: Math.min(PAUSE_MS_MIN * 2 ** (count - 1), PAUSE_MS_MAX), failures: count };
}

/**
 * The row of failures with one more: a failure, or the death of the process, which is found by whoever takes the job up.
 * @param failures in a row, before this one
 * @param ranMs how long the attempt lasted at most
 */
export function failuresWith(failures: number, ranMs: number): number {
  return ranMs > PAUSE_MS_MAX ? 1 : failures + 1;
}
