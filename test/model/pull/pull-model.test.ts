/** An official name, a mirror on this machine that serves a tiny checkpoint, and the imported model. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import {
  isAppError,
  officialModels,
  pullModel,
  type PullOptions,
  type PullProgress,
} from '../../../model/index.ts';
import { fixturesFolder } from '../../support/paths.ts';
import { FileServer } from './file-server.ts';

const NAME = 'beit3_base_patch16_384_coco_retrieval';
const CHECKPOINT = `${NAME}.pth`;
const TOKENIZER = 'beit3.spm';

let server: FileServer;
let modelsFolder: string;
let checkpoint: Uint8Array;
let tokenizer: Uint8Array;

before(async () => {
  checkpoint = await readFile(path.join(fixturesFolder, 'tiny_retrieval', 'tiny_retrieval.pth'));
  // Its 1,002 tokens fit the fixture's embedding of 1,010 rows, as the official 64,002 fit 64,010.
  tokenizer = await readFile(path.join(fixturesFolder, 'tokenizer', 'unigram_identity_flags.model'));
});
beforeEach(async () => {
  server = await FileServer.start();
  server.files.set(CHECKPOINT, { bytes: checkpoint });
  server.files.set(TOKENIZER, { bytes: tokenizer });
  modelsFolder = await mkdtemp(path.join(tmpdir(), 'imglish-pull-'));
});
afterEach(async () => {
  await server.close();
  await rm(modelsFolder, { recursive: true });
});

function pull(options: Partial<PullOptions> = {}) {
  return pullModel({ name: NAME, modelsFolder, mirror: server.address, backoffMs: 1, ...options });
}

const noNetwork = () =>
  Promise.reject(new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') }));

const downloads = () => readdir(path.join(modelsFolder, '.downloads'));

describe('pullModel', () => {
  it('fetches checkpoint and tokenizer, imports them and removes the files', async () => {
    const steps: PullProgress[] = [];
    const { model } = await pull({ onProgress: (step) => steps.push(step) });
    assert.equal(model.config.name, NAME);
    assert.equal(model.config.beit3.width, 64);
    assert.equal(model.config.provenance.licence, 'MIT (microsoft/unilm)');
    assert.match(
      model.config.provenance.source,
      /^https:\/\/github\.com\/addf400\/files\/.*coco_retrieval\.pth$/,
    );
    assert.ok(model.config.tokenizer !== null);
    assert.deepEqual(await downloads(), []);
    assert.deepEqual(
      [...new Set(steps.map(({ phase, file }) => `${phase} ${file}`))],
      [`download ${TOKENIZER}`, `download ${CHECKPOINT}`, `import ${CHECKPOINT}`],
    );
    const last = steps.at(-1);
    assert.equal(last?.done, checkpoint.byteLength);
    assert.equal(last?.total, checkpoint.byteLength);
  });

  it('goes on in a second call after the first was aborted', async () => {
    server.files.set(CHECKPOINT, { bytes: checkpoint, cutAfter: [200_000] });
    const controller = new AbortController();
    const onProgress = ({ file, done }: PullProgress): void => {
      if (file === CHECKPOINT && done >= 100_000) controller.abort();
    };
    await assert.rejects(pull({ signal: controller.signal, onProgress }), (error) =>
      isAppError(error, 'ABORTED'),
    );
    assert.deepEqual(
      await downloads(),
      [TOKENIZER, `${CHECKPOINT}.part`, `${CHECKPOINT}.part.json`].toSorted(),
    );
    const { model } = await pull();
    assert.equal(model.config.name, NAME);
    assert.match(server.requestsOf(CHECKPOINT)[1]?.range ?? '', /^bytes=\d+-$/);
    assert.equal(server.requestsOf(TOKENIZER).length, 1);
  });

  it('names the addresses and the command where there is no way to the server', async () => {
    const { address } = server;
    await server.close();
    await assert.rejects(pull({ mirror: address }), (error) => {
      assert.ok(isAppError(error, 'DOWNLOAD_FAILED'));
      assert.ok(error.message.includes(`${address}${CHECKPOINT} and ${address}${TOKENIZER}`));
      assert.ok(
        error.message.includes(`imglish model import ${CHECKPOINT} --tokenizer ${TOKENIZER} --name ${NAME}`),
      );
      return true;
    });
    server = await FileServer.start();
  });

  it('names the official addresses where there is no network', async () => {
    await assert.rejects(
      pullModel({ name: NAME, modelsFolder, backoffMs: 1, fetchImpl: noNetwork }),
      (error) => {
        assert.ok(isAppError(error, 'DOWNLOAD_FAILED'));
        assert.match(error.message, /ENOTFOUND/);
        assert.ok(
          error.message.includes(`https://github.com/addf400/files/releases/download/beit3/${CHECKPOINT}`),
        );
        assert.ok(
          error.message.includes('https://github.com/addf400/files/releases/download/beit3/beit3.spm'),
        );
        return true;
      },
    );
  });

  it('refuses a web page in place of the tokenizer before the checkpoint is fetched', async () => {
    server.files.set(TOKENIZER, { bytes: Buffer.from('<html>sign in</html>') });
    await assert.rejects(pull(), (error) => {
      assert.ok(isAppError(error, 'DOWNLOAD_FAILED'));
      assert.match(error.message, /a web page in place of a SentencePiece model/);
      return true;
    });
    assert.equal(server.requestsOf(CHECKPOINT).length, 0);
  });

  it('removes a checkpoint that cannot be read, so that the next call fetches it anew', async () => {
    const damaged = Uint8Array.from(checkpoint);
    damaged.fill(0, 4);
    server.files.set(CHECKPOINT, { bytes: damaged });
    await assert.rejects(pull(), (error) => {
      assert.ok(error instanceof Error && 'code' in error);
      assert.match(String(error.code), /^CHECKPOINT_/);
      assert.match(error.message, /pull again/);
      return true;
    });
    assert.deepEqual(await downloads(), []);
    assert.deepEqual(await readdir(modelsFolder), ['.downloads']);
    server.files.set(CHECKPOINT, { bytes: checkpoint });
    assert.equal((await pull()).model.config.name, NAME);
  });

  it('refuses a name that is taken before it fetches anything', async () => {
    await pull();
    const requests = server.requests.length;
    await assert.rejects(pull(), (error) => isAppError(error, 'NAME_TAKEN'));
    assert.equal(server.requests.length, requests);
  });

  it('lists the names it knows when asked for another', async () => {
    await assert.rejects(pull({ name: 'beit4' }), (error) => {
      assert.ok(isAppError(error, 'NOT_FOUND'));
      assert.ok(error.message.includes(NAME));
      return true;
    });
    assert.equal(server.requests.length, 0);
  });
});

describe('officialModels', () => {
  it('has a size, a side and an address of its own for each name', () => {
    assert.equal(new Set(officialModels.map(({ name }) => name)).size, officialModels.length);
    for (const { name, url, size, imageSide } of officialModels) {
      assert.ok(url.endsWith(`/${name}.pth`), url);
      assert.ok(name.includes(size) && name.includes(`_${imageSide}`), name);
    }
    for (const kind of ['retrieval', 'itc', 'indomain', 'captioning', 'vqa']) {
      const found = officialModels.filter((model) => model.kind === kind).map(({ size }) => size);
      assert.deepEqual([...new Set(found)].toSorted(), ['base', 'large'], kind);
    }
  });
});
