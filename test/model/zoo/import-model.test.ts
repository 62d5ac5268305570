/**
 * Importing checkpoints: what is checked, what is kept, and that a failure leaves nothing.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import {
  checkModelFiles,
  fitPositionTable,
  importModel,
  inferConfig,
  isAppError,
  messageOf,
  noHeads,
  openCheckpoint,
  openModelFolder,
  parametersOf,
  type Beit3Config,
  type ErrorCode,
} from '../../../model/index.ts';
import { fixturesFolder } from '../../support/paths.ts';
import { largestDifference, withFolder } from '../../support/run-graph.ts';
import { importTinyModel, tinyModelConfig, tinyTokenizer } from '../../support/tiny-model.ts';
import { tinyConfig, TinyNetwork } from '../../support/tiny-network.ts';

const refusal =
  (code: ErrorCode, ...parts: readonly string[]) =>
  (error: unknown) => {
    assert.ok(isAppError(error, code), `${code}: ${messageOf(error)}`);
    for (const part of parts) assert.ok(error.message.includes(part), `${part} in: ${error.message}`);
    return true;
  };

/** Nothing but finished models may stand in the folder of models, hidden or not. */
async function assertEmpty(folder: string): Promise<void> {
  assert.deepEqual(await readdir(path.join(folder, 'models')).catch(() => []), []);
}

test('makes a folder that opens, with the values and names of the checkpoint', async () => {
  await withFolder(async (folder) => {
    const network = new TinyNetwork(tinyModelConfig);
    const { model, unused } = await importTinyModel(folder, {}, network);
    assert.deepEqual(unused, []);
    assert.deepEqual(model.config.beit3, tinyModelConfig);
    assert.equal(model.config.textLengthMax, 12);
    assert.deepEqual((await readdir(model.folder)).toSorted(), [
      'config.json',
      'model.safetensors',
      'tokenizer.spm',
    ]);
    await checkModelFiles(model);
    assert.deepEqual(await openModelFolder(model.folder), model);
    const checkpoint = await openCheckpoint(path.join(model.folder, 'model.safetensors'));
    for (const { name } of parametersOf(tinyModelConfig)) {
      assert.deepEqual(await checkpoint.readFloat32(name), network.parameter(name), name);
    }
    await checkpoint.close();
    assert.equal(
      await modeOf(model.folder),
      await modeOf(path.dirname(model.folder)),
      'as readable as its parent',
    );
  });
});

test('reads every configuration off the shapes alone, but for the number of heads', () => {
  const heads = { ...noHeads, retrieval: true, itm: true, mlm: true, mim: 7 };
  const configs: readonly Beit3Config[] = [
    { ...tinyConfig, heads },
    { ...tinyConfig, normalizeOutput: false },
    { ...tinyConfig, layers: 5, vlExpertLayers: 3, attention: 'shared', heads },
    { ...tinyConfig, normalizeOutput: false, heads: { ...noHeads, vqa: 5 } },
    { ...tinyConfig, heads: { ...noHeads, nlvr2: 3 } },
    { ...tinyConfig, normalizeOutput: false, heads: { ...noHeads, classification: 8 } },
    { ...tinyConfig, imageSide: 14 },
  ];
  for (const config of configs) {
    const tensors = new Map(parametersOf(config).map((spec) => [spec.name, spec]));
    const { attentionHeads, imageSide } = config;
    assert.deepEqual(inferConfig(tensors, 'test', { attentionHeads, imageSide }), config);
    assert.throws(() => inferConfig(tensors, 'test'), refusal('CHECKPOINT_MISMATCH', '--attention-heads'));
  }
  const wide = { ...tinyConfig, width: 128, attentionHeads: 2 };
  assert.deepEqual(inferConfig(new Map(parametersOf(wide).map((spec) => [spec.name, spec])), 'test'), wide);
});

test('refuses a missing tensor and a wrong shape by name, and lists what is left over', async () => {
  await withFolder(async (folder) => {
    const network = new TinyNetwork(tinyModelConfig);
    const checkpoint = path.join(folder, 'changed.safetensors');
    const name = 'beit3.encoder.layers.1.ffn.B.fc2.bias';
    const options = { checkpoint, modelsFolder: path.join(folder, 'models'), attentionHeads: 3 };
    await network.write(checkpoint, { leaveOut: [name] });
    await assert.rejects(
      importModel(options),
      refusal('CHECKPOINT_MISMATCH', checkpoint, name, 'missing', '[24]'),
    );
    await network.write(checkpoint, { leaveOut: [name], extra: { [name]: [25] } });
    await assert.rejects(importModel(options), refusal('CHECKPOINT_MISMATCH', name, '[25]', '[24]'));
    await network.write(checkpoint, { extra: { 'optimizer.state': [2, 2], 'beit3.encoder.extra': [1] } });
    await assertEmpty(folder);
    const { unused, model } = await importModel(options);
    assert.deepEqual(unused.toSorted(), ['beit3.encoder.extra', 'optimizer.state']);
    const kept = await openCheckpoint(path.join(model.folder, 'model.safetensors'));
    assert.equal(kept.tensors.has('optimizer.state'), false);
    await kept.close();
  });
});

test('refuses heads that do not divide the width, and files that are no checkpoint', async () => {
  await withFolder(async (folder) => {
    await assert.rejects(importTinyModel(folder, { attentionHeads: 5 }), refusal('MODEL_INVALID', '24', '5'));
    await assert.rejects(
      importTinyModel(folder, { checkpoint: path.join(folder, 'none.pth') }),
      refusal('FILE_NOT_FOUND', 'none.pth'),
    );
    await assert.rejects(
      importTinyModel(folder, { checkpoint: tinyTokenizer }),
      (error) => isAppError(error) && error.code.startsWith('CHECKPOINT_'),
    );
    const cut = path.join(folder, 'cut.safetensors');
    await new TinyNetwork(tinyModelConfig).write(cut);
    await truncate(cut, (await stat(cut)).size - 100);
    await assert.rejects(importTinyModel(folder, { checkpoint: cut }), refusal('CHECKPOINT_CORRUPT', 'cut'));
    await assertEmpty(folder);
  });
});

test('refuses the tokenizer of another model, and takes a vocabulary with spare rows', async () => {
  await withFolder(async (folder) => {
    for (const vocabularySize of [2001, 2002 + 65, 50]) {
      const network = new TinyNetwork({ ...tinyModelConfig, vocabularySize });
      await assert.rejects(
        importTinyModel(folder, {}, network),
        refusal('TOKENIZER_INVALID', '2002', tinyTokenizer),
      );
    }
    const broken = path.join(folder, 'broken.spm');
    await writeFile(broken, 'no vocabulary');
    await assert.rejects(
      importTinyModel(folder, { tokenizer: broken }),
      refusal('TOKENIZER_INVALID', 'broken.spm'),
    );
    await assertEmpty(folder);
    const spare = new TinyNetwork({ ...tinyModelConfig, vocabularySize: 2002 + 64 });
    assert.ok((await importTinyModel(folder, {}, spare)).model.config.tokenizer);
  });
});

test('fits the position table to another image side, and to that alone', async () => {
  await withFolder(async (folder) => {
    const network = new TinyNetwork(tinyModelConfig);
    const { model } = await importTinyModel(folder, { imageSide: 22 }, network);
    assert.equal(model.config.beit3.imageSide, 22);
    assert.equal(model.config.preprocess.side, 22);
    const checkpoint = await openCheckpoint(path.join(model.folder, 'model.safetensors'));
    const name = 'beit3.encoder.embed_positions.A.weight';
    const table = network.parameter(name);
    const fitted = await checkpoint.readFloat32(name);
    assert.deepEqual(checkpoint.tensors.get(name)?.shape, [5 * 5 + 3, 24]);
    assert.deepEqual(fitted, fitPositionTable(table, 24, 3, 5));
    assert.deepEqual(fitted.slice(0, 3 * 24), table.slice(0, 3 * 24), 'the rows before the grid are copied');
    const text = 'beit3.encoder.embed_positions.B.weight';
    assert.deepEqual(await checkpoint.readFloat32(text), network.parameter(text));
    await checkpoint.close();
  });
});

test('fitting a table keeps constants, and a table that already fits', () => {
  const constant = new Float32Array((49 + 3) * 4).fill(0.7);
  assert.ok(
    largestDifference(fitPositionTable(constant, 4, 7, 12), new Float32Array((144 + 3) * 4).fill(0.7)) < 1e-6,
  );
  assert.equal(fitPositionTable(constant, 4, 7, 7), constant);
});

test('refuses taken names and names that lead elsewhere, and leaves what was there alone', async () => {
  await withFolder(async (folder) => {
    const { model } = await importTinyModel(folder);
    const before = await readFile(path.join(model.folder, 'config.json'), 'utf8');
    await assert.rejects(importTinyModel(folder), refusal('NAME_TAKEN', model.folder, '--name'));
    assert.equal(await readFile(path.join(model.folder, 'config.json'), 'utf8'), before);
    const wrong = ['../tiny', 'a/b', 'a\\b', '.hidden', '', '..', 'x'.repeat(129), 'a\0b', '-rf', 'naïve'];
    for (const name of wrong) {
      await assert.rejects(importTinyModel(folder, { name }), refusal('INVALID_ARGUMENT', '--name'), name);
    }
    assert.deepEqual(await readdir(path.join(folder, 'models')), ['tiny']);
    assert.equal(existsSync(path.join(folder, 'tiny')), false);
    assert.ok((await importTinyModel(folder, { name: 'tiny-2.5_b' })).model.folder.endsWith('tiny-2.5_b'));
  });
});

test('two imports of one name at once: one succeeds, the other is refused', async () => {
  await withFolder(async (folder) => {
    const network = new TinyNetwork(tinyModelConfig);
    const checkpoint = path.join(folder, 'one.safetensors');
    await network.write(checkpoint);
    const options = { checkpoint, modelsFolder: path.join(folder, 'models'), attentionHeads: 3 };
    const results = await Promise.allSettled([importModel(options), importModel(options)]);
    assert.deepEqual(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    const refused = results.find((result) => result.status === 'rejected');
    refusal('NAME_TAKEN')(refused?.reason);
    assert.deepEqual(await readdir(options.modelsFolder), ['one']);
  });
});

test('stops when told to, before, during and by any reason, and leaves nothing behind', async () => {
  await withFolder(async (folder) => {
    const aborts: readonly [string, (controller: AbortController) => void][] = [
      ['without a reason', (controller) => controller.abort()],
      ['with an error of its own', (controller) => controller.abort(new Error('enough'))],
    ];
    for (const [name, abort] of aborts) {
      const early = new AbortController();
      abort(early);
      await assert.rejects(importTinyModel(folder, { signal: early.signal }), refusal('ABORTED'), name);
      const late = new AbortController();
      const seen: number[] = [];
      const onProgress = (bytes: number) => {
        seen.push(bytes);
        if (seen.length === 20) abort(late);
      };
      await assert.rejects(
        importTinyModel(folder, { signal: late.signal, onProgress }),
        refusal('ABORTED'),
        name,
      );
      assert.ok(seen.length >= 20 && seen.length < 25, `${seen.length} steps`);
    }
    await assertEmpty(folder);
  });
});

test('leaves nothing behind where the disk fails while writing', async () => {
  await withFolder(async (folder) => {
    await assert.rejects(
      importTinyModel(folder, { onProgress: failFull }),
      refusal('DISK_FULL', 'free space'),
    );
    await assertEmpty(folder);
    // A file where the folder of models should be.
    const file = path.join(folder, 'file');
    await writeFile(file, '');
    await assert.rejects(importTinyModel(folder, { modelsFolder: file }));
    await assert.rejects(importTinyModel(folder, { modelsFolder: path.join(file, 'below') }));
    assert.ok((await importTinyModel(folder)).model);
  });
});

test('counts progress to the end', async () => {
  await withFolder(async (folder) => {
    const seen: (readonly [number, number])[] = [];
    await importTinyModel(folder, { onProgress: (done, total) => seen.push([done, total]) });
    const [done, total] = seen.at(-1) ?? [0, 1];
    assert.equal(done, total);
    assert.deepEqual(
      seen.map(([one]) => one),
      seen.map(([one]) => one).toSorted((a, b) => a - b),
    );
  });
});

test('takes a second checkpoint for fusion, of the same sizes only', async () => {
  await withFolder(async (folder) => {
    const fusionCheckpoint = path.join(folder, 'fusion.safetensors');
    await new TinyNetwork(tinyModelConfig, 9).write(fusionCheckpoint);
    const { model, unused } = await importTinyModel(folder, { fusionCheckpoint, withoutHeads: ['itm'] });
    assert.equal(model.config.beit3.heads.itm, false);
    assert.equal(model.config.fusion?.beit3.heads.itm, true);
    assert.equal(model.config.fusion?.beit3.heads.retrieval, false);
    assert.ok(unused.includes('vision_head.weight') && unused.includes('itm_head.weight'));
    await checkModelFiles(model);
    for (const change of [{ layers: 3 }, { textPositions: 9 }, { attention: 'shared' as const }]) {
      await new TinyNetwork({ ...tinyModelConfig, ...change }).write(fusionCheckpoint);
      const name = `other-${Object.keys(change).join()}`;
      await assert.rejects(
        importTinyModel(folder, { fusionCheckpoint, name }),
        refusal('CHECKPOINT_MISMATCH', Object.keys(change)[0] ?? ''),
      );
    }
    assert.deepEqual(await readdir(path.join(folder, 'models')), ['tiny']);
  });
});

test('takes a text length that the position table has, and refuses a longer one', async () => {
  await withFolder(async (folder) => {
    await assert.rejects(
      importTinyModel(folder, { textLengthMax: 13 }),
      refusal('MODEL_INVALID', '13', '12'),
    );
    await assert.rejects(
      importTinyModel(folder, { textLengthMax: 2 }),
      refusal('MODEL_INVALID', 'textLengthMax'),
    );
    await assertEmpty(folder);
    assert.equal((await importTinyModel(folder, { textLengthMax: 7 })).model.config.textLengthMax, 7);
  });
});

test('imports .pth files whose weights lie under "model", of half precision as they are', async () => {
  await withFolder(async (folder) => {
    const fixture = path.join(fixturesFolder, 'tiny_retrieval_384like');
    const options = { modelsFolder: path.join(folder, 'models'), attentionHeads: 4 };
    for (const [file, dtype] of [
      ['tiny_retrieval_384like.pth', 'float32'],
      ['tiny_retrieval_384like_fp16.pth', 'float16'],
      ['tiny_retrieval_384like_bf16.pth', 'bfloat16'],
    ] as const) {
      const { model } = await importModel({ ...options, checkpoint: path.join(fixture, file) });
      const checkpoint = await openCheckpoint(path.join(model.folder, 'model.safetensors'));
      assert.equal(checkpoint.tensors.get('beit3.text_embed.weight')?.dtype, dtype);
      await checkpoint.close();
    }
  });
});

test('an opened folder says which file is missing, cut or changed', async () => {
  await withFolder(async (folder) => {
    const { model } = await importTinyModel(folder);
    const file = path.join(model.folder, 'model.safetensors');
    const bytes = await readFile(file);
    await truncate(file, bytes.length - 1);
    await assert.rejects(
      openModelFolder(model.folder),
      refusal('MODEL_INVALID', 'model.safetensors', 'import the model'),
    );
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await writeFile(file, bytes);
    await assert.rejects(
      checkModelFiles(await openModelFolder(model.folder)),
      refusal('MODEL_INVALID', 'SHA-256'),
    );
    const config = path.join(model.folder, 'config.json');
    const good = await readFile(config, 'utf8');
    const broken: readonly [string, string][] = [
      [good.slice(0, 100), 'JSON'],
      [good.replace('"format": 1', '"format": 2'), 'format'],
      [good.replace('"model.safetensors"', '"../model.safetensors"'), 'weights.file'],
      [good.replace('"layers": 2', '"layers": 2, "colour": 1'), 'beit3'],
      [good.replace('"attentionHeads": 3', '"attentionHeads": 7'), '7 attention heads'],
    ];
    for (const [text, part] of broken) {
      await writeFile(config, text);
      await assert.rejects(openModelFolder(model.folder), refusal('MODEL_INVALID', part, 'config.json'));
    }
    await assert.rejects(
      openModelFolder(path.join(folder, 'none')),
      refusal('MODEL_NOT_FOUND', 'model list'),
    );
    await mkdir(path.join(folder, 'empty'));
    await assert.rejects(openModelFolder(path.join(folder, 'empty')), refusal('MODEL_NOT_FOUND'));
  });
});

async function modeOf(file: string): Promise<number> {
  return (await stat(file)).mode & 0o777;
}

function failFull(): never {
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
}
