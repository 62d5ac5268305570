/** Downloads from a real server on this machine that cuts, refuses, changes and lies. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isAppError } from '../../../model/index.ts';
import { download, type DownloadOptions } from '../../../model/zoo/pull/download.ts';
import { FileServer, type ServedFile } from './file-server.ts';

const content = randomBytes(300_000);
const NAME = 'weights.bin';

let server: FileServer;
let folder: string;
let file: string;

before(async () => {
  server = await FileServer.start();
});
after(() => server.close());
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'imglish-download-'));
  file = path.join(folder, NAME);
});
afterEach(() => rm(folder, { recursive: true }));

let served = 0;

/** A fresh address for each file, so that counts start at 0. */
function serve(options: Partial<ServedFile> = {}): { url: string; path: string } {
  served += 1;
  const name = `${served}-${NAME}`;
  server.files.set(name, { bytes: content, ...options });
  return { url: server.address + name, path: name };
}

function fetchIt(url: string, more: Partial<DownloadOptions> = {}): Promise<void> {
  return download({ url, file, bytesMax: 1_000_000, wrongHead: () => undefined, backoffMs: 1, ...more });
}

async function checkFile(expected: Uint8Array = content): Promise<void> {
  assert.deepEqual(await readFile(file), Buffer.from(expected));
  assert.deepEqual(await readdir(folder), [NAME], 'nothing but the file is left');
}

/** Node gives its collector to those who ask for it. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const pageHead = (head: Uint8Array) => (head[0] === 0x3c ? 'a page' : undefined);

describe('download', () => {
  it('fetches a file, tells how far it is, and leaves nothing else behind', async () => {
    const steps: [number, number | null][] = [];
    const { url, path: name } = serve();
    await fetchIt(url, { onProgress: (done, total) => steps.push([done, total]) });
    await checkFile();
    assert.deepEqual(steps[0], [0, content.byteLength]);
    assert.deepEqual(steps.at(-1), [content.byteLength, content.byteLength]);
    assert.equal(server.requestsOf(name).length, 1);
  });

  it('reads on when memory is collected between the head of an answer and its body', async () => {
    const { url, path: name } = serve();
    await fetchIt(url, {
      onSize: async () => {
        for (let round = 0; round < 5; round += 1) {
          collectGarbage();
          await delay(5);
        }
      },
    });
    await checkFile();
    assert.equal(server.requestsOf(name).length, 1);
  });

  it('goes on after a cut where it stopped, so that no byte is sent twice', async () => {
    const { url, path: name } = serve({ cutAfter: [100_000, 50_000] });
    await fetchIt(url);
    await checkFile();
    const requests = server.requestsOf(name);
    assert.deepEqual(
      requests.map(({ range, status }) => [range, status]),
      [
        [undefined, 200],
        ['bytes=100000-', 206],
        ['bytes=150000-', 206],
      ],
    );
    assert.equal(
      requests.reduce((sum, { bytesSent }) => sum + bytesSent, 0),
      content.byteLength,
    );
    assert.equal(requests[1]?.ifRange, '"1"');
  });

  it('goes on by the date where the server gives no strong ETag', async () => {
    const date = 'Wed, 01 Mar 2023 00:00:00 GMT';
    const { url, path: name } = serve({ etag: 'W/"weak"', lastModified: date, cutAfter: [100_000] });
    await fetchIt(url);
    await checkFile();
    assert.equal(server.requestsOf(name)[1]?.ifRange, date);
    assert.equal(server.requestsOf(name)[1]?.status, 206);
  });

  it('starts anew where the server gives nothing to recognise the file by', async () => {
    const { url, path: name } = serve({ etag: null, cutAfter: [100_000] });
    await fetchIt(url);
    await checkFile();
    assert.deepEqual(
      server.requestsOf(name).map(({ range }) => range),
      [undefined, undefined],
    );
  });

  it('takes the whole file from a server that knows no ranges', async () => {
    const { url, path: name } = serve({ ranges: false, cutAfter: [100_000] });
    await fetchIt(url);
    await checkFile();
    assert.deepEqual(
      server.requestsOf(name).map(({ range, status }) => [range, status]),
      [
        [undefined, 200],
        ['bytes=100000-', 200],
      ],
    );
  });

  it('does not mix two versions when the file changes between tries', async () => {
    const changed = randomBytes(content.byteLength);
    const { url, path: name } = serve({ cutAfter: [100_000] });
    const onProgress = (done: number): void => {
      if (done >= 100_000) server.files.set(name, { bytes: changed, etag: '"2"' });
    };
    await fetchIt(url, { onProgress });
    await checkFile(changed);
  });

  it('waits and tries again when the server is busy', async () => {
    const { url, path: name } = serve({
      refusals: [{ status: 503 }, { status: 429, headers: { 'retry-after': '0' } }],
    });
    await fetchIt(url);
    await checkFile();
    assert.deepEqual(
      server.requestsOf(name).map(({ status }) => status),
      [503, 429, 200],
    );
  });

  it('gives up after four tries that bring nothing', async () => {
    const { url, path: name } = serve({ refusals: Array.from({ length: 9 }, () => ({ status: 500 })) });
    await assert.rejects(fetchIt(url), (error) => {
      assert.ok(isAppError(error, 'DOWNLOAD_FAILED'));
      assert.match(error.message, /weights\.bin: the server answered 500/);
      return true;
    });
    assert.equal(server.requestsOf(name).length, 4);
  });

  it('does not wait longer than a minute because a server says so', async () => {
    const { url } = serve({ refusals: [{ status: 503, headers: { 'retry-after': '3600' } }] });
    await assert.rejects(fetchIt(url), (error) => isAppError(error, 'DOWNLOAD_FAILED'));
  });

  it('asks only once for a file that is not there', async () => {
    await assert.rejects(fetchIt(`${server.address}missing.bin`), (error) => {
      assert.ok(isAppError(error, 'DOWNLOAD_FAILED'));
      assert.match(error.message, /404/);
      return true;
    });
    assert.equal(server.requestsOf('missing.bin').length, 1);
    assert.equal(existsSync(file), false);
  });

  it('refuses a web page by its content type, and by its first bytes', async () => {
    const page = Buffer.from('<!DOCTYPE html><html>log in first</html>'.padEnd(2000));
    const labelled = serve({ bytes: page, contentType: 'text/html; charset=utf-8' });
    await assert.rejects(fetchIt(labelled.url), (error) => {
      assert.ok(isAppError(error, 'DOWNLOAD_FAILED'));
      assert.match(error.message, /web page/);
      return true;
    });
    const hidden = serve({ bytes: page });
    await assert.rejects(fetchIt(hidden.url, { wrongHead: pageHead }), (error) =>
      isAppError(error, 'DOWNLOAD_FAILED'),
    );
    assert.equal(server.requestsOf(hidden.path).length, 1, 'there is no use in trying again');
    assert.deepEqual(await readdir(folder), []);
  });

  it('refuses a file above the limit, announced or not', async () => {
    const announced = serve();
    await assert.rejects(fetchIt(announced.url, { bytesMax: 299_999 }), (error) =>
      isAppError(error, 'LIMIT_EXCEEDED'),
    );
    const silent = serve({ announceLength: false });
    await assert.rejects(fetchIt(silent.url, { bytesMax: 299_999 }), (error) =>
      isAppError(error, 'LIMIT_EXCEEDED'),
    );
    assert.equal(existsSync(file), false);
    const fits = serve({ announceLength: false });
    await fetchIt(fits.url, { bytesMax: 300_000 });
    assert.deepEqual(await readFile(file), content);
  });

  it('keeps the part when it is aborted, and goes on from it the next time', async () => {
    const { url, path: name } = serve({ cutAfter: [100_000] });
    const controller = new AbortController();
    const aborted = fetchIt(url, {
      signal: controller.signal,
      onProgress: (done) => {
        if (done >= 100_000) controller.abort();
      },
    });
    await assert.rejects(aborted, (error) => isAppError(error, 'ABORTED'));
    assert.equal(existsSync(file), false);
    const { size } = await stat(`${file}.part`);
    assert.ok(size > 0 && size <= 100_000, `${size} bytes are kept`);
    await fetchIt(url);
    await checkFile();
    assert.equal(server.requestsOf(name)[1]?.range, `bytes=${size}-`);
  });

  it('does nothing at all for a signal that has fired before', async () => {
    const { url, path: name } = serve();
    const aborted = fetchIt(url, { signal: AbortSignal.abort() });
    await assert.rejects(aborted, (error) => isAppError(error, 'ABORTED'));
    assert.equal(server.requestsOf(name).length, 0);
  });

  it('treats a connection that falls silent as cut', async () => {
    const { url, path: name } = serve({ stalls: true });
    setTimeout(() => server.files.set(name, { bytes: content }), 120).unref();
    await fetchIt(url, { stallMs: 100, backoffMs: 100 });
    await checkFile();
    assert.equal(server.requestsOf(name)[1]?.range, 'bytes=1000-');
  });

  it('is content with a part that is complete already', async () => {
    const { url, path: name } = serve();
    await writeFile(`${file}.part`, content);
    await writeFile(
      `${file}.part.json`,
      JSON.stringify({ url, validator: '"1"', total: content.byteLength }),
    );
    await fetchIt(url);
    await checkFile();
    assert.equal(server.requestsOf(name)[0]?.status, 416);
  });

  it('throws a part away that is of another address or has a damaged note', async () => {
    for (const note of ['{"url":"http://elsewhere/","validator":"\\"1\\"","total":null}', '{', '[]']) {
      const { url, path: name } = serve();
      await writeFile(`${file}.part`, randomBytes(5000));
      await writeFile(`${file}.part.json`, note);
      await fetchIt(url);
      await checkFile();
      assert.equal(server.requestsOf(name)[0]?.range, undefined, note);
      await rm(file);
    }
  });

  it('takes a file that is there without asking the server', async () => {
    await writeFile(file, content);
    const { url, path: name } = serve();
    await fetchIt(url);
    assert.equal(server.requestsOf(name).length, 0);
  });

  it('says why a server cannot be reached', async () => {
    const other = await FileServer.start();
    const { address } = other;
    await other.close();
    await assert.rejects(fetchIt(`${address}${NAME}`), (error) => {
      assert.ok(isAppError(error, 'DOWNLOAD_FAILED'));
      assert.match(error.message, /ECONNREFUSED/);
      return true;
    });
  });
});
