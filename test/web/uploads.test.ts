/**
 * Pictures that come with a request, the lookup of texts, and answers in stages, on the built-in model.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { importTexts } from '../../indexer/index.ts';
import { LookupEngine } from '../../query/index.ts';
import type { Problem, Server } from '../../web/index.ts';
import { fetchChecked } from './http.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from './small-library.ts';

const PICTURES = 8;
const UPLOAD_BYTES_MAX = 300_000;

let small: SmallLibrary;
let server: Server;
/** A picture of the library, and the id it has there. */
let file: string;
let bytes: Buffer;
let id: number;

before(async () => {
  small = await openSmallLibrary(PICTURES);
  const { library, embedder, engine, photos } = small;
  file = path.join(photos, 'picture 3.jpg');
  bytes = await readFile(file);
  const list = path.join(path.dirname(photos), 'texts.csv');
  await writeFile(list, 'path,text\npicture 3.jpg,mountains under a pink sun\n,a bowl of soup\n');
  await importTexts(library, embedder, { source: list, photos });
  const limits = { pixelsMax: 50_000_000 };
  const lookup = new LookupEngine({
    library,
    embedderOf: (identity) => engine.embedderOf(identity),
    scorer: engine.scorer,
    limits,
  });
  server = await serveSmall(small, { lookup, uploadBytesMax: UPLOAD_BYTES_MAX });
  const found = await answerOf<{ hits: { id: number; image: { fileName: string } }[] }>(
    await fetchChecked(`${server.url}/v1/search?q=mountains&limit=50`),
  );
  id = found.hits.find(({ image }) => image.fileName === 'picture 3.jpg')?.id ?? 0;
  assert.ok(id > 0);
});

after(async () => {
  await server.close();
  await small.close();
});

async function answerOf<T>(response: Response): Promise<T> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return JSON.parse(text) as T;
}

function form(picture: Uint8Array, request?: unknown): FormData {
  const data = new FormData();
  data.append('image', new Blob([picture]), 'any name.jpg');
  if (request !== undefined) data.append('request', JSON.stringify(request));
  return data;
}

function post(address: string, body: FormData | Uint8Array | object, type?: string): Promise<Response> {
  const isRaw = body instanceof FormData || body instanceof Uint8Array;
  return fetchChecked(server.url + address, {
    method: 'POST',
    body: isRaw ? (body as FormData) : JSON.stringify(body),
    ...(isRaw && type === undefined ? {} : { headers: { 'content-type': type ?? 'application/json' } }),
  });
}

const dataUri = (picture: Buffer): string => `data:image/jpeg;base64,${picture.toString('base64')}`;

interface Looked {
  readonly texts: readonly { readonly text: string; readonly own: boolean; readonly score: number }[];
}

describe('POST /v1/lookup', () => {
  it('gives the same texts for a photo, its bytes in a form, as the body, and inside JSON', async () => {
    const known = await answerOf<Looked>(await post('/v1/lookup', { image: { id }, rerank: false }));
    assert.deepEqual(known.texts.map(({ text }) => text).toSorted(), [
      'a bowl of soup',
      'mountains under a pink sun',
    ]);
    const answers = [
      await post('/v1/lookup', form(bytes, { rerank: false })),
      await post('/v1/lookup', { image: { dataUri: dataUri(bytes) }, rerank: false }),
    ];
    for (const answer of answers) {
      const { texts } = await answerOf<Looked>(answer);
      assert.deepEqual(
        texts.map(({ text }) => text),
        known.texts.map(({ text }) => text),
      );
      for (const [index, { score }] of texts.entries()) {
        // The stored vector was made in another batch: int8 rows are alone, so float32 rounding is all.
        assert.ok(Math.abs(score - (known.texts[index]?.score ?? 0)) < 1e-4);
      }
    }
    const { texts } = await answerOf<Looked>(await post('/v1/lookup?limit=1', bytes, 'image/jpeg'));
    assert.equal(texts.length, 1);
    assert.equal(known.texts.find(({ text }) => text.startsWith('mountains'))?.own, true);
  });

  it('refuses what is no picture, too large, two, none, or of another kind', async () => {
    const cases: readonly [Promise<Response>, number, string, RegExp][] = [
      [post('/v1/lookup', Buffer.from('no picture'), 'image/jpeg'), 422, 'IMAGE_INVALID', /./],
      [
        post('/v1/lookup', form(Buffer.alloc(UPLOAD_BYTES_MAX + 1))),
        413,
        'LIMIT_EXCEEDED',
        /at most 300000 bytes/,
      ],
      [post('/v1/lookup', Buffer.alloc(UPLOAD_BYTES_MAX + 1), 'image/png'), 413, 'LIMIT_EXCEEDED', /./],
      [post('/v1/lookup', form(bytes, { image: { id } })), 400, 'INVALID_ARGUMENT', /found two/],
      [post('/v1/lookup', {}), 400, 'INVALID_ARGUMENT', /either "image" or "text"/],
      [post('/v1/lookup', { image: { id: 999_999 } }), 404, 'NOT_FOUND', /./],
      [post('/v1/lookup', { image: { picture: file } }), 400, 'INVALID_ARGUMENT', /image/],
      [post('/v1/lookup', { image: { id }, colour: 1 }), 400, 'INVALID_ARGUMENT', /colour/],
      [
        post('/v1/lookup', Buffer.from('x'), 'text/plain'),
        415,
        'MEDIA_TYPE_UNSUPPORTED',
        /expected application\/json/,
      ],
    ];
    for (const [answering, status, code, detail] of cases) {
      const answer = await answering;
      const problem = (await answer.json()) as Problem;
      assert.deepEqual([answer.status, problem.code], [status, code], problem.detail);
      assert.match(problem.detail, detail);
    }
  });

  it('reads no more than a few pictures at a time, and says when to come again', async () => {
    const stop = new AbortController();
    const hanging = Array.from({ length: 4 }, () =>
      fetchChecked(`${server.url}/v1/lookup`, {
        method: 'POST',
        headers: { 'content-type': 'image/jpeg' },
        body: new ReadableStream({ start: (controller) => controller.enqueue(bytes.subarray(0, 10)) }),
        duplex: 'half',
        signal: stop.signal,
      }).catch(() => undefined),
    );
    let answer: Response | undefined;
    for (let tries = 0; tries < 100; tries += 1) {
      answer = await post('/v1/lookup', bytes, 'image/jpeg');
      if (answer.status === 429) break;
    }
    assert.equal(answer?.status, 429);
    assert.equal(answer.headers.get('retry-after'), '1');
    stop.abort();
    await Promise.all(hanging);
    for (let tries = 0; tries < 100 && answer.status !== 200; tries += 1) {
      answer = await post('/v1/lookup', bytes, 'image/jpeg');
    }
    assert.equal(answer.status, 200);
  });
});

describe('a search by picture', () => {
  it('finds the very photo first, sent as a form with wishes beside it', async () => {
    const found = await answerOf<{ hits: { id: number; score: number }[] }>(
      await post('/v1/search', form(bytes, { limit: 3 })),
    );
    assert.equal(found.hits.length, 3);
    assert.equal(found.hits[0]?.id, id);
    assert.ok((found.hits[0]?.score ?? 0) > 0.99);
  });

  it('may be of both, a picture and words', async () => {
    const found = await answerOf<{ hits: { id: number }[] }>(
      await post('/v1/search', form(bytes, { text: 'a bowl of soup', limit: 2 })),
    );
    assert.equal(found.hits.length, 2);
  });
});

describe('GET and POST /v1/search/stream', () => {
  it('give the first stage, what was read again, and the end, which is the answer of a plain search', async () => {
    const stages = await eventsOf(
      await fetchChecked(`${server.url}/v1/search/stream?q=mountains&rerank=5&limit=8`),
    );
    assert.equal(stages[0]?.event, 'first');
    assert.equal(stages.at(-1)?.event, 'done');
    assert.ok(stages.some(({ event }) => event === 'reranked'));
    const plain = await answerOf<{ hits: { id: number }[] }>(
      await post('/v1/search', { text: 'mountains', rerank: { k: 5 }, limit: 8 }),
    );
    assert.deepEqual(idsOf(stages.at(-1)?.data), idsOf(plain));
    const byPicture = await eventsOf(await post('/v1/search/stream', form(bytes, { limit: 1 })));
    assert.equal(byPicture.at(-1)?.data.hits[0]?.id, id);
  });

  it('take the cut-off as a number or by its name, and nothing else', async () => {
    const counts: number[] = [];
    for (const minMatch of ['0', '0.5', '1', 'default']) {
      const found = await answerOf<{ hits: { pMatch: number }[] }>(
        await fetchChecked(`${server.url}/v1/search?q=mountains&rerank=8&minMatch=${minMatch}`),
      );
      assert.ok(found.hits.every(({ pMatch }) => minMatch === 'default' || pMatch >= Number(minMatch)));
      counts.push(found.hits.length);
    }
    assert.equal(counts[0], PICTURES);
    assert.equal(counts[2], 0);
    for (const wrong of ['2', '-1', 'high', '0x1', '']) {
      const answer = await fetchChecked(`${server.url}/v1/search?q=a&minMatch=${wrong}`);
      assert.equal(answer.status, 400, wrong);
      assert.match(
        ((await answer.json()) as Problem).detail,
        /minMatch: expected a number from 0 to 1, or default/,
      );
    }
  });

  it('answer a bad request with a problem, not with events', async () => {
    const answer = await fetchChecked(`${server.url}/v1/search/stream?q=`);
    assert.equal(answer.status, 400);
    assert.equal(((await answer.json()) as Problem).code, 'INVALID_ARGUMENT');
  });
});

describe('health', () => {
  it('is asked for without cost, and readiness tells what is searched', async () => {
    assert.deepEqual(await answerOf(await fetchChecked(`${server.url}/health`)), { status: 'ok' });
    const ready = await answerOf<{ status: string; photos: number; vectors: number }>(
      await fetchChecked(`${server.url}/ready`),
    );
    assert.deepEqual([ready.status, ready.photos, ready.vectors], ['ready', PICTURES, PICTURES]);
  });
});

async function eventsOf(response: Response): Promise<{ event: string; data: { hits: { id: number }[] } }[]> {
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  const text = await response.text();
  return text
    .trim()
    .split('\n\n')
    .map((part) => {
      const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
      return { event, data: JSON.parse(data) as { hits: { id: number }[] } };
    });
}

function idsOf(answer: { readonly hits: readonly { readonly id: number }[] } | undefined): unknown {
  return answer?.hits.map((hit) => hit.id);
}
