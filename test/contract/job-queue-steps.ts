/**
 * What every job queue does when a job is paused, resumed, cancelled, fails, or loses its worker.
 * Source: indexer/jobs/job-queue.ts. Deviation: none.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { JobContext } from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import { reaches, refusal, startChild, until, untilStopped, type Test } from './queue-bench.ts';

export function steering(test: Test): void {
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

export function failing(test: Test): void {
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

export function ending(test: Test): void {
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
