/**
 * Chosen photos as JSON and as a ZIP: whole, with clients that read slowly, and with those that leave.
 * Source: our own; yauzl reads the archives. Deviation: none.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFile, copyFile, mkdir, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { fromBufferPromise } from 'yauzl';
import type { ImageRecord } from '../../indexer/index.ts';
import type { Server } from '../../web/index.ts';
import { UniqueNames } from '../../web/photo-archive.ts';
import { exportSchema, imageDetailsSchema } from '../../web/schema/index.ts';
import { ask, problemOf } from './http.ts';
import { index, openSmallLibrary, serveSmall, type SmallLibrary } from './small-library.ts';

const REPORT = 'not in this archive.txt';
const LARGE_BYTES = 40_000_000;

let small: SmallLibrary;
let server: Server;
let large: ImageRecord;
let others: readonly ImageRecord[];

before(async () => {
  small = await openSmallLibrary(7);
  const place = (name: string) => path.join(small.photos, name);
  await mkdir(place('Other'));
  await copyFile(place('picture 3.jpg'), place('Other/PICTURE 3.jpg'));
  await copyFile(place('picture 4.jpg'), place('Other/large.jpg'));
  // What follows the end of a JPEG is no part of the picture.
  await appendFile(place('Other/large.jpg'), Buffer.alloc(LARGE_BYTES));
  await index(small.library, small.embedder, small.photos);
  server = await serveSmall(small);
  const { images } = small.library.store;
  const all = images.byIds(images.below(small.photos, '', 100).map(({ id }) => id));
  const found = all.find((one) => one.path.endsWith('large.jpg'));
  assert.ok(found !== undefined);
  large = found;
  others = all.filter((one) => one !== found);
});

after(async () => {
  await server.close();
  await small.close();
});

const address = (as: string, ...records: readonly { readonly id: number }[]): string =>
  `/v1/export?as=${as}&ids=${records.map(({ id }) => id).join(',')}`;

/** Names and contents, checked by their sums. */
async function unzipped(archive: Buffer): Promise<Map<string, Buffer>> {
  const zip = await fromBufferPromise(archive);
  const files = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry()) {
    assert.equal(entry.compressionMethod, 0);
    files.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
  }
  return files;
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The answer, of which nothing is read yet. */
function begun(target: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(new URL(target, server.url), { agent: false }, resolve).once('error', reject);
  });
}

/** Whether this process has the file open. */
async function isOpen(file: string): Promise<boolean> {
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map((one) => readlink(`/proc/self/fd/${one}`).catch(() => '')),
  );
  return links.includes(file);
}

describe('GET /v1/export as ZIP', () => {
  it('has every file as it is, under a name of its own', async () => {
    const answer = await ask(server.url, address('zip', ...others));
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], 'application/zip');
    assert.match(answer.headers['content-disposition'] ?? '', /^attachment; filename="?photos\.zip/);
    const files = await unzipped(answer.body);
    assert.equal(files.size, others.length);
    const names = new Set([...files.keys()].map((name) => name.toLowerCase()));
    assert.equal(names.size, others.length);
    assert.ok(names.has('picture 3 (2).jpg'), [...names].join());
    assert.ok(names.has('été _1_ (a).jpg'), [...names].join());
    assert.deepEqual(
      [...files.values()].map((bytes) => digest(bytes)).toSorted(),
      others.map(({ contentHash }) => contentHash).toSorted(),
    );
  });

  it('names what is missing in a text, and has the rest whole', async () => {
    const [gone, there] = others.filter((one) => one.format === 'jpeg');
    assert.ok(gone !== undefined && there !== undefined);
    const kept = await readFile(gone.path);
    await rm(gone.path);
    try {
      const answer = await ask(server.url, address('zip', gone, { id: 999_999 }, there));
      const files = await unzipped(answer.body);
      assert.deepEqual([...files.keys()].slice(1), [REPORT]);
      assert.equal(digest([...files.values()][0] ?? Buffer.of()), there.contentHash);
      const report = files.get(REPORT)?.toString() ?? '';
      assert.match(report, /^photo 999999: is not in the library/);
      assert.ok(report.includes(`${path.basename(gone.path)}: is no longer there`), report);
      assert.ok(!report.includes(path.dirname(small.photos)), report);
    } finally {
      await appendFile(gone.path, kept);
    }
  });

  it('is read no faster than its client does, in little memory', async () => {
    const response = await begun(address('zip', large, ...others));
    response.pause();
    await delay(500);
    const { external } = process.memoryUsage();
    await delay(500);
    // A server that reads on fills some 10 MB in this time; one that waits stands still.
    assert.ok(process.memoryUsage().external - external < 2_000_000);
    assert.ok(await isOpen(large.path));
    const files = await unzipped(await buffer(response));
    assert.equal(digest(files.get('large.jpg') ?? Buffer.of()), large.contentHash);
    assert.equal(files.size, others.length + 1);
    assert.ok(!(await isOpen(large.path)));
  });

  it('stops reading when its client leaves', async () => {
    const response = await begun(address('zip', large, ...others));
    response.pause();
    await delay(100);
    assert.ok(await isOpen(large.path));
    response.destroy();
    for (let waited = 0; await isOpen(large.path); waited += 20) {
      assert.ok(waited < 5000, 'the file is still open');
      await delay(20);
    }
  });

  it('sends headers alone to who asks for them', async () => {
    const answer = await ask(server.url, address('zip', large), { method: 'HEAD' });
    assert.equal(answer.status, 200);
    assert.equal(answer.body.length, 0);
  });
});

describe('GET /v1/export as JSON', () => {
  it('has what GET /v1/images/:id tells, in the order asked for', async () => {
    const wanted = others.slice(0, 3).toReversed();
    const answer = await ask(server.url, address('json', ...wanted, { id: 999_999 }));
    assert.match(answer.headers['content-type'] ?? '', /^application\/json/);
    const { images, missing } = exportSchema.parse(answer.json());
    assert.deepEqual(missing, [999_999]);
    const single = wanted.map(async ({ id }) =>
      imageDetailsSchema.parse((await ask(server.url, `/v1/images/${id}`)).json()),
    );
    assert.deepEqual(images, await Promise.all(single));
  });

  it('refuses what is no list of photos', async () => {
    for (const query of [
      'as=zip',
      'ids=1',
      'ids=1&as=tar',
      'ids=1,,2&as=zip',
      'ids=0&as=zip',
      'ids=../x&as=zip',
      `ids=${Array.from({ length: 1001 }, (_, id) => id + 1).join(',')}&as=json`,
    ]) {
      const answer = await ask(server.url, `/v1/export?${query}`);
      assert.equal(answer.status, 400, query);
      assert.equal(problemOf(answer).code, 'INVALID_ARGUMENT');
    }
    assert.equal((await ask(server.url, '/v1/export?ids=999998,999999&as=zip')).status, 404);
    assert.equal((await ask(server.url, '/v1/export?ids=1&as=zip', { method: 'POST' })).status, 405);
  });
});

describe('UniqueNames', () => {
  it('gives each file another name, which every system allows', () => {
    const names = new UniqueNames(['report.txt']);
    assert.deepEqual(
      ['a.jpg', 'A.JPG', 'a.jpg', 'a (2).jpg', 'report.txt', 'b:c\\d.jpg', 'none', 'none'].map((name) =>
        names.of(name),
      ),
      ['a.jpg', 'A (2).JPG', 'a (3).jpg', 'a (2) (2).jpg', 'report (2).txt', 'b_c_d.jpg', 'none', 'none (2)'],
    );
  });
});
