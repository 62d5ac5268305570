/**
 * What is known of one photo, the list of all, and those that look like one, over HTTP.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import assert from 'node:assert/strict';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  imageDetailsSchema,
  imageListSchema,
  searchSchema,
  type ImageDetailsDocument,
  type ImageListDocument,
  type SearchDocument,
} from '../../web/schema/index.ts';
import type { Server } from '../../web/index.ts';
import { ask, problemOf } from './http.ts';
import { index, openSmallLibrary, serveSmall, type SmallLibrary } from './small-library.ts';

const PICTURES = 9;
const DATED = 'Summer/Été "1" (a).jpg';

let small: SmallLibrary;
let server: Server;
let datedId: number;

before(async () => {
  small = await openSmallLibrary(PICTURES);
  await mkdir(path.join(small.photos, 'Copies'));
  await copyFile(path.join(small.photos, DATED), path.join(small.photos, 'Copies/again.jpg'));
  await index(small.library, small.embedder, small.photos);
  server = await serveSmall(small);
  const { store } = small.library;
  const dated = store.images
    .below(small.photos, '', 100)
    .find((one) => one.path.endsWith(path.basename(DATED)));
  assert.ok(dated !== undefined);
  datedId = dated.id;
  const captions = path.join(small.photos, 'captions.csv');
  const source = store.texts.start(captions, 'file');
  store.texts.add(source, [
    { kind: 'caption', text: 'Two hills', path: dated.path, key: 'k', metadata: null },
    { kind: 'tag', text: 'hill', path: dated.path, key: null, metadata: null },
  ]);
});

after(async () => {
  await server.close();
  await small.close();
});

async function details(url: string, id: number): Promise<ImageDetailsDocument> {
  const answer = await ask(url, `/v1/images/${id}`);
  assert.equal(answer.status, 200);
  return imageDetailsSchema.parse(answer.json());
}

async function list(query: string): Promise<ImageListDocument> {
  const answer = await ask(server.url, `/v1/images?${query}`);
  assert.equal(answer.status, 200, answer.body.toString());
  return imageListSchema.parse(answer.json());
}

async function similar(id: number, query = ''): Promise<SearchDocument> {
  const answer = await ask(server.url, `/v1/images/${id}/similar?${query}`);
  assert.equal(answer.status, 200, answer.body.toString());
  return searchSchema.parse(answer.json());
}

describe('GET /v1/images/:id', () => {
  it('tells what the camera noted, what is said of the photo, and where its copies are', async () => {
    const photo = await details(server.url, datedId);
    assert.equal(photo.camera, 'Imglish');
    assert.equal(photo.takenAt, '2021-05-14T09:30:00');
    assert.equal(photo.iso, null);
    assert.deepEqual(photo.keywords, []);
    const source = path.join(small.photos, 'captions.csv');
    assert.deepEqual(
      photo.texts.map(({ kind, text, source: from }) => [kind, text, from]),
      [
        ['caption', 'Two hills', source],
        ['tag', 'hill', source],
      ],
    );
    assert.deepEqual(
      photo.copies.map(({ folder, fileName }) => `${folder}/${fileName}`),
      ['My photos/Copies/again.jpg'],
    );
    // A caption is said of one file, not of its copy.
    const copy = await details(server.url, photo.copies[0]?.id ?? 0);
    assert.deepEqual(copy.texts, []);
    assert.deepEqual(
      copy.copies.map(({ id }) => id),
      [datedId],
    );
  });

  it('names no folder of this machine to those on others', async () => {
    const everywhere = await serveSmall(small, { host: '0.0.0.0', isInsecure: true });
    try {
      const photo = await details(everywhere.url, datedId);
      assert.equal(photo.path, undefined);
      assert.deepEqual(
        photo.texts.map(({ source }) => source),
        ['captions.csv', 'captions.csv'],
      );
      assert.ok(!JSON.stringify(photo).includes(small.photos));
    } finally {
      await everywhere.close();
    }
  });

  it('answers 404 for a photo that is not there', async () => {
    const answer = await ask(server.url, '/v1/images/999999');
    assert.equal(answer.status, 404);
    assert.equal(problemOf(answer).code, 'NOT_FOUND');
  });
});

describe('GET /v1/images', () => {
  it('lists every file, newest first, in pages', async () => {
    const whole = await list('');
    assert.equal(whole.total, PICTURES + 1);
    assert.equal(whole.images.length, PICTURES + 1);
    assert.equal(whole.cursor, null);
    assert.ok(whole.images.slice(0, 2).every(({ takenAt }) => takenAt !== null));
    assert.ok(whole.images.slice(2).every(({ takenAt }) => takenAt === null));
    const paged: number[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: ImageListDocument = await list(`limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      assert.equal(page.total, cursor === '' ? PICTURES + 1 : null);
      paged.push(...page.images.map(({ id }) => id));
      cursor = page.cursor;
    }
    assert.deepEqual(
      paged,
      whole.images.map(({ id }) => id),
    );
  });

  it('keeps to filters as one types them', async () => {
    const query = new URLSearchParams({ q: 'camera:imglish taken:2021.. -folder:Copies' });
    const found = await list(query.toString());
    assert.deepEqual(
      found.images.map(({ id }) => id),
      [datedId],
    );
    assert.equal(found.total, 1);
    assert.equal((await list('q=taken:2022..')).total, 0);
  });

  it('refuses words, unknown filters, and cursors of others', async () => {
    for (const [query, said] of [
      ['q=camera:canon+dog', /found words \("dog"\)/],
      ['q="a dog"', /found words/],
      ['q=colour:red', /no such filter|found words/],
      ['q=taken:soon', /expected/],
      ['cursor=abc', /cursor/],
      [`cursor=${Buffer.from('[1,"2021",0,1]').toString('base64url')}`, /cursor/],
      ['limit=0', /limit/],
      ['limit=501', /limit/],
      ['page=2', /page/],
    ] as const) {
      const answer = await ask(server.url, `/v1/images?${query.replaceAll('"', '%22').replaceAll(' ', '+')}`);
      assert.equal(answer.status, 400, query);
      const problem = problemOf(answer);
      assert.equal(problem.code, 'INVALID_ARGUMENT');
      assert.match(problem.detail, said);
    }
  });
});

describe('GET /v1/images/:id/similar', () => {
  it('finds the others, without the photo and its copies', async () => {
    const found = await similar(datedId);
    assert.equal(found.hits.length, PICTURES - 1);
    assert.ok(found.hits.every(({ image }) => image.takenAt === null));
    assert.deepEqual(
      found.hits.map(({ rank }) => rank),
      found.hits.map((_, place) => place + 1),
    );
    const scores = found.hits.map(({ score }) => score);
    assert.deepEqual(
      scores,
      scores.toSorted((a, b) => b - a),
    );
  });

  it('shows the copies where each file is a hit, never the photo itself', async () => {
    const found = await similar(datedId, 'collapse=none');
    assert.equal(found.hits.length, PICTURES);
    assert.equal(found.hits[0]?.image.fileName, 'again.jpg');
    assert.ok(found.hits.every(({ id }) => id !== datedId));
  });

  it('is the same list in pages', async () => {
    const whole = await similar(datedId);
    const paged: number[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: SearchDocument = await similar(
        datedId,
        `limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      paged.push(...page.hits.map(({ id }) => id));
      cursor = page.cursor;
    }
    assert.deepEqual(
      paged,
      whole.hits.map(({ id }) => id),
    );
  });

  it('refuses what it does not know', async () => {
    assert.equal((await ask(server.url, '/v1/images/999999/similar')).status, 404);
    assert.equal((await ask(server.url, `/v1/images/${datedId}/similar?collapse=some`)).status, 400);
    assert.equal((await ask(server.url, `/v1/images/${datedId}/similar?cursor=abc`)).status, 400);
    assert.equal((await ask(server.url, `/v1/images/${datedId}/similar`, { method: 'POST' })).status, 405);
  });
});
