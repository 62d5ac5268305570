/**
 * What every job queue does, whatever it is made of; each implementation runs this suite.
 * Source: indexer/jobs/job-queue.ts. Deviation: none.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ending, failing, steering } from './job-queue-steps.ts';
import { progressOf, reaches, refusal, until, type OpenBench, type Test } from './queue-bench.ts';

export function jobQueueContract(name: string, openBench: OpenBench): void {
  const test: Test = (title, work) => {
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
