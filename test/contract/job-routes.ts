/**
 * What /v1/jobs does, whatever the queue behind it is made of.
 * Source: web/schema/jobs.ts. Deviation: none.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createJobHandler, type JobQueue } from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import type { Server } from '../../web/index.ts';
import { jobListSchema, jobSchema, jobSkipsSchema, type JobDocument } from '../../web/schema/index.ts';
import { openEvents, type SentEvent } from '../web/event-stream.ts';
import { ask, post, problemOf, type Answer } from '../web/http.ts';
import { jobOptions } from '../web/jobs/job-options.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from '../web/small-library.ts';
import { progressOf, reaches, until, untilStopped, type OpenBench } from './queue-bench.ts';

interface Bench {
  readonly queue: JobQueue;
  /** Another one, as of another process. */
  readonly other: JobQueue;
  readonly server: Server;
}

export function jobRoutesContract(name: string, openBench: OpenBench): void {
  let small: SmallLibrary;
  before(async () => {
    small = await openSmallLibrary(2);
  });
  after(() => small.close());

  const test = (title: string, work: (bench: Bench) => Promise<void>): void => {
    it(title, { timeout: 60_000 }, async (context) => {
      const bench = await openBench(context);
      if (bench === null) return;
      const [queue, other] = [await bench.open(), await bench.open()];
      const server = await serveSmall(small, { jobs: jobOptions(queue, [small.photos]) });
      try {
        await work({ queue, other, server });
      } finally {
        await server.close();
      }
    });
  };

  describe(`${name} over HTTP`, () => {
    test('gives a new job, where it is, and the same one while it is not done', async ({ queue, server }) => {
      const first = await post(server.url, '/v1/jobs', { kind: 'index', folders: [small.photos] });
      assert.equal(first.status, 202);
      const job = jobOf(first);
      assert.equal(first.headers.location, `/v1/jobs/${job.id}`);
      assert.deepEqual(
        [job.kind, job.state, job.title, job.attempts, job.progress],
        ['index', 'waiting', 'Index photos in My photos', 0, null],
      );
      // The process that does it needs no settings of its own.
      assert.deepEqual((await queue.get(job.id))?.parameters, {
        model: null,
        fileBytesMax: 50_000_000,
        imagePixelsMax: 50_000_000,
        roots: [small.photos],
        excludeFolders: ['@eaDir'],
        excludeGlobs: [],
        followSymlinks: false,
        keepMissing: false,
        prune: false,
      });
      assert.deepEqual(jobOf(await ask(server.url, `/v1/jobs/${job.id}`)), job);
      assert.equal(
        jobOf(await post(server.url, '/v1/jobs', { kind: 'index', folders: [small.photos] })).id,
        job.id,
      );
      const pruning = await post(server.url, '/v1/jobs', { kind: 'index', prune: true });
      assert.notEqual(jobOf(pruning).id, job.id);
      assert.equal(jobOf(pruning).title, 'Look again at the indexed folders');
    });

    test('makes every kind of job that can be asked for', async ({ queue, server }) => {
      const wanted = [
        [{ kind: 'embed-missing' }, { model: null, fileBytesMax: 50_000_000, imagePixelsMax: 50_000_000 }],
        [{ kind: 'find-duplicates' }, { threshold: 0.9 }],
        [{ kind: 'verify' }, { full: false }],
        [{ kind: 'verify', full: true }, { full: true }],
        [{ kind: 'compact' }, {}],
        [{ kind: 'tag' }, { model: null, list: 'everyday', verified: true }],
        [
          { kind: 'tag', labels: ['a dog', ' cat '] },
          { model: null, list: 'own', labels: ['a dog', 'cat'], verified: true },
        ],
        [
          { kind: 'tag', list: 'Pets', labels: ['dog'] },
          { model: null, list: 'Pets', labels: ['dog'], verified: true },
        ],
      ] as const;
      for (const [body, parameters] of wanted) {
        const { id } = jobOf(await post(server.url, '/v1/jobs', body));
        assert.deepEqual((await queue.get(id))?.parameters, parameters);
      }
      const all = listOf(await ask(server.url, '/v1/jobs'));
      assert.equal(all.jobs.length, wanted.length);
      // Of labels their number is enough.
      assert.equal(all.jobs[0]?.parameters['labels'], 1);
    });

    test('refuses what is no job, and says why', async ({ queue, server }) => {
      const wrong = [
        [{ kind: 're-embed' }, 400, 'kind'],
        [{ kind: 'index', folders: 'all' }, 400, 'folders'],
        [{ kind: 'index', folders: [], extra: 1 }, 400, 'extra'],
        [{ kind: 'compact', full: true }, 400, 'full'],
        [{ kind: 'tag', list: '/etc/passwd' }, 400, 'list'],
        [{ kind: 'tag', list: '../list' }, 400, 'list'],
        [{ kind: 'tag', list: 'Pets' }, 400, 'list'],
        [{ kind: 'tag', list: 'everyday', labels: ['dog'] }, 400, 'list'],
        [{ kind: 'tag', labels: [] }, 400, 'labels'],
        [{ kind: 'tag', labels: Array.from({ length: 1001 }, () => 'dog') }, 400, 'labels'],
        [undefined, 400, 'body'],
      ] as const;
      for (const [body, status, word] of wrong) {
        const answer = await post(server.url, '/v1/jobs', body);
        assert.equal(answer.status, status, JSON.stringify(body));
        assert.match(problemOf(answer).detail, new RegExp(word));
      }
      assert.deepEqual(await queue.list(), []);
    });

    test('lists the newest first, by state and number, and tells whether somebody works', async (bench) => {
      const { queue, other, server } = bench;
      const ids: string[] = [];
      for (const full of [true, false]) ids.push((await queue.add('verify', { full })).id);
      ids.push((await queue.add('compact', {})).id);
      await other.cancel(ids[1] ?? '');
      const idsOf = async (query: string) =>
        listOf(await ask(server.url, `/v1/jobs${query}`)).jobs.map(({ id }) => id);
      assert.deepEqual(await idsOf(''), ids.toReversed());
      assert.deepEqual(await idsOf('?limit=2'), [ids[2], ids[1]]);
      assert.deepEqual(await idsOf('?state=cancelled'), [ids[1]]);
      assert.deepEqual(await idsOf('?state=waiting,cancelled'), ids.toReversed());
      assert.deepEqual(await idsOf('?state=waiting&state=cancelled'), ids.toReversed());
      assert.deepEqual(await idsOf('?state=running'), []);
      for (const query of ['?state=gone', '?limit=0', '?limit=201', '?limit=x', '?page=1']) {
        assert.equal((await ask(server.url, `/v1/jobs${query}`)).status, 400, query);
      }
      assert.equal(listOf(await ask(server.url, '/v1/jobs')).isWorked, false);
      await other.work(untilStopped);
      await until('somebody works', async () => listOf(await ask(server.url, '/v1/jobs')).isWorked);
    });

    test('pauses, resumes, cancels and retries, and refuses what a job cannot do', async ({
      queue,
      server,
    }) => {
      await queue.work(untilStopped);
      const { id } = jobOf(await post(server.url, '/v1/jobs', { kind: 'verify' }));
      const act = (action: string) => ask(server.url, `/v1/jobs/${id}/${action}`, { method: 'POST' });
      await reaches(queue, id, 'running');
      assert.equal(jobOf(await act('pause')).state, 'paused');
      const again = await act('pause');
      assert.equal(again.status, 409);
      assert.equal(problemOf(again).code, 'JOB_STATE');
      assert.match(jobOf(await act('resume')).state, /^(?:waiting|running)$/);
      await reaches(queue, id, 'running');
      assert.equal(jobOf(await act('cancel')).state, 'cancelled');
      assert.equal((await act('resume')).status, 409);
      assert.match(jobOf(await act('retry')).state, /^(?:waiting|running)$/);
      for (const address of ['/v1/jobs/77/pause', '/v1/jobs/no-job/retry']) {
        assert.equal(problemOf(await ask(server.url, address, { method: 'POST' })).code, 'NOT_FOUND');
      }
      for (const address of ['/v1/jobs/77', '/v1/jobs/77/skips', '/v1/jobs/77/events', '/v1/jobs/1e3']) {
        assert.equal((await ask(server.url, address)).status, 404, address);
      }
      assert.equal((await ask(server.url, `/v1/jobs/${id}/pause`)).headers['allow'], 'POST');
      assert.equal((await ask(server.url, `/v1/jobs/${id}`, { method: 'DELETE' })).status, 405);
    });

    test('indexes a folder, tells how, and names the file that could not be read', async ({
      queue,
      server,
    }) => {
      const broken = path.join(small.photos, 'broken.jpg');
      await writeFile(broken, 'this is no picture');
      await queue.work(createJobHandler(hostOf(small)));
      const { id } = jobOf(await post(server.url, '/v1/jobs', { kind: 'index' }));
      const stream = await openEvents(server.url, `/v1/jobs/${id}/events`);
      assert.equal(stream.status, 200);
      assert.equal(stream.headers['content-type'], 'text/event-stream; charset=utf-8');
      const last = documentOf(await stream.until((one) => documentOf(one).state === 'done'));
      assert.equal(await stream.next(), undefined);
      assert.deepEqual([last.skipped, last.attempts, last.error], [1, 1, null]);
      assert.equal(last.result?.['skipped'], 1);
      const answer = await ask(server.url, `/v1/jobs/${id}/skips`);
      const { skips, total } = jobSkipsSchema.parse(answer.json());
      assert.equal(total, 1);
      assert.deepEqual([skips[0]?.place, skips[0]?.code], [broken, 'IMAGE_INVALID']);
      assert.match(skips[0]?.message ?? '', /broken\.jpg: .*expected/);
    });

    test('tags photos with labels that came with the request, under the name of their list', async (bench) => {
      const { queue, server } = bench;
      await queue.work(createJobHandler(hostOf(small)));
      const labels = [
        'a mountain under the sun',
        ...Array.from({ length: 12 }, (_, index) => `word ${index}`),
      ];
      const wanted = { kind: 'tag', list: 'My list', labels };
      const { id } = jobOf(await post(server.url, '/v1/jobs', wanted));
      await reaches(queue, id, 'done');
      const done = jobOf(await ask(server.url, `/v1/jobs/${id}`));
      assert.equal(done.title, 'Tag photos with the list My list');
      assert.equal(done.parameters['labels'], 13);
      assert.deepEqual([done.result?.['source'], done.result?.['labels']], ['tags:My list', 13]);
      assert.equal(done.result?.['photos'], 2);
    });

    test('gives skips page by page', async ({ queue, server }) => {
      await queue.work(async (_job, { skip }) => {
        for (let index = 0; index < 7; index += 1) {
          skip({ place: `/p/${index}.jpg`, code: 'IMAGE_INVALID', message: `${index}.jpg: broken` });
        }
        return {};
      });
      const { id } = await queue.add('verify', {});
      await reaches(queue, id, 'done');
      const page = async (query: string) =>
        jobSkipsSchema.parse((await ask(server.url, `/v1/jobs/${id}/skips${query}`)).json());
      assert.equal((await page('')).skips.length, 7);
      const { skips, total } = await page('?offset=5&limit=3');
      assert.equal(total, 7);
      assert.deepEqual(
        skips.map(({ place }) => place),
        ['/p/5.jpg', '/p/6.jpg'],
      );
      assert.deepEqual((await page('?offset=7')).skips, []);
      for (const query of ['?offset=-1', '?limit=1001', '?limit=0']) {
        assert.equal((await ask(server.url, `/v1/jobs/${id}/skips${query}`)).status, 400);
      }
    });

    test('tells every listener of what another process does, and again what one missed', async (bench) => {
      const { queue, other, server } = bench;
      const gates = new Map<string, AbortController>();
      await other.work(async (job, { progress }) => {
        const gate = new AbortController();
        gates.set(job.id, gate);
        progress(progressOf(1, 2));
        await once(gate.signal, 'abort');
        if (job.kind === 'compact') throw new AppError('UNSUPPORTED', 'cannot be done; leave it');
        return { seen: 2 };
      });
      const first = await queue.add('verify', { full: true });
      const [all, one] = await Promise.all([
        openEvents(server.url, '/v1/jobs/events'),
        openEvents(server.url, `/v1/jobs/${first.id}/events`),
      ]);
      const withProgress = (event: SentEvent) => documentOf(event).progress?.done === 1;
      const [seen] = await Promise.all([all.until(withProgress), one.until(withProgress)]);
      all.close();
      one.close();
      // Meanwhile: the first ends, a second fails.
      gates.get(first.id)?.abort();
      await reaches(queue, first.id, 'done');
      const second = await queue.add('compact', {});
      await until('the second is under way', () => gates.has(second.id));
      gates.get(second.id)?.abort();
      await reaches(queue, second.id, 'failed');
      const headers = { 'last-event-id': seen.id ?? '' };
      const back = await openEvents(server.url, '/v1/jobs/events', headers);
      const missed = [await back.next(), await back.next()].map((event) => event && documentOf(event));
      assert.deepEqual(
        missed.map((job) => [job?.id, job?.state, job?.error?.code]),
        [
          [first.id, 'done', undefined],
          [second.id, 'failed', 'UNSUPPORTED'],
        ],
      );
      back.close();
      // Of one job: its end, then nothing more.
      const end = await openEvents(server.url, `/v1/jobs/${first.id}/events`, headers);
      const last = await end.next();
      assert.equal(last && documentOf(last).state, 'done');
      assert.equal(await end.next(), undefined);
      const nothing = await openEvents(server.url, `/v1/jobs/${first.id}/events`, {
        'last-event-id': last?.id ?? '',
      });
      assert.equal(nothing.status, 204);
    });
  });
}

function jobOf(answer: Answer): JobDocument {
  return jobSchema.parse(answer.json());
}

function documentOf(one: SentEvent): JobDocument {
  assert.equal(one.event, 'job');
  return jobSchema.parse(one.data);
}

function listOf(answer: Answer) {
  return jobListSchema.parse(answer.json());
}

function hostOf({ library, embedder }: SmallLibrary) {
  return {
    library,
    embedder,
    openEmbedder: () => Promise.reject(new AppError('MODEL_NOT_FOUND', 'no other model; name none')),
  };
}
