/**
 * What every job queue does, whatever it is made of; each implementation runs this suite.
 * Source: indexer/jobs/job-queue.ts. Deviation: none.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { JobContext, JobHandler, JobProgress, JobQueue, JobRecord } from '../../indexer/index.ts';
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

function refusal(code: ErrorCode, text: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(isAppError(error, code), String(error));
    assert.match(error.message, text);
    return true;
  };
}

const progressOf = (done: number, total: number): JobProgress => ({
  phase: 'counting',
  done,
  total,
  skipped: 0,
  itemsPerSecond: 5,
  etaSeconds: (total - done) / 5,
});

export function jobQueueContract(name: string, openBench: OpenBench): void {
  const test = (title: string, work: (bench: QueueBench) => Promise<void>): void => {
    it(title, { timeout: 60_000 }, async (context) => {
      const bench = await openBench(context);
      if (bench !== null) await work(bench);
    });
  };
  describe(`${name}: asking for jobs`, () => asking(test));
  describe(`${name}: doing jobs`, () => doing(test));
  describe(`${name}: pausing, resuming, cancelling`, () => steering(test));
  describe(`${name}: failing and trying again`, () => failing(test));
  describe(`${name}: ends of workers`, () => ending(test));
}

type Test = (title: string, work: (bench: QueueBench) => Promise<void>) => void;

function asking(test: Test): void {
  test('gives back the job that was added, to every process', async (bench) => {
    const [queue, other] = [await bench.open(), await bench.open()];
    const job = await queue.add('index', { roots: ['/photos'], excludeFolders: [] });
    assert.equal(job.kind, 'index');
    assert.equal(job.state, 'waiting');
    assert.deepEqual(job.parameters, { roots: ['/photos'], excludeFolders: [] });
    assert.deepEqual(
      [job.attempts, job.skipped, job.progress, job.error, job.result],
      [0, 0, null, null, null],
    );
    assert.ok(Math.abs(Date.parse(job.createdAt) - Date.now()) < 60_000, job.createdAt);
    assert.deepEqual(await other.get(job.id), job);
    assert.deepEqual(await other.list(), [job]);
    assert.deepEqual(await other.skips(job.id, { offset: 0, limit: 10 }), []);
  });

  test('adds a job once while it is not done, whatever the order of its parameters', async (bench) => {
    const [queue, other] = [await bench.open(), await bench.open()];
    const job = await queue.add('index', { roots: ['/a'], limits: { bytes: 1, pixels: 2 } });
    assert.equal((await other.add('index', { limits: { pixels: 2, bytes: 1 }, roots: ['/a'] })).id, job.id);
    assert.notEqual((await other.add('index', { roots: ['/b'] })).id, job.id);
    assert.notEqual(
      (await other.add('verify', { roots: ['/a'], limits: { bytes: 1, pixels: 2 } })).id,
      job.id,
    );
    await queue.pause(job.id);
    assert.equal((await queue.add('index', job.parameters)).id, job.id);
    await queue.cancel(job.id);
    assert.notEqual((await queue.add('index', job.parameters)).id, job.id);
  });

  test('adds a job once where many ask at the same moment', async (bench) => {
    const queues = await Promise.all([bench.open(), bench.open(), bench.open()]);
    const jobs = await Promise.all(
      queues.flatMap((queue) => [queue.add('verify', {}), queue.add('verify', {})]),
    );
    assert.equal(new Set(jobs.map(({ id }) => id)).size, 1);
    assert.equal((await queues[0]?.list())?.length, 1);
  });

  test('lists the newest first, by state, and not more than asked for', async (bench) => {
    const queue = await bench.open();
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) ids.push((await queue.add('index', { index })).id);
    await queue.cancel(ids[1] ?? '');
    await queue.pause(ids[3] ?? '');
    const newest = ids.toReversed();
    assert.deepEqual(
      (await queue.list()).map(({ id }) => id),
      newest,
    );
    assert.deepEqual(
      (await queue.list({ limit: 2 })).map(({ id }) => id),
      newest.slice(0, 2),
    );
    const waiting = await queue.list({ states: ['waiting'] });
    assert.deepEqual(
      waiting.map(({ id }) => id),
      [ids[4], ids[2], ids[0]],
    );
    const others = await queue.list({ states: ['paused', 'cancelled'] });
    assert.deepEqual(
      others.map(({ state }) => state),
      ['paused', 'cancelled'],
    );
    assert.deepEqual(await queue.list({ states: ['running', 'done', 'failed'] }), []);
  });

  test('knows nothing of other ids', async (bench) => {
    const queue = await bench.open();
    for (const id of ['77', 'no-job', '', '1e3', '-1']) {
      assert.equal(await queue.get(id), undefined);
      assert.deepEqual(await queue.skips(id, { offset: 0, limit: 5 }), []);
      for (const step of ['pause', 'resume', 'cancel', 'retry'] as const) {
        await assert.rejects(queue[step](id), refusal('NOT_FOUND', /there is none, expected one that/));
      }
    }
    assert.deepEqual(await queue.list(), []);
  });
}

function doing(test: Test): void {
  test('does jobs one after the other, whichever came first', async (bench) => {
    const queue = await bench.open();
    const seen: unknown[] = [];
    let under = 0;
    for (let index = 0; index < 3; index += 1) await queue.add('index', { index });
    await queue.work(async (job) => {
      under += 1;
      assert.equal(under, 1);
      seen.push(job.parameters['index']);
      await delay(10);
      under -= 1;
      return { index: job.parameters['index'] };
    });
    const late = await queue.add('index', { index: 3 });
    const done = await reaches(queue, late.id, 'done');
    assert.deepEqual(seen, [0, 1, 2, 3]);
    assert.deepEqual(done.result, { index: 3 });
    assert.equal(done.attempts, 1);
    assert.ok(done.startedAt !== null && done.finishedAt !== null && done.startedAt <= done.finishedAt);
    assert.equal((await queue.list({ states: ['done'] })).length, 4);
  });

  test('takes a job that another process adds, and tells whether somebody works', async (bench) => {
    const [queue, other] = [await bench.open(), await bench.open()];
    assert.equal(await other.isWorked(), false);
    const worker = await queue.work(async () => ({}));
    await until('the worker is seen', () => other.isWorked());
    const startMs = performance.now();
    const job = await other.add('compact', {});
    await reaches(other, job.id, 'done');
    assert.ok(performance.now() - startMs < 2000, 'within two seconds');
    await worker.close();
    await until('the worker is gone', async () => !(await other.isWorked()));
  });

  test('tells progress and skips while a job runs, and afterwards', async (bench) => {
    const [queue, other] = [await bench.open(), await bench.open()];
    const gate = new AbortController();
    await queue.work(async (_job, { progress, skip }) => {
      progress(progressOf(1, 10));
      progress(progressOf(3, 10));
      skip({ place: '/photos/a.jpg', code: 'IMAGE_INVALID', message: 'a.jpg: broken; replace it' });
      await once(gate.signal, 'abort');
      progress(progressOf(10, 10));
      skip({ place: 'list.csv:12', code: 'TEXT_INVALID', message: 'list.csv:12: empty; fill it' });
      return { photos: 10 };
    });
    const job = await queue.add('index', {});
    await until('progress', async () => (await other.get(job.id))?.progress !== null);
    const running = await other.get(job.id);
    assert.deepEqual(running?.progress, progressOf(3, 10));
    assert.equal(running.state, 'running');
    await until('a skip', async () => (await other.get(job.id))?.skipped === 1);
    gate.abort();
    const done = await reaches(other, job.id, 'done');
    assert.deepEqual(done.progress, progressOf(10, 10));
    assert.equal(done.skipped, 2);
    assert.deepEqual(await other.skips(job.id, { offset: 0, limit: 10 }), [
      { place: '/photos/a.jpg', code: 'IMAGE_INVALID', message: 'a.jpg: broken; replace it' },
      { place: 'list.csv:12', code: 'TEXT_INVALID', message: 'list.csv:12: empty; fill it' },
    ]);
  });

  test('keeps 10,000 skips, in order, and gives them page by page', async (bench) => {
    const queue = await bench.open();
    const COUNT = 10_000;
    await queue.work(async (_job, { skip }) => {
      for (let index = 0; index < COUNT; index += 1) {
        skip({
          place: `/p/${index}.jpg`,
          code: 'IMAGE_INVALID',
          message: `${index}: broken «ü»; replace it`,
        });
      }
      return {};
    });
    const job = await queue.add('index', {});
    const done = await reaches(queue, job.id, 'done');
    assert.equal(done.skipped, COUNT);
    const places: string[] = [];
    for (let offset = 0; ; offset += 999) {
      const page = await queue.skips(job.id, { offset, limit: 999 });
      if (page.length === 0) break;
      places.push(...page.map(({ place }) => place));
    }
    assert.deepEqual(
      places,
      Array.from({ length: COUNT }, (_, index) => `/p/${index}.jpg`),
    );
    assert.deepEqual(await queue.skips(job.id, { offset: 0, limit: 0 }), []);
  });
}

function steering(test: Test): void {
  test('pauses, resumes and cancels a waiting job', async (bench) => {
    const queue = await bench.open();
    const done: string[] = [];
    const [first, second, third] = [
      await queue.add('index', { n: 1 }),
      await queue.add('index', { n: 2 }),
      await queue.add('index', { n: 3 }),
    ];
    assert.equal((await queue.pause(first.id)).state, 'paused');
    assert.equal((await queue.cancel(second.id)).state, 'cancelled');
    await queue.work(async ({ id }) => {
      done.push(id);
      return {};
    });
    await reaches(queue, third.id, 'done');
    assert.deepEqual(done, [third.id]);
    assert.equal((await queue.get(first.id))?.state, 'paused');
    const cancelled = await queue.get(second.id);
    assert.equal(cancelled?.state, 'cancelled');
    assert.notEqual(cancelled.finishedAt, null);
    assert.equal((await queue.resume(first.id)).state === 'paused', false);
    await reaches(queue, first.id, 'done');
    assert.deepEqual(done, [third.id, first.id]);
  });

  test('interrupts a running job that another process pauses, within a second, and goes on when it is resumed', async (bench) => {
    const [queue, other] = [await bench.open(), await bench.open()];
    let stoppedMs = 0;
    let runs = 0;
    await queue.work(async (job, context) => {
      runs += 1;
      if (runs > 1) return {};
      return untilStopped(job, context).finally(() => {
        stoppedMs = performance.now();
      });
    });
    const job = await queue.add('index', {});
    await until('it runs', () => runs === 1);
    const startMs = performance.now();
    assert.equal((await other.pause(job.id)).state, 'paused');
    await until('it is interrupted', () => stoppedMs > 0);
    assert.ok(stoppedMs - startMs < 1000, `${stoppedMs - startMs} ms`);
    // Nobody takes it up.
    const next = await other.add('index', { next: true });
    await reaches(other, next.id, 'done');
    assert.equal((await other.get(job.id))?.state, 'paused');
    await other.resume(job.id);
    const done = await reaches(other, job.id, 'done');
    assert.equal(done.attempts, 2);
  });

  test('interrupts a running job that another process cancels, within a second, and does it after all when asked', async (bench) => {
    const [queue, other] = [await bench.open(), await bench.open()];
    let runs = 0;
    let stopped = 0;
    await queue.work(async (job, context) => {
      runs += 1;
      if (runs > 1) return {};
      return untilStopped(job, context).finally(() => {
        stopped = performance.now();
      });
    });
    const job = await queue.add('index', {});
    await until('it runs', () => runs === 1);
    const startMs = performance.now();
    assert.equal((await other.cancel(job.id)).state, 'cancelled');
    await until('it is interrupted', () => stopped > 0);
    assert.ok(stopped - startMs < 1000, `${stopped - startMs} ms`);
    const next = await other.add('index', { next: true });
    await reaches(other, next.id, 'done');
    const cancelled = await other.get(job.id);
    assert.equal(cancelled?.state, 'cancelled');
    assert.equal(cancelled.error, null);
    await other.retry(job.id);
    await reaches(other, job.id, 'done');
  });

  test('takes a job that was paused and resumed at once again', async (bench) => {
    const [queue, other] = [await bench.open(), await bench.open()];
    let runs = 0;
    await queue.work(async (job, context) => {
      runs += 1;
      return runs === 1 ? untilStopped(job, context) : {};
    });
    const job = await queue.add('index', {});
    await until('it runs', () => runs === 1);
    await queue.pause(job.id);
    await other.resume(job.id);
    await reaches(other, job.id, 'done');
    assert.equal(runs, 2);
  });

  test('refuses steps that a job cannot take', async (bench) => {
    const queue = await bench.open();
    const job = await queue.add('index', {});
    await assert.rejects(queue.resume(job.id), refusal('JOB_STATE', /is waiting and cannot be resumed; /));
    await assert.rejects(queue.retry(job.id), refusal('JOB_STATE', /is waiting and cannot be tried again; /));
    await queue.pause(job.id);
    await assert.rejects(queue.pause(job.id), refusal('JOB_STATE', /is paused and cannot be paused; /));
    await queue.cancel(job.id);
    for (const step of ['pause', 'resume', 'cancel'] as const) {
      await assert.rejects(queue[step](job.id), refusal('JOB_STATE', /is cancelled and cannot be /));
    }
    assert.equal((await queue.retry(job.id)).state, 'waiting');
    await queue.work(async () => ({}));
    await reaches(queue, job.id, 'done');
    for (const step of ['pause', 'resume', 'cancel', 'retry'] as const) {
      await assert.rejects(queue[step](job.id), refusal('JOB_STATE', /is done and cannot be /));
    }
  });
}

function failing(test: Test): void {
  test('fails for good for what does not pass, goes on with the next, and can be retried', async (bench) => {
    const queue = await bench.open();
    let isWrong = true;
    await queue.work(async ({ kind }) => {
      if (kind === 'index' && isWrong) throw new AppError('INVALID_ARGUMENT', 'roots: found none; name one');
      return {};
    });
    const job = await queue.add('index', {});
    const failed = await reaches(queue, job.id, 'failed');
    assert.deepEqual(failed.error, { code: 'INVALID_ARGUMENT', message: 'roots: found none; name one' });
    assert.notEqual(failed.finishedAt, null);
    assert.equal(failed.notBefore, null);
    const next = await queue.add('verify', {});
    await reaches(queue, next.id, 'done');
    isWrong = false;
    await queue.retry(job.id);
    const done = await reaches(queue, job.id, 'done');
    assert.deepEqual([done.error, done.attempts], [null, 2]);
  });

  test('says INTERNAL of an error that nobody foresaw', async (bench) => {
    const queue = await bench.open();
    await queue.work(async () => {
      throw new TypeError('x is not a function');
    });
    const job = await queue.add('index', {});
    const failed = await reaches(queue, job.id, 'failed');
    assert.deepEqual(failed.error, { code: 'INTERNAL', message: 'x is not a function' });
  });

  test('tries again after a pause for what may pass, and does other jobs meanwhile', async (bench) => {
    const queue = await bench.open();
    const startsMs: number[] = [];
    await queue.work(async ({ kind }) => {
      if (kind !== 'index') return {};
      startsMs.push(performance.now());
      if (startsMs.length === 1) throw new AppError('FILE_UNREADABLE', '/nas: is gone; mount it');
      return { tries: startsMs.length };
    });
    const job = await queue.add('index', {});
    await until('it failed once', async () => (await queue.get(job.id))?.notBefore !== null);
    const waiting = await queue.get(job.id);
    assert.equal(waiting?.state, 'waiting');
    assert.deepEqual(waiting.error, { code: 'FILE_UNREADABLE', message: '/nas: is gone; mount it' });
    const pauseMs = Date.parse(waiting.notBefore ?? '') - Date.now();
    assert.ok(pauseMs > 3000 && pauseMs <= 5000, `${pauseMs} ms`);
    const other = await queue.add('verify', {});
    await reaches(queue, other.id, 'done');
    const done = await reaches(queue, job.id, 'done');
    assert.deepEqual([done.attempts, done.error, done.notBefore], [2, null, null]);
    const waitedMs = (startsMs[1] ?? 0) - (startsMs[0] ?? 0);
    assert.ok(waitedMs > 4500 && waitedMs < 8000, `${waitedMs} ms`);
  });

  test('pauses, resumes and cancels a job that waits for its next try', async (bench) => {
    const queue = await bench.open();
    let runs = 0;
    await queue.work(async ({ kind }) => {
      if (kind !== 'index') return {};
      runs += 1;
      if (runs < 3) throw new AppError('DISK_FULL', '/data: is full; free some space');
      return {};
    });
    const job = await queue.add('index', {});
    await until('it failed once', async () => (await queue.get(job.id))?.notBefore !== null);
    assert.deepEqual((await queue.pause(job.id)).notBefore, null);
    const startMs = performance.now();
    await queue.resume(job.id);
    await until('it is tried at once', () => runs === 2);
    assert.ok(performance.now() - startMs < 2000);
    await until('it failed again', async () => (await queue.get(job.id))?.notBefore !== null);
    const pauseMs = Date.parse((await queue.get(job.id))?.notBefore ?? '') - Date.now();
    assert.ok(pauseMs < 5000, 'the row of failures began anew');
    assert.equal((await queue.cancel(job.id)).state, 'cancelled');
    await queue.retry(job.id);
    await reaches(queue, job.id, 'done');
  });

  test('begins the list of skips anew with each attempt', async (bench) => {
    const queue = await bench.open();
    let runs = 0;
    await queue.work(async (_job, { skip }: JobContext) => {
      runs += 1;
      skip({ place: `/${runs}.jpg`, code: 'IMAGE_INVALID', message: 'broken' });
      if (runs === 1) throw new AppError('INVALID_ARGUMENT', 'no');
      return {};
    });
    const job = await queue.add('index', {});
    assert.equal((await reaches(queue, job.id, 'failed')).skipped, 1);
    await queue.retry(job.id);
    assert.equal((await reaches(queue, job.id, 'done')).skipped, 1);
    assert.deepEqual(
      (await queue.skips(job.id, { offset: 0, limit: 9 })).map(({ place }) => place),
      ['/2.jpg'],
    );
  });
}

function ending(test: Test): void {
  test('puts the job of a worker that closes back, before all others, and the next worker goes on', async (bench) => {
    const [queue, other] = [await bench.open(), await bench.open()];
    const worker = await queue.work(untilStopped);
    const job = await queue.add('index', { n: 1 });
    await queue.add('index', { n: 2 });
    await reaches(queue, job.id, 'running');
    await worker.close();
    await worker.close();
    assert.equal((await other.get(job.id))?.state, 'waiting');
    const seen: unknown[] = [];
    await other.work(async ({ parameters, attempts }) => {
      seen.push([parameters['n'], attempts]);
      return {};
    });
    await until('both are done', () => seen.length === 2);
    assert.deepEqual(seen, [
      [1, 2],
      [2, 1],
    ]);
  });

  test('closes at once, also twice, with a worker that has nothing to do', async (bench) => {
    const queue = await bench.open();
    await queue.work(async () => ({}));
    const startMs = performance.now();
    await queue.close();
    await queue.close();
    assert.ok(performance.now() - startMs < 2500);
  });

  test('takes up a job whose process was killed with kill -9, and goes on where it was', async (bench) => {
    const queue = await bench.open();
    const job = await queue.add('index', { count: 40 });
    const { child, lines } = startChild(bench);
    const ended = once(child, 'exit');
    let last = -1;
    for await (const line of { [Symbol.asyncIterator]: () => lines }) {
      last = Number(line);
      if (last >= 5) break;
    }
    child.kill('SIGKILL');
    await ended;
    await until('its worker is missed', async () => !(await queue.isWorked()));
    let from: number | undefined;
    await queue.work(async (record) => {
      from = record.progress?.done;
      return { attempts: record.attempts };
    });
    const done = await reaches(queue, job.id, 'done');
    assert.equal(done.attempts, 2);
    // Progress is written a few times a second, so the last step may be missing, but not the way before.
    assert.ok(from !== undefined && from >= 1 && from <= last + 1, `went on at ${from}, was at ${last}`);
  });
}
