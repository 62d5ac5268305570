/**
 * Streams of jobs: restarts, slow and silent readers, limits, the end of the server, and what strangers see.
 * Source: web/routes/jobs.ts, web/jobs/job-events.ts. Deviation: none.
 */
import assert from 'node:assert/strict';
import { once, setMaxListeners } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { JobQueue, JobRecord } from '../../../indexer/index.ts';
import { AppError } from '../../../model/index.ts';
import { jobListSchema, jobSchema, jobSkipsSchema } from '../../../web/schema/index.ts';
import { JobEvents, type JobChange } from '../../../web/jobs/index.ts';
import { progressOf, reaches, until, untilStopped } from '../../contract/queue-bench.ts';
import { embeddedBench } from '../../support/job-benches.ts';
import { openEvents, type EventStream, type SentEvent } from '../event-stream.ts';
import { ask } from '../http.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from '../small-library.ts';
import { jobOptions } from './job-options.ts';

let small: SmallLibrary;

before(async () => {
  small = await openSmallLibrary(1);
});

after(() => small.close());

const idOf = (one: SentEvent | undefined) => jobSchema.parse(one?.data).id;

it('begins anew for one who comes from before a restart, and for one who was never here', async (context) => {
  const queue = await (await embeddedBench(context)).open();
  const ids = [(await queue.add('verify', {})).id, (await queue.add('compact', {})).id];
  const first = await serveSmall(small, { jobs: jobOptions(queue, []) });
  const stream = await openEvents(first.url, '/v1/jobs/events');
  assert.deepEqual([idOf(await stream.next()), idOf(await stream.next())], ids);
  await first.close();
  const second = await serveSmall(small, { jobs: jobOptions(queue, []) });
  try {
    for (const last of ['', '0-1', 'ffffffff-1', 'ffffffff-99999999999999999', 'x']) {
      const again = await openEvents(second.url, '/v1/jobs/events', { 'last-event-id': last });
      assert.deepEqual([idOf(await again.next()), idOf(await again.next())], ids, last);
      again.close();
    }
  } finally {
    await second.close();
  }
});

it('ends its streams when the server closes, without waiting for the readers', async (context) => {
  const queue = await (await embeddedBench(context)).open();
  const { id } = await queue.add('verify', {});
  const server = await serveSmall(small, { jobs: jobOptions(queue, []) });
  const streams = await Promise.all([
    openEvents(server.url, '/v1/jobs/events'),
    openEvents(server.url, `/v1/jobs/${id}/events`),
  ]);
  for (const stream of streams) await stream.next();
  const startMs = performance.now();
  await server.close();
  assert.ok(performance.now() - startMs < 2000, 'within two seconds of a grace of ten');
  for (const stream of streams) assert.equal(await stream.next(), undefined);
});

it('opens so many streams, refuses one more, and opens another when one is gone', async (context) => {
  const queue = await (await embeddedBench(context)).open();
  const streams = { runningMax: 3, waitingMax: 0, waitMsMax: 0 };
  const server = await serveSmall(small, { jobs: jobOptions(queue, []), trafficLimits: { streams } });
  const open: EventStream[] = [];
  const openOne = async (): Promise<number> => {
    const stream = await openEvents(server.url, '/v1/jobs/events');
    open.push(stream);
    return stream.status;
  };
  try {
    for (let index = 0; index < 3; index += 1) assert.equal(await openOne(), 200);
    const refused = await ask(server.url, '/v1/jobs/events');
    assert.equal(refused.status, 429);
    assert.equal(refused.headers['retry-after'], '1');
    open[0]?.close();
    await until('a place is free', async () => (await openOne()) === 200);
  } finally {
    for (const stream of open) stream.close();
    await server.close();
  }
});

it('answers a HEAD without opening a stream', async (context) => {
  const queue = await (await embeddedBench(context)).open();
  const { id } = await queue.add('verify', {});
  const server = await serveSmall(small, { jobs: jobOptions(queue, []) });
  try {
    for (const address of ['/v1/jobs/events', `/v1/jobs/${id}/events`]) {
      const answer = await ask(server.url, address, { method: 'HEAD' });
      assert.equal(answer.status, 200);
      assert.match(answer.headers['content-type'] ?? '', /^text\/event-stream/);
    }
  } finally {
    await server.close();
  }
});

it('keeps nothing for one who does not read, who still learns the last state of a job', async (context) => {
  const queue = await (await embeddedBench(context)).open();
  // Each event is 100 kB, and the job changes 150 times: 15 MB, of which a socket takes a few at most.
  const COUNT = 150;
  let steps = 0;
  const parameters = { text: 'x'.repeat(100_000) };
  const { id } = await queue.add('verify', {});
  const job = (): JobRecord => ({
    ...recordOf(id),
    parameters,
    progress: progressOf(Math.min(steps, COUNT), COUNT),
  });
  const changing: JobQueue = Object.create(queue, {
    list: {
      value: (options: Parameters<JobQueue['list']>[0]) => {
        if (options?.states === undefined) steps += 1;
        return Promise.resolve([job()]);
      },
    },
  }) as JobQueue;
  const server = await serveSmall(small, { jobs: jobOptions(changing, []) });
  const deaf = await deafReader(server.url, '/v1/jobs/events');
  try {
    const busy = await openEvents(server.url, '/v1/jobs/events');
    const atFirst = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    // Every new listener makes the server look, and so tells everybody of a change.
    for (let round = 0; round < COUNT + 2; round += 1)
      (await openEvents(server.url, '/v1/jobs/events')).close();
    const grown = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - atFirst;
    assert.ok(grown < 64_000_000, `${Math.round(grown / 1e6)} MB more`);
    busy.close();
    deaf.resume();
    let text = '';
    for await (const chunk of deaf) {
      text += String(chunk);
      if (text.includes(`"done":${COUNT},`)) break;
    }
    const told = [...text.matchAll(/"done":(\d+),/g)].map(([, done]) => Number(done));
    assert.equal(told.at(-1), COUNT);
    assert.ok(told.length < COUNT - 50, `${told.length} of ${COUNT} states were kept for it`);
  } finally {
    deaf.destroy();
    await server.close();
  }
});

it('asks the queue as often for many listeners as for one, and not at all for none', async () => {
  let asked = 0;
  const job = recordOf('1');
  const queue: Pick<JobQueue, 'get' | 'list'> = {
    get: () => Promise.resolve(job),
    list: () => {
      asked += 1;
      return Promise.resolve([job]);
    },
  };
  const events = new JobEvents({ queue, busyMs: 20, idleMs: 20 });
  await Promise.all([events.look(), events.look(), events.look()]);
  assert.equal(asked, 2, 'one look is two lists');
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const listening = Array.from({ length: 50 }, () => drain(events.changes(0, stop.signal)));
  await delay(500);
  assert.ok(asked > 6 && asked < 60, `${asked} lists in half a second`);
  stop.abort();
  for (const seen of await Promise.all(listening)) assert.deepEqual(seen, [1]);
  await delay(50);
  const last = asked;
  await delay(100);
  assert.equal(asked, last);
});

it('goes on when the queue cannot be reached for a while', async () => {
  let isAway = false;
  let job = recordOf('1');
  const answer = <T>(value: T): Promise<T> =>
    isAway
      ? Promise.reject(new AppError('REDIS_UNAVAILABLE', 'redis: away; start it'))
      : Promise.resolve(value);
  const events = new JobEvents({
    queue: { get: () => answer(job), list: () => answer([job]) },
    busyMs: 10,
    idleMs: 10,
  });
  await events.look();
  const stop = new AbortController();
  const changes = events.changes(0, stop.signal);
  assert.equal((await changes.next()).value?.job.state, 'running');
  isAway = true;
  await assert.rejects(events.look(), /away/);
  await delay(50);
  job = { ...job, state: 'done' };
  isAway = false;
  assert.equal((await changes.next()).value?.job.state, 'done');
  stop.abort();
  assert.equal((await changes.next()).done, true);
});

it('hides where files lie from strangers, and shows it to people at this machine', async (context) => {
  const queue = await (await embeddedBench(context)).open();
  await queue.work(async (_job, { skip }) => {
    const place = `${small.photos}/Summer/a.jpg`;
    skip({ place, code: 'IMAGE_INVALID', message: `${place}: broken; replace it` });
    throw new AppError('UNSUPPORTED', `${small.photos}: cannot be done; leave it`);
  });
  const { id } = await queue.add('index', { roots: [small.photos, '/elsewhere/Pictures'] });
  await reaches(queue, id, 'failed');
  const seen = async (options: Parameters<typeof serveSmall>[1], headers: Record<string, string> = {}) => {
    const server = await serveSmall(small, { jobs: jobOptions(queue, []), ...options });
    try {
      const [list, skips] = [
        await ask(server.url, '/v1/jobs', { headers }),
        await ask(server.url, `/v1/jobs/${id}/skips`, { headers }),
      ];
      const job = jobListSchema.parse(list.json()).jobs[0];
      const skip = jobSkipsSchema.parse(skips.json()).skips[0];
      assert.equal(job?.title, 'Index photos in My photos, Pictures');
      return [job.parameters['roots'], job.error?.message, skip?.place, skip?.message];
    } finally {
      await server.close();
    }
  };
  const place = `${small.photos}/Summer/a.jpg`;
  const everything = [
    [small.photos, '/elsewhere/Pictures'],
    `${small.photos}: cannot be done; leave it`,
    place,
    `${place}: broken; replace it`,
  ];
  const names = [
    ['My photos', 'Pictures'],
    'My photos: cannot be done; leave it',
    'My photos/Summer/a.jpg',
    'My photos/Summer/a.jpg: broken; replace it',
  ];
  assert.deepEqual(await seen({}), everything);
  assert.deepEqual(await seen({ host: '0.0.0.0', isInsecure: true }), names);
  const apiKeys = [
    { scope: 'read', key: 'look-at-0123456789abcdef' },
    { scope: 'admin', key: 'change-0123456789abcdef' },
  ] as const;
  const keyed = { host: '0.0.0.0', apiKeys };
  assert.deepEqual(await seen(keyed, { 'x-api-key': 'look-at-0123456789abcdef' }), names);
  assert.deepEqual(await seen(keyed, { 'x-api-key': 'change-0123456789abcdef' }), everything);
});

it('lets a read key follow jobs, and only an admin key steer them', async (context) => {
  const queue = await (await embeddedBench(context)).open();
  await queue.work(untilStopped);
  const { id } = await queue.add('verify', {});
  const [read, admin] = ['look-at-0123456789abcdef', 'change-0123456789abcdef'];
  const apiKeys = [
    { scope: 'read', key: read },
    { scope: 'admin', key: admin },
  ] as const;
  const server = await serveSmall(small, { jobs: jobOptions(queue, []), apiKeys });
  try {
    const stream = await openEvents(server.url, '/v1/jobs/events', { 'x-api-key': read });
    assert.equal(idOf(await stream.next()), id);
    stream.close();
    const cancel = (key: string) =>
      ask(server.url, `/v1/jobs/${id}/cancel`, { method: 'POST', headers: { 'x-api-key': key } });
    assert.equal((await cancel(read)).status, 403);
    assert.equal((await ask(server.url, '/v1/folders', { headers: { 'x-api-key': read } })).status, 403);
    assert.equal((await cancel(admin)).status, 200);
    assert.equal((await ask(server.url, '/v1/folders', { headers: { 'x-api-key': admin } })).status, 200);
  } finally {
    await server.close();
  }
});

/** The numbers of the changes, until the end. */
async function drain(changes: AsyncIterable<JobChange>): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { number } of changes) numbers.push(number);
  return numbers;
}

/** Asks, and takes nothing of the answer. */
async function deafReader(url: string, path: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`);
  return socket;
}

function recordOf(id: string): JobRecord {
  return {
    id,
    kind: 'verify',
    parameters: {},
    state: 'running',
    progress: null,
    skipped: 0,
    attempts: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: null,
    notBefore: null,
    error: null,
    result: null,
  };
}
