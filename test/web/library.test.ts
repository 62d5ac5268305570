/**
 * What the library holds, over HTTP: counts, disk, generations, files that were left out.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import assert from 'node:assert/strict';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { LibraryDocument, LibrarySkipsDocument, Server } from '../../web/index.ts';
import { ask, problemOf } from './http.ts';
import { index, openSmallLibrary, serveSmall, type SmallLibrary } from './small-library.ts';

const PICTURES = 6;
const DAMAGED = 3;

let small: SmallLibrary;
let server: Server;
/** A second root, with damaged files only. */
let other: string;

before(async () => {
  small = await openSmallLibrary(PICTURES);
  other = path.join(path.dirname(small.photos), 'Other');
  await mkdir(other);
  for (let number = 0; number < DAMAGED; number += 1) {
    await writeFile(path.join(other, `damaged ${number}.jpg`), 'no picture');
  }
  await index(small.library, small.embedder, other);
  server = await serveSmall(small);
});

after(async () => {
  await server.close();
  await small.close();
});

async function read(url = server.url): Promise<LibraryDocument> {
  const answer = await ask(url, '/v1/library');
  assert.equal(answer.status, 200, answer.body.toString());
  return answer.json() as LibraryDocument;
}

test('counts photos by folder and format, and what they take', async () => {
  const found = await read();
  assert.deepEqual([found.images, found.skipped, found.texts], [PICTURES, DAMAGED, 0]);
  assert.deepEqual(found.roots, [
    { name: 'My photos', path: small.photos, images: PICTURES, isMissing: false },
    { name: 'Other', path: other, images: 0, isMissing: false },
  ]);
  assert.deepEqual(
    found.formats.map(({ format, count }) => [format, count]),
    [
      ['jpeg', 4],
      ['png', 1],
      ['webp', 1],
    ],
  );
  const bytes = found.formats.reduce((sum, format) => sum + format.bytes, 0);
  assert.equal(bytes, small.library.stats().bytes);
  assert.equal(found.indexing.state, 'idle');
});

test('tells the generation that is searched, and what its model can do', async () => {
  const found = await read();
  const { id, modelName, dimension } = small.library.generation;
  assert.deepEqual(found.generation, { id, modelName, dimension });
  const [generation, ...rest] = found.generations;
  assert.deepEqual(rest, []);
  assert.deepEqual(
    { ...generation, createdAt: null },
    {
      id,
      modelName,
      dimension,
      images: PICTURES,
      isCurrent: true,
      createdAt: null,
    },
  );
  assert.ok(!Number.isNaN(Date.parse(generation?.createdAt ?? '')));
  assert.deepEqual([found.canRerank, found.isCalibrated, found.isDemo], [true, true, false]);
  const demo = await serveSmall(small, { isDemo: true });
  try {
    assert.equal((await read(demo.url)).isDemo, true);
  } finally {
    await demo.close();
  }
});

test('tells what the library takes on the disk', async () => {
  await small.library.saveIndex();
  const { disk } = await read();
  const database = await stat(path.join(small.library.dataFolder, 'library.sqlite'));
  assert.ok(disk.databaseBytes >= database.size / 2 && disk.freeBytes > 0);
  assert.ok(disk.indexBytes > PICTURES * small.library.generation.dimension * 4);
  assert.ok((disk.thumbnailBytes ?? 0) > 1000, `${disk.thumbnailBytes}`);
});

test('says that a folder is gone, and that it is back', async () => {
  const aside = `${other}.aside`;
  await rename(other, aside);
  try {
    assert.deepEqual(
      (await read()).roots.map(({ isMissing }) => isMissing),
      [false, true],
    );
  } finally {
    await rename(aside, other);
  }
  assert.ok((await read()).roots.every(({ isMissing }) => !isMissing));
});

test('counts again after a commit', async () => {
  const early = await read();
  const file = path.join(small.photos, 'one more.jpg');
  await writeFile(file, 'no picture either');
  await index(small.library, small.embedder, small.photos);
  assert.equal((await read()).skipped, early.skipped + 1);
  await rm(file);
  await index(small.library, small.embedder, small.photos);
  assert.equal((await read()).skipped, early.skipped);
});

test('pages through the files that were left out', async () => {
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const answer = await ask(server.url, `/v1/library/skips?limit=2${cursor && `&cursor=${cursor}`}`);
    assert.equal(answer.status, 200);
    const page = answer.json() as LibrarySkipsDocument;
    assert.ok(page.skips.every(({ code, message }) => code === 'IMAGE_INVALID' && message !== ''));
    seen.push(...page.skips.map(({ place }) => place));
    cursor = page.cursor;
  }
  assert.deepEqual(
    seen.toSorted(),
    [0, 1, 2].map((number) => path.join(other, `damaged ${number}.jpg`)),
  );
  for (const query of ['limit=0', 'limit=1001', 'cursor=-1', 'colour=red']) {
    const refused = await ask(server.url, `/v1/library/skips?${query}`);
    assert.equal(problemOf(refused).code, 'INVALID_ARGUMENT', query);
  }
});

test('tells names but no paths to those on other machines', async () => {
  const everywhere = await serveSmall(small, { host: '0.0.0.0', isInsecure: true });
  try {
    for (const address of ['/v1/library', '/v1/library/skips']) {
      const answer = await ask(everywhere.url, address);
      assert.equal(answer.status, 200);
      assert.ok(!answer.body.includes(path.dirname(small.photos)), answer.body.toString());
      assert.ok(answer.body.includes('Other'));
    }
  } finally {
    await everywhere.close();
  }
});
