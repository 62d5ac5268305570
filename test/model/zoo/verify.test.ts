/**
 * Verification of fixtures: those that are committed, one of other sizes made here, and broken ones.
 * Source: test/fixtures; test/support/naive-forward.ts for the one made here. Deviation: none.
 */
import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import {
  findFixtures,
  isAppError,
  messageOf,
  noHeads,
  recallAtK,
  verifyFixture,
  type Beit3Config,
} from '../../../model/index.ts';
import { naiveForward, naiveHeads } from '../../support/naive-forward.ts';
import { fixturesFolder } from '../../support/paths.ts';
import { withFolder } from '../../support/run-graph.ts';
import { randomImages, randomTexts, tinyConfig, TinyNetwork } from '../../support/tiny-network.ts';

const committed: readonly [string, number][] = [
  ['tiny_retrieval', 7],
  ['tiny_retrieval_384like', 13],
  ['tiny_captioning', 12],
  ['tiny_vqa', 3],
  ['tiny_nlvr2', 1],
  ['tiny_imageclassification', 2],
  ['pretrain_layout', 10],
  ['position_interpolation', 7],
  ['checkpoint_forms', 11],
  ['image_preprocessing', 36],
  ['tokenizer', 30],
  ['retrieval_metrics', 24],
];

for (const [name, least] of committed) {
  test(`${name}: every output of the reference implementation is met`, async () => {
    await withFolder(async (workFolder) => {
      const report = await verifyFixture(path.join(fixturesFolder, name), { workFolder });
      const bad = report.outputs.filter(({ ok }) => !ok);
      assert.deepEqual(bad, []);
      assert.equal(report.ok, true);
      assert.ok(report.outputs.length >= least, `${report.outputs.length} outputs`);
      assert.deepEqual(await readdir(workFolder), [], 'nothing is left behind');
    });
  });
}

test('the committed fixtures are all of them', async () => {
  const found = (await findFixtures(fixturesFolder)).map((folder) => path.basename(folder));
  assert.deepEqual(found, committed.map(([name]) => name).toSorted());
  await assert.rejects(findFixtures(path.join(fixturesFolder, 'tokenizer', 'none')), isInvalid);
});

/** Sizes that no committed fixture has; the side is no multiple of the patch, a head has 7 features. */
const otherConfig: Beit3Config = {
  ...tinyConfig,
  layers: 4,
  width: 35,
  attentionHeads: 5,
  feedForwardWidth: 50,
  imageSide: 23,
  patchSize: 7,
  vocabularySize: 90,
  textPositions: 21,
  heads: { ...noHeads, retrieval: true },
};

/** A retrieval fixture of another implementation (our naive one), in the form of the official ones. */
async function makeFixture(folder: string, network: TinyNetwork, changes: object = {}): Promise<void> {
  const { config, parameter } = network;
  await mkdir(folder, { recursive: true });
  await network.write(path.join(folder, 'other.safetensors'));
  const lengths = [9, 4];
  const images = randomImages(config, lengths.length);
  const { ids, padding } = randomTexts(config, lengths);
  const size = images.length / lengths.length;
  const vision = lengths.map((_, index) =>
    naiveForward(config, parameter, { image: images.slice(index * size, (index + 1) * size) }),
  );
  const text = lengths.map((_, index) =>
    naiveForward(config, parameter, { ids: ids[index] ?? [], padding: padding[index] ?? [] }),
  );
  const vectors = (outputs: typeof vision, head: string) =>
    outputs.flatMap(({ rows }) => naiveHeads.vector(parameter, head, rows[0] ?? []));
  const side = config.imageSide;
  const tensors: readonly [string, 'input' | 'expected', readonly number[], readonly number[]][] = [
    ['image', 'input', [2, 3, side, side], [...images]],
    ['vision_cls', 'expected', [2, config.width], vectors(vision, 'vision_head')],
    ['language_cls', 'expected', [2, config.width], vectors(text, 'language_head')],
    ['text_encoder_out', 'expected', [2, 9, config.width], text.flatMap(({ rows }) => rows.flat())],
    ['vision_encoder_out', 'expected', [2, 10, config.width], vision.flatMap(({ rows }) => rows.flat())],
  ];
  for (const [name, , , values] of tensors) {
    await writeFile(path.join(folder, `${name}.bin`), new Uint8Array(Float32Array.from(values).buffer));
  }
  await writeFile(
    path.join(folder, 'inputs.json'),
    JSON.stringify({ input_ids: ids, padding_mask: padding }),
  );
  const manifest = {
    fixture: 'other',
    kind: 'retrieval',
    config: {
      heads: config.attentionHeads,
      img_size: side,
      patch_size: config.patchSize,
      layernorm_eps: 1e-5,
    },
    checkpoints: [{ file: 'other.safetensors', dtype: 'float32', outputs_prefix: '' }],
    token_inputs: 'inputs.json',
    tensors: tensors.map(([name, role, shape]) => ({
      name,
      role,
      shape,
      dtype: 'float32',
      file: `${name}.bin`,
      suggested_atol: role === 'expected' ? 5e-5 : null,
    })),
    ...changes,
  };
  await writeFile(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
}

test('meets a fixture of other sizes, and finds every single wrong number', async () => {
  await withFolder(async (folder) => {
    const fixture = path.join(folder, 'other');
    await makeFixture(fixture, new TinyNetwork(otherConfig));
    const report = await verifyFixture(fixture, { workFolder: folder });
    assert.ok(report.ok, JSON.stringify(report.outputs));
    assert.equal(report.outputs.length, 4);
    assert.equal(report.device, 'cpu');

    const file = path.join(fixture, 'language_cls.bin');
    const values = new Float32Array(new Uint8Array(await readFile(file)).buffer);
    values[3] = (values[3] ?? 0) + 0.001;
    await writeFile(file, new Uint8Array(values.buffer));
    const wrong = await verifyFixture(fixture, { workFolder: folder });
    assert.deepEqual(
      wrong.outputs.filter(({ ok }) => !ok).map(({ name }) => name),
      ['language_cls'],
    );
    assert.ok(Math.abs((wrong.outputs.find(({ ok }) => !ok)?.maxAbs ?? 0) - 0.001) < 1e-5);
    assert.ok(
      (await verifyFixture(fixture, { workFolder: folder, tolerance: 0.01 })).ok,
      'a wider tolerance',
    );
    assert.ok(!(await verifyFixture(fixture, { workFolder: folder, tolerance: 1e-9 })).ok, 'a narrower one');
  });
});

test('a wrong number of heads shows, though no tensor has it in its shape', async () => {
  await withFolder(async (folder) => {
    const fixture = path.join(folder, 'other');
    const config = { heads: 7, img_size: otherConfig.imageSide };
    await makeFixture(fixture, new TinyNetwork(otherConfig), { config });
    const report = await verifyFixture(fixture, { workFolder: folder });
    assert.equal(report.ok, false);
  });
});

test('runs in half precision and in 8 bits, with what they cost in the report', async () => {
  const folder = path.join(fixturesFolder, 'tiny_retrieval');
  for (const precision of ['fp16', 'int8'] as const) {
    const strict = await verifyFixture(folder, { precision });
    assert.equal(strict.ok, false, 'the tolerances are those of float32');
    assert.equal(strict.precision, precision);
    const loose = await verifyFixture(folder, { precision, tolerance: 0.5 });
    assert.equal(loose.ok, true);
    for (const { name, cosine } of loose.outputs) assert.ok((cosine ?? 0) > 0.99, `${name}: ${cosine}`);
  }
});

const isInvalid = (error: unknown) => isAppError(error, 'FIXTURE_INVALID') && messageOf(error).includes(';');

test('refuses what is no fixture, naming place and remedy', async () => {
  await withFolder(async (folder) => {
    await assert.rejects(verifyFixture(folder), isInvalid, 'no manifest');
    await assert.rejects(verifyFixture(path.join(folder, 'none')), isInvalid, 'no folder');
    const manifests: readonly [string, unknown][] = [
      ['no JSON', '{'],
      ['a list', []],
      ['no kind', { fixture: 'x' }],
      ['tensor without a shape', { fixture: 'x', kind: 'retrieval', tensors: [{ name: 'a' }] }],
      ['no checkpoint', { fixture: 'x', kind: 'retrieval' }],
      ['a checkpoint that is not there', { fixture: 'x', kind: 'vqa', checkpoints: [{ file: 'a.pth' }] }],
      ['a way out of the folder', { fixture: 'x', kind: 'vqa', checkpoints: [{ file: '../manifest.json' }] }],
      ['no image sizes', { fixture: 'x', kind: 'pretrain_layout' }],
      ['no cases', { fixture: 'x', kind: 'position_interpolation', cases: [] }],
    ];
    for (const [name, manifest] of manifests) {
      const text = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
      await writeFile(path.join(folder, 'manifest.json'), text);
      await assert.rejects(verifyFixture(folder), isInvalid, name);
    }
    await writeFile(
      path.join(folder, 'manifest.json'),
      JSON.stringify({ fixture: 'x', kind: 'constructor' }),
    );
    await assert.rejects(
      verifyFixture(folder),
      (error) => isAppError(error, 'FIXTURE_INVALID') && messageOf(error).includes('retrieval, captioning'),
    );
  });
});

test('refuses a fixture that is not whole or contradicts its checkpoint', async () => {
  await withFolder(async (folder) => {
    const fixture = path.join(folder, 'copy');
    const fresh = async () => {
      await rm(fixture, { recursive: true, force: true });
      await cp(path.join(fixturesFolder, 'tiny_retrieval'), fixture, { recursive: true });
    };
    await fresh();
    await rm(path.join(fixture, 'vision_cls.bin'));
    await assert.rejects(verifyFixture(fixture), isInvalid, 'a tensor is missing');
    await fresh();
    await writeFile(path.join(fixture, 'vision_cls.bin'), new Uint8Array(12));
    await assert.rejects(verifyFixture(fixture), isInvalid, 'a tensor is too short');
    await fresh();
    const manifest = JSON.parse(await readFile(path.join(fixture, 'manifest.json'), 'utf8')) as {
      config: object;
    };
    const changed = { ...manifest, config: { ...manifest.config, layers: 7 } };
    await writeFile(path.join(fixture, 'manifest.json'), JSON.stringify(changed));
    await assert.rejects(
      verifyFixture(fixture),
      (error) => isInvalid(error) && messageOf(error).includes('"config.layers" is 7'),
    );
    await fresh();
    assert.ok((await verifyFixture(fixture)).ok, 'the copy as it was');
  });
});

test('a caption that differs by one word fails, and both are shown', async () => {
  await withFolder(async (folder) => {
    const fixture = path.join(folder, 'copy');
    await cp(path.join(fixturesFolder, 'tiny_captioning'), fixture, { recursive: true });
    const file = path.join(fixture, 'generation.json');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('13,573,646,1001', '13,574,646,1001'));
    const report = await verifyFixture(fixture);
    const bad = report.outputs.filter(({ ok }) => !ok);
    assert.deepEqual(
      bad.map(({ name, maxAbs }) => [name, maxAbs]),
      [['generation.json: beams 1, length 10, penalty 0.6', 1]],
    );
    assert.ok(bad[0]?.note?.includes('573') && bad[0].note.includes('574'), bad[0]?.note);
    await writeFile(file, '{"runs":[]}');
    await assert.rejects(verifyFixture(fixture), isInvalid);
  });
});

test('says which parts are not in this copy', async () => {
  await withFolder(async (folder) => {
    const fixture = path.join(folder, 'tokenizer');
    await cp(path.join(fixturesFolder, 'tokenizer'), fixture, { recursive: true });
    const file = path.join(fixture, 'manifest.json');
    const manifest = JSON.parse(await readFile(file, 'utf8')) as { models: { name: string; file: string }[] };
    const [gone, ...rest] = manifest.models;
    await rm(path.join(fixture, gone?.file ?? ''));
    await writeFile(file, JSON.stringify({ ...manifest, models: rest }));
    const report = await verifyFixture(fixture);
    assert.ok(report.ok);
    assert.deepEqual(report.skipped, [{ name: gone?.name, reason: 'not in this copy' }]);
  });
});

test('an output that nobody knows fails by name; the others are still compared', async () => {
  await withFolder(async (folder) => {
    const fixture = path.join(folder, 'copy');
    await cp(path.join(fixturesFolder, 'tiny_vqa'), fixture, { recursive: true });
    const file = path.join(fixture, 'manifest.json');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('"name": "hidden"', '"name": "thoughts"'));
    const report = await verifyFixture(fixture);
    const bad = report.outputs.filter(({ ok }) => !ok);
    assert.deepEqual(
      bad.map(({ name, maxAbs }) => [name, maxAbs]),
      [['thoughts', null]],
    );
    assert.ok(bad[0]?.note?.includes('vqa'));
  });
});

test('stops when told to, says how far it is, and leaves nothing behind', async () => {
  await withFolder(async (workFolder) => {
    const folder = path.join(fixturesFolder, 'tiny_retrieval');
    const seen: string[] = [];
    const controller = new AbortController();
    await assert.rejects(
      verifyFixture(folder, {
        workFolder,
        signal: controller.signal,
        onProgress: ({ done, total, name }) => {
          seen.push(`${done}/${total} ${name}`);
          if (done === 2) controller.abort();
        },
      }),
      (error) => isAppError(error, 'ABORTED'),
    );
    assert.deepEqual(seen, ['1/7 vision_cls', '2/7 language_cls']);
    assert.deepEqual(await readdir(workFolder), []);
    await assert.rejects(verifyFixture(folder, { workFolder, signal: AbortSignal.abort() }), (error) =>
      isAppError(error, 'ABORTED'),
    );
    await assert.rejects(verifyFixture(folder, { tolerance: -1 }), (error) =>
      isAppError(error, 'INVALID_ARGUMENT'),
    );
  });
});

test('recall: counts the best caption of an image, takes ids in any order, and refuses what does not fit', () => {
  // Two images, three captions; caption 1 of image 20 lies nearer to image 10.
  const images = Float32Array.of(1, 0, 0, 1);
  const texts = Float32Array.of(1, 0, 0.9, 0.1, 0, 1);
  const recall = recallAtK({ images, texts, imageIds: [10, 20], captionImageIds: [10, 20, 20] });
  assert.deepEqual(recall.imageToText, { 1: 100, 5: 100, 10: 100 });
  assert.ok(Math.abs(recall.textToImage[1] - 200 / 3) < 1e-9);
  assert.equal(recall.textToImage[5], 100);
  const swapped = Float32Array.of(0, 1, 1, 0);
  assert.deepEqual(
    recallAtK({ images: swapped, texts, imageIds: [20, 10], captionImageIds: [10, 20, 20] }),
    recall,
  );
  for (const captionImageIds of [[10, 20], [10, 20, 30], []]) {
    assert.throws(
      () => recallAtK({ images, texts, imageIds: [10, 20], captionImageIds }),
      (error) => isAppError(error, 'INVALID_ARGUMENT'),
    );
  }
});
