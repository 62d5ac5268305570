/**
 * Words to photos over HTTP.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { AppError } from '../../model/index.ts';
import type { Problem, SearchDocument, Server } from '../../web/index.ts';
import { ask, post, problemOf } from './http.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from './small-library.ts';

const PICTURES = 9;

let small: SmallLibrary;
let server: Server;

before(async () => {
  small = await openSmallLibrary(PICTURES);
  server = await serveSmall(small);
});

after(async () => {
  await server.close();
  await small.close();
});

test('finds photos for words, best first, with all that the page needs', async () => {
  const answer = await ask(server.url, '/v1/search?q=mountains%20at%20sunset&limit=5');
  assert.equal(answer.status, 200);
  assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
  const found = answer.json() as SearchDocument;
  assert.equal(found.hits.length, 5);
  assert.deepEqual(
    found.hits.map(({ rank }) => rank),
    [1, 2, 3, 4, 5],
  );
  const scores = found.hits.map(({ score }) => score);
  assert.deepEqual(
    scores,
    scores.toSorted((a, b) => b - a),
  );
  assert.equal(found.generation, small.library.generation.id);
  assert.ok(found.timings.totalMs > 0);
  for (const { id, image } of found.hits) {
    assert.equal(image.id, id);
    assert.equal(image.path, small.library.store.images.byId(id)?.path);
    assert.equal((await ask(server.url, image.thumbnail)).status, 200);
    assert.equal((await ask(server.url, image.original)).status, 200);
  }
});

test('gives the same for a POST as for a GET', async () => {
  const posted = await post(server.url, '/v1/search', { text: ' a red hill ', limit: 4 });
  const got = await ask(server.url, '/v1/search?q=a+red+hill&limit=4');
  assert.equal(posted.status, 200);
  assert.deepEqual((posted.json() as SearchDocument).hits, (got.json() as SearchDocument).hits);
});

test('gives every photo where the limit is above their number', async () => {
  const answer = await ask(server.url, '/v1/search?q=hill&limit=1000');
  assert.equal((answer.json() as SearchDocument).hits.length, PICTURES);
});

test('tells folder, date and name of a photo, and no path to those on other machines', async () => {
  const everywhere = await serveSmall(small, { host: '0.0.0.0', isInsecure: true });
  try {
    const answer = await ask(everywhere.url, '/v1/search?q=hill&limit=100');
    const { hits } = answer.json() as SearchDocument;
    const dated = hits.find(({ image }) => image.folder === 'My photos/Summer')?.image;
    assert.ok(dated !== undefined);
    assert.equal(dated.fileName, 'Été "1" (a).jpg');
    assert.match(dated.takenAt ?? '', /^2021-05-14T09:30/);
    assert.deepEqual([dated.width, dated.height], [900, 600]);
    assert.ok(hits.every(({ image }) => image.path === undefined));
    assert.ok(!answer.body.includes(small.photos));
  } finally {
    await everywhere.close();
  }
});

const wrongQueries = [
  ['no words', '/v1/search', 'q'],
  ['blank words', '/v1/search?q=%20%20', 'q'],
  ['words given twice', '/v1/search?q=a&q=b', 'q'],
  ['too many characters', `/v1/search?q=${'a'.repeat(2001)}`, 'q'],
  ['a limit of 0', '/v1/search?q=a&limit=0', 'limit'],
  ['a limit of 1001', '/v1/search?q=a&limit=1001', 'limit'],
  ['a limit that is no number', '/v1/search?q=a&limit=1e2', 'limit'],
  ['an unknown key', '/v1/search?q=a&colour=red', ''],
] as const;

for (const [what, address, field] of wrongQueries) {
  test(`refuses a query with ${what}`, async () => {
    const answer = await ask(server.url, address);
    assert.equal(answer.status, 400);
    const problem = problemOf(answer);
    assert.equal(problem.code, 'INVALID_ARGUMENT');
    assert.deepEqual(
      problem.errors?.map((error) => error.field),
      [field],
    );
  });
}

const wrongBodies = [
  ['no words', {}],
  ['words that are a number', { text: 5 }],
  ['a limit that is text', { text: 'a', limit: '5' }],
  ['half a photo as limit', { text: 'a', limit: 1.5 }],
  ['an unknown key', { text: 'a', color: true }],
  ['the path of a picture', { image: { picture: '/etc/hosts' } }],
  ['a list in place of an object', ['a']],
] as const;

for (const [what, body] of wrongBodies) {
  test(`refuses a body with ${what}`, async () => {
    const answer = await post(server.url, '/v1/search', body);
    assert.equal(answer.status, 400);
    assert.equal(problemOf(answer).code, 'INVALID_ARGUMENT');
  });
}

test('refuses a body that is no JSON, too large, or of another type', async () => {
  assert.deepEqual(await sendAs('application/json', '{"text":'), [400, 'REQUEST_INVALID']);
  assert.deepEqual(await sendAs('text/plain', '{"text":"a"}'), [415, 'MEDIA_TYPE_UNSUPPORTED']);
  const large = JSON.stringify({ text: 'a'.repeat(12_000_001) });
  assert.deepEqual(await sendAs('application/json', large), [413, 'LIMIT_EXCEEDED']);
});

test('stops a search whose client has gone away', async () => {
  const events = new EventEmitter();
  const began = once(events, 'began');
  const ended = once(events, 'ended');
  const waiting = await serveSmall(small, {
    engine: {
      stream: (...asked) => small.engine.stream(...asked),
      async search(request, options) {
        const { signal } = options ?? {};
        assert.ok(signal !== undefined);
        events.emit('began', signal);
        if (!signal.aborted) await once(signal, 'abort');
        // From here on the real engine: it must notice that nobody waits.
        const work = small.engine.search(request, { signal });
        const end = (outcome: unknown): boolean => events.emit('ended', outcome);
        work.then(end, end);
        return work;
      },
    },
  });
  try {
    const socket = connect(Number(new URL(waiting.url).port), '127.0.0.1');
    socket.write('GET /v1/search?q=hill HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [signal] = (await began) as [AbortSignal];
    assert.equal(signal.aborted, false);
    socket.destroy();
    const [outcome] = (await ended) as [unknown];
    assert.ok(outcome instanceof AppError && outcome.code === 'ABORTED', String(outcome));
  } finally {
    await waiting.close();
  }
});

test('tells a busy client when to come again', async () => {
  const busy = await serveSmall(small, {
    engine: {
      stream: (...asked) => small.engine.stream(...asked),
      search: () => Promise.reject(new AppError('BUSY', 'text encoder: 1024 wait; try again later')),
    },
  });
  try {
    const answer = await ask(busy.url, '/v1/search?q=hill');
    assert.equal(answer.status, 429);
    assert.equal(answer.headers['retry-after'], '1');
    assert.equal(problemOf(answer).code, 'BUSY');
  } finally {
    await busy.close();
  }
});

test('reports an error nobody foresaw to the server alone', async () => {
  const reports: unknown[][] = [];
  const secret = new Error('password of the disk: hunter2');
  const broken = await serveSmall(small, {
    engine: {
      stream: (...asked) => small.engine.stream(...asked),
      search: () => Promise.reject(secret),
    },
    onError: (...report) => reports.push(report),
  });
  try {
    const answer = await ask(broken.url, '/v1/search?q=hill');
    assert.equal(answer.status, 500);
    assert.equal(problemOf(answer).code, 'INTERNAL');
    assert.ok(
      !answer.body.includes('hunter2') && !answer.body.includes('search.test'),
      answer.body.toString(),
    );
    assert.equal(reports.length, 1);
    assert.equal(reports[0]?.[0], secret);
    assert.ok(String(reports[0]?.[1]).includes(String(answer.headers['x-request-id'])));
  } finally {
    await broken.close();
  }
});

test('cuts paths out of messages', async () => {
  const { dataFolder } = small.library;
  const broken = await serveSmall(small, {
    engine: {
      stream: (...asked) => small.engine.stream(...asked),
      search: () =>
        Promise.reject(
          new AppError(
            'LIBRARY_CORRUPT',
            `${dataFolder}/library.sqlite: damaged, see /home/anna/notes.txt; restore it`,
          ),
        ),
    },
  });
  try {
    const problem = problemOf(await ask(broken.url, '/v1/search?q=hill'));
    assert.equal(problem.status, 500);
    assert.equal(problem.detail, 'data/library.sqlite: damaged, see notes.txt; restore it');
  } finally {
    await broken.close();
  }
});

/** @returns status and code of the refusal */
async function sendAs(type: string, body: string): Promise<[number, Problem['code']]> {
  const headers = { 'content-type': type };
  const answer = await ask(server.url, '/v1/search', { method: 'POST', headers, body });
  return [answer.status, problemOf(answer).code];
}
