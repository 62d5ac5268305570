/**
 * The client where the line, or what is behind it, is not as it should be: busy, cut, slow, foreign.
 * Source: web/api-client. Deviation: none.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { JobQueue } from '../../../indexer/index.ts';
import type { Server } from '../../../web/index.ts';
import { Imglish, ImglishError, type JobDocument } from '../../../web/api-client/index.ts';
import { readEvents } from '../../../web/api-client/read-events.ts';
import { progressOf, until } from '../../contract/queue-bench.ts';
import { embeddedBench } from '../../support/job-benches.ts';
import { jobOptions } from '../jobs/job-options.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from '../small-library.ts';

describe('a server that is busy', () => {
  const busy = {
    type: 'about:blank',
    title: 'Too busy',
    status: 429,
    code: 'BUSY',
    detail: 'search: full',
    instance: 'urn:uuid:1',
  };

  it('is asked again after the time it named, and so often as was said', async (context) => {
    let asked = 0;
    const url = await listen(context, (_request, response) => {
      asked += 1;
      if (asked !== 3)
        response.writeHead(429, { 'content-type': 'application/problem+json', 'retry-after': '0' });
      response.end(JSON.stringify(asked === 3 ? { images: 7 } : busy));
    });
    assert.equal((await new Imglish({ url }).library()).images, 7);
    assert.equal(asked, 3);
    asked = 0;
    const refused = await new Imglish({ url, retries: 1 }).library().catch((found: unknown) => found);
    assert.ok(refused instanceof ImglishError);
    assert.deepEqual([refused.code, refused.retryAfterSeconds, asked], ['BUSY', 0, 2]);
  });
});

describe('what is no server of Imglish', () => {
  it('is told from one that refuses', async (context) => {
    const url = await listen(context, (request, response) => {
      response.writeHead(request.url === '/v1/library' ? 200 : 502, { 'content-type': 'text/html' });
      response.end('<h1>Some router</h1>');
    });
    const imglish = new Imglish({ url });
    await assert.rejects(imglish.library(), failure('ANSWER_INVALID', 200));
    await assert.rejects(imglish.image(1), failure('ANSWER_INVALID', 502));
    await assert.rejects(
      new Imglish({ url: 'http://127.0.0.1:9' }).library(),
      (found) =>
        found instanceof ImglishError && found.code === 'UNREACHABLE' && /imglish serve/.test(found.message),
    );
  });
});

describe('following jobs', () => {
  let small: SmallLibrary;
  let queue: JobQueue;
  let server: Server;
  const gates = new Map<string, AbortController>();

  before(async () => {
    small = await openSmallLibrary(1);
  });
  after(() => small.close());

  /** A queue whose jobs end when they are told to. */
  async function start(context: TestContext): Promise<void> {
    queue = await (await embeddedBench(context)).open();
    await queue.work(async (job, { progress, signal }) => {
      const gate = new AbortController();
      gates.set(job.id, gate);
      progress(progressOf(1, 2));
      await once(AbortSignal.any([gate.signal, signal]), 'abort');
      signal.throwIfAborted();
      return { seen: 2 };
    });
    server = await serveSmall(small, { jobs: jobOptions(queue, [small.photos]) });
    context.after(() => server.close());
  }

  it('goes on after a lost connection, with what was missed, and ends with the job', async (context) => {
    await start(context);
    const line = await openLine(context, server.url);
    const imglish = new Imglish({ url: line.url });
    const { id } = await imglish.jobs.create({ kind: 'verify' });
    const seen: JobDocument[] = [];
    let cuts = 0;
    for await (const job of imglish.jobs.follow(id)) {
      seen.push(job);
      if (job.progress?.done !== 1 || cuts > 0) continue;
      line.cut();
      cuts += 1;
      // It ends while nobody listens.
      gates.get(id)?.abort();
      await until('it is done', async () => (await queue.get(id))?.state === 'done');
    }
    assert.equal(cuts, 1);
    assert.deepEqual([seen.at(-1)?.state, seen.at(-1)?.result], ['done', { seen: 2 }]);
    assert.equal(seen.filter(({ state }) => state === 'done').length, 1);
    assert.equal((await imglish.jobs.get(id)).state, 'done');
  });

  it('goes on where the server was ended and another process took its place', async (context) => {
    await start(context);
    const line = await openLine(context, server.url);
    const imglish = new Imglish({ url: line.url });
    const { id } = await imglish.jobs.create({ kind: 'verify' });
    const states: string[] = [];
    for await (const { state, progress } of imglish.jobs.follow(id)) {
      states.push(state);
      if (progress?.done !== 1 || states.includes('done')) continue;
      const next = await serveSmall(small, { jobs: jobOptions(queue, []) });
      context.after(() => next.close());
      line.leadTo(next.url);
      await server.close();
      gates.get(id)?.abort();
    }
    assert.equal(states.at(-1), 'done');
  });

  it('gives up where the server stays away, and at once where there is no such job', async (context) => {
    await start(context);
    const imglish = new Imglish({ url: server.url });
    await assert.rejects(imglish.jobs.follow('77').next(), failure('NOT_FOUND', 404));
    const { id } = await imglish.jobs.create({ kind: 'verify' });
    const following = imglish.jobs.follow(id, { reconnects: 0 });
    assert.equal((await following.next()).done, false);
    await server.close();
    await assert.rejects(
      async () => {
        for (;;) await following.next();
      },
      (found) => found instanceof ImglishError && found.code === 'UNREACHABLE',
    );
  });

  it('steers them', async (context) => {
    await start(context);
    const { jobs } = new Imglish({ url: server.url });
    const { id } = await jobs.create({ kind: 'index', folders: [small.photos] });
    assert.equal((await jobs.pause(id)).state, 'paused');
    assert.match((await jobs.resume(id)).state, /waiting|running/);
    assert.equal((await jobs.cancel(id)).state, 'cancelled');
    const { jobs: listed, isWorked } = await jobs.list({ states: ['cancelled'], limit: 5 });
    assert.deepEqual([listed.map((job) => job.id), isWorked], [[id], true]);
    assert.deepEqual(await jobs.skips(id), { skips: [], total: 0 });
    assert.equal((await jobs.folders()).folders[0]?.path, small.photos);
    assert.match((await jobs.retry(id)).state, /waiting|running/);
    const all = jobs.followAll();
    assert.equal((await all.next()).value?.id, id);
    await all.return();
    await assert.rejects(
      jobs.retry(id),
      (found) => found instanceof ImglishError && found.code === 'JOB_STATE',
    );
  });
});

describe('server-sent events', () => {
  const text =
    ': hello\n\nretry: 50\n\nevent: job\nid: a-1\ndata: {"a":\ndata: "ü日"}\n\ndata\ndata:x\r\n\r\nid: a-2\rdata:  y\r\rid: a-3\n\ndata: z\n\ndata: half';
  const expected = [
    { event: 'job', data: '{"a":\n"ü日"}', id: 'a-1' },
    { event: 'message', data: '\nx', id: 'a-1' },
    { event: 'message', data: ' y', id: 'a-2' },
    { event: 'message', data: 'z', id: 'a-3' },
  ];
  const all = new TextEncoder().encode(text);
  for (const size of [1, 2, 3, 7, all.length]) {
    it(`are read alike in pieces of ${size} bytes`, async () => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let at = 0; at < all.length; at += size) controller.enqueue(all.subarray(at, at + size));
          controller.close();
        },
      });
      const found = [];
      let retryMs = 0;
      for await (const one of readEvents(new Response(body), (ms) => (retryMs = ms))) found.push(one);
      assert.deepEqual([found, retryMs], [expected, 50]);
    });
  }
});

function failure(code: ImglishError['code'], status: number): (found: unknown) => boolean {
  return (found) => found instanceof ImglishError && found.code === code && found.status === status;
}

async function listen(context: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A line to a server that can be cut, or led to another one. */
async function openLine(context: TestContext, url: string) {
  let target = url;
  const sockets = new Set<Socket>();
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const relay = createTcpServer((near) => {
    const far = connect(Number(new URL(target).port), '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  context.after(() => {
    cut();
    relay.close();
  });
  return {
    url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    cut,
    leadTo: (other: string) => {
      target = other;
    },
  };
}
