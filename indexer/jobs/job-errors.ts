/**
 * What both queues say alike: unknown jobs, steps that a job cannot take, and parameters as one text.
 * Source: our own. Deviation: none.
 */
import { AppError } from '../../model/index.ts';
import type { JobRecord } from './job-queue.ts';

export function jobNotFound(id: string): AppError {
  return new AppError('NOT_FOUND', `job ${id}: there is none, expected one that "imglish jobs" lists`);
}

/** @param what `paused` */
export function jobStateWrong({ id, kind, state }: JobRecord, what: string): AppError {
  return new AppError(
    'JOB_STATE',
    `job ${id} (${kind}): is ${state} and cannot be ${what}; ${remedies[state]}`,
  );
}

const remedies: Readonly<Record<JobRecord['state'], string>> = {
  waiting: 'it will be done in its turn',
  running: 'pause or cancel it first',
  paused: 'resume or cancel it',
  done: 'add it anew to do it once more',
  failed: 'look at its error and retry it',
  cancelled: 'retry it to do it after all',
};

/** JSON with sorted names, so that equal parameters are equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
