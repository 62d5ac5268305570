/**
 * The queue on Redis: the contract, and what only a server can do: go away.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { openJobQueue, readSettings } from '../../../indexer/index.ts';
import { RedisLink } from '../../../indexer/jobs/redis/connection.ts';
import { PREFIX } from '../../../indexer/jobs/redis/job-hash.ts';
import { queueIdOf } from '../../../indexer/jobs/redis/queue-id.ts';
import { FAILURES_MAX } from '../../../indexer/jobs/retry-rules.ts';
import { AppError, isAppError } from '../../../model/index.ts';
import { jobQueueContract } from '../../contract/job-queue.ts';
import { reaches, startChild, until, untilStopped } from '../../contract/queue-bench.ts';
import { redisBench, TEST_LOCK_MS } from '../../support/job-benches.ts';
import { projectRoot } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

jobQueueContract('queue on Redis', redisBench);

/** Fails the test where a promise was rejected that nobody waited for. */
function watchRejections(context: TestContext): void {
  const unhandled: unknown[] = [];
  const listen = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', listen);
  context.after(() => {
    process.off('unhandledRejection', listen);
    assert.deepEqual(unhandled, []);
  });
}

describe('a Redis server that is stopped and started again', () => {
  it('shortly: the running job goes on and ends, with two lines in the log', async (context) => {
    const bench = await redisBench(context);
    if (bench === null) return;
    watchRejections(context);
    const queue = await bench.open();
    let steps = 0;
    let runs = 0;
    await queue.work(async (_job, { signal, progress, skip }) => {
      runs += 1;
      for (steps = 0; steps < 20; steps += 1) {
        await delay(100, undefined, { signal });
        progress({
          phase: 'counting',
          done: steps,
          total: 20,
          skipped: 0,
          itemsPerSecond: 10,
          etaSeconds: null,
        });
        skip({ place: `/${steps}.jpg`, code: 'IMAGE_INVALID', message: 'broken' });
      }
      return { steps };
    });
    const job = await queue.add('index', {});
    await until('it runs', () => steps > 3);
    await bench.server.stop();
    await delay(700);
    const before = steps;
    assert.ok(before > 7, 'it goes on without the server');
    await bench.server.start();
    const done = await reaches(queue, job.id, 'done');
    assert.deepEqual(done.result, { steps: 20 });
    // Whether the lock outlived the outage is a matter of milliseconds here, so it may have been taken again.
    assert.equal(done.attempts, runs);
    assert.equal(done.skipped, 20);
    assert.deepEqual(
      bench.notices
        .filter((notice) => !/lock/i.test(notice))
        .map((notice) => notice.replace(/\(.*\)/, '(…)')),
      [
        `${bench.server.url}: Redis cannot be reached (…); trying again until it is back`,
        `${bench.server.url}: Redis is back`,
      ],
    );
    assert.ok(bench.notices.length <= 5, bench.notices.join('\n'));
  });

  it('after longer than a lock lasts: the job is taken again, and idle workers take new ones', async (context) => {
    const bench = await redisBench(context);
    if (bench === null) return;
    watchRejections(context);
    const [queue, other] = [await bench.open(), await bench.open()];
    let runs = 0;
    await queue.work(async (job, jobContext) => {
      runs += 1;
      return runs === 1 ? untilStopped(job, jobContext) : { runs };
    });
    const job = await queue.add('index', {});
    await until('it runs', () => runs === 1);
    await bench.server.stop();
    await delay(TEST_LOCK_MS * 2);
    await bench.server.start();
    const done = await reaches(other, job.id, 'done');
    assert.deepEqual(done.result, { runs: 2 });
    const next = await other.add('verify', {});
    await reaches(other, next.id, 'done');
    assert.ok(bench.notices.length <= 8, bench.notices.join('\n'));
  });

  it('and is not back when the process ends: closing takes seconds, not for ever', async (context) => {
    const bench = await redisBench(context);
    if (bench === null) return;
    watchRejections(context);
    const queue = await bench.open();
    await queue.work(untilStopped);
    const job = await queue.add('index', {});
    await reaches(queue, job.id, 'running');
    await bench.server.stop();
    const startMs = performance.now();
    await assert.rejects(queue.list(), (error) => isAppError(error, 'REDIS_UNAVAILABLE'));
    const failedMs = performance.now() - startMs;
    assert.ok(failedMs < 12_000, `a question is refused after ${failedMs} ms`);
    const closeMs = performance.now();
    await queue.close();
    assert.ok(performance.now() - closeMs < 8000, `${performance.now() - closeMs} ms`);
    await bench.server.start();
    const next = await bench.open();
    await next.work(async ({ attempts }) => ({ attempts }));
    assert.deepEqual((await reaches(next, job.id, 'done')).result, { attempts: 2 });
  });
});

describe('a job that kills its process', () => {
  it('is given up after twelve times in a row, and tried again when asked', async (context) => {
    const bench = await redisBench(context);
    if (bench === null) return;
    const queue = await bench.open();
    const job = await queue.add('index', { count: 1000 });
    const link = await RedisLink.open(bench.server.url);
    const raw = new Queue(`jobs-${await queueIdOf(bench.dataFolder)}`, {
      connection: link.commands,
      prefix: PREFIX,
    });
    // Eleven deaths take half a minute of locks that run out; they are written down, the twelfth is a real one.
    await link.commands.hset(raw.toKey(job.id), 'imglish:failures', FAILURES_MAX - 1);
    await raw.close();
    link.close();
    const { child, lines } = startChild(bench);
    const ended = once(child, 'exit');
    await lines.next();
    child.kill('SIGKILL');
    await ended;
    let runs = 0;
    await queue.work(async () => {
      runs += 1;
      return {};
    });
    const failed = await reaches(queue, job.id, 'failed');
    assert.equal(failed.error?.code, 'WORKER_DIED');
    assert.equal(runs, 0);
    await queue.retry(job.id);
    await reaches(queue, job.id, 'done');
    assert.equal(runs, 1);
  });
});

describe('a clock that is set back', () => {
  it('does not freeze a job that waits for its next try', async (context) => {
    const bench = await redisBench(context);
    if (bench === null) return;
    const queue = await bench.open();
    let runs = 0;
    const first = await queue.work(async () => {
      runs += 1;
      throw new AppError('BUSY', 'not now');
    });
    const job = await queue.add('index', {});
    await until('it failed once', async () => (await queue.get(job.id))?.notBefore !== null);
    await first.close();
    // As if it had been delayed by a clock that was a day ahead.
    const link = await RedisLink.open(bench.server.url);
    const raw = new Queue(`jobs-${await queueIdOf(bench.dataFolder)}`, {
      connection: link.commands,
      prefix: PREFIX,
    });
    const day = 86_400_000;
    const delayed = await raw.getJob(job.id);
    await delayed?.changeDelay(day);
    await link.commands.hset(raw.toKey(job.id), 'imglish:notBeforeMs', Date.now() + day);
    await raw.close();
    link.close();
    await queue.work(async () => ({ runs }));
    assert.deepEqual((await reaches(queue, job.id, 'done')).result, { runs: 1 });
  });
});

describe('without a server', () => {
  it('says so at once, with the address but not its password', async (context) => {
    const dataFolder = await temporaryFolder(context);
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const address = closed.address();
    assert.ok(address !== null && typeof address === 'object');
    closed.close();
    await once(closed, 'close');
    const redisUrl = `redis://bob:secret@127.0.0.1:${address.port}/2`;
    await assert.rejects(openJobQueue({ dataFolder, redisUrl }), (error) => {
      assert.ok(isAppError(error, 'REDIS_UNAVAILABLE'));
      assert.match(
        error.message,
        /^redis:\/\/127\.0\.0\.1:\d+\/2: Redis does not answer \(.*ECONNREFUSED.*\), expected /,
      );
      assert.doesNotMatch(error.message, /bob|secret/);
      return true;
    });
  });

  it('refuses an address that is none, without repeating a password', () => {
    assert.equal(
      readSettings({}, { IMGLISH_REDIS_URL: 'rediss://:pw@cache:6380' }).redisUrl,
      'rediss://:pw@cache:6380',
    );
    assert.equal(readSettings({}, {}).redisUrl, null);
    for (const wrong of ['http://bob:secret@host', 'secret']) {
      assert.throws(
        () => readSettings({}, { IMGLISH_REDIS_URL: wrong }),
        (error) => {
          assert.ok(isAppError(error, 'INVALID_ARGUMENT'));
          assert.match(error.message, /^IMGLISH_REDIS_URL: .*redis:\/\/host:6379/);
          assert.doesNotMatch(error.message, /secret/);
          return true;
        },
      );
    }
  });
});

describe('no Redis address', () => {
  it('means that no port is dialled, and that no code that could is loaded', async (context) => {
    const dataFolder = await temporaryFolder(context);
    const child = spawnSync(
      process.execPath,
      [path.join(projectRoot, 'dist', 'test', 'indexer', 'jobs', 'no-dial-child.js'), dataFolder],
      { encoding: 'utf8' },
    );
    assert.equal(child.status, 0, child.stderr);
    assert.deepEqual(JSON.parse(child.stdout), { done: true, connections: [], loaded: [] });
  });

  it('and with one, the same child is seen to dial and to load it', async (context) => {
    const bench = await redisBench(context);
    if (bench === null) return;
    const child = spawnSync(
      process.execPath,
      [
        path.join(projectRoot, 'dist', 'test', 'indexer', 'jobs', 'no-dial-child.js'),
        bench.dataFolder,
        bench.server.url,
      ],
      { encoding: 'utf8' },
    );
    assert.equal(child.status, 0, child.stderr);
    const seen = JSON.parse(child.stdout) as { connections: unknown[]; loaded: unknown[] };
    assert.ok(seen.connections.length > 0);
    assert.ok(seen.loaded.length > 0);
  });
});
