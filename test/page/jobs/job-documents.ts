/**
 * Jobs as the server tells them, for tests.
 * Source: web/schema/jobs.ts. Deviation: none.
 */
import type { JobDocument } from '../../../web/schema/index.ts';

/** A job that waits, unless it is said to be otherwise. */
export function jobOf(changes: Partial<JobDocument> = {}): JobDocument {
  return {
    id: '1',
    kind: 'index',
    state: 'waiting',
    title: 'Index photos',
    parameters: {},
    progress: null,
    skipped: 0,
    attempts: 0,
    createdAt: '2026-01-01T10:00:00.000Z',
    startedAt: null,
    finishedAt: null,
    notBefore: null,
    error: null,
    result: null,
    ...changes,
  };
}
