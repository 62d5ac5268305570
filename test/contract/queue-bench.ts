/**
 * What the suite of job queues and the tests of each one need: the queue under test, waiting, a process to be killed.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { JobHandler, JobProgress, JobQueue, JobRecord } from '../../indexer/index.ts';
import { AppError, isAppError, type ErrorCode } from '../../model/index.ts';

export interface QueueBench {
  /** Opens the same queue once more, as another process would; closed at the end of the test. */
  open(): Promise<JobQueue>;
  /** What job-child.js is told, so that it opens the same queue. */
  readonly childArguments: readonly string[];
}

/** null: the test was skipped */
export type OpenBench = (context: TestContext) => Promise<QueueBench | null>;

/** Longer than anything that is waited for; a test that fails says so then. */
const PATIENCE_MS = 15_000;

export async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    assert.ok(performance.now() < endMs, `waited in vain: ${what}`);
    await delay(20);
  }
}

/** Waits until a job is in a state. */
export async function reaches(queue: JobQueue, id: string, state: JobRecord['state']): Promise<JobRecord> {
  let record: JobRecord | undefined;
  await until(`job ${id} is ${state}`, async () => {
    record = await queue.get(id);
    return record?.state === state;
  });
  assert.ok(record);
  return record;
}

/** A handler that runs until it is told to stop. */
export const untilStopped: JobHandler = async (_job, { signal }) => {
  if (!signal.aborted) await once(signal, 'abort');
  throw new AppError('ABORTED', 'stopped');
};

export function startChild(bench: QueueBench): { child: ChildProcess; lines: AsyncIterableIterator<string> } {
  const child = spawn(
    process.execPath,
    [path.join(import.meta.dirname, 'job-child.js'), ...bench.childArguments],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  assert.ok(child.stdout);
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

export function refusal(code: ErrorCode, text: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(isAppError(error, code), String(error));
    assert.match(error.message, text);
    return true;
  };
}

export const progressOf = (done: number, total: number): JobProgress => ({
  phase: 'counting',
  done,
  total,
  skipped: 0,
  itemsPerSecond: 5,
  etaSeconds: (total - done) / 5,
});

export type Test = (title: string, work: (bench: QueueBench) => Promise<void>) => void;
