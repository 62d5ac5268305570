/**
 * Work on a whole database file, in a thread of its own: it takes seconds in which nothing else would run.
 * Source: our own. Deviation: none.
 */
import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { AppError, type ErrorCode } from '../../model/index.ts';
import { databaseProblems, vacuumDatabase } from '../store/index.ts';

export type DatabaseTask =
  | { readonly kind: 'check'; readonly file: string; readonly isFull: boolean }
  | { readonly kind: 'vacuum'; readonly file: string; readonly rewrite: boolean };

export type DatabaseReply =
  | { readonly ok: true; readonly problems: readonly string[] }
  | { readonly ok: false; readonly code: ErrorCode | null; readonly message: string };

/** A smaller database is done with (some 50 ms) before a thread has started (some 500). */
const THREAD_BYTES_MIN = 16_777_216;

/** @returns problems of a check; nothing of a vacuum. @throws AppError as the task does, ABORTED */
export async function runDatabaseTask(
  task: DatabaseTask,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  if (signal?.aborted === true) throw new AppError('ABORTED', `${task.file}: was stopped`);
  if (statSync(task.file).size < THREAD_BYTES_MIN) return doDatabaseTask(task);
  const worker = new Worker(new URL('./database-worker.js', import.meta.url), {
    name: 'imglish database',
    workerData: task,
  });
  try {
    const reply = await new Promise<DatabaseReply>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', (code) => reject(new Error(`the database thread ended with ${code}`)));
      signal?.addEventListener('abort', () => reject(new AppError('ABORTED', `${task.file}: was stopped`)), {
        once: true,
      });
    });
    if (reply.ok) return reply.problems;
    throw reply.code === null ? new Error(reply.message) : new AppError(reply.code, reply.message);
  } finally {
    await worker.terminate();
  }
}

/** On the calling thread. */
export function doDatabaseTask(task: DatabaseTask): readonly string[] {
  if (task.kind === 'check') return databaseProblems(task.file, task.isFull);
  vacuumDatabase(task.file, { rewrite: task.rewrite });
  return [];
}
