/**
 * The .safetensors writer and reader against each other, and against files that contradict themselves.
 * Source: our own; the byte layout is that of the safetensors format page. Deviation: none.
 */
import assert from 'node:assert/strict';
import { open, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { elementBytes, type TensorDtype } from '../../../model/checkpoint/checkpoint.ts';
import { openCheckpoint, writeSafetensors, type SafetensorsEntry } from '../../../model/checkpoint/index.ts';
import { makeSafetensors, pattern, rejects, temporaryFolder, writeTemporary } from './file-maker.ts';

const dtypes = Object.keys(elementBytes) as TensorDtype[];

function entry(name: string, dtype: TensorDtype, shape: readonly number[], cut = 7): SafetensorsEntry {
  return {
    name,
    dtype,
    shape,
    *chunks() {
      const bytes = pattern(shape.reduce((a, b) => a * b, 1) * elementBytes[dtype], name.length);
      for (let start = 0; start < bytes.length; start += cut) yield bytes.subarray(start, start + cut);
    },
  };
}

for (const dtype of dtypes) {
  test(`gives back ${dtype} as it was written`, async (t) => {
    const file = path.join(await temporaryFolder(t), 'a.safetensors');
    const entries = [
      entry('matrix', dtype, [3, 5]),
      entry('scalar', dtype, []),
      entry('empty', dtype, [4, 0, 2]),
      entry('vector', dtype, [9], 1000),
    ];
    await writeSafetensors(file, entries, { format: 'pt', __proto__x: 'ü' });
    const checkpoint = await openCheckpoint(file);
    t.after(() => checkpoint.close());
    assert.equal(checkpoint.format, 'safetensors');
    assert.deepEqual({ ...checkpoint.metadata }, { format: 'pt', __proto__x: 'ü' });
    assert.deepEqual([...checkpoint.tensors.keys()], ['matrix', 'scalar', 'empty', 'vector']);
    for (const { name, shape } of entries) {
      const info = checkpoint.tensors.get(name);
      assert.deepEqual(info?.shape, shape);
      assert.equal(info?.dtype, dtype);
      assert.equal(
        info.elementCount,
        shape.reduce((a, b) => a * b, 1),
      );
      const expected = pattern(info.elementCount * elementBytes[dtype], name.length);
      assert.deepEqual(await checkpoint.readBytes(name), expected);
    }
    const part = await checkpoint.readBytes('matrix', { start: 4, count: 6 });
    assert.deepEqual(
      part,
      pattern(15 * elementBytes[dtype], 6).slice(4 * elementBytes[dtype], 10 * elementBytes[dtype]),
    );
  });
}

test('aligns every tensor to its element size and pads the header', async (t) => {
  const file = path.join(await temporaryFolder(t), 'a.safetensors');
  await writeSafetensors(file, [
    entry('flags', 'bool', [3]),
    entry('wide', 'float64', [2]),
    entry('half', 'float16', [1]),
  ]);
  const bytes = await readFile(file);
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  assert.equal(headerBytes % 8, 0);
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes)) as Record<
    string,
    { data_offsets: number[] }
  >;
  assert.deepEqual(Object.keys(header), ['flags', 'wide', 'half']);
  assert.deepEqual(header['wide']?.data_offsets, [0, 16]);
  assert.deepEqual(header['half']?.data_offsets, [16, 18]);
  assert.deepEqual(header['flags']?.data_offsets, [18, 21]);
  assert.equal(bytes.length, 8 + headerBytes + 21);
});

test('keeps the order of names that look like numbers', async (t) => {
  const file = path.join(await temporaryFolder(t), 'a.safetensors');
  await writeSafetensors(file, [entry('b', 'int8', [1]), entry('10', 'int8', [1]), entry('2', 'int8', [1])]);
  const checkpoint = await openCheckpoint(file);
  t.after(() => checkpoint.close());
  assert.deepEqual([...checkpoint.tensors.keys()], ['b', '10', '2']);
});

test('reads a file without tensors', async (t) => {
  const file = path.join(await temporaryFolder(t), 'a.safetensors');
  await writeSafetensors(file, []);
  const checkpoint = await openCheckpoint(file);
  t.after(() => checkpoint.close());
  assert.equal(checkpoint.tensors.size, 0);
});

test('leaves the old file and nothing else when a tensor brings the wrong number of bytes', async (t) => {
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'a.safetensors');
  await writeFile(file, 'old');
  const tooFew = { ...entry('x', 'float32', [2]), chunks: () => [new Uint8Array(7)] };
  const tooMany = { ...entry('x', 'float32', [2]), chunks: () => [new Uint8Array(8), new Uint8Array(1)] };
  await rejects(writeSafetensors(file, [tooFew]), 'INVALID_ARGUMENT', /brings 7 bytes/);
  await rejects(writeSafetensors(file, [tooMany]), 'INVALID_ARGUMENT', /more than the 8 bytes/);
  assert.deepEqual(await readdir(folder), ['a.safetensors']);
  assert.equal(await readFile(file, 'utf8'), 'old');
  await writeSafetensors(file, [entry('x', 'float32', [2])]);
  assert.deepEqual(await readdir(folder), ['a.safetensors']);
  assert.notEqual(await readFile(file, 'utf8'), 'old');
});

test('passes on what a source throws and removes the half-written file', async (t) => {
  const folder = await temporaryFolder(t);
  const failing: SafetensorsEntry = {
    ...entry('x', 'float32', [2]),
    async *chunks() {
      yield new Uint8Array(4);
      await Promise.reject(new RangeError('the source broke'));
    },
  };
  await assert.rejects(writeSafetensors(path.join(folder, 'a.safetensors'), [failing]), RangeError);
  assert.deepEqual(await readdir(folder), []);
});

test('refuses to write repeated and reserved names, impossible shapes and missing folders', async (t) => {
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'a.safetensors');
  await rejects(
    writeSafetensors(file, [entry('x', 'int8', [1]), entry('x', 'int8', [1])]),
    'INVALID_ARGUMENT',
  );
  await rejects(writeSafetensors(file, [entry('__metadata__', 'int8', [1])]), 'INVALID_ARGUMENT');
  await rejects(writeSafetensors(file, [{ ...entry('x', 'int8', []), shape: [-1] }]), 'INVALID_ARGUMENT');
  await rejects(
    writeSafetensors(file, [{ ...entry('x', 'int8', []), shape: [2 ** 40, 2 ** 40] }]),
    'INVALID_ARGUMENT',
  );
  await rejects(writeSafetensors(path.join(folder, 'no', 'a'), [entry('x', 'int8', [1])]), 'FILE_UNWRITABLE');
  assert.deepEqual(await readdir(folder), []);
});

const plain = { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] };

test('reads a hand-made file, with and without padding', async (t) => {
  for (const padding of ['', ' ', '\n\t  ']) {
    const file = await writeTemporary(t, makeSafetensors(`${JSON.stringify({ a: plain })}${padding}`, 16));
    const checkpoint = await openCheckpoint(file);
    t.after(() => checkpoint.close());
    assert.deepEqual(checkpoint.tensors.get('a')?.shape, [2, 2]);
    assert.equal((await checkpoint.readFloat32('a')).length, 4);
  }
});

interface Damage {
  readonly title: string;
  readonly header: string;
  readonly dataBytes: number;
  readonly message: RegExp;
  readonly code?: 'CHECKPOINT_UNSUPPORTED';
}

const json = (value: unknown): string => JSON.stringify(value);

const damages: readonly Damage[] = [
  { title: 'a header that is no JSON', header: '{"a":', dataBytes: 0, message: /header/ },
  { title: 'a header that is a list', header: '{}]', dataBytes: 0, message: /text after the value/ },
  {
    title: 'a repeated name',
    header: `{"a":${json(plain)},"a":${json(plain)}}`,
    dataBytes: 16,
    message: /"a" is repeated/,
  },
  { title: 'a tensor that is a number', header: '{"a":1}', dataBytes: 0, message: /"a".*JSON object/ },
  {
    title: 'an unknown field',
    header: json({ a: { ...plain, strides: [1] } }),
    dataBytes: 16,
    message: /"strides"/,
  },
  {
    title: 'metadata that is no text',
    header: json({ __metadata__: { a: 1 } }),
    dataBytes: 0,
    message: /not a string/,
  },
  {
    title: 'metadata that is a list',
    header: json({ __metadata__: [] }),
    dataBytes: 0,
    message: /__metadata__/,
  },
  {
    title: 'a missing dtype',
    header: json({ a: { ...plain, dtype: undefined } }),
    dataBytes: 16,
    message: /dtype/,
  },
  {
    title: 'a dtype that nobody here can use',
    header: json({ a: { ...plain, dtype: 'C64' } }),
    dataBytes: 16,
    message: /"C64".*F32/,
    code: 'CHECKPOINT_UNSUPPORTED',
  },
  {
    title: 'a negative size',
    header: json({ a: { ...plain, shape: [-2, -2] } }),
    dataBytes: 16,
    message: /"shape"/,
  },
  {
    title: 'a fractional size',
    header: json({ a: { ...plain, shape: [0.5, 8] } }),
    dataBytes: 16,
    message: /"shape"/,
  },
  {
    title: 'a shape of 2^120 elements',
    header: json({ a: { ...plain, shape: [2 ** 40, 2 ** 40, 2 ** 40] } }),
    dataBytes: 16,
    message: /more than 2\^53/,
  },
  {
    title: 'a shape of 2^40 elements over 16 bytes',
    header: json({ a: { ...plain, shape: [2 ** 40] } }),
    dataBytes: 16,
    message: /takes 4398046511104 bytes, its offsets hold 16/,
  },
  {
    title: 'a shape of more than 64 dimensions',
    header: json({ a: { ...plain, shape: [...Array.from({ length: 64 }, () => 1), 4] } }),
    dataBytes: 16,
    message: /65 dimensions/,
  },
  {
    title: 'offsets that run backwards',
    header: json({ a: { ...plain, data_offsets: [16, 0] } }),
    dataBytes: 16,
    message: /begin and an end/,
  },
  {
    title: 'three offsets',
    header: json({ a: { ...plain, data_offsets: [0, 16, 16] } }),
    dataBytes: 16,
    message: /begin and an end/,
  },
  {
    title: 'offsets beyond the file',
    header: json({ a: { dtype: 'U8', shape: [2 ** 40], data_offsets: [0, 2 ** 40] } }),
    dataBytes: 16,
    message: /end at data byte 1099511627776, the file has 16/,
  },
  {
    title: 'overlapping tensors',
    header: json({ a: plain, b: { ...plain, data_offsets: [8, 24] } }),
    dataBytes: 24,
    message: /"b".*overlaps/,
  },
  {
    title: 'two tensors in one place',
    header: json({ a: plain, b: plain }),
    dataBytes: 16,
    message: /"b".*overlaps/,
  },
  {
    title: 'a hole between tensors',
    header: json({ a: plain, b: { ...plain, data_offsets: [20, 36] } }),
    dataBytes: 36,
    message: /"b".*hole/,
  },
  {
    title: 'bytes after the last tensor',
    header: json({ a: plain }),
    dataBytes: 17,
    message: /the file has 17/,
  },
];

for (const { title, header, dataBytes, message, code } of damages) {
  test(`refuses ${title}`, async (t) => {
    const file = await writeTemporary(t, makeSafetensors(header, dataBytes));
    await rejects(openCheckpoint(file), code ?? 'CHECKPOINT_CORRUPT', message);
  });
}

test('takes a tensor name that JavaScript objects would swallow', async (t) => {
  const file = await writeTemporary(t, makeSafetensors(`{"__proto__":${json(plain)}}`, 16));
  const checkpoint = await openCheckpoint(file);
  t.after(() => checkpoint.close());
  assert.deepEqual(checkpoint.tensors.get('__proto__')?.shape, [2, 2]);
});

test('refuses a header length of 2^60, of more than the file and of more than the limit, before allocating', async (t) => {
  const whole = makeSafetensors(json({ a: plain }), 16);
  for (const length of [2n ** 60n, 2n ** 64n - 1n, BigInt(whole.length - 7), 99_999_999n]) {
    const bytes = Uint8Array.from(whole);
    new DataView(bytes.buffer).setBigUint64(0, length, true);
    const before = process.memoryUsage().arrayBuffers;
    await rejects(openCheckpoint(await writeTemporary(t, bytes)), 'CHECKPOINT_CORRUPT', /announces a header/);
    assert.ok(process.memoryUsage().arrayBuffers - before < 16_000_000);
  }
  // A sparse file that really is as long as it says.
  const long = await writeTemporary(t, whole.subarray(0, 9));
  const handle = await open(long, 'r+');
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, 100_000_001n, true);
  await handle.write(length, 0, 8, 0);
  await handle.close();
  await truncate(long, 100_000_100);
  const before = process.memoryUsage().arrayBuffers;
  await rejects(openCheckpoint(long), 'LIMIT_EXCEEDED', /at most 100000000/);
  assert.ok(process.memoryUsage().arrayBuffers - before < 16_000_000);
});

test('refuses a file cut at every tenth and takes the whole', async (t) => {
  const bytes = makeSafetensors(json({ a: plain, b: { ...plain, data_offsets: [16, 32] } }), 32);
  for (let tenth = 0; tenth < 10; tenth += 1) {
    const file = await writeTemporary(t, bytes.subarray(0, Math.floor((bytes.length * tenth) / 10)));
    await rejects(openCheckpoint(file), 'CHECKPOINT_CORRUPT');
  }
  const checkpoint = await openCheckpoint(await writeTemporary(t, bytes));
  t.after(() => checkpoint.close());
  assert.equal(checkpoint.tensors.size, 2);
});

test('refuses a header of many brackets without exhausting the stack', async (t) => {
  const file = await writeTemporary(t, makeSafetensors(`{"a":${'['.repeat(1_000_000)}`, 0));
  await rejects(openCheckpoint(file), 'CHECKPOINT_CORRUPT', /levels/);
});

test('refuses a header that is not UTF-8', async (t) => {
  const bytes = makeSafetensors(json({ '??': plain }), 16);
  bytes[10] = 0xff;
  await rejects(openCheckpoint(await writeTemporary(t, bytes)), 'CHECKPOINT_CORRUPT', /UTF-8/);
});
