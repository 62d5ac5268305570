/**
 * The network for programs: models, embeddings, ranks and labels, on the built-in model.
 * Source: the API references of OpenAI and Cohere. Deviation: none.
 */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { AppError, preprocess, productPreprocess, type Embedder } from '../../model/index.ts';
import { LookupEngine } from '../../query/index.ts';
import type { LookupDocument, Problem, SearchDocument, Server } from '../../web/index.ts';
import type {
  ClassificationDocument,
  EmbeddingsDocument,
  ModelDocument,
  RerankDocument,
} from '../../web/schema/index.ts';
import { ask, fetchChecked, post, problemOf, type Answer } from './http.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from './small-library.ts';

const PICTURES = 8;
const TEXTS = ['mountains under a pink sun', 'a bowl of soup', 'a dog'];
/** Of numbers that went through another batch. */
const ROUNDING = 1e-5;

let small: SmallLibrary;
let server: Server;
let bytes: Buffer;
let dataUri: string;
/** In the order of a search. */
let ids: number[];

before(async () => {
  small = await openSmallLibrary(PICTURES);
  const { library, engine } = small;
  const lookup = new LookupEngine({
    library,
    embedderOf: (identity) => engine.embedderOf(identity),
    scorer: engine.scorer,
  });
  server = await serveSmall(small, { lookup });
  bytes = await readFile(path.join(small.photos, 'picture 3.jpg'));
  dataUri = `data:image/jpeg;base64,${bytes.toString('base64')}`;
  const found = (await ask(server.url, '/v1/search?q=hill&limit=50')).json() as SearchDocument;
  ids = found.hits.map(({ id }) => id);
});

after(async () => {
  await server.close();
  await small.close();
});

async function ok<T>(asking: Promise<Answer>): Promise<T> {
  const answer = await asking;
  assert.equal(answer.status, 200, answer.body.toString());
  return answer.json() as T;
}

async function embed(input: unknown, more: object = {}): Promise<EmbeddingsDocument> {
  return ok(post(server.url, '/v1/embeddings', { input, ...more }));
}

async function rerank(query: unknown, documents: readonly unknown[], more: object = {}) {
  return ok<RerankDocument>(post(server.url, '/v1/rerank', { query, documents, ...more }));
}

function count(text: string): number {
  return small.embedder.textKey(text).split(' ').length;
}

function busy(): Promise<never> {
  return Promise.reject(new AppError('BUSY', 'texts: 1024 wait; try again later'));
}

function assertClose(found: readonly number[], expected: ArrayLike<number>, within = ROUNDING): void {
  assert.equal(found.length, expected.length);
  for (const [index, value] of found.entries()) {
    assert.ok(Math.abs(value - (expected[index] ?? 0)) < within, `${value} at ${index}`);
  }
}

function numbersOf({ data }: EmbeddingsDocument): number[][] {
  return data.map(({ embedding }) => embedding as number[]);
}

/** The model with other gifts; only what the routes ask of it. */
function changed(gifts: Partial<Embedder>): Embedder {
  const { embedder } = small;
  return {
    name: embedder.name,
    identity: embedder.identity,
    dimension: embedder.dimension,
    preprocess: embedder.preprocess,
    fusionKind: embedder.fusionKind,
    canFuse: embedder.canFuse,
    calibration: embedder.calibration,
    canCaption: embedder.canCaption,
    batchSizeMax: embedder.batchSizeMax,
    pairBatchMax: embedder.pairBatchMax,
    encodeImages: (...given) => embedder.encodeImages(...given),
    encodeTexts: (...given) => embedder.encodeTexts(...given),
    scorePairs: (...given) => embedder.scorePairs(...given),
    caption: (...given) => embedder.caption(...given),
    textKey: (text) => embedder.textKey(text),
    piecesPerWord: (text) => embedder.piecesPerWord(text),
    close: () => Promise.resolve(),
    ...gifts,
  };
}

/** Asks a server whose model has other gifts. */
async function withModel(gifts: Partial<Embedder>, work: (url: string) => Promise<void>): Promise<void> {
  const other = changed(gifts);
  const { scorer } = small.engine;
  const own = await serveSmall(small, { models: { embedderOf: () => other, scorer } });
  try {
    await work(own.url);
  } finally {
    await own.close();
  }
}

describe('GET /v1/models', () => {
  it('tells the model of the library and what it can do', async () => {
    const { data } = await ok<{ data: ModelDocument[] }>(ask(server.url, '/v1/models'));
    const { name, dimension } = small.embedder;
    const [model] = data;
    assert.equal(data.length, 1);
    assert.deepEqual([model?.id, model?.dimension, model?.textLength], [name, dimension, 38]);
    assert.deepEqual([model?.canRerank, model?.isCalibrated], [true, true]);
    assert.ok(Math.abs((model?.created ?? 0) * 1000 - Date.now()) < 600_000);
  });
});

describe('POST /v1/embeddings', () => {
  it('gives the vectors of the model for texts and pictures in any order', async () => {
    const { embedder } = small;
    const texts = await embedder.encodeTexts(TEXTS.slice(0, 2));
    const pixels = await preprocess(bytes, embedder.preprocess, productPreprocess);
    const [image] = await embedder.encodeImages([pixels]);
    const found = await embed([TEXTS[0], dataUri, { text: TEXTS[1] }, { image: { dataUri } }]);
    assert.equal(found.model, embedder.name);
    assert.deepEqual(
      found.data.map(({ index }) => index),
      [0, 1, 2, 3],
    );
    const [first = [], second = [], third = [], fourth = []] = numbersOf(found);
    assertClose(first, texts[0]?.vector ?? []);
    assertClose(third, texts[1]?.vector ?? []);
    for (const vector of [second, fourth]) assertClose(vector, image ?? []);
  });

  it('gives the stored vector of a photo of the library', async () => {
    const { library } = small;
    const id = ids[0] ?? 0;
    const contentId = library.store.images.byId(id)?.contentId ?? 0;
    const { generation } = library;
    const stored = library.store.vectors.get(generation.id, contentId, generation.dimension);
    const [vector = []] = numbersOf(await embed({ image: { id } }));
    assert.deepEqual(vector, [...(stored ?? [])]);
  });

  it('takes one text as a list of one, and gives the same numbers as base64', async () => {
    const one = await embed('a dog');
    assert.deepEqual(one, await embed(['a dog'], { encoding_format: 'float', user: 'me' }));
    const { data } = await embed('a dog', {
      encoding_format: 'base64',
      dimensions: small.embedder.dimension,
    });
    const raw = Buffer.from(String(data[0]?.embedding), 'base64');
    const numbers = Array.from({ length: raw.length / 4 }, (_, index) => raw.readFloatLE(index * 4));
    assert.deepEqual([numbers], numbersOf(one));
  });

  it('counts the tokens that were read', async () => {
    const long = 'a dog on the beach '.repeat(1000);
    assert.ok(count(long) === 38 && count('a dog') < 6);
    const { usage } = await embed(['a dog', dataUri, long]);
    assert.deepEqual(usage, { prompt_tokens: count('a dog') + 38, total_tokens: count('a dog') + 38 });
  });

  it('reads many inputs in steps, each in its place', async () => {
    const many = Array.from({ length: 100 }, (_, index) => `${index} dogs`);
    const vectors = numbersOf(await embed(many));
    for (const index of [0, 31, 32, 99]) {
      const [alone = []] = numbersOf(await embed(many[index]));
      assertClose(vectors[index] ?? [], alone);
    }
  });

  it('refuses wrong inputs, and names them', async () => {
    const cases: readonly [object, number, Problem['code'], RegExp][] = [
      [{ input: [] }, 400, 'INVALID_ARGUMENT', /input/],
      [{ input: Array.from({ length: 257 }, () => 'a') }, 400, 'INVALID_ARGUMENT', /1 to 256/],
      [{ input: [1, 2, 3] }, 400, 'INVALID_ARGUMENT', /expected a text/],
      [{ input: ['a', ' '] }, 400, 'TEXT_INVALID', /^input\.1: /],
      [{ input: ['a', { image: { id: 999_999 } }] }, 404, 'NOT_FOUND', /^input\.1: /],
      [{ input: ['a', 'data:image/png;base64,aGVsbG8='] }, 422, 'IMAGE_INVALID', /^input\.1: /],
      [{ input: 'data:image/png;base64,%%' }, 400, 'INVALID_ARGUMENT', /input/],
      [{ input: { image: { picture: '/etc/hosts' } } }, 400, 'INVALID_ARGUMENT', /input/],
      [{ input: 'a', dimensions: 7 }, 400, 'INVALID_ARGUMENT', /expected 192/],
      [{ input: 'a', model: 'gpt' }, 404, 'NOT_FOUND', /expected "nano"/],
      [{ input: 'a', colour: 1 }, 400, 'INVALID_ARGUMENT', /colour/],
    ];
    for (const [body, status, code, detail] of cases) {
      const answer = await post(server.url, '/v1/embeddings', body);
      const problem = problemOf(answer);
      assert.deepEqual([answer.status, problem.code], [status, code], problem.detail);
      assert.match(problem.detail, detail);
    }
    const body = Buffer.from(bytes);
    const headers = { 'content-type': 'image/jpeg' };
    const picture = await fetchChecked(`${server.url}/v1/embeddings`, { method: 'POST', headers, body });
    assert.equal(picture.status, 415);
  });

  it('stops when the client has gone away', async () => {
    const events = new EventEmitter();
    const began = once(events, 'began');
    const ended = once(events, 'ended');
    const encodeTexts: Embedder['encodeTexts'] = async (_texts, { signal } = {}) => {
      assert.ok(signal !== undefined);
      events.emit('began');
      if (!signal.aborted) await once(signal, 'abort');
      events.emit('ended');
      throw new AppError('ABORTED', 'nobody waits');
    };
    await withModel({ encodeTexts }, async (url) => {
      const body = JSON.stringify({ input: 'a dog' });
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      socket.write(
        `POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      await began;
      socket.destroy();
      await ended;
    });
  });

  it('says when to come again where the network is busy', async () => {
    await withModel({ encodeTexts: busy }, async (url) => {
      const answer = await post(url, '/v1/embeddings', { input: 'a dog' });
      assert.deepEqual([answer.status, answer.headers['retry-after']], [429, '1']);
    });
  });
});

describe('POST /v1/rerank', () => {
  it('gives photos beside words the pMatch that a search gives them', async () => {
    const text = 'mountains under a pink sun';
    const searched = await ok<SearchDocument>(
      post(server.url, '/v1/search', { text, rerank: { k: PICTURES }, words: 'off', limit: PICTURES }),
    );
    const documents = [...ids.map((id) => ({ id: `photo ${id}`, image: { id } })), { image: { dataUri } }];
    const { results, meta } = await rerank(text, documents);
    assert.equal(meta.model, small.embedder.name);
    assert.equal(results.length, PICTURES + 1);
    assert.ok(results.every(({ by }) => by === 'pMatch'));
    const scores = results.map(({ relevance_score }) => relevance_score);
    assert.deepEqual(
      scores,
      scores.toSorted((a, b) => b - a),
    );
    for (const { id, pMatch } of searched.hits) {
      const found = results.find((result) => result.id === `photo ${id}`);
      assertClose([found?.relevance_score ?? -1], [pMatch ?? 0], 1e-4);
    }
    const sent = results.find(({ index }) => index === PICTURES);
    const same = ids.find((id) => small.library.store.images.byId(id)?.path.endsWith('picture 3.jpg'));
    const known = results.find(({ id }) => id === `photo ${same}`);
    assertClose([sent?.relevance_score ?? -1], [known?.relevance_score ?? 0], 1e-4);
    assert.equal(sent?.id, undefined);
  });

  it('gives texts beside a photo the pMatch that a lookup gives them', async () => {
    const image = { dataUri };
    const looked = await ok<LookupDocument>(
      post(server.url, '/v1/lookup', { image, texts: TEXTS, rerank: { k: 10 } }),
    );
    const { results } = await rerank(dataUri, TEXTS, { return_documents: true });
    assert.deepEqual(
      results.map(({ document }) => document),
      looked.texts.map(({ text }) => ({ text })),
    );
    assertClose(
      results.map(({ relevance_score }) => relevance_score),
      looked.texts.map(({ pMatch }) => pMatch ?? 0),
      1e-4,
    );
  });

  it('compares two texts, or two photos, by their vectors, and gives as many as asked for', async () => {
    const { results } = await rerank('a dog', ['a bowl of soup', { id: 'same', text: 'a dog' }], {
      top_n: 1,
    });
    assert.equal(results.length, 1);
    assert.deepEqual([results[0]?.id, results[0]?.by], ['same', 'cosine']);
    assertClose([results[0]?.relevance_score ?? 0], [1]);
    const alike = await rerank({ image: { dataUri } }, [
      ...ids.map((id) => ({ image: { id } })),
      { image: { dataUri } },
    ]);
    assert.ok((alike.results[0]?.relevance_score ?? 0) > 0.999);
    assert.ok((alike.results.at(-1)?.relevance_score ?? 1) < 0.95);
  });

  it('says by what it goes where the model is not calibrated, or cannot read both together', async () => {
    const documents = ids.map((id) => ({ image: { id } }));
    for (const [gifts, by] of [
      [{ calibration: null }, 'fusion'],
      [{ fusionKind: null, canFuse: false, calibration: null }, 'cosine'],
    ] as const) {
      await withModel(gifts, async (url) => {
        const body = { query: 'a dog', documents };
        const { results } = await ok<RerankDocument>(post(url, '/v1/rerank', body));
        assert.equal(results.length, PICTURES);
        assert.ok(results.every((result) => result.by === by));
      });
    }
  });

  it('takes many texts, and long ones', async () => {
    const documents = Array.from({ length: 300 }, (_, index) => `${index % 50} dogs`);
    documents[7] = 'a dog '.repeat(10_000);
    const { results } = await rerank({ image: { dataUri } }, documents, { top_n: 5 });
    assert.equal(results.length, 5);
  });

  it('refuses texts and photos side by side, no documents, and photos that are not there', async () => {
    const cases: readonly [readonly unknown[], number, Problem['code'], RegExp][] = [
      [['a', { image: { dataUri } }], 400, 'INVALID_ARGUMENT', /texts and images/],
      [[], 400, 'INVALID_ARGUMENT', /documents/],
      [[{ image: { id: 1 } }, { image: { id: 999_999 } }], 404, 'NOT_FOUND', /documents\.1/],
      [[{ id: 5, text: 'a' }], 400, 'INVALID_ARGUMENT', /documents\.0/],
      [Array.from({ length: 1001 }, () => 'a'), 400, 'INVALID_ARGUMENT', /documents/],
    ];
    for (const [documents, status, code, detail] of cases) {
      const answer = await post(server.url, '/v1/rerank', { query: 'a dog', documents });
      const problem = problemOf(answer);
      assert.deepEqual([answer.status, problem.code], [status, code], problem.detail);
      assert.match(problem.detail, detail);
    }
  });
});

describe('POST /v1/classify', () => {
  const labels = ['mountains', 'soup', 'a dog = a photo of a dog'];

  it('orders labels by probability, the same for a photo sent in any way', async () => {
    const form = new FormData();
    form.append('image', new Blob([Uint8Array.from(bytes)]), 'any name.jpg');
    form.append('request', JSON.stringify({ labels }));
    const sent = await fetchChecked(`${server.url}/v1/classify`, { method: 'POST', body: form });
    assert.equal(sent.status, 200);
    const first = (await sent.json()) as ClassificationDocument;
    const [own] = first.results;
    assert.deepEqual(own?.labels.map(({ label }) => label).toSorted(), ['a dog', 'mountains', 'soup']);
    const sum = own?.labels.reduce((total, { probability }) => total + probability, 0) ?? 0;
    assert.ok(Math.abs(sum - 1) < 1e-9);
    const scores = own?.labels.map(({ score }) => score) ?? [];
    assert.deepEqual(
      scores,
      scores.toSorted((a, b) => b - a),
    );
    const image = { dataUri };
    const several = await ok<ClassificationDocument>(
      post(server.url, '/v1/classify', { images: [image, { id: ids[0] }], labels, top: 2 }),
    );
    assert.deepEqual(
      several.results.map((one) => one.labels.length),
      [2, 2],
    );
    assertClose(several.results[0]?.labels.map(({ score }) => score) ?? [], scores.slice(0, 2));
    const surer = await ok<ClassificationDocument>(
      post(server.url, '/v1/classify', { image, labels, temperature: 0.01, templates: ['a {}'] }),
    );
    assert.ok((surer.results[0]?.labels[0]?.probability ?? 0) > (own?.labels[0]?.probability ?? 1));
  });

  it('refuses no photo, two, one label, and too many prompts', async () => {
    const image = { dataUri };
    const many = Array.from({ length: 1000 }, (_, index) => `label ${index}`);
    const cases: readonly [object, number, Problem['code'], RegExp][] = [
      [{ labels }, 400, 'INVALID_ARGUMENT', /found none/],
      [{ image, images: [image], labels }, 400, 'INVALID_ARGUMENT', /found it twice/],
      [{ image, labels: ['one'] }, 400, 'INVALID_ARGUMENT', /labels/],
      [{ image, labels, temperature: 0 }, 400, 'INVALID_ARGUMENT', /temperature/],
      [{ image, labels, templates: ['no place'] }, 400, 'INVALID_ARGUMENT', /templates/],
      [
        { image, labels: many, templates: Array.from({ length: 21 }, () => 'a {}') },
        413,
        'LIMIT_EXCEEDED',
        /at most 20000/,
      ],
      [
        { images: [image, { dataUri: 'data:image/png;base64,aGVsbG8=' }], labels },
        422,
        'IMAGE_INVALID',
        /images\.1/,
      ],
    ];
    for (const [body, status, code, detail] of cases) {
      const answer = await post(server.url, '/v1/classify', body);
      const problem = problemOf(answer);
      assert.deepEqual([answer.status, problem.code], [status, code], problem.detail);
      assert.match(problem.detail, detail);
    }
  });
});
