/**
 * Duplicates over HTTP: groups, pages, refusals; and searches that fold them.
 * Source: DESIGN, "HTTP"; RFC 9457. Deviation: none.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { findNearDuplicates } from '../../indexer/index.ts';
import type { DuplicatesDocument, SearchDocument, Server } from '../../web/index.ts';
import { ask, post, problemOf } from './http.ts';
import { index, openSmallLibrary, serveSmall, type SmallLibrary } from './small-library.ts';
import { writeVersions } from './versions.ts';

let small: SmallLibrary;
let server: Server;

before(async () => {
  small = await openSmallLibrary(0);
  await writeVersions(small.photos);
  await index(small.library, small.embedder, small.photos);
  server = await serveSmall(small);
});

after(async () => {
  await server.close();
  await small.close();
});

async function get(query: string, url = server.url): Promise<DuplicatesDocument> {
  const answer = await ask(url, `/v1/duplicates?${query}`);
  assert.equal(answer.status, 200, answer.body.toString());
  return answer.json() as DuplicatesDocument;
}

async function search(query: string): Promise<SearchDocument> {
  const answer = await ask(server.url, `/v1/search?q=hill&limit=100&${query}`);
  assert.equal(answer.status, 200, answer.body.toString());
  return answer.json() as SearchDocument;
}

test('says that nobody has looked for look-alikes, then lists them', async () => {
  const early = await get('kind=near');
  assert.deepEqual([early.groups, early.cursor, early.near?.madeAt], [[], null, null]);
  assert.equal(early.near?.pending, small.library.vectors.size);
  await findNearDuplicates(small.library);
  const found = await get('kind=near');
  assert.ok(found.groups.length > 0);
  assert.equal(found.near?.pending, 0);
  assert.ok(!Number.isNaN(Date.parse(found.near.madeAt ?? '')));
  const names = found.groups.map(({ photos }) => photos.map(({ image }) => image.fileName));
  assert.deepEqual(
    names.map((group) => group.toSorted()),
    [['cropped.jpg', 'mirrored.jpg', 'scene-1.jpg', 'small.jpg']],
  );
  const [group] = found.groups;
  // The copy of the original counts, beside the four that differ.
  assert.equal(group?.count, 5);
  const pixels = group.photos.map(({ image }) => image.width * image.height);
  assert.deepEqual(
    pixels,
    pixels.toSorted((a, b) => b - a),
  );
  assert.ok(group.photos.every(({ score }) => score >= 0.9 && score < 1.001));
  assert.equal(group.photos.flatMap(({ copies }) => copies).length, 1);
  assert.deepEqual(found.total, { groups: 1, photos: 5, spareBytes: null });
});

test('lists exact copies, those with the most places first, page by page', async () => {
  const all = await get('kind=exact');
  assert.deepEqual(
    all.groups.map(({ count, photos }) => [count, photos.length]),
    [
      [3, 3],
      [2, 2],
    ],
  );
  const bytes = all.groups.map(({ photos }) => photos[0]?.image.bytes ?? 0);
  assert.deepEqual(all.total, {
    groups: 2,
    photos: 5,
    spareBytes: 2 * (bytes[0] ?? 0) + (bytes[1] ?? 0),
  });
  assert.equal(all.near, null);
  const first = await get('kind=exact&limit=1');
  assert.deepEqual(first.groups, all.groups.slice(0, 1));
  assert.ok(first.cursor !== null);
  const second = await get(`kind=exact&limit=1&cursor=${first.cursor}`);
  assert.deepEqual(second.groups, all.groups.slice(1));
  assert.deepEqual([second.cursor, second.total], [null, null]);
});

test('gives every photo an address that answers, and paths to this machine only', async () => {
  const { groups } = await get('kind=exact');
  for (const { image } of groups.flatMap(({ photos }) => photos)) {
    assert.equal((await ask(server.url, image.thumbnail)).status, 200);
    assert.ok(image.path?.startsWith(small.photos));
  }
  const everywhere = await serveSmall(small, { host: '0.0.0.0', isInsecure: true });
  try {
    const answer = await ask(everywhere.url, '/v1/duplicates?kind=near');
    assert.ok(!answer.body.includes(small.photos));
  } finally {
    await everywhere.close();
  }
});

test('folds copies of the same bytes unless each file is asked for, and look-alikes where asked for', async () => {
  const each = await search('collapse=none');
  const exact = await search('');
  const near = await search('collapse=near');
  assert.deepEqual((await search('collapse=exact')).hits, exact.hits);
  const all = each.hits.length;
  assert.deepEqual([exact.hits.length, near.hits.length], [all - 3, all - 6]);
  for (const { hits } of [each, exact, near]) {
    assert.equal(
      hits.reduce((sum, { stackSize }) => sum + stackSize, 0),
      all,
    );
  }
  const stack = near.hits.find(({ alike }) => alike.length > 0);
  assert.deepEqual([stack?.stackSize, stack?.alike.length], [5, (stack?.copies.length ?? 0) === 1 ? 3 : 4]);
  const posted = await post(server.url, '/v1/search', { text: 'hill', limit: 100, collapse: 'near' });
  assert.deepEqual((posted.json() as SearchDocument).hits, near.hits);
});

const wrong = [
  ['no kind', '/v1/duplicates', 'kind'],
  ['another kind', '/v1/duplicates?kind=similar', 'kind'],
  ['a limit of 0', '/v1/duplicates?kind=near&limit=0', 'limit'],
  ['a limit of 101', '/v1/duplicates?kind=near&limit=101', 'limit'],
  ['a made-up cursor', '/v1/duplicates?kind=near&cursor=2-', 'cursor'],
  ['a cursor that is SQL', "/v1/duplicates?kind=exact&cursor=2'--", 'cursor'],
  ['an unknown key', '/v1/duplicates?kind=near&threshold=0.5', ''],
  ['another word for collapsing', '/v1/search?q=a&collapse=all', 'collapse'],
] as const;

for (const [what, address, field] of wrong) {
  test(`refuses ${what}`, async () => {
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

test('refuses to change or delete', async () => {
  for (const method of ['POST', 'DELETE', 'PUT']) {
    const answer = await ask(server.url, '/v1/duplicates?kind=exact', { method });
    assert.deepEqual([answer.status, answer.headers['allow']], [405, 'GET, HEAD']);
  }
});
