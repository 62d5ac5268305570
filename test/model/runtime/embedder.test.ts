/**
 * The embedder on a small real model: vectors, batches, stopping, closing, devices.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import {
  isAppError,
  noHeads,
  openEmbedder,
  Session,
  sessionOptions,
  sizes,
  toTensor,
  type LocalEmbedder,
  type OpenEmbedderOptions,
} from '../../../model/index.ts';
import { pairBatchMax } from '../../../model/runtime/pair-scorer.ts';
import { naiveForward, naiveHeads } from '../../support/naive-forward.ts';
import { projectRoot } from '../../support/paths.ts';
import { largestDifference, withFolder } from '../../support/run-graph.ts';
import { importTinyModel, tinyModelConfig } from '../../support/tiny-model.ts';
import { randomImages, TinyNetwork } from '../../support/tiny-network.ts';

const network = new TinyNetwork(tinyModelConfig);
const texts = ['a dog', 'two children play in the snow with a red ball', 'A DOG', 'water'];

/** float32 sums in another order; see the tests of the graphs. */
const TOLERANCE = 3e-5;

interface Setup {
  readonly embedder: LocalEmbedder;
  readonly folder: string;
  readonly notices: string[];
}

async function withEmbedder(
  options: Partial<OpenEmbedderOptions>,
  work: (setup: Setup) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const { model } = await importTinyModel(folder, {}, network);
    const notices: string[] = [];
    const embedder = await openEmbedder({
      model: model.folder,
      modelsFolder: path.join(folder, 'models'),
      cacheFolder: path.join(folder, 'cache'),
      device: 'cpu',
      onNotice: (notice) => notices.push(notice),
      ...options,
    });
    try {
      await work({ embedder, folder, notices });
    } finally {
      await embedder.close();
    }
  });
}

function pictures(count: number): Float32Array[] {
  const size = 3 * tinyModelConfig.imageSide ** 2;
  const all = randomImages(tinyModelConfig, count);
  return Array.from({ length: count }, (_, index) => all.slice(index * size, (index + 1) * size));
}

test('gives unit vectors of the naive network, in the order of what came in', async () => {
  await withEmbedder({}, async ({ embedder }) => {
    const images = pictures(11);
    const vectors = await embedder.encodeImages(images);
    assert.equal(vectors.length, images.length);
    for (const [index, image] of images.entries()) {
      const { rows } = naiveForward(tinyModelConfig, network.parameter, { image });
      const expected = naiveHeads.vector(network.parameter, 'vision_head', rows[0] ?? []);
      assert.ok(largestDifference(vectors[index] ?? [], expected) < TOLERANCE, `picture ${index}`);
    }
    const found = await embedder.encodeTexts(texts);
    assert.deepEqual(found[0], found[2], 'the tokenizer folds case');
    assert.notDeepEqual(found[0], found[1]);
    for (const { vector } of found) assert.ok(Math.abs(Math.hypot(...vector) - 1) < 1e-5);
    assert.equal(embedder.dimension, tinyModelConfig.width);
  });
});

test('gives the log-odds of the matching head', async () => {
  await withEmbedder({}, async ({ embedder }) => {
    assert.equal(embedder.canFuse, true);
    const images = pictures(3);
    const pairs = images.map((pixels, index) => ({ pixels, text: texts[index] ?? '' }));
    const scores = await embedder.scorePairs(pairs);
    const alone = await Promise.all(pairs.map((pair) => embedder.scorePairs([pair])));
    assert.ok(
      largestDifference(
        scores,
        alone.map(([score]) => score ?? Number.NaN),
      ) < TOLERANCE,
    );
    assert.equal(new Set(scores).size, 3);
  });
});

test('reads a picture as bytes as it reads the numbers made of them', async () => {
  await withEmbedder({}, async ({ embedder }) => {
    const { side } = embedder.preprocess;
    const bytes = (seed: number) => Uint8Array.from({ length: 3 * side * side }, (_, i) => (i * seed) % 256);
    const pixels = [7, 31, 83].map((seed) => ({ data: bytes(seed), width: side, height: side }));
    const asBytes = pixels.map((one, index) => ({ pixels: one, text: texts[index] ?? '' }));
    const asNumbers = pixels.map((one, index) => ({
      pixels: toTensor(one, embedder.preprocess),
      text: texts[index] ?? '',
    }));
    const expected = await embedder.scorePairs(asNumbers);
    assert.deepEqual(await embedder.scorePairs(asBytes), expected);
    assert.deepEqual(
      await embedder.scorePairs(
        asBytes.map((pair, index) => (index === 1 ? pair : (asNumbers[index] ?? pair))),
      ),
      expected,
      'both kinds in one batch',
    );
    const narrow = { data: new Uint8Array(3 * side * (side - 1)), width: side - 1, height: side };
    await assert.rejects(embedder.scorePairs([{ pixels: narrow, text: 'a dog' }]), (error) =>
      isAppError(error, 'INVALID_ARGUMENT'),
    );
  });
});

test('a small network reads more pairs in a run than a large one', () => {
  assert.equal(pairBatchMax(sizes.base), 4);
  assert.equal(pairBatchMax(sizes.nano), 16);
});

for (const precision of ['fp32', 'int8'] as const) {
  test(`${precision}: a thing has the same vector alone and in a crowd`, async () => {
    await withEmbedder({ precision }, async ({ embedder }) => {
      const images = pictures(8);
      const crowd = await embedder.encodeImages(images);
      for (const [index, image] of images.entries()) {
        const [alone] = await embedder.encodeImages([image]);
        assert.ok(largestDifference(alone ?? [], crowd[index] ?? []) < 1e-6, `picture ${index}`);
      }
      const many = await embedder.encodeTexts(texts);
      for (const [index, text] of texts.entries()) {
        const [alone] = await embedder.encodeTexts([text]);
        assert.ok(largestDifference(alone?.vector ?? [], many[index]?.vector ?? []) < 1e-6, text);
      }
    });
  });
}

test('refuses empty texts and pictures of another size, and goes on working', async () => {
  await withEmbedder({}, async ({ embedder }) => {
    for (const text of ['', '   ', '\t\n']) {
      await assert.rejects(embedder.encodeTexts(['a dog', text]), (error) =>
        isAppError(error, 'TEXT_INVALID'),
      );
    }
    await assert.rejects(
      embedder.encodeImages([new Float32Array(3 * 13 * 13)]),
      (error) => isAppError(error, 'INVALID_ARGUMENT') && error.message.includes('[3, 12, 12]'),
    );
    assert.deepEqual(await embedder.encodeImages([]), []);
    assert.deepEqual(await embedder.encodeTexts([]), []);
    assert.equal((await embedder.encodeTexts(['a dog'])).length, 1);
  });
});

test('says which texts were cut', async () => {
  await withEmbedder({}, async ({ embedder }) => {
    const long = Array.from({ length: 30 }, () => 'dog').join(' ');
    const found = await embedder.encodeTexts(['a dog', long]);
    assert.deepEqual(
      found.map(({ truncated }) => truncated),
      [false, true],
    );
  });
});

test('an aborted call rejects with ABORTED, and the next one works', async () => {
  await withEmbedder({}, async ({ embedder }) => {
    const controller = new AbortController();
    const call = embedder.encodeImages(pictures(64), { signal: controller.signal });
    controller.abort();
    await assert.rejects(call, (error) => isAppError(error, 'ABORTED'));
    assert.equal((await embedder.encodeImages(pictures(2))).length, 2);
  });
});

test('refuses with BUSY what is more than a minute of work, unless it is one long list', async () => {
  await withEmbedder({ preload: ['vision'] }, async ({ embedder }) => {
    const [image] = pictures(1);
    assert.ok(image);
    const calls = Array.from({ length: 1100 }, () => embedder.encodeImages([image]));
    const results = await Promise.allSettled(calls);
    const refused = results.filter((result) => result.status === 'rejected');
    assert.ok(refused.length >= 60 && refused.length <= 90, `${refused.length} refused`);
    for (const { reason } of refused) assert.ok(isAppError(reason, 'BUSY'));
    const list = Array.from({ length: 1100 }, () => image);
    assert.equal((await embedder.encodeImages(list)).length, 1100);
  });
});

test(
  'closing ends the threads of the sessions and refuses further calls',
  {
    skip: !existsSync('/proc/self/task') && 'counts threads in /proc',
  },
  async () => {
    await withEmbedder({ threads: 1 }, async ({ embedder }) => {
      const before = countThreads();
      await embedder.load('vision');
      await embedder.load('text');
      await embedder.encodeImages(pictures(3));
      assert.ok(countThreads() >= before + 2, `${countThreads()} threads, before ${before}`);
      const pending = assert.rejects(embedder.encodeImages(pictures(64)), (error) => isAppError(error));
      await embedder.close();
      await embedder.close();
      await pending;
      assert.ok(countThreads() <= before, `${countThreads()} threads, before ${before}`);
      await assert.rejects(embedder.encodeImages(pictures(1)), (error) =>
        isAppError(error, 'INFERENCE_FAILED'),
      );
      await assert.rejects(embedder.load('vision'), (error) => isAppError(error, 'INFERENCE_FAILED'));
    });
  },
);

test('a process ends by itself after use, closed or not', () => {
  for (const last of ['await embedder.close();', '']) {
    const input = scriptEndingWith(last);
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module'], {
      input,
      encoding: 'utf8',
      timeout: 60_000,
    });
    assert.deepEqual([status, stdout, stderr], [0, '192\n', ''], last);
  }
});

test('loads towers on first use, or at once where asked', async () => {
  await withEmbedder({}, async ({ embedder, folder }) => {
    const graphs = async () => (await readdir(path.join(folder, 'cache', 'graphs')).catch(() => [])).length;
    assert.equal(await graphs(), 0);
    await embedder.encodeTexts(['a dog']);
    assert.equal(await graphs(), 1);
  });
  await withEmbedder({ preload: ['vision', 'text', 'fusion'] }, async ({ folder }) => {
    assert.equal((await readdir(path.join(folder, 'cache', 'graphs'))).length, 3);
  });
});

test('a device that is not there is refused by name with a remedy; auto falls back and says so', async (context) => {
  await withEmbedder({ device: 'auto' }, async ({ embedder, notices }) => {
    const { device, precision } = await embedder.load('text');
    if (device !== 'cpu') return context.skip(`this machine has ${device}`);
    assert.equal(precision, 'fp32');
    assert.ok(
      notices.every((notice) => notice.includes('cpu')),
      notices.join('\n'),
    );
    assert.equal((await embedder.encodeTexts(['a dog'])).length, 1);
    for (const named of ['cuda', 'coreml'] as const) {
      await assert.rejects(
        withEmbedder({ device: named, preload: ['text'] }, async () => undefined),
        (error) =>
          isAppError(error, 'DEVICE_UNAVAILABLE') &&
          error.message.includes(`"${named}"`) &&
          error.message.includes('--device auto'),
      );
    }
    return undefined;
  });
});

test('refuses models without vectors, and pairs where no head can match them', async () => {
  await withFolder(async (folder) => {
    const options = {
      modelsFolder: path.join(folder, 'models'),
      cacheFolder: folder,
      device: 'cpu',
    } as const;
    const mlm = new TinyNetwork({ ...tinyModelConfig, heads: { ...noHeads, mlm: true } });
    await importTinyModel(folder, { name: 'mlm' }, mlm);
    await assert.rejects(openEmbedder({ ...options, model: 'mlm' }), isUnsupported);

    await importTinyModel(folder, { name: 'plain', withoutHeads: ['itm'] }, network);
    const plain = await openEmbedder({ ...options, model: 'plain' });
    assert.equal(plain.canFuse, false);
    await assert.rejects(plain.scorePairs([]), isUnsupported);
    await plain.close();
  });
});

test('a session names the graph it could not load, and a wrong input', async () => {
  const options = sessionOptions('cpu', { threads: 1, providerOptions: {} });
  await assert.rejects(
    Session.load('/nowhere/graph.onnx', options),
    (error) => isAppError(error, 'INFERENCE_FAILED') && error.message.includes('/nowhere/graph.onnx'),
  );
  await withEmbedder({}, async ({ embedder }) => {
    const { session } = await embedder.load('text');
    await assert.rejects(session.run({ nothing: { data: Float32Array.of(1), dims: [1] } }), (error) =>
      isAppError(error, 'INFERENCE_FAILED'),
    );
    assert.equal((await embedder.encodeTexts(['a dog'])).length, 1);
  });
});

function countThreads(): number {
  return readdirSync('/proc/self/task').length;
}

function isUnsupported(error: unknown): boolean {
  return isAppError(error, 'UNSUPPORTED') && error.message.includes(';');
}

function scriptEndingWith(last: string): string {
  return `
    import { openEmbedder } from '${path.join(projectRoot, 'dist', 'model', 'index.js')}';
    import { mkdtempSync, rmSync } from 'node:fs';
    import { tmpdir } from 'node:os';
    const folder = mkdtempSync(tmpdir() + '/imglish-test-');
    const embedder = await openEmbedder({ model: 'nano', modelsFolder: folder, cacheFolder: folder, device: 'cpu' });
    const [{ vector }] = await embedder.encodeTexts(['a dog']);
    rmSync(folder, { recursive: true });
    ${last}
    console.log(vector.length);`;
}
