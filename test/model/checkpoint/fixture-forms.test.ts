/**
 * Every checkpoint of the fixture `checkpoint_forms`, value for value.
 * Source: the fixture's expected.json, written by torch. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { elementBytes } from '../../../model/checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../../model/checkpoint/index.ts';
import { fixturesFolder } from '../../support/paths.ts';
import { rejects, temporaryFolder } from './file-maker.ts';

interface Form {
  readonly file: string;
  readonly state_dict_under: string | null;
  readonly entries: readonly {
    readonly key: string;
    readonly torch_dtype: string;
    readonly shape: readonly number[];
    readonly values: readonly (number | string)[];
  }[];
}

const folder = path.join(fixturesFolder, 'checkpoint_forms');
const { forms } = JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8')) as { forms: Form[] };
const legacy = 'legacy_not_zip.pth';

for (const form of forms.filter(({ file }) => file !== legacy)) {
  test(`reads ${form.file} exactly, whole and by ranges`, async (t) => {
    const checkpoint = await openCheckpoint(path.join(folder, form.file));
    t.after(() => checkpoint.close());
    assert.equal(checkpoint.format, 'pth');
    assert.deepEqual(checkpoint.metadata, { stateDictUnder: form.state_dict_under ?? '' });
    assert.deepEqual(
      [...checkpoint.tensors.keys()],
      form.entries.map(({ key }) => key),
    );
    for (const { key, torch_dtype: dtype, shape, values } of form.entries) {
      const info = checkpoint.tensors.get(key);
      assert.equal(info?.dtype, dtype, key);
      assert.deepEqual(info.shape, shape, key);
      // The file may have float64, of which readFloat32 gives the nearest float32.
      const expected = Float32Array.from(values, Number);
      const whole = await checkpoint.readFloat32(key);
      assert.deepEqual(new Uint8Array(whole.buffer), new Uint8Array(expected.buffer), key);
      const bytes = await checkpoint.readBytes(key);
      const width = elementBytes[info.dtype];
      assert.equal(bytes.length, values.length * width);
      for (let start = 0; start < values.length; start += 3) {
        const count = Math.min(values.length - start, 1 + ((start * 7) % 23));
        assert.deepEqual(
          await checkpoint.readFloat32(key, { start, count }),
          whole.slice(start, start + count),
        );
        assert.deepEqual(
          await checkpoint.readBytes(key, { start, count }),
          bytes.slice(start * width, (start + count) * width),
        );
      }
    }
  });
}

test('refuses the form before torch 1.6 with a remedy, and reads the same weights saved by a newer torch', async (t) => {
  await rejects(
    openCheckpoint(path.join(folder, legacy)),
    'CHECKPOINT_UNSUPPORTED',
    /before 1\.6.*torch\.save/,
  );
  const checkpoint = await openCheckpoint(path.join(folder, 'zip_saved_by_path.pth'));
  t.after(() => checkpoint.close());
  assert.ok(checkpoint.tensors.size > 0);
});

test('reads a .pth that was renamed to .safetensors or to nothing in particular', async (t) => {
  for (const name of ['a.safetensors', 'weights']) {
    const file = path.join(await temporaryFolder(t), name);
    await copyFile(path.join(folder, 'float16.pth'), file);
    const checkpoint = await openCheckpoint(file);
    t.after(() => checkpoint.close());
    assert.equal(checkpoint.format, 'pth');
    assert.equal(checkpoint.path, file);
  }
});

test('keeps only names and places in memory, and refuses ranges outside of a tensor', async (t) => {
  const checkpoint = await openCheckpoint(path.join(folder, 'views_shared_storage.pth'));
  t.after(() => checkpoint.close());
  const count = checkpoint.tensors.get('whole')?.elementCount ?? 0;
  assert.equal(count, 80);
  const outside = [
    { start: 0, count: 81 },
    { start: -1, count: 1 },
    { start: 80, count: 1 },
    { start: 0.5, count: 1 },
    { start: 2 ** 60, count: 2 ** 60 },
    { start: 0, count: Number.NaN },
  ];
  for (const range of outside) {
    await rejects(checkpoint.readFloat32('whole', range), 'INVALID_ARGUMENT', /has 80 elements/);
    await rejects(checkpoint.readBytes('whole', range), 'INVALID_ARGUMENT', /has 80 elements/);
  }
  await rejects(checkpoint.readFloat32('nothing'), 'NOT_FOUND', /"nothing"/);
  assert.equal((await checkpoint.readFloat32('whole', { start: 80, count: 0 })).length, 0);
});
