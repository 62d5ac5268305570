/**
 * The texts that a lookup finds, over HTTP: list, add, remove.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { LookupEngine } from '../../query/index.ts';
import type { Server } from '../../web/index.ts';
import {
  addedTextsSchema,
  lookupSchema,
  textListSchema,
  type AddedTextsDocument,
  type TextListDocument,
} from '../../web/schema/index.ts';
import { ask, post, problemOf } from './http.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from './small-library.ts';

let small: SmallLibrary;
let server: Server;
let imageId: number;

before(async () => {
  small = await openSmallLibrary(3);
  const { library, engine } = small;
  const embedderOf = (identity: string) => engine.embedderOf(identity);
  const lookup = new LookupEngine({ library, embedderOf, scorer: engine.scorer });
  server = await serveSmall(small, { models: engine, lookup });
  imageId = library.store.images.below(small.photos, '', 1)[0]?.id ?? 0;
});

after(async () => {
  await server.close();
  await small.close();
});

async function add(...texts: readonly object[]): Promise<AddedTextsDocument> {
  const answer = await post(server.url, '/v1/texts', { texts });
  assert.equal(answer.status, 201, answer.body.toString());
  return addedTextsSchema.parse(answer.json());
}

async function listed(query = ''): Promise<TextListDocument> {
  const answer = await ask(server.url, `/v1/texts?${query}`);
  assert.equal(answer.status, 200, answer.body.toString());
  return textListSchema.parse(answer.json());
}

async function found(id: number): Promise<boolean> {
  const answer = await post(server.url, '/v1/lookup', { image: { id: imageId }, limit: 1000 });
  assert.equal(answer.status, 200, answer.body.toString());
  return lookupSchema.parse(answer.json()).texts.some((text) => text.id === id);
}

describe('/v1/texts', () => {
  it('takes texts, which a lookup finds at once, and lets them go again', async () => {
    const given = [
      { text: ' Green  hills\nin the evening ', kind: 'caption', imageId, key: 'A-1', metadata: { page: 3 } },
      { text: 'hill', kind: 'tag' },
      { text: 'hill', kind: 'tag' },
    ];
    const { added, known, ids } = await add(...given);
    assert.deepEqual([added, known, ids.length], [2, 1, 3]);
    assert.equal(ids[1], ids[2]);
    const [caption = 0, tag = 0] = ids;
    assert.deepEqual(await add(...given), { added: 0, known: 3, ids });
    assert.ok((await found(caption)) && (await found(tag)));
    const details = (await ask(server.url, `/v1/images/${imageId}`)).json() as { texts: unknown[] };
    assert.deepEqual(details.texts, [
      { id: caption, kind: 'caption', text: 'Green hills in the evening', source: 'given' },
    ]);
    // What is said of a photo is searched for words.
    const search = { text: 'green hills evening', words: 'on', limit: 1 };
    const hits = (await post(server.url, '/v1/search', search)).json() as {
      hits: { id: number; matched: { words: { field: string }[] } }[];
    };
    assert.equal(hits.hits[0]?.id, imageId);
    assert.equal(hits.hits[0]?.matched.words[0]?.field, 'caption');
    for (const id of [caption, tag]) {
      assert.equal((await ask(server.url, `/v1/texts/${id}`, { method: 'DELETE' })).status, 204);
      assert.equal(await found(id), false);
    }
    const again = await ask(server.url, `/v1/texts/${caption}`, { method: 'DELETE' });
    assert.equal(problemOf(again).code, 'NOT_FOUND');
    assert.equal((await listed()).total, 0);
  });

  it('lists them by kind and by words in any case of letters, page by page', async () => {
    const lines = Array.from({ length: 60 }, (_, index) => ({
      text: `Straße number ${index}${index % 3 === 0 ? ' with SEA view' : ''}`,
      kind: 'line',
      key: `K${index}`,
    }));
    const { ids } = await add(...lines, { text: 'sea', kind: 'tag', imageId });
    const whole = await listed('limit=500');
    assert.equal(whole.total, 61);
    assert.equal(whole.cursor, null);
    assert.deepEqual(
      whole.texts.map(({ id }) => id),
      ids,
    );
    assert.ok(whole.texts.every(({ linkCount }) => linkCount === 1));
    assert.deepEqual([(await listed('kind=tag')).texts.length, (await listed('kind=tag')).total], [1, 1]);
    const paged: number[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query: string = `q=sea+STRASSE&limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const page: TextListDocument = await listed(query);
      assert.equal(page.total, null);
      paged.push(...page.texts.map(({ id }) => id));
      cursor = page.cursor;
    }
    assert.deepEqual(
      paged,
      ids.filter((_, index) => index < 60 && index % 3 === 0),
    );
    assert.deepEqual((await listed('q=nowhere')).texts, []);
  });

  it('refuses what is no text, and keeps none of a list with one', async () => {
    const { total } = await listed();
    const good = { text: 'a good one', kind: 'line' };
    for (const [bad, status] of [
      [{ text: '', kind: 'line' }, 400],
      [{ text: 'zero \0 byte', kind: 'line' }, 400],
      [{ text: 'a', kind: 'poem' }, 400],
      [{ text: 'a', kind: 'line', imageId: 999_999 }, 404],
      [{ text: 'a', kind: 'line', metadata: { long: 'a'.repeat(4001) } }, 413],
      [{ text: 'a', kind: 'line', path: '/etc/hosts' }, 400],
    ] as const) {
      const answer = await post(server.url, '/v1/texts', { texts: [good, bad] });
      assert.equal(answer.status, status, JSON.stringify(bad));
    }
    assert.equal((await listed()).total, total);
    for (const query of ['kind=poem', 'limit=0', 'cursor=x', 'words=a']) {
      assert.equal((await ask(server.url, `/v1/texts?${query}`)).status, 400, query);
    }
    const large = await post(server.url, '/v1/texts', {
      texts: [{ text: 'a'.repeat(4_000_001), kind: 'line' }],
    });
    assert.equal(problemOf(large).code, 'LIMIT_EXCEEDED');
  });
});
