/**
 * The log: what it says of requests and errors, what it never says, and the ids that requests carry.
 * Source: issue 5, "Ops". Deviation: none.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ServerLog, type LogOptions } from '../../../web/index.ts';
import type { RequestRecord } from '../../../web/observe/index.ts';
import { ask, problemOf } from '../http.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from '../small-library.ts';

const KEY = 'look-at-0123456789abcdef';

function logInto(lines: string[], options: LogOptions): ServerLog {
  return new ServerLog({ ...options, destination: { write: (line) => void lines.push(line) } });
}

const record: RequestRecord = {
  id: 'abcdefgh',
  method: 'GET',
  route: '/v1/library',
  status: 200,
  ms: 12.3456,
  isCut: false,
};

/** Lines that a request makes. */
function told(level: 'info' | 'debug', change: Partial<RequestRecord>): number {
  const lines: string[] = [];
  logInto(lines, { form: 'json', level }).request({ ...record, ...change });
  return lines.length;
}

let small: SmallLibrary;

before(async () => {
  small = await openSmallLibrary(1);
});

after(() => small.close());

describe('a log for programs', () => {
  it('is one JSON document a line, with time, level, id, route, status and milliseconds', () => {
    const lines: string[] = [];
    logInto(lines, { form: 'json' }).request(record);
    assert.equal(lines.length, 1);
    const { time, ...line } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual(line, { level: 'info', ...record, ms: 12.3, msg: 'request' });
  });

  it('names no words of a search and no key, whatever becomes of the request', async () => {
    const lines: string[] = [];
    const log = logInto(lines, { form: 'json', level: 'debug' });
    const server = await serveSmall(small, { log, apiKeys: [{ scope: 'read', key: KEY }] });
    const addresses = [
      '/v1/search?q=private',
      '/v1/search?q=private&limit=x',
      '/private',
      '/?q=private',
      '/lookup?private',
    ];
    try {
      for (const address of addresses) {
        for (const authorization of [`Bearer ${KEY}`, `Bearer ${KEY}-wrong`, ''])
          await ask(server.url, address, { headers: { authorization } });
      }
    } finally {
      await server.close();
    }
    assert.equal(lines.length, addresses.length * 3);
    assert.ok(!lines.join('').includes('private'));
    assert.ok(!lines.join('').includes(KEY));
  });

  it('tells an unforeseen error with its stack and the id of its request', async () => {
    const lines: string[] = [];
    const log = logInto(lines, { form: 'json' });
    const engine = {
      search: () => Promise.reject(new Error('a wheel came off')),
      stream: small.engine.stream.bind(small.engine),
    };
    const server = await serveSmall({ library: small.library, engine: engine as never }, { log });
    try {
      const answer = await ask(server.url, '/v1/search?q=hill', {
        headers: { 'x-request-id': 'trace-0001' },
      });
      assert.equal(answer.status, 500);
      assert.ok(!answer.body.includes('wheel'));
    } finally {
      await server.close();
    }
    const [error, request] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(error?.['level'], 'error');
    assert.match(JSON.stringify(error['err']), /a wheel came off.*log\.test/);
    assert.equal(error['request'], 'GET /v1/search trace-0001');
    assert.deepEqual(
      [request?.['level'], request?.['status'], request?.['id']],
      ['error', 500, 'trace-0001'],
    );
  });

  it('tells of requests that were sent away once, with their number, not once for each', () => {
    const lines: string[] = [];
    const log = logInto(lines, { form: 'json' });
    for (let count = 0; count < 1000; count += 1) log.request({ ...record, status: 429 });
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /"level":"warn".*"count":1/);
  });

  it('leaves out what is asked all the time, unless it goes wrong or somebody wants to see it', () => {
    for (const route of ['page', '/v1/images/:id/thumbnail', '/health', '/metrics']) {
      assert.equal(told('info', { route }), 0, route);
      assert.equal(told('debug', { route }), 1, route);
      assert.equal(told('info', { route, status: 500 }), 1, route);
    }
  });
});

describe('a log for people', () => {
  it('is lines without JSON, from warnings on', () => {
    const lines: string[] = [];
    const log = logInto(lines, { form: 'pretty' });
    log.request(record);
    assert.equal(lines.length, 0);
    log.request({ ...record, status: 500 });
    assert.match(lines[0] ?? '', /^\d\d:\d\d:\d\d ERROR GET \/v1\/library 500 12\.3 ms abcdefgh\n$/);
    log.error(new Error('a wheel came off'), 'GET /v1/library abcdefgh');
    assert.match(lines[1] ?? '', /ERROR error GET \/v1\/library abcdefgh\nError: a wheel came off\n +at /);
  });

  it('tells of every request where somebody wants that', () => {
    const lines: string[] = [];
    const log = logInto(lines, { form: 'pretty', level: 'info' });
    log.request({ ...record, isCut: true });
    assert.match(
      lines[0] ?? '',
      /^\d\d:\d\d:\d\d GET \/v1\/library 200 12\.3 ms \(the client went away\) abcdefgh\n$/,
    );
  });
});

describe('the id of a request', () => {
  it('is that of whoever asks where it is well-formed, and a new one otherwise', async () => {
    const server = await serveSmall(small);
    try {
      for (const given of ['0123456789abcdef0123456789abcdef', 'trace.7_of-9']) {
        const answer = await ask(server.url, '/nothing', { headers: { 'x-request-id': given } });
        assert.equal(answer.headers['x-request-id'], given);
        assert.equal(problemOf(answer).instance, `urn:x-request-id:${given}`);
      }
      for (const given of ['mine', 'a"}{"level":"fatal', 'x'.repeat(65), '<script>alert(1)']) {
        const answer = await ask(server.url, '/nothing', { headers: { 'x-request-id': given } });
        const own = String(answer.headers['x-request-id']);
        assert.match(own, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
        assert.equal(problemOf(answer).instance, `urn:uuid:${own}`);
      }
    } finally {
      await server.close();
    }
  });
});
