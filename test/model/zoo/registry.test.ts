/**
 * Finding models by name and path.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { BUILTIN_MODEL, builtinFolder, findModel, isAppError, listModels } from '../../../model/index.ts';
import { withFolder } from '../../support/run-graph.ts';
import { importTinyModel } from '../../support/tiny-model.ts';

test('finds the built-in model without any folder of models', async () => {
  await withFolder(async (folder) => {
    const models = path.join(folder, 'none');
    assert.equal((await findModel(BUILTIN_MODEL, models)).folder, builtinFolder());
    const listed = await listModels(models);
    assert.deepEqual(
      listed.map(({ name, builtin, problem }) => [name, builtin, problem]),
      [[BUILTIN_MODEL, true, undefined]],
    );
  });
});

test('finds imported models by name and by path, and names them all where one is not there', async () => {
  await withFolder(async (folder) => {
    const { model } = await importTinyModel(folder);
    const models = path.dirname(model.folder);
    assert.deepEqual(await findModel('tiny', models), model);
    assert.deepEqual(await findModel(model.folder, path.join(folder, 'none')), model);
    await assert.rejects(
      findModel('tinny', models),
      (error) => isAppError(error, 'MODEL_NOT_FOUND') && error.message.includes('nano, tiny'),
    );
  });
});

test('lists damaged models with what is wrong, and leaves hidden folders out', async () => {
  await withFolder(async (folder) => {
    const { model } = await importTinyModel(folder);
    const models = path.dirname(model.folder);
    await mkdir(path.join(models, 'broken'));
    await writeFile(path.join(models, 'broken', 'config.json'), '{}');
    await mkdir(path.join(models, '.tiny.part-1'));
    const listed = await listModels(models);
    assert.deepEqual(
      listed.map(({ name }) => name),
      ['broken', 'nano', 'tiny'],
    );
    assert.ok(listed[0]?.problem?.includes('config.json'));
    assert.equal(listed[0]?.model, undefined);
    assert.ok(listed[2]?.model);
  });
});

test('an imported model of the same name takes the place of the built-in one', async () => {
  await withFolder(async (folder) => {
    const { model } = await importTinyModel(folder, { name: BUILTIN_MODEL });
    const models = path.dirname(model.folder);
    assert.equal((await findModel(BUILTIN_MODEL, models)).folder, model.folder);
    const listed = await listModels(models);
    assert.deepEqual(
      listed.map(({ name, builtin }) => [name, builtin]),
      [[BUILTIN_MODEL, false]],
    );
  });
});
