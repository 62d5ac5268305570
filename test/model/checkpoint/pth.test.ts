/**
 * What the versions of torch write, and where the state dictionary is looked for.
 * Source: files of torch 1.13 and 2.13, taken apart and written again by the maker beside. Deviation: none.
 */
import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { elementBytes, type Checkpoint } from '../../../model/checkpoint/checkpoint.ts';
import { openCheckpoint } from '../../../model/checkpoint/index.ts';
import { dtypesByStorage } from '../../../model/checkpoint/torch-value.ts';
import { pattern, rejects, temporaryFolder, writeTemporary } from './file-maker.ts';
import {
  call,
  dictionary,
  global,
  orderedDict,
  pickle,
  raw,
  tensor,
  tuple,
  type Node,
} from './pickle-maker.ts';
import { floats, makePth, makeZip, pthEntries, type PthInit } from './pth-maker.ts';

const weight = tensor({ elements: 6, shape: [2, 3] });
const storages = { 0: floats(1, 2, 3, 4, 5, 6) };

async function openPth(t: TestContext, init: PthInit): Promise<Checkpoint> {
  const checkpoint = await openCheckpoint(await writeTemporary(t, makePth(init)));
  t.after(() => checkpoint.close());
  return checkpoint;
}

async function holdsWeight(checkpoint: Checkpoint): Promise<void> {
  assert.deepEqual(checkpoint.tensors.get('w')?.shape, [2, 3]);
  assert.deepEqual([...(await checkpoint.readFloat32('w'))], [1, 2, 3, 4, 5, 6]);
}

for (const protocol of [2, 3, 4, 5] as const) {
  test(`reads pickle protocol ${protocol}`, async (t) => {
    await holdsWeight(
      await openPth(t, { content: dictionary({ model: dictionary({ w: weight }) }), storages, protocol }),
    );
  });
}

test('reads the entries that torch 2 adds, in the order it writes them', async (t) => {
  const root = 'beit3_base.v1';
  const [data, storage] = pthEntries({
    content: dictionary({ model: orderedDict({ w: weight }) }),
    storages,
    root,
  });
  assert.ok(data !== undefined && storage !== undefined);
  const extras = [
    { name: `${root}/.format_version`, data: '1' },
    { name: `${root}/.storage_alignment`, data: '64' },
    { name: `${root}/byteorder`, data: 'little' },
  ];
  const last = [
    { name: `${root}/version`, data: '3\n' },
    { name: `${root}/.data/serialization_id`, data: '0636457737946401051300000025273995036293' },
  ];
  const checkpoint = await openCheckpoint(
    await writeTemporary(t, makeZip([data, ...extras, storage, ...last])),
  );
  t.after(() => checkpoint.close());
  await holdsWeight(checkpoint);
});

test('takes any root folder, sizes before or after the data, and 64-bit fields', async (t) => {
  const content = dictionary({ w: weight });
  for (const root of ['archive', 'my model ü', '.hidden'])
    await holdsWeight(await openPth(t, { content, storages, root }));
  for (const change of [{ flags: 0 }, { flags: 0x800 }, { zip64: true }, { zip64: true, flags: 0 }]) {
    const entries = pthEntries({ content, storages }).map((entry) => Object.assign(entry, change));
    const checkpoint = await openCheckpoint(await writeTemporary(t, makeZip(entries)));
    t.after(() => checkpoint.close());
    await holdsWeight(checkpoint);
  }
});

/** An archive with a storage of 5 GB in front, as a sparse file: every position moves by the gap. */
async function writeLargePth(file: string): Promise<void> {
  const gap = 5 * 2 ** 30;
  const bytes = makeZip(pthEntries({ content: dictionary({ w: weight }), storages }));
  const view = new DataView(bytes.buffer);
  const directoryStart = view.getUint32(bytes.length - 6, true);
  const front = makeZip([
    { name: 'archive/data/big', data: '', flags: 0, zip64: true, size: gap, localSize: gap },
  ]);
  const localBytes = 30 + 'archive/data/big'.length;
  const frontView = new DataView(front.buffer);
  const frontDirectoryStart = frontView.getUint32(front.length - 6, true);
  const names: Buffer[] = [Buffer.from(front.subarray(frontDirectoryStart, front.length - 22))];
  for (let at = directoryStart; at < bytes.length - 22;) {
    const nameBytes = view.getUint16(at + 28, true);
    const header = Buffer.alloc(46 + nameBytes + 12);
    header.set(bytes.subarray(at, at + 46 + nameBytes));
    header.writeUInt16LE(12, 30);
    header.writeUInt32LE(0xffffffff, 42);
    header.writeUInt16LE(1, 46 + nameBytes);
    header.writeUInt16LE(8, 48 + nameBytes);
    header.writeBigUInt64LE(BigInt(view.getUint32(at + 42, true) + localBytes + gap), 50 + nameBytes);
    names.push(header);
    at += 46 + nameBytes;
  }
  const directory = Buffer.concat(names);
  const position = localBytes + gap + directoryStart;
  const end = Buffer.alloc(98);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeBigUInt64LE(BigInt(names.length), 32);
  end.writeBigUInt64LE(BigInt(directory.length), 40);
  end.writeBigUInt64LE(BigInt(position), 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(BigInt(position + directory.length), 64);
  end.writeUInt32LE(0x06054b50, 76);
  end.fill(0xff, 84, 96);
  const handle = await open(file, 'w');
  await handle.write(front.subarray(0, localBytes), 0, localBytes, 0);
  await handle.write(bytes.subarray(0, directoryStart), 0, directoryStart, localBytes + gap);
  await handle.write(Buffer.concat([directory, end]), 0, directory.length + end.length, position);
  await handle.close();
}

test('reads a tensor beyond 5 GB through the 64-bit directory, holding nothing else', async (t) => {
  const file = path.join(await temporaryFolder(t), 'large.pth');
  await writeLargePth(file);
  const before = process.memoryUsage().arrayBuffers;
  const checkpoint = await openCheckpoint(file);
  t.after(() => checkpoint.close());
  await holdsWeight(checkpoint);
  assert.ok(process.memoryUsage().arrayBuffers - before < 4_000_000);
});

for (const [storageClass, dtype] of dtypesByStorage) {
  test(`reads a ${storageClass} as ${dtype}, strided and by bytes`, async (t) => {
    const width = elementBytes[dtype];
    const bytes = pattern(12 * width, width);
    const content = dictionary({
      whole: tensor({ storageClass, elements: 12, shape: [3, 4] }),
      turned: tensor({ storageClass, elements: 12, shape: [4, 3], strides: [1, 4] }),
    });
    const checkpoint = await openPth(t, { content, storages: { 0: bytes } });
    assert.equal(checkpoint.tensors.get('whole')?.dtype, dtype);
    assert.deepEqual(await checkpoint.readBytes('whole'), bytes);
    const turned = Array.from({ length: 12 }, (_, i) => (i % 3) * 4 + Math.floor(i / 3));
    const expected = turned.flatMap((element) => [...bytes.subarray(element * width, (element + 1) * width)]);
    assert.deepEqual([...(await checkpoint.readBytes('turned'))], expected);
    const values = await checkpoint.readFloat32('whole');
    assert.deepEqual(
      [...(await checkpoint.readFloat32('turned'))],
      turned.map((element) => values[element]),
    );
  });
}

test('rounds 64-bit integers and floats to the nearest float32, once', async (t) => {
  const integers = BigInt64Array.of(
    -1n,
    2n ** 53n + 1n,
    2n ** 62n + 2n ** 38n + 1n,
    2n ** 62n + 2n ** 38n,
    -(2n ** 63n),
    16_777_217n,
  );
  const content = dictionary({
    i: tensor({ storageClass: 'LongStorage', elements: 6, shape: [6] }),
    d: tensor({ storageClass: 'DoubleStorage', key: '1', elements: 3, shape: [3] }),
    b: tensor({ storageClass: 'BoolStorage', key: '2', elements: 3, shape: [3] }),
  });
  const checkpoint = await openPth(t, {
    content,
    storages: {
      0: new Uint8Array(integers.buffer),
      1: new Uint8Array(Float64Array.of(0.1, 1e300, -1e-300).buffer),
      2: Uint8Array.of(0, 1, 7),
    },
  });
  const expected = [-1, 2 ** 53, 2 ** 62 + 2 ** 39, 2 ** 62, -(2 ** 63), 16_777_216];
  assert.deepEqual([...(await checkpoint.readFloat32('i'))], expected);
  assert.deepEqual([...(await checkpoint.readFloat32('d'))], [Math.fround(0.1), Infinity, -0]);
  assert.deepEqual([...(await checkpoint.readFloat32('b'))], [0, 1, 1]);
});

test('finds the state dictionary under "model", then "module", then at the top, and counts what is no tensor', async (t) => {
  const inner = dictionary({ w: weight });
  const other = dictionary({ x: weight });
  const cases: readonly (readonly [Node, Readonly<Record<string, string>>])[] = [
    [dictionary({ module: other, model: inner, epoch: 3 }), { stateDictUnder: 'model' }],
    [dictionary({ epoch: 3, module: inner, model_ema: other }), { stateDictUnder: 'module' }],
    [dictionary({ model: 'beit3_base', module: inner }), { stateDictUnder: 'module' }],
    [dictionary({ w: weight, model: null, step: 1 }), { stateDictUnder: '', skippedEntries: '2' }],
    [
      dictionary({ model: dictionary({ step: 1, w: weight, 3: weight, n: inner }) }),
      { stateDictUnder: 'model', skippedEntries: '2' },
    ],
  ];
  for (const [content, metadata] of cases) {
    const checkpoint = await openPth(t, { content, storages });
    assert.deepEqual(checkpoint.metadata, metadata);
    assert.equal(checkpoint.tensors.has('w'), true);
    assert.equal(checkpoint.tensors.has('x'), false);
  }
});

function storageOf(type: Node, count: number): Node {
  return { persistent: tuple('storage', type, '0', 'cuda:0', count) };
}

test('reads parameters, tensors with attributes, the older and newer ways of making a tensor', async (t) => {
  const floatStorage = storageOf(global('torch', 'FloatStorage'), 6);
  const rebuild = global('torch._utils', '_rebuild_tensor_v2');
  const shape = call(global('torch', 'Size'), tuple(2, 3));
  const made = [
    call(
      global('torch._utils', '_rebuild_parameter'),
      weight,
      true,
      call(global('collections', 'OrderedDict')),
    ),
    call(
      global('torch._utils', '_rebuild_parameter_with_state'),
      weight,
      true,
      null,
      dictionary({ tag: 'a' }),
    ),
    call(global('torch._utils', '_rebuild_tensor'), floatStorage, 0, shape, tuple(3, 1)),
    call(rebuild, floatStorage, 0, tuple(2, 3), tuple(3, 1), false, null, dictionary({})),
    call(
      global('torch._tensor', '_rebuild_from_type_v2'),
      rebuild,
      global('torch', 'Tensor'),
      tuple(floatStorage, 0, tuple(2, 3), tuple(3, 1), false, null),
      dictionary({ note: 1 }),
    ),
    call(
      global('torch._utils', '_rebuild_tensor_v3'),
      storageOf(global('torch.storage', 'UntypedStorage'), 24),
      0,
      tuple(2, 3),
      tuple(3, 1),
      false,
      null,
      global('torch', 'float32'),
      dictionary({}),
    ),
  ];
  for (const w of made) await holdsWeight(await openPth(t, { content: dictionary({ w }), storages }));
});

test('passes over what a training run writes beside the weights', async (t) => {
  const namespace: Node = {
    build: call(global('argparse', 'Namespace')),
    state: dictionary({ lr: 1e-4, betas: [0.9, 0.98], device: 'cuda', resume: null }),
  };
  const content = dictionary({
    model: dictionary({ w: weight }),
    args: namespace,
    epoch: -7,
    bytes: call(global('_codecs', 'encode'), 'ab', 'latin1'),
    set: call(global('__builtin__', 'set'), [1, 2]),
    device: call(global('torch', 'device'), 'cpu'),
    dtype: global('torch', 'float16'),
    counts: call(global('collections', 'Counter'), dictionary({ a: 1 })),
    nothing: raw(')\x8f(K\x01\x90\x86'),
    complex: tensor({ storageClass: 'ComplexFloatStorage', key: 'absent', elements: 9, shape: [9] }),
  });
  for (const protocol of [2, 4] as const) {
    const checkpoint = await openPth(t, { content, storages, protocol });
    assert.deepEqual(checkpoint.metadata, { stateDictUnder: 'model' });
    await holdsWeight(checkpoint);
  }
});

test('takes the attributes of an ordered dictionary and shared values for what they are', async (t) => {
  const content: Node = {
    build: orderedDict({ w: weight, tied: weight }),
    state: dictionary({ _metadata: orderedDict({}) }),
  };
  const checkpoint = await openPth(t, { content, storages });
  await holdsWeight(checkpoint);
  assert.deepEqual(await checkpoint.readFloat32('tied'), await checkpoint.readFloat32('w'));
  const pairs = call(global('collections', 'OrderedDict'), [['w', weight]]);
  await holdsWeight(await openPth(t, { content: pairs, storages }));
});

test('recalls what was remembered, by index and in turn', async (t) => {
  const key = pickle('w').subarray(2, -1);
  const value = pickle(weight).subarray(2, -1);
  const content = raw('}', value, 'q\x07', '0', key, '\x94', '0', 'h\x01', 'j\x07\0\0\0', 's');
  await holdsWeight(await openPth(t, { content, storages }));
  await rejects(
    openPth(t, { content: raw('}', key, 'h\x05s'), storages }),
    'CHECKPOINT_CORRUPT',
    /5 is recalled and was never remembered/,
  );
});

test('refuses archives that are no state dictionary and says what they are', async (t) => {
  const cases: readonly (readonly [Node, RegExp])[] = [
    [weight, /something else than a dictionary/],
    [[weight], /something else than a dictionary/],
    [dictionary({ state_dict: dictionary({ w: weight }) }), /which has "state_dict"/],
    [dictionary({ model: dictionary({ a: 1 }) }), /no tensors/],
    [
      dictionary({ c: tensor({ storageClass: 'ComplexFloatStorage', elements: 3, shape: [3] }) }),
      /"c".*ComplexFloat/,
    ],
    [dictionary({ q: call(global('torch._utils', '_rebuild_qtensor')) }), /"q".*_rebuild_qtensor/],
    [
      dictionary({
        w: call(
          global('torch._utils', '_rebuild_tensor_v2'),
          { persistent: tuple('storage', global('torch', 'FloatStorage'), '0', 'cpu', 6) },
          0,
          tuple(6),
          tuple(1),
          false,
          null,
          dictionary({ neg: true }),
        ),
      }),
      /to be negated/,
    ],
  ];
  for (const [content, message] of cases) {
    await rejects(openPth(t, { content, storages }), 'CHECKPOINT_UNSUPPORTED', message);
  }
});

test('refuses big-endian archives and reads little-endian ones', async (t) => {
  const content = dictionary({ w: weight });
  const withOrder = (data: string): PthInit => ({
    content,
    storages,
    extra: [{ name: 'archive/byteorder', data }],
  });
  await holdsWeight(await openPth(t, withOrder('little')));
  await rejects(openPth(t, withOrder('big')), 'CHECKPOINT_UNSUPPORTED', /big-endian/);
  await rejects(openPth(t, withOrder('middle')), 'CHECKPOINT_CORRUPT', /"middle"/);
});
