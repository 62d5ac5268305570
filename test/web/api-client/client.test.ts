/**
 * `imglish/client` against a real server: what it sends is understood, what it gets has its types, what fails says why.
 * Source: web/api-client. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { importTexts } from '../../../indexer/index.ts';
import { LookupEngine } from '../../../query/index.ts';
import type { Server } from '../../../web/index.ts';
import {
  Imglish,
  ImglishError,
  type ImglishErrorCode,
  type SearchDocument,
} from '../../../web/api-client/index.ts';
import { searchSchema } from '../../../web/schema/index.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from '../small-library.ts';

const KEY = 'look-at-0123456789abcdef';

let small: SmallLibrary;
let server: Server;
let imglish: Imglish;
/** A picture of the library. */
let bytes: Buffer;
let id: number;

before(async () => {
  small = await openSmallLibrary(6);
  const { library, embedder, engine, photos } = small;
  const list = path.join(path.dirname(photos), 'texts.csv');
  await writeFile(list, 'path,text\npicture 3.jpg,mountains under a pink sun\n,a bowl of soup\n');
  await importTexts(library, embedder, { source: list, photos });
  const lookup = new LookupEngine({
    library,
    embedderOf: (identity) => engine.embedderOf(identity),
    scorer: engine.scorer,
    limits: { pixelsMax: 50_000_000 },
  });
  server = await serveSmall(small, { lookup, apiKeys: [{ scope: 'read', key: KEY }] });
  imglish = new Imglish({ url: `${server.url}/`, apiKey: KEY });
  bytes = await readFile(path.join(photos, 'picture 3.jpg'));
  const { hits } = await imglish.search({ text: 'mountains', limit: 50 });
  id = hits.find(({ image }) => image.fileName === 'picture 3.jpg')?.id ?? 0;
  assert.ok(id > 0);
});

after(async () => {
  await server.close();
  await small.close();
});

const idsOf = ({ hits }: Pick<SearchDocument, 'hits'>) => hits.map((hit) => hit.id);

function error(code: ImglishErrorCode, status: number, text: RegExp) {
  return (found: unknown): boolean => {
    assert.ok(found instanceof ImglishError, String(found));
    assert.deepEqual([found.code, found.status], [code, status]);
    assert.match(found.message, text);
    return true;
  };
}

describe('searching', () => {
  it('finds by words what the engine finds', async () => {
    const answer = await imglish.search('mountains under the sun');
    searchSchema.parse(answer);
    const found = await small.engine.search({ text: 'mountains under the sun', collapse: 'exact' });
    assert.deepEqual(idsOf(answer), idsOf(found as unknown as SearchDocument));
  });

  it('finds by a picture, whether it comes as bytes, as a file or by its id', async () => {
    for (const image of [bytes, new Uint8Array(bytes).buffer, new Blob([bytes]), { id }]) {
      assert.equal((await imglish.search({ image, limit: 2 })).hits[0]?.id, id);
    }
    for (const image of [bytes, { id }]) {
      assert.equal((await imglish.search({ positive: [{ image, weight: 2 }] })).hits[0]?.id, id);
      assert.equal((await imglish.search({ negative: [{ image }] })).hits.at(-1)?.id, id);
    }
  });

  it('gives an answer in stages, the last as the whole answer', async () => {
    const stages = [];
    for await (const one of imglish.searchStages({ text: 'mountains', rerank: { k: 4 } })) stages.push(one);
    assert.equal(stages[0]?.stage, 'first');
    assert.equal(stages.at(-1)?.stage, 'done');
    const whole = await imglish.search({ text: 'mountains', rerank: { k: 4 } });
    assert.deepEqual(idsOf(stages.at(-1)?.answer ?? { hits: [] }), idsOf(whole));
  });

  it('goes on with a cursor', async () => {
    const first = await imglish.search({ text: 'mountains', limit: 4 });
    const second = await imglish.search({ text: 'mountains', limit: 4, cursor: first.cursor ?? '' });
    assert.equal(new Set([...idsOf(first), ...idsOf(second)]).size, 6);
    assert.equal(second.cursor, null);
  });
});

describe('looking up', () => {
  it('finds the texts of a picture, of a photo, and those that mean the same as others', async () => {
    for (const picture of [bytes, { id }, { image: bytes }, { image: { id } }]) {
      const { texts } = await imglish.lookup(picture, { limit: 1 });
      assert.equal(texts.length, 1);
    }
    const own = await imglish.lookup({ id }, { own: true });
    assert.ok(own.texts.some((text) => text.own && text.text === 'mountains under a pink sun'));
    const same = await imglish.lookup({ text: 'soup in a bowl' });
    assert.equal(same.texts[0]?.text, 'a bowl of soup');
    const given = await imglish.lookup(bytes, { texts: ['a mountain', 'a bowl of soup'] });
    assert.equal(given.texts.length, 2);
  });

  it('gives a photo, its preview and its file', async () => {
    const image = await imglish.image(id);
    assert.deepEqual([image.id, image.fileName], [id, 'picture 3.jpg']);
    const thumbnail = await imglish.thumbnail(id, 'large');
    assert.equal(thumbnail.type, 'image/webp');
    assert.deepEqual(Buffer.from(await (await imglish.original(id)).arrayBuffer()), bytes);
    assert.equal((await imglish.library()).images, 6);
  });
});

describe('the network itself', () => {
  it('gives vectors of words and pictures, in order', async () => {
    const texts = ['mountains under a pink sun', 'a bowl of soup'];
    const { model, vectors } = await imglish.embed([texts[0] ?? '', { id }, texts[1] ?? '', bytes]);
    assert.equal(model, 'nano');
    const expected = await small.embedder.encodeTexts(texts);
    for (const [at, index] of [0, 2].entries()) {
      assert.ok(cosine(vectors[index], expected[at]?.vector) > 0.9999);
    }
    assert.ok(cosine(vectors[1], vectors[3]) > 0.999, 'the photo and its bytes');
    assert.ok(cosine(vectors[0], vectors[2]) < 0.9);
    assert.equal((await imglish.models()).data[0]?.id, 'nano');
  });

  it('orders texts by a picture and pictures by words, and gives ids back', async () => {
    const texts = [
      { id: 'a', text: 'a bowl of soup' },
      { id: 'b', text: 'mountains under the sun' },
      'a dog',
    ];
    const byPicture = await imglish.rerank(bytes, texts, { top_n: 2 });
    assert.equal(byPicture.results.length, 2);
    const best = byPicture.results[0];
    assert.equal(best?.id, ['a', 'b', undefined][best?.index ?? -1]);
    const byWords = await imglish.rerank('mountains', [{ id: 'x', image: { id } }, bytes]);
    assert.equal(byWords.results.length, 2);
    assert.equal(new Set(byWords.results.map(({ index }) => index)).size, 2);
    const [first, second] = byWords.results;
    assert.ok(
      Math.abs((first?.relevance_score ?? 0) - (second?.relevance_score ?? 1)) < 0.01,
      'one photo twice',
    );
  });

  it('tells which label a picture shows, alike for bytes and for the photo', async () => {
    const labels = ['mountains', 'a bowl of soup', 'a dog'];
    const [file, both] = [
      await imglish.classify(bytes, labels, { top: 2 }),
      await imglish.classify([{ id }, bytes], labels),
    ];
    assert.deepEqual([file.results.length, file.results[0]?.labels.length], [1, 2]);
    const tops = [...file.results, ...both.results].map((one) => one.labels[0]?.label);
    assert.equal(tops.length, 3);
    assert.equal(new Set(tops).size, 1);
  });

  it('lists photos by filters', async () => {
    const { images } = await imglish.images({ q: 'taken:2021', limit: 3 });
    assert.deepEqual(
      images.map(({ takenAt }) => takenAt),
      ['2021-05-14T09:30:00'],
    );
  });
});

function cosine(a: Float32Array = new Float32Array(), b: Float32Array = new Float32Array()): number {
  assert.ok(a.length > 0 && a.length === b.length);
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

describe('what fails', () => {
  it('is an error with a stable code, the id of the request, and each wrong field', async () => {
    await assert.rejects(imglish.image(999), error('NOT_FOUND', 404, /photo 999: is not in the library/));
    const wrong = await imglish.search({ text: 'sea', limit: 0 }).catch((found: unknown) => found);
    assert.ok(wrong instanceof ImglishError);
    assert.deepEqual([wrong.code, wrong.problem?.errors?.[0]?.field], ['INVALID_ARGUMENT', 'limit']);
    assert.match(wrong.requestId ?? '', /^[0-9a-f-]{36}$/);
    const stages = imglish.searchStages({ text: 'sea', limit: 0 });
    await assert.rejects(stages.next(), error('INVALID_ARGUMENT', 400, /limit/));
  });

  it('tells a missing key from a wrong one, and from one that may too little', async () => {
    const { url } = server;
    await assert.rejects(new Imglish({ url }).library(), error('KEY_REQUIRED', 401, /found no key/));
    const wrong = new Imglish({ url, apiKey: 'nothing-0123456789' });
    await assert.rejects(wrong.library(), error('KEY_WRONG', 401, /none of this server/));
    await assert.rejects(imglish.jobs.create({ kind: 'verify' }), error('SCOPE_TOO_SMALL', 403, /"admin"/));
  });

  it('ends when its signal says so, before, during and between', async () => {
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    const options = { signal: stop.signal };
    await assert.rejects(imglish.search('sea', options), /enough/);
    await assert.rejects(imglish.searchStages('sea', options).next(), /enough/);
    await assert.rejects(imglish.jobs.follow('1', options).next(), /enough/);
    const later = new AbortController();
    const stages = imglish.searchStages({ text: 'hills', rerank: { k: 6 } }, { signal: later.signal });
    assert.equal((await stages.next()).value?.stage, 'first');
    later.abort(new Error('seen enough'));
    await assert.rejects(async () => {
      for (;;) if ((await stages.next()).done === true) return;
    }, /seen enough/);
  });
});
