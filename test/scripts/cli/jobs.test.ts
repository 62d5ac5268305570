/**
 * Jobs as a person uses them: added, steered, done by `jobs run` or by the server, and finished after a kill -9.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { openJobQueue } from '../../../indexer/index.ts';
import { writePhoto } from '../../support/photo-folder.ts';
import { startRedis } from '../../support/redis-server.ts';
import { imglish, startImglish } from './run-imglish.ts';

const PHOTOS = 60;

const jobOutput = z.object({
  id: z.string(),
  kind: z.string(),
  state: z.string(),
  attempts: z.number(),
  skipped: z.number(),
  progress: z.object({ done: z.number(), total: z.number().nullable() }).nullable(),
  result: z.record(z.string(), z.unknown()).nullable(),
  error: z.object({ code: z.string() }).nullable(),
});
const oneJob = z.object({ job: jobOutput, isWorked: z.boolean().optional() });
const jobList = z.object({ jobs: z.array(jobOutput), isWorked: z.boolean() });

let folder = '';
let photos = '';

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'imglish-jobs-'));
  photos = path.join(folder, 'photos');
  for (let index = 0; index < PHOTOS; index += 1)
    await writePhoto(path.join(photos, `${index}.jpg`), index + 1);
});
after(() => rm(folder, { recursive: true, force: true }));

/** Runs `imglish jobs … --json` on a library of its own. */
function jobsOf(library: string, ...more: readonly string[]) {
  return async (...parameters: readonly string[]): Promise<unknown> => {
    const { stdout, stderr } = await imglish([
      'jobs',
      ...parameters,
      '--json',
      '--data',
      path.join(folder, library),
      ...more,
    ]);
    assert.notEqual(stdout, '', stderr);
    return JSON.parse(stdout);
  };
}

async function jobOf(jobs: (...parameters: readonly string[]) => Promise<unknown>, id: string) {
  return oneJob.parse(await jobs('show', id)).job;
}

describe('imglish jobs', () => {
  it('says what to do where there is no library, and makes none', async () => {
    const { code, stderr } = await imglish(['jobs', '--data', path.join(folder, 'nowhere')]);
    assert.equal(code, 1);
    assert.match(stderr, /there are no jobs yet, expected a library; add one with/);
    assert.equal(existsSync(path.join(folder, 'nowhere')), false);
  });

  it('adds, lists, shows, pauses, resumes, cancels and retries', async () => {
    const jobs = jobsOf('steered');
    const added = oneJob.parse(await jobs('add', 'index', photos));
    assert.deepEqual([added.job.kind, added.job.state, added.isWorked], ['index', 'waiting', false]);
    const { id } = added.job;
    assert.equal(oneJob.parse(await jobs('add', 'index', photos)).job.id, id);
    const text = oneJob.parse(await jobs('add', 'verify', '--full'));
    const list = jobList.parse(await jobs());
    assert.deepEqual(
      list.jobs.map((job) => job.id),
      [text.job.id, id],
    );
    for (const [step, state] of [
      ['pause', 'paused'],
      ['resume', 'waiting'],
      ['cancel', 'cancelled'],
      ['retry', 'waiting'],
    ] as const) {
      assert.equal(oneJob.parse(await jobs(step, id)).job.state, state);
    }
    const data = ['--data', path.join(folder, 'steered')];
    const table = await imglish(['jobs', ...data]);
    assert.match(table.stdout, /│ 1 +│ index +│ .*photos +│ waiting/);
    assert.match(table.stderr, /No process is working on the jobs/);
    const wrong = await imglish(['jobs', 'resume', id, ...data]);
    assert.deepEqual([wrong.code, /is waiting and cannot be resumed/.test(wrong.stderr)], [1, true]);
    const unknown = await imglish(['jobs', 'show', '99', ...data]);
    assert.deepEqual([unknown.code, /job 99: there is none/.test(unknown.stderr)], [1, true]);
  });

  it('refuses what cannot be done when it is added, not when it is done', async () => {
    const data = ['--data', path.join(folder, 'refused')];
    for (const [parameters, message] of [
      [['add', 'index', '/no/such/folder'], /\/no\/such\/folder: is not there/],
      [['add', 're-embed', '--model', 'no-such-model'], /no model "no-such-model"/],
      [['add', 'import-texts', '/no/list.csv'], /\/no\/list\.csv: is not there/],
    ] as const) {
      const { code, stderr } = await imglish(['jobs', ...parameters, ...data]);
      assert.equal(code, 1);
      assert.match(stderr, message);
    }
    assert.equal((await imglish(['jobs', 'add', 'paint', ...data])).code, 2);
  });

  it('runs until idle: every kind does its work, skips are listed with reasons', async () => {
    const library = 'run';
    const jobs = jobsOf(library);
    const some = path.join(folder, 'some');
    await mkdir(some);
    for (let index = 0; index < 4; index += 1) await writePhoto(path.join(some, `${index}.jpg`), index + 1);
    await writeFile(path.join(some, 'broken.jpg'), 'this is no picture');
    const list = path.join(folder, 'list.csv');
    await writeFile(list, 'path,caption\n0.jpg,a red house\n1.jpg,\n');
    const { job } = oneJob.parse(await jobs('add', 'index', some));
    const others: string[] = [];
    for (const parameters of [
      ['embed-missing'],
      ['import-texts', list, '--photos', some],
      ['find-duplicates'],
      ['verify'],
      ['compact'],
      ['re-embed', '--model', 'nano'],
    ]) {
      others.push(oneJob.parse(await jobs('add', ...parameters)).job.id);
    }
    const { code, stdout, stderr } = await imglish([
      'jobs',
      'run',
      '--until-idle',
      '--data',
      path.join(folder, library),
    ]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Done: job 1 \(index .*some\), 1 skipped\.$/m);
    const { job: done, skips } = z
      .object({
        job: jobOutput,
        skips: z.array(z.object({ place: z.string(), code: z.string(), message: z.string() })),
      })
      .parse(await jobs('show', job.id));
    assert.deepEqual([done.state, done.result?.['added'], done.result?.['skipped']], ['done', 4, 1]);
    assert.deepEqual(
      skips.map(({ place, code: why }) => [path.basename(place), why]),
      [['broken.jpg', 'IMAGE_INVALID']],
    );
    const all = jobList.parse(await jobs());
    assert.deepEqual(
      all.jobs.map(({ id, state }) => [id, state]),
      [...others.toReversed(), job.id].map((id) => [id, 'done']),
    );
  });
});

describe('imglish serve', () => {
  it('killed with kill -9 while it indexes: the next one goes on and ends complete; index asks it, and reports', async () => {
    const jobs = jobsOf('served');
    const serve = ['serve', photos, '--port', '0', '--data', path.join(folder, 'served')];
    const first = startImglish(serve);
    const firstEnd = once(first, 'close');
    first.stderr.resume();
    // Looked at from here: a command of its own for each look would come too late.
    const dataFolder = path.join(folder, 'served');
    await mkdir(dataFolder, { recursive: true });
    const queue = await openJobQueue({ dataFolder, redisUrl: null });
    let atKill = 0;
    for (;;) {
      const job = await queue.get('1');
      atKill = job?.progress?.phase === 'embedding' ? job.progress.done : 0;
      if (atKill > 0 || job?.state === 'done') break;
      await delay(20);
    }
    first.kill('SIGKILL');
    await firstEnd;
    const left = await queue.get('1');
    await queue.close();
    assert.ok(left);

    const second = startImglish(serve);
    const secondEnd = once(second, 'close');
    let said = '';
    second.stderr.on('data', (chunk) => {
      said += String(chunk);
    });
    try {
      const endMs = Date.now() + 60_000;
      while (!/Indexed \d+ photos/.test(said)) {
        assert.ok(Date.now() < endMs, said);
        await delay(50);
      }
      const done = await jobOf(jobs, '1');
      assert.equal(done.state, 'done');
      // The kill may have come a moment after the last photo; then nothing was left to go on with.
      if (left.state !== 'done') {
        assert.equal(done.attempts, 2);
        const { added, unchanged } = z
          .object({ added: z.number(), unchanged: z.number() })
          .parse(done.result);
        assert.equal(added + unchanged, PHOTOS);
        assert.ok(unchanged >= atKill - 8 && unchanged > 0, `${unchanged} kept of ${atKill}`);
      }

      await writePhoto(path.join(photos, 'new.jpg'), 999);
      const { code, stdout, stderr } = await imglish([
        'index',
        photos,
        '--json',
        '--data',
        path.join(folder, 'served'),
      ]);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /Another process has this library open and does it: job \d+ \(index/);
      const report = z
        .object({ added: z.number(), unchanged: z.number(), skipped: z.array(z.unknown()) })
        .parse(JSON.parse(stdout));
      assert.deepEqual([report.added, report.unchanged, report.skipped], [1, PHOTOS, []]);
    } finally {
      second.kill('SIGTERM');
      await secondEnd;
    }
    assert.equal(jobList.parse(await jobs()).isWorked, false);
  });
});

describe('imglish jobs with a Redis server', () => {
  it('adds and does a job', { timeout: 120_000 }, async (context) => {
    const server = await startRedis(context);
    if (server === null) return;
    const jobs = jobsOf('on-redis', '--redis', server.url);
    const few = path.join(folder, 'few');
    for (let index = 0; index < 3; index += 1) await writePhoto(path.join(few, `${index}.jpg`), index + 1);
    const { job } = oneJob.parse(await jobs('add', 'index', few));
    const { code, stdout, stderr } = await imglish(
      ['jobs', 'run', '--until-idle', '--data', path.join(folder, 'on-redis')],
      { IMGLISH_REDIS_URL: server.url },
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Done: job 1 \(index /m);
    const done = await jobOf(jobs, job.id);
    assert.deepEqual([done.state, done.result?.['added']], ['done', 3]);
  });
});
