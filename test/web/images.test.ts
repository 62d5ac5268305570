/**
 * Photos, thumbnails and originals over HTTP: what is given, and what never is.
 * Source: RFC 9110 (conditions and ranges). Deviation: none.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import type { ImageRecord } from '../../indexer/index.ts';
import type { ImageDocument, Server } from '../../web/index.ts';
import { ask, problemOf, type Answer } from './http.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from './small-library.ts';

let small: SmallLibrary;
let server: Server;
let records: readonly ImageRecord[];

before(async () => {
  small = await openSmallLibrary(9);
  server = await serveSmall(small);
  const { hits } = await small.engine.search({ text: 'hill', limit: 100 });
  records = hits.map(({ image }) => image).toSorted((a, b) => a.path.localeCompare(b.path));
});

after(async () => {
  await server.close();
  await small.close();
});

function get(address: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return ask(server.url, address, { headers });
}

/** A photo of the library by its name. */
function named(name: string): ImageRecord {
  const record = records.find(({ path: file }) => path.basename(file) === name);
  assert.ok(record !== undefined, `no ${name}`);
  return record;
}

/** Changes what lies at a photo's path for as long as `work` takes. */
async function instead(
  record: ImageRecord,
  change: () => Promise<void>,
  work: () => Promise<void>,
): Promise<void> {
  const aside = `${record.path}.aside`;
  await rename(record.path, aside);
  try {
    await change();
    await work();
  } finally {
    await rm(record.path, { recursive: true, force: true });
    await rename(aside, record.path);
  }
}

test('describes a photo', async () => {
  const record = named('picture 1.png');
  const answer = await get(`/v1/images/${record.id}`);
  assert.equal(answer.status, 200);
  const image = answer.json() as ImageDocument;
  assert.deepEqual(
    [
      image.id,
      image.path,
      image.fileName,
      image.folder,
      image.width,
      image.height,
      image.format,
      image.takenAt,
    ],
    [record.id, record.path, 'picture 1.png', 'My photos', 600, 800, 'png', null],
  );
});

test('gives both thumbnails as WebP, for ever under the address with the hash', async () => {
  const { thumbnail, preview } = (
    await get(`/v1/images/${named('picture 1.png').id}`)
  ).json() as ImageDocument;
  for (const [address, height] of [
    [thumbnail, 480],
    [preview, 800],
  ] as const) {
    const answer = await get(address);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], 'image/webp');
    assert.equal(answer.headers['cache-control'], 'private, max-age=31536000, immutable');
    const header = await sharp(answer.body).metadata();
    assert.equal(header.format, 'webp');
    assert.ok((header.height ?? 0) >= height, `${header.height} is below ${height}`);
  }
});

test('lets the browser ask again where the address has no hash, or another one', async () => {
  const { id } = named('picture 1.png');
  for (const address of [`/v1/images/${id}/thumbnail`, `/v1/images/${id}/thumbnail?v=abc&size=small`]) {
    const answer = await get(address);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['cache-control'], 'private, no-cache');
    const again = await get(address, { 'if-none-match': String(answer.headers.etag) });
    assert.equal(again.status, 304);
    assert.equal(again.body.length, 0);
  }
});

test('gives the bytes of the original with their own type and name', async () => {
  const types = {
    'picture 1.png': 'image/png',
    'picture 2.webp': 'image/webp',
    'picture 3.jpg': 'image/jpeg',
  };
  for (const [name, type] of Object.entries(types)) {
    const record = named(name);
    const answer = await get(`/v1/images/${record.id}/original`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], type);
    assert.equal(answer.headers['content-length'], String(record.bytes));
    assert.ok(answer.body.equals(await readFile(record.path)));
  }
  const difficult = await get(`/v1/images/${named('Été "1" (a).jpg').id}/original`);
  assert.equal(
    difficult.headers['content-disposition'],
    `inline; filename="_t_ _1_ (a).jpg"; filename*=UTF-8''%C3%89t%C3%A9%20%221%22%20%28a%29.jpg`,
  );
});

test('answers HEAD with the headers of GET and nothing else', async () => {
  const { id, bytes } = named('picture 3.jpg');
  for (const address of [`/v1/images/${id}/original`, `/v1/images/${id}/thumbnail`, `/v1/images/${id}`]) {
    const [head, whole] = [await ask(server.url, address, { method: 'HEAD' }), await get(address)];
    assert.equal(head.status, 200);
    assert.equal(head.body.length, 0);
    for (const name of ['content-type', 'content-length', 'etag', 'cache-control']) {
      assert.equal(head.headers[name], whole.headers[name], name);
    }
  }
  const head = await ask(server.url, `/v1/images/${id}/original`, { method: 'HEAD' });
  assert.equal(head.headers['content-length'], String(bytes));
});

test('gives one range, the end of a file, and the whole where the range is of an older file', async () => {
  const record = named('picture 3.jpg');
  const address = `/v1/images/${record.id}/original`;
  const whole = await get(address);
  const middle = await get(address, { range: 'bytes=10-29' });
  assert.equal(middle.status, 206);
  assert.equal(middle.headers['content-range'], `bytes 10-29/${record.bytes}`);
  assert.ok(middle.body.equals(whole.body.subarray(10, 30)));
  const end = await get(address, { range: 'bytes=-5' });
  assert.ok(end.body.equals(whole.body.subarray(-5)));
  const same = await get(address, { range: 'bytes=0-3', 'if-range': String(whole.headers.etag) });
  assert.equal(same.body.length, 4);
  const older = await get(address, { range: 'bytes=0-3', 'if-range': '"other"' });
  assert.equal(older.status, 200);
  assert.equal(older.body.length, record.bytes);
});

test('refuses a range beyond the end with a problem that tells the size', async () => {
  const record = named('picture 3.jpg');
  const answer = await get(`/v1/images/${record.id}/original`, { range: 'bytes=99999999-' });
  assert.equal(answer.status, 416);
  assert.equal(answer.headers['content-range'], `bytes */${record.bytes}`);
  assert.equal(problemOf(answer).code, 'RANGE_INVALID');
});

test('says 404 for a photo that is not in the library', async () => {
  for (const rest of ['', '/thumbnail', '/original']) {
    const answer = await get(`/v1/images/987654321${rest}`);
    assert.equal(answer.status, 404);
    assert.equal(problemOf(answer).code, 'NOT_FOUND');
  }
});

const wrongIds = [
  '0',
  '-1',
  '1.5',
  'abc',
  '1e3',
  '99999999999999999999',
  '..%2f..%2f..%2fetc%2fpasswd',
  '%2fetc%2fpasswd',
  '..%5c..%5cwindows',
  '1%00',
];

for (const id of wrongIds) {
  test(`refuses ${id} as the number of a photo`, async () => {
    for (const rest of ['', '/thumbnail', '/original']) {
      const answer = await get(`/v1/images/${id}${rest}`);
      assert.equal(answer.status, 400);
      assert.equal(problemOf(answer).code, 'INVALID_ARGUMENT');
    }
  });
}

for (const address of [
  '/v1/images/../../../../etc/passwd',
  '/../../../../etc/passwd',
  '/..%2f..%2f..%2f..%2fetc%2fpasswd',
  '/%2e%2e/%2e%2e/package.json',
  '/v1/images/%E0%A4%A/original',
  '/.tsbuildinfo',
]) {
  test(`gives nothing for the address ${address}`, async () => {
    const answer = await get(address);
    assert.ok([400, 403, 404].includes(answer.status), String(answer.status));
    problemOf(answer);
  });
}

test('refuses unknown keys and sizes', async () => {
  const { id } = named('picture 3.jpg');
  for (const rest of ['/thumbnail?size=huge', '/thumbnail?path=/etc/passwd', '/original?path=x', '?path=x']) {
    assert.equal(problemOf(await get(`/v1/images/${id}${rest}`)).code, 'INVALID_ARGUMENT');
  }
});

test('says that a file is gone, without its folders', async () => {
  const record = named('picture 4.jpg');
  await instead(
    record,
    async () => {},
    async () => {
      const answer = await get(`/v1/images/${record.id}/original`);
      assert.equal(answer.status, 404);
      const problem = problemOf(answer);
      assert.equal(problem.code, 'FILE_NOT_FOUND');
      assert.ok(problem.detail.startsWith('My photos/picture 4.jpg: is no longer there'), problem.detail);
      // Its small thumbnail was made while it was there.
      assert.equal((await get(`/v1/images/${record.id}/thumbnail?size=small`)).status, 200);
    },
  );
  assert.equal((await get(`/v1/images/${record.id}/original`)).status, 200);
});

test('gives an edited photo as it is now', async () => {
  const record = named('picture 4.jpg');
  const unedited = await get(`/v1/images/${record.id}/original`);
  await instead(
    record,
    () => copyFile(named('picture 1.png').path, record.path),
    async () => {
      const answer = await get(`/v1/images/${record.id}/original`, {
        'if-none-match': String(unedited.headers.etag),
      });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['content-type'], 'image/png');
    },
  );
});

test('refuses what is no photo any more', async () => {
  const record = named('picture 4.jpg');
  const changes = [
    () => writeFile(record.path, '<!doctype html><script>alert(1)</script>'),
    () => writeFile(record.path, ''),
    async () => {
      await mkdir(record.path);
    },
    async () => {
      execFileSync('mkfifo', [record.path]);
    },
  ];
  for (const change of changes) {
    await instead(record, change, async () => {
      const answer = await get(`/v1/images/${record.id}/original`);
      assert.equal(answer.status, 403);
      assert.equal(problemOf(answer).code, 'FILE_UNREADABLE');
    });
  }
});

test('follows a link within the indexed folder, and none that leads out of it', async () => {
  const record = named('picture 4.jpg');
  const inside = named('picture 3.jpg');
  const outside = path.join(small.library.dataFolder, 'private.jpg');
  await copyFile(inside.path, outside);
  const address = `/v1/images/${record.id}/original`;
  await instead(
    record,
    () => symlink(outside, record.path),
    async () => {
      const answer = await get(address);
      assert.equal(answer.status, 403);
      assert.equal(problemOf(answer).code, 'FILE_UNREADABLE');
    },
  );
  await instead(
    record,
    () => symlink(inside.path, record.path),
    async () => {
      assert.equal((await get(address)).status, 200);
    },
  );
  await instead(
    record,
    () => symlink('/etc/passwd', record.path),
    async () => {
      assert.equal((await get(address)).status, 403);
    },
  );
});

test('gives the very bytes that were indexed also through a link that leads out', async () => {
  const record = named('picture 4.jpg');
  const outside = path.join(small.library.dataFolder, 'moved.jpg');
  await copyFile(record.path, outside);
  await instead(
    record,
    () => symlink(outside, record.path),
    async () => {
      const answer = await get(`/v1/images/${record.id}/original`);
      assert.equal(answer.status, 200);
      assert.equal(answer.body.length, record.bytes);
    },
  );
});

test('refuses methods that change something', async () => {
  const { id } = named('picture 3.jpg');
  for (const method of ['DELETE', 'PUT', 'POST', 'PATCH', 'OPTIONS']) {
    const answer = await ask(server.url, `/v1/images/${id}/original`, { method });
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.allow, 'GET, HEAD');
    assert.equal(problemOf(answer).code, 'METHOD_NOT_ALLOWED');
  }
});
