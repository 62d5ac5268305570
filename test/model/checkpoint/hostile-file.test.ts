/**
 * Archives that lie, files that are cut or are something else, and files with a byte changed.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { openCheckpoint } from '../../../model/checkpoint/index.ts';
import { isAppError, type ErrorCode } from '../../../model/errors.ts';
import { fixturesFolder } from '../../support/paths.ts';
import { makeSafetensors, rejects, temporaryFolder, writeTemporary } from './file-maker.ts';
import { dictionary, tensor } from './pickle-maker.ts';
import { floats, makeZip, pthEntries, type ZipInit } from './pth-maker.ts';

const content = dictionary({ w: tensor({ elements: 6, shape: [2, 3] }) });
const storages = { 0: floats(1, 2, 3, 4, 5, 6) };
const forms = path.join(fixturesFolder, 'checkpoint_forms');

async function accepts(t: TestContext, bytes: Uint8Array): Promise<void> {
  const checkpoint = await openCheckpoint(await writeTemporary(t, bytes));
  t.after(() => checkpoint.close());
  assert.deepEqual([...(await checkpoint.readFloat32('w'))], [1, 2, 3, 4, 5, 6]);
}

async function refuses(
  t: TestContext,
  bytes: Uint8Array | string,
  code: ErrorCode,
  message: RegExp,
): Promise<void> {
  const file = await writeTemporary(t, bytes);
  const before = process.memoryUsage().arrayBuffers;
  await rejects(openCheckpoint(file), code, message);
  assert.ok(process.memoryUsage().arrayBuffers - before < 16_000_000);
}

/** The archive with one entry changed: 0 is the pickle, 1 the storage, 2 the version. */
function changed(index: number, change: Partial<ZipInit>): Uint8Array {
  const entries = pthEntries({ content, storages });
  return makeZip(entries.map((entry, at) => (at === index ? Object.assign(entry, change) : entry)));
}

test('takes the archive that the others are made from', async (t) => {
  await accepts(t, changed(-1, {}));
});

test('refuses a zip bomb: an entry that says it unpacks to gigabytes', async (t) => {
  const bomb = deflateRawSync(new Uint8Array(1_000_000));
  for (const index of [0, 1]) {
    for (const size of [1_000_000, 0xfffffffe, 2 ** 42]) {
      const change = { data: bomb, method: 8, size, compressedSize: bomb.length };
      await refuses(t, changed(index, change), 'CHECKPOINT_UNSUPPORTED', /is compressed \(method 8/);
    }
  }
});

test('refuses encrypted entries and other methods', async (t) => {
  await refuses(t, changed(1, { flags: 0x0809 }), 'CHECKPOINT_CORRUPT', /mismatch/);
  await refuses(t, changed(1, { flags: 0x0809, compressedSize: 36 }), 'CHECKPOINT_UNSUPPORTED', /encrypted/);
  await refuses(t, changed(1, { flags: 0x0849 }), 'CHECKPOINT_CORRUPT', /encryption/);
  await refuses(t, changed(1, { method: 12 }), 'CHECKPOINT_UNSUPPORTED', /method 12/);
});

test('refuses names that lead out of the archive', async (t) => {
  const names = [
    '../../etc/passwd',
    '/etc/passwd',
    'archive/../../x',
    'archive/./x',
    'archive//x',
    'archive/data/..',
    'C:/x',
    'C:x',
    'archive\\x',
    '..\\x',
    'a\0b',
    '..',
    '',
  ];
  for (const name of names) {
    const entries = [...pthEntries({ content, storages }), { name, data: 'x' }];
    await refuses(t, makeZip(entries), 'CHECKPOINT_UNSAFE', /Nothing was unpacked/);
  }
  await accepts(t, makeZip([...pthEntries({ content, storages }), { name: 'archive/..x/y..', data: 'x' }]));
  await accepts(t, makeZip([...pthEntries({ content, storages }), { name: 'archive/folder/', data: '' }]));
});

test('refuses repeated entries and two pickles', async (t) => {
  const entries = pthEntries({ content, storages });
  for (const name of ['archive/data.pkl', 'archive/data/0', 'archive/version']) {
    await refuses(t, makeZip([...entries, { name, data: '3\n' }]), 'CHECKPOINT_CORRUPT', /has two entries/);
  }
  await refuses(
    t,
    makeZip([...entries, { name: 'other/data.pkl', data: '' }]),
    'CHECKPOINT_CORRUPT',
    /2 pickles/,
  );
  await accepts(t, makeZip([...entries, { name: 'archive/code/data.pkl', data: '' }]));
});

test('refuses sizes and places that lie', async (t) => {
  const first = pthEntries({ content, storages })[0]?.data.length ?? 0;
  const cases: readonly (readonly [number, Partial<ZipInit>, RegExp])[] = [
    [1, { size: 2 ** 42 }, /overflows/],
    [1, { size: 1000 }, /overlaps|overflows/],
    [2, { size: 60 }, /overlaps the directory/],
    [1, { compressedSize: 23 }, /mismatch/],
    [1, { flags: 0, localSize: 23 }, /contradict/],
    [1, { localSize: 25 }, /contradict/],
    [1, { localName: 'archive/data/1' }, /contradict/],
    [1, { headerStart: 0 }, /contradict/],
    [1, { headerStart: 7 }, /signature/],
    [1, { headerStart: 2 ** 42, zip64: true }, /zip record lies at/],
    [0, { size: first - 10 }, /data\.pkl/],
  ];
  for (const [index, change, message] of cases)
    await refuses(t, changed(index, change), 'CHECKPOINT_CORRUPT', message);
});

test('refuses more entries than any checkpoint has, by their announced number', async (t) => {
  const entries = pthEntries({ content, storages });
  await refuses(t, makeZip(entries, 2 ** 40), 'LIMIT_EXCEEDED', /announces 1099511627776 entries/);
  await refuses(t, makeZip(entries, 5000), 'CHECKPOINT_CORRUPT', /zip record/);
  const long = { name: `archive/${'x'.repeat(2000)}`, data: '' };
  await refuses(t, makeZip([...entries, long]), 'LIMIT_EXCEEDED', /name has 2008 bytes/);
});

test('refuses zip files that are no checkpoints', async (t) => {
  await refuses(t, makeZip([]), 'CHECKPOINT_UNSUPPORTED', /without a data\.pkl/);
  await refuses(
    t,
    makeZip([{ name: 'word/document.xml', data: '<a/>' }]),
    'CHECKPOINT_UNSUPPORTED',
    /without a data\.pkl/,
  );
  await refuses(
    t,
    makeZip([{ name: 'data.pkl', data: '' }]),
    'CHECKPOINT_UNSUPPORTED',
    /without a data\.pkl/,
  );
  await refuses(t, makeZip([{ name: 'beit3.pth', data: 'PK' }]), 'CHECKPOINT_UNSUPPORTED', /unpack it/);
  await refuses(t, makeZip([{ name: 'archive/data.pkl', data: '' }]), 'CHECKPOINT_CORRUPT', /data\.pkl/);
});

test('refuses a .pth cut at every tenth', async (t) => {
  for (const name of ['zip_saved_by_path.pth', 'training_checkpoint.pth']) {
    const bytes = await readFile(path.join(forms, name));
    for (let tenth = 0; tenth < 10; tenth += 1) {
      await refuses(
        t,
        bytes.subarray(0, Math.floor((bytes.length * tenth) / 10)),
        'CHECKPOINT_CORRUPT',
        /damaged or incomplete/,
      );
    }
    const checkpoint = await openCheckpoint(await writeTemporary(t, bytes));
    await checkpoint.close();
  }
});

test('refuses files that are something else, and says what they are', async (t) => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['<!DOCTYPE html><html><title>Sign in</title></html>', /web page.*login/],
    ['\n<html><head>', /web page/],
    ['<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', /web page/],
    ['version https://git-lfs.github.com/spec/v1\noid sha256:0\n', /git lfs pull/],
    ['\x1f\x8b\x08\0\0\0\0\0\0\0', /compressed/],
    ['BZh91AY&SY', /compressed/],
    ['\xfd7zXZ\0\0\x04', /compressed/],
    ['\x89HDF\r\n\x1a\n\0\0', /HDF5/],
    ['\x80\x02}q\0.', /bare pickle.*was not read/],
    ['cos\nsystem\n(S"touch x"\ntR.', /neither/],
    ['{"weights": [1, 2, 3], "more": []}', /neither/],
    ['hello, this is a text', /neither/],
  ];
  for (const [text, message] of cases) {
    await refuses(t, new Uint8Array(Buffer.from(text, 'latin1')), 'CHECKPOINT_UNSUPPORTED', message);
  }
});

test('refuses empty files, files of a few bytes or of zeros, folders and missing files', async (t) => {
  await refuses(t, '', 'CHECKPOINT_CORRUPT', /is empty/);
  await refuses(t, 'abc', 'CHECKPOINT_CORRUPT', /has 3 bytes/);
  await refuses(t, 'PK', 'CHECKPOINT_CORRUPT', /directory/);
  await refuses(t, new Uint8Array(4096), 'CHECKPOINT_CORRUPT', /has 4096 bytes/);
  const folder = await temporaryFolder(t);
  await rejects(openCheckpoint(folder), 'FILE_UNREADABLE', /found a folder/);
  await rejects(openCheckpoint(path.join(folder, 'none.pth')), 'FILE_NOT_FOUND', /no such file/);
  await rejects(openCheckpoint('/dev/zero'), 'FILE_UNREADABLE', /special file/);
});

test('reads a .safetensors named .pth', async (t) => {
  const header = JSON.stringify({ w: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } });
  const checkpoint = await openCheckpoint(await writeTemporary(t, makeSafetensors(header, 8), 'beit3.pth'));
  t.after(() => checkpoint.close());
  assert.equal(checkpoint.format, 'safetensors');
});

test('opens a file with one byte changed, or refuses it with a typed error, and never anything else', async (t) => {
  const header = JSON.stringify({
    w: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
    __metadata__: { a: 'b' },
  });
  const originals = [
    changed(-1, {}),
    await readFile(path.join(forms, 'training_checkpoint.pth')),
    makeSafetensors(header, 8),
  ];
  const folder = await temporaryFolder(t);
  let refused = 0;
  let opened = 0;
  for (const original of originals) {
    for (let position = 0; position < original.length; position += 3) {
      const bytes = Uint8Array.from(original);
      bytes[position] = (bytes[position] ?? 0) ^ (1 << (position % 8)) ^ (position % 2 === 0 ? 0x81 : 0);
      const file = path.join(folder, 'changed');
      await writeFile(file, bytes);
      try {
        const checkpoint = await openCheckpoint(file);
        for (const name of checkpoint.tensors.keys()) await checkpoint.readFloat32(name);
        await checkpoint.close();
        opened += 1;
      } catch (error) {
        assert.ok(isAppError(error), `byte ${position}: ${String(error)}`);
        refused += 1;
      }
    }
  }
  // Most bytes of so small a file are structure; those of weights and padding may change unnoticed.
  assert.ok(refused > 300 && opened > 100, `${refused} refused, ${opened} opened`);
});
