/**
 * The embedded queue: the contract, and what only a database file and a lock can get wrong.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import path from 'node:path';
import { describe, it } from 'node:test';
import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedJobQueue } from '../../../indexer/jobs/embedded/job-queue.ts';
import { FINISHED_KEPT, JobTable } from '../../../indexer/jobs/embedded/job-table.ts';
import { FAILURES_MAX } from '../../../indexer/jobs/retry-rules.ts';
import { openJobs } from '../../../indexer/jobs/embedded/open-jobs.ts';
import { Connection } from '../../../indexer/store/index.ts';
import { AppError, isAppError } from '../../../model/index.ts';
import { jobQueueContract } from '../../contract/job-queue.ts';
import { reaches, startChild, until, untilStopped } from '../../contract/queue-bench.ts';
import { embeddedBench } from '../../support/job-benches.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

jobQueueContract('embedded queue', embeddedBench);

describe('the clock', () => {
  for (const [title, shiftMs] of [
    ['that is set back by a day does not freeze a job that waits for its next try', -86_400_000],
    ['that is set forward by a day does not either', 86_400_000],
  ] as const) {
    it(title, async (context) => {
      const dataFolder = await temporaryFolder(context);
      let shift = 0;
      const queue = EmbeddedJobQueue.open({ dataFolder, now: () => Date.now() + shift });
      context.after(() => queue.close());
      let runs = 0;
      await queue.work(async () => {
        runs += 1;
        if (runs === 1) throw new AppError('BUSY', 'not now');
        return {};
      });
      const job = await queue.add('index', {});
      await until('it failed once', async () => (await queue.get(job.id))?.notBefore !== null);
      await delay(600);
      assert.equal(runs, 1, 'with a clock that goes on it waits');
      shift = shiftMs;
      await reaches(queue, job.id, 'done');
      assert.equal(runs, 2);
    });
  }

  it('that is set back changes nothing in the order of jobs', async (context) => {
    const dataFolder = await temporaryFolder(context);
    let shift = 0;
    const queue = EmbeddedJobQueue.open({ dataFolder, now: () => Date.now() + shift });
    context.after(() => queue.close());
    const first = await queue.add('index', { n: 1 });
    shift = -86_400_000;
    const second = await queue.add('index', { n: 2 });
    assert.ok(second.createdAt < first.createdAt);
    assert.deepEqual(
      (await queue.list()).map(({ id }) => id),
      [second.id, first.id],
    );
    const seen: unknown[] = [];
    await queue.work(async ({ id }) => {
      seen.push(id);
      return {};
    });
    await reaches(queue, second.id, 'done');
    assert.deepEqual(seen, [first.id, second.id]);
  });
});

describe('the worker of an embedded queue', () => {
  it('is one: a second is refused, naming the first, until that has closed', async (context) => {
    const bench = await embeddedBench(context);
    const [queue, other] = [await bench.open(), await bench.open()];
    const worker = await queue.work(untilStopped);
    await assert.rejects(other.work(untilStopped), (error) => {
      assert.ok(isAppError(error, 'LIBRARY_LOCKED'));
      assert.match(error.message, new RegExp(`jobs\\.lock: process ${process.pid} on .+ works on the jobs`));
      return true;
    });
    await worker.close();
    const next = await other.work(untilStopped);
    await next.close();
  });

  it('gives up a job that killed its process twelve times in a row, goes on with the next, and tries again when asked', async (context) => {
    const bench = await embeddedBench(context);
    const queue = await bench.open();
    const job = await queue.add('index', { count: 1000 });
    for (let deaths = 0; deaths < FAILURES_MAX; deaths += 1) {
      const { child, lines } = startChild(bench);
      const ended = once(child, 'exit');
      await lines.next();
      assert.equal((await queue.get(job.id))?.state, 'running', `after ${deaths} deaths`);
      child.kill('SIGKILL');
      await ended;
    }
    await queue.work(async () => ({}));
    const failed = await reaches(queue, job.id, 'failed');
    assert.equal(failed.error?.code, 'WORKER_DIED');
    assert.match(failed.error.message, /died 12 times in a row, expected .*; look in the system's log/);
    const next = await queue.add('verify', {});
    await reaches(queue, next.id, 'done');
    await queue.retry(job.id);
    assert.equal((await reaches(queue, job.id, 'done')).attempts, FAILURES_MAX + 1);
  });

  it('in another process holds the lock until it is killed with kill -9', async (context) => {
    const bench = await embeddedBench(context);
    const queue = await bench.open();
    const job = await queue.add('index', { count: 1000 });
    const { child, lines } = startChild(bench);
    const ended = once(child, 'exit');
    await lines.next();
    assert.equal(await queue.isWorked(), true);
    await assert.rejects(queue.work(untilStopped), (error) => isAppError(error, 'LIBRARY_LOCKED'));
    child.kill('SIGKILL');
    await ended;
    assert.equal(await queue.isWorked(), false);
    const worker = await queue.work(untilStopped);
    await until('the job is taken up', async () => (await queue.get(job.id))?.attempts === 2);
    await worker.close();
  });

  it('writes the end of a job when the database could not be written at first', async (context) => {
    const bench = await embeddedBench(context);
    const queue = await bench.open();
    const other = Connection.open(path.join(bench.dataFolder, 'jobs.sqlite'), 'write');
    context.after(() => other.close());
    const gate = new AbortController();
    await queue.work(async (_job, { skip }) => {
      await once(gate.signal, 'abort');
      skip({ place: '/a.jpg', code: 'IMAGE_INVALID', message: 'broken' });
      return {};
    });
    const job = await queue.add('index', {});
    await reaches(queue, job.id, 'running');
    // What a full disk does to a database: every write is refused, reads go on.
    other.execute("CREATE TRIGGER full_disk BEFORE UPDATE ON jobs BEGIN SELECT raise(ABORT, 'full'); END");
    gate.abort();
    await delay(1000);
    assert.equal((await queue.get(job.id))?.state, 'running');
    other.execute('DROP TRIGGER full_disk');
    const done = await reaches(queue, job.id, 'done');
    assert.equal(done.skipped, 1);
  });
});

describe('jobs.sqlite', () => {
  it(`keeps the last ${FINISHED_KEPT} finished jobs, and all others`, async (context) => {
    const dataFolder = await temporaryFolder(context);
    const connection = openJobs(path.join(dataFolder, 'jobs.sqlite'));
    context.after(() => connection.close());
    // The disk need not keep up in this test.
    connection.pragma('synchronous = OFF');
    const table = new JobTable(connection, Date.now);
    const paused = table.add('index', '{"paused":true}');
    table.pause(paused);
    for (let index = 0; index < FINISHED_KEPT + 5; index += 1) {
      table.add('index', `{"index":${index}}`);
      const taken = table.take();
      assert.ok(taken);
      table.addSkips(Number(taken.record.id), [{ place: '/a', code: 'IMAGE_INVALID', message: 'broken' }]);
      table.done(taken.record, {});
    }
    const done = table.list(['done'], 10_000);
    assert.equal(done.length, FINISHED_KEPT);
    assert.deepEqual(done[0]?.parameters, { index: FINISHED_KEPT + 4 });
    assert.equal(table.get(paused)?.state, 'paused');
    const { count } =
      connection.prepare<{ count: number }>('SELECT count(*) AS count FROM skips').get() ?? {};
    assert.equal(count, FINISHED_KEPT);
  });

  it('of another program, or of a newer version, is refused', async (context) => {
    const dataFolder = await temporaryFolder(context);
    const file = path.join(dataFolder, 'jobs.sqlite');
    await writeFile(file, 'certainly no database, but long enough to be one '.repeat(20));
    assert.throws(
      () => openJobs(file),
      (error) => isAppError(error, 'LIBRARY_CORRUPT'),
    );
    await writeFile(file, '');
    const connection = openJobs(file);
    connection.pragma('user_version = 99');
    connection.close();
    assert.throws(
      () => openJobs(file),
      (error) => isAppError(error, 'LIBRARY_MISMATCH'),
    );
  });
});
