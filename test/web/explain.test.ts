/**
 * Why a photo was found, over HTTP; and searches with photos as wanted and unwanted parts.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { isAppError, type CallOptions, type LocalEmbedder } from '../../model/index.ts';
import type { Server } from '../../web/index.ts';
import { explainSchema, searchSchema, type SearchDocument } from '../../web/schema/index.ts';
import { post, problemOf } from './http.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from './small-library.ts';

const PICTURES = 9;

let small: SmallLibrary;
let server: Server;
let ids: readonly number[];

before(async () => {
  small = await openSmallLibrary(PICTURES);
  server = await serveSmall(small, { models: small.engine });
  ids = small.library.store.images.below(small.photos, '', 100).map(({ id }) => id);
});

after(async () => {
  await server.close();
  await small.close();
});

/** The embedder, with another way to encode texts. */
function withTexts(
  embedder: LocalEmbedder,
  encodeTexts: (texts: readonly string[], options?: CallOptions) => Promise<unknown>,
): LocalEmbedder {
  return new Proxy(embedder, {
    get(target, name) {
      if (name === 'encodeTexts') return encodeTexts;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

describe('POST /v1/images/:id/explain', () => {
  it('tells which parts of the photo speak for the words, and which parts of the words it fulfils', async () => {
    const answer = await post(server.url, `/v1/images/${ids[0]}/explain`, {
      text: 'a hill in the evening, no people',
      grid: 3,
    });
    assert.equal(answer.status, 200, answer.body.toString());
    const map = explainSchema.parse(answer.json());
    assert.deepEqual([map.rows, map.columns, map.values.length], [3, 3, 9]);
    assert.deepEqual([map.runs, map.runsPlanned, map.isComplete], [5, 5, true]);
    assert.equal(Math.max(...map.values.map(Math.abs)), 1);
    assert.equal(map.clauses.length, 3);
    assert.deepEqual(
      map.clauses.map(({ isNegated }) => isNegated),
      [false, false, true],
    );
    for (const { score } of map.clauses) assert.ok(score > -1 && score < 1);
  });

  it('stops at its budget, and takes one part of words for no list', async () => {
    const answer = await post(server.url, `/v1/images/${ids[0]}/explain`, {
      text: 'hills',
      grid: 9,
      budgetMs: 0,
    });
    const map = explainSchema.parse(answer.json());
    assert.ok(map.runs < map.runsPlanned && !map.isComplete, `${map.runs} of ${map.runsPlanned}`);
    assert.deepEqual(map.clauses, []);
  });

  it('refuses what it cannot explain', async () => {
    for (const body of [
      {},
      { text: '' },
      { text: 'a', grid: 10 },
      { text: 'a', budgetMs: -1 },
      { words: 'a' },
    ]) {
      const answer = await post(server.url, `/v1/images/${ids[0]}/explain`, body);
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.equal(problemOf(answer).code, 'INVALID_ARGUMENT');
    }
    assert.equal((await post(server.url, '/v1/images/999999/explain', { text: 'a' })).status, 404);
  });

  it('does one at a time, and sends away whom it cannot serve soon', async () => {
    const one = { runningMax: 1, waitingMax: 1, waitMsMax: 60_000 };
    const busy = await serveSmall(small, { models: small.engine, trafficLimits: { explanations: one } });
    try {
      const asked = { text: 'hills', grid: 3 };
      const all = [0, 1, 2].map(() => post(busy.url, `/v1/images/${ids[0]}/explain`, asked));
      const answers = await Promise.all(all);
      const statuses = answers.map(({ status }) => status);
      assert.deepEqual(
        statuses.toSorted((a, b) => a - b),
        [200, 200, 429],
      );
      const refused = answers.find(({ status }) => status === 429);
      assert.equal(refused?.headers['retry-after'], '1');
    } finally {
      await busy.close();
    }
  });

  it('stops when the client has gone away', async () => {
    const events = new EventEmitter();
    const [began, ended] = [once(events, 'began'), once(events, 'ended')];
    const waiting = withTexts(small.embedder, async (texts, options = {}) => {
      events.emit('began');
      if (options.signal?.aborted === false) await once(options.signal, 'abort');
      // From here on the real encoder: it must notice that nobody waits.
      const work = small.embedder.encodeTexts(texts, options);
      work.then(
        () => events.emit('ended', 'it was encoded'),
        (error: unknown) => events.emit('ended', error),
      );
      return work;
    });
    const held = await serveSmall(small, {
      models: { scorer: small.engine.scorer, embedderOf: () => waiting },
    });
    try {
      const socket = connect(Number(new URL(held.url).port), '127.0.0.1');
      const body = '{"text":"hills"}';
      socket.write(
        `POST /v1/images/${ids[0]}/explain HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      await began;
      socket.destroy();
      const [outcome] = (await ended) as [unknown];
      assert.ok(isAppError(outcome, 'ABORTED'), String(outcome));
    } finally {
      await held.close();
    }
  });
});

async function search(body: unknown): Promise<SearchDocument> {
  const answer = await post(server.url, '/v1/search', body);
  assert.equal(answer.status, 200, answer.body.toString());
  return searchSchema.parse(answer.json());
}

function scoreOf({ hits }: SearchDocument, id: number | undefined): number {
  return hits.find((hit) => hit.id === id)?.score ?? Number.NaN;
}

describe('POST /v1/search with photos as parts', () => {
  it('comes nearer to what is wanted, and farther from what is not', async () => {
    const [liked, disliked] = [ids[2], ids[5]];
    const plain = await search({ text: 'hills' });
    const both = await search({
      text: 'hills',
      positive: [{ image: { id: liked } }],
      negative: [{ image: { id: disliked } }],
    });
    assert.equal(both.hits.length, PICTURES);
    assert.equal(both.hits[0]?.id, liked);
    assert.ok(scoreOf(both, liked) > scoreOf(plain, liked));
    assert.ok(scoreOf(both, disliked) < scoreOf(plain, disliked));
    const rest = await search({ text: 'hills', positive: [{ image: { id: liked } }], without: [liked] });
    assert.equal(rest.hits.length, PICTURES - 1);
    assert.ok(Number.isNaN(scoreOf(rest, liked)));
  });

  it('keeps to a filter beside words, folds look-alikes, and goes on page by page', async () => {
    const wanted = { text: 'hills', filter: { not: { format: 'webp' } }, collapse: 'near' };
    const whole = await search(wanted);
    assert.ok(whole.hits.length > 3 && whole.hits.every(({ image }) => image.format !== 'webp'));
    const paged: number[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page: SearchDocument = await search({ ...wanted, limit: 2, ...(cursor && { cursor }) });
      assert.ok(page.hits.length <= 2);
      paged.push(...page.hits.map(({ id }) => id));
      cursor = page.cursor;
    }
    assert.deepEqual(
      paged,
      whole.hits.map(({ id }) => id),
    );
  });

  it('refuses photos that are not there, and parts that are neither words nor photo', async () => {
    for (const [body, status] of [
      [{ text: 'a', positive: [{ image: { id: 999_999 } }] }, 404],
      [{ text: 'a', negative: [{ image: { id: 0 } }] }, 400],
      [{ text: 'a', negative: [{}] }, 400],
      [{ text: 'a', without: ['1'] }, 400],
    ] as const) {
      assert.equal((await post(server.url, '/v1/search', body)).status, status, JSON.stringify(body));
    }
  });
});
