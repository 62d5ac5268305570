/**
 * The server as a whole: who may ask, what every answer carries, the page, status, and the end.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { AppError } from '../../model/index.ts';
import { serve, type IndexingStatus, type Server, type StatusDocument } from '../../web/index.ts';
import { ask, problemOf } from './http.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from './small-library.ts';

let small: SmallLibrary;
let server: Server;
let port: string;

before(async () => {
  small = await openSmallLibrary(4);
  server = await serveSmall(small);
  port = new URL(server.url).port;
});

after(async () => {
  await server.close();
  await small.close();
});

const refusedHosts = [
  'evil.example',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  '127.0.0.1@evil.example',
  '192.168.1.7',
  '0.0.0.0',
  'localhost:80:80',
  '[::1',
];

for (const host of refusedHosts) {
  test(`refuses the host ${JSON.stringify(host)}, on every address`, async () => {
    for (const address of ['/', '/v1/search?q=hill', '/health', '/assets/main.js', '/v1/images/1/original']) {
      const answer = await ask(server.url, address, { headers: { host } });
      assert.equal(answer.status, 421, address);
      assert.equal(problemOf(answer).code, 'HOST_NOT_ALLOWED');
    }
  });
}

test('answers to the names of this machine, with and without port, in any letters', async () => {
  for (const host of [
    'localhost',
    `localhost:${port}`,
    `127.0.0.1:${port}`,
    `[::1]:${port}`,
    'LOCALHOST',
    'localhost.',
  ]) {
    assert.equal((await ask(server.url, '/health', { headers: { host } })).status, 200, host);
  }
});

test('answers to any address but to no foreign name when bound to all addresses', async () => {
  const everywhere = await serveSmall(small, { host: '0.0.0.0', isInsecure: true });
  try {
    assert.match(everywhere.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.equal(
      (await ask(everywhere.url, '/health', { headers: { host: '192.168.1.7:3210' } })).status,
      200,
    );
    assert.equal((await ask(everywhere.url, '/health', { headers: { host: 'evil.example' } })).status, 421);
  } finally {
    await everywhere.close();
  }
});

test('refuses what the page of another site asks for, and lets its links lead here', async () => {
  const crossSite = { 'sec-fetch-site': 'cross-site' };
  const refused = await ask(server.url, '/v1/search?q=hill', {
    headers: { ...crossSite, 'sec-fetch-mode': 'no-cors' },
  });
  assert.equal(refused.status, 403);
  assert.equal(problemOf(refused).code, 'FOREIGN_PAGE');
  const link = await ask(server.url, '/?q=hill', { headers: { ...crossSite, 'sec-fetch-mode': 'navigate' } });
  assert.equal(link.status, 200);
  const own = await ask(server.url, '/v1/search?q=hill', { headers: { 'sec-fetch-site': 'same-origin' } });
  assert.equal(own.status, 200);
});

test('sends the protecting headers and a fresh id with every answer, good or bad', async () => {
  const ids = new Set<unknown>();
  for (const address of [
    '/',
    '/assets/main.js',
    '/v1/library',
    '/v1/images/1/original',
    '/nothing',
    '/v1/search',
  ]) {
    const { headers } = await ask(server.url, address, {
      headers: { origin: 'https://evil.example', 'x-request-id': 'mine' },
    });
    const policy = String(headers['content-security-policy']);
    assert.ok(policy.startsWith("default-src 'none'"), address);
    assert.ok(policy.includes("frame-ancestors 'none'") && !policy.includes('unsafe'), address);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    assert.equal(headers['access-control-allow-origin'], undefined);
    assert.equal(headers['x-powered-by'], undefined);
    ids.add(headers['x-request-id']);
  }
  assert.equal(ids.size, 6);
  assert.ok(!ids.has('mine'));
});

test('answers an unknown address with a problem document', async () => {
  for (const address of ['/nothing', '/v1', '/v2/search']) {
    const answer = await ask(server.url, address);
    assert.equal(answer.status, 404);
    const problem = problemOf(answer);
    assert.deepEqual([problem.type, problem.status, problem.code], ['about:blank', 404, 'NOT_FOUND']);
    assert.equal(problem.instance, `urn:uuid:${String(answer.headers['x-request-id'])}`);
  }
});

test('serves the page at its own addresses only, without a line of script or style in it', async () => {
  const start = await ask(server.url, '/');
  assert.equal(start.status, 200);
  assert.match(start.headers['content-type'] ?? '', /^text\/html/);
  assert.equal(start.headers['cache-control'], 'no-cache');
  const html = start.body.toString();
  assert.ok(!/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|https?:\/\//.test(html));
  for (const address of ['/lookup', '/library', '/jobs', '/duplicates', '/?q=hill&view=1']) {
    assert.equal((await ask(server.url, address)).body.toString(), html, address);
  }
  const etag = String(start.headers.etag);
  assert.equal((await ask(server.url, '/', { headers: { 'if-none-match': etag } })).status, 304);
  for (const address of ['/index.html', '/nowhere', '/lookup/more', '/assets/nothing.js']) {
    assert.equal((await ask(server.url, address)).status, 404, address);
  }
});

test('lets browsers keep the files of the page for ever, as their names change with them', async () => {
  const html = (await ask(server.url, '/')).body.toString();
  const names = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, name = '']) => name);
  const types = { js: /javascript/, css: /^text\/css/, svg: /^image\/svg/ } as const;
  for (const [ending, type] of Object.entries(types)) {
    const name = names.find((one) => one.endsWith(`.${ending}`));
    assert.ok(name !== undefined, `no .${ending} in ${html}`);
    const answer = await ask(server.url, name);
    assert.equal(answer.status, 200);
    assert.match(answer.headers['content-type'] ?? '', type);
    assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable');
  }
});

test('tells how far indexing is, counts in place of lists, and no folders', async () => {
  let status: IndexingStatus = {
    state: 'indexing',
    progress: {
      phase: 'embedding',
      found: 10,
      done: 4,
      added: 3,
      skipped: 1,
      photosPerSecond: 2.5,
      etaSeconds: 2,
    },
    report: null,
    message: null,
  };
  const busy = await serveSmall(small, { status: () => status });
  const read = async (): Promise<StatusDocument> =>
    (await ask(busy.url, '/v1/status')).json() as StatusDocument;
  try {
    assert.deepEqual(await read(), status);
    status = {
      state: 'failed',
      progress: null,
      report: null,
      message: `${small.photos}: is not readable; mount the disk`,
    };
    assert.equal((await read()).message, 'My photos: is not readable; mount the disk');
    const skipped = [{ path: '/secret/a.jpg', code: 'IMAGE_INVALID', message: 'no' }] as const;
    const counts = {
      found: 2,
      added: 1,
      updated: 0,
      moved: 0,
      unchanged: 0,
      removed: 0,
      seconds: 1,
      photosPerSecond: 1,
    };
    status = {
      state: 'idle',
      progress: null,
      report: { ...counts, skipped, skippedCount: 1, workers: [] },
      message: null,
    };
    assert.deepEqual((await read()).report, { ...counts, skipped: 1 });
  } finally {
    await busy.close();
  }
});

test('says that the port is taken, and what to do', async () => {
  const { createApp } = await import('../../web/index.ts');
  const app = createApp({
    ...small,
    status: () => ({ state: 'idle', progress: null, report: null, message: null }),
  });
  await assert.rejects(serve(app, { host: '127.0.0.1', port: Number(port) }), (error: unknown) => {
    assert.ok(error instanceof AppError && error.code === 'INVALID_ARGUMENT');
    assert.match(error.message, /another program listens there.*--port/);
    return true;
  });
  await assert.rejects(
    serve(app, { host: '203.0.113.1', port: 0, isInsecure: true }),
    /no such address.*--host/,
  );
  const other = await serve(app, { host: '127.0.0.1', port: 0 });
  await other.close();
});

const BODY = JSON.stringify({ text: 'hill', limit: 2 });
const HEAD = `POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n`;

test('finishes the request in flight, takes no other, and then closes', async () => {
  const closing = await serveSmall(small);
  const { port: own } = new URL(closing.url);
  const kept = await connected(own);
  kept.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(kept, 'data');
  const socket = await connected(own);
  const answered = readAll(socket);
  socket.write(HEAD + BODY.slice(0, 5));
  // Its head must have arrived for the request to be in flight.
  await new Promise((resolve) => setTimeout(resolve, 100));
  let isClosed = false;
  const close = async (): Promise<void> => {
    await closing.close();
    isClosed = true;
  };
  const closed = close();
  await once(kept, 'close');
  await assert.rejects(ask(closing.url, '/health'), /ECONNREFUSED/);
  assert.equal(isClosed, false);
  socket.write(BODY.slice(5));
  const answer = await answered;
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(answer, /\r\nConnection: close\r\n/i);
  assert.match(answer, /"hits":\[\{/);
  await closed;
  await closing.close();
});

test('cuts off who keeps a closing server waiting for too long', async () => {
  const closing = await serveSmall(small, { graceMs: 100 });
  const socket = await connected(new URL(closing.url).port);
  socket.on('error', () => undefined);
  socket.write(HEAD + BODY.slice(0, 5));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const gone = once(socket, 'close');
  await closing.close();
  await gone;
});

async function connected(toPort: string): Promise<Socket> {
  const socket = connect(Number(toPort), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

async function readAll(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}
