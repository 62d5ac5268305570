/**
 * Pickles that want to run code, exhaust memory or the stack, or point outside of their storages.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import test, { type TestContext } from 'node:test';
import { openCheckpoint } from '../../../model/checkpoint/index.ts';
import type { ErrorCode } from '../../../model/errors.ts';
import { rejects, temporaryFolder, writeTemporary } from './file-maker.ts';
import {
  bytesOf,
  call,
  dictionary,
  global,
  raw,
  tensor,
  tuple,
  uint32,
  type Node,
  type TensorInit,
} from './pickle-maker.ts';
import { floats, makePth, makeZip, pthEntries } from './pth-maker.ts';

const weight = tensor({ elements: 6, shape: [2, 3] });
const storages = { 0: floats(1, 2, 3, 4, 5, 6) };

/** More than this beside the file itself would be an allocation before a check. */
const GROWTH_BYTES_MAX = 48 * 1024 * 1024;

async function refuses(t: TestContext, content: Node, code: ErrorCode, message: RegExp): Promise<void> {
  const file = await writeTemporary(t, makePth({ content, storages }));
  const before = process.memoryUsage().arrayBuffers;
  await rejects(openCheckpoint(file), code, message);
  assert.ok(process.memoryUsage().arrayBuffers - before < GROWTH_BYTES_MAX);
}

async function accepts(t: TestContext, content: Node): Promise<void> {
  const checkpoint = await openCheckpoint(await writeTemporary(t, makePth({ content, storages })));
  t.after(() => checkpoint.close());
  assert.deepEqual([...(await checkpoint.readFloat32('w'))], [1, 2, 3, 4, 5, 6]);
}

test('rejects a pickle that names os.system, runs nothing, and takes the same pickle without it', async (t) => {
  const proof = path.join(await temporaryFolder(t), 'ran');
  const payload = (module: string, name: string): Node => call(global(module, name), `touch ${proof}`);
  for (const module of ['os', 'posix', 'nt']) {
    const content = dictionary({ model: dictionary({ w: weight, x: payload(module, 'system') }) });
    await refuses(t, content, 'CHECKPOINT_UNSAFE', new RegExp(`"${module}\\.system".*Nothing was executed`));
  }
  assert.equal(existsSync(proof), false);
  await accepts(t, dictionary({ model: dictionary({ w: weight, x: 'os.system' }) }));
});

const dangerous = [
  'builtins eval',
  'builtins exec',
  '__builtin__ eval',
  'builtins getattr',
  'builtins __import__',
  'subprocess Popen',
  'torch.hub load',
  'torch load',
  'torch.storage _load_from_bytes',
  'torch._utils _import_dotted_name',
  'torch.nn.modules.linear Linear',
  'collections namedtuple',
  'argparse ArgumentParser',
  'numpy load',
  'runpy run_path',
  'Collections OrderedDict',
  'collections ordereddict',
  'collections OrderedDict ',
  'constructor prototype',
].map((pair): [string, string] => {
  const space = pair.indexOf(' ');
  return [pair.slice(0, space), pair.slice(space + 1)];
});

test('rejects every name that is not on the list, wherever it stands', async (t) => {
  for (const [module, name] of dangerous) {
    await refuses(
      t,
      dictionary({ w: weight, x: global(module, name) }),
      'CHECKPOINT_UNSAFE',
      new RegExp(`"${module}.${name}"`),
    );
  }
  await accepts(t, dictionary({ w: weight, x: global('collections', 'OrderedDict') }));
});

test('rejects a dangerous name in every way that a pickle can write one', async (t) => {
  const ways: readonly Node[] = [
    raw('cos\nsystem\n(X', uint32(2), 'lstR'),
    raw('(X', uint32(2), 'lsios\nsystem\n'),
    raw('(cos\nsystem\nX', uint32(2), 'lso'),
    raw('X', uint32(2), 'osX', uint32(6), 'system\x93)R'),
    raw('\x8c\x02os\x94\x8c\x06system\x94\x93)\x81'),
    raw('\x8c\x02os\x8c\x06system\x93)}\x92'),
    raw('\x8c\x05torch\x8c\x11_utils.os.system.\x93'),
  ];
  for (const way of ways) await refuses(t, dictionary({ w: weight, x: way }), 'CHECKPOINT_UNSAFE', /system/);
  await accepts(t, dictionary({ w: weight, x: raw('(ccollections\nOrderedDict\no') }));
  await accepts(t, dictionary({ w: weight, x: raw('(icollections\nOrderedDict\n') }));
});

test('rejects operations that torch never writes', async (t) => {
  // Text forms, extension codes, out-of-band buffers, and codes that mean nothing.
  for (const code of [
    'P',
    'S',
    'V',
    'I',
    'L',
    'F',
    'p',
    'g',
    '\x82',
    '\x83',
    '\x84',
    '\x97',
    '\x98',
    '\0',
    '\xff',
  ]) {
    await refuses(
      t,
      dictionary({ w: weight, x: raw(code, '1\n') }),
      'CHECKPOINT_UNSUPPORTED',
      /does not write/,
    );
  }
  await refuses(t, raw('\x80\x06}'), 'CHECKPOINT_UNSUPPORTED', /protocol 6/);
  await accepts(t, raw('\x80\x05}(', bytesOf('X', uint32(1), 'w'), nodeBytes(weight), 'u'));
});

function nodeBytes(node: Node): Uint8Array {
  const entry = pthEntries({ content: node })[0]?.data;
  assert.ok(entry instanceof Uint8Array);
  return entry.subarray(2, -1);
}

interface Malformed {
  readonly title: string;
  readonly content: Node;
  readonly message: RegExp;
}

const rebuild = global('torch._utils', '_rebuild_tensor_v2');

const malformed: readonly Malformed[] = [
  { title: 'an empty stack', content: raw('0'), message: /empty stack/ },
  { title: 'a value under a mark', content: raw('](K\x01a'), message: /empty stack/ },
  { title: 'a missing mark', content: raw('}u'), message: /mark/ },
  { title: 'values left over', content: raw('}}'), message: /left on the stack/ },
  { title: 'marks left over', content: raw('(}'), message: /left on the stack/ },
  { title: 'bytes after the end', content: raw('}.}'), message: /2 bytes follow/ },
  { title: 'a call of a number', content: raw('K\x01)R'), message: /no class and no function/ },
  { title: 'a call of a tensor', content: call(weight), message: /no class and no function/ },
  {
    title: 'a call of a storage class',
    content: call(global('torch', 'FloatStorage'), 4),
    message: /torch never does/,
  },
  { title: 'arguments that are a list', content: raw('ccollections\nOrderedDict\n]R'), message: /no tuple/ },
  { title: 'a name that is a number', content: raw('K\x01K\x02\x93'), message: /no text/ },
  { title: 'a name without an end', content: raw('cos'), message: /without an end/ },
  { title: 'an item for a number', content: raw('K\x01K\x02a'), message: /no list/ },
  { title: 'an entry for a list', content: raw(']K\x01K\x02s'), message: /no dictionary/ },
  { title: 'a key without a value', content: raw('}(K\x01u'), message: /without a value/ },
  { title: 'a repeated key', content: raw('}(K\x01NK\x01Nu'), message: /repeated/ },
  { title: 'a member for a list', content: raw('](K\x01\x90'), message: /no set/ },
  { title: 'attributes of a number', content: raw('K\x01}b'), message: /attributes/ },
  {
    title: 'a frame longer than the file',
    content: raw('\x95\xff\xff\xff\xff\xff\xff\xff\x7f'),
    message: /frame/,
  },
  { title: 'a storage that is a number', content: { persistent: 3 }, message: /no storage/ },
  {
    title: 'a storage of an unlisted kind',
    content: { persistent: tuple('storage', global('torch', 'Tensor'), '0', 'cpu', 1) },
    message: /no storage/,
  },
  {
    title: 'a tensor without a storage',
    content: call(rebuild, 1, 0, tuple(), tuple()),
    message: /without a storage/,
  },
  { title: 'a tensor without arguments', content: call(rebuild), message: /without a storage/ },
  {
    title: 'a shape of texts',
    content: call(rebuild, storage(6), 0, tuple('2'), tuple(1)),
    message: /shape that is no integer/,
  },
  { title: 'a shape that is a number', content: call(rebuild, storage(6), 0, 2, 1), message: /no tuple/ },
  {
    title: 'a parameter of nothing',
    content: call(global('torch._utils', '_rebuild_parameter'), null),
    message: /without a tensor/,
  },
  {
    title: 'an ordered dictionary of numbers',
    content: call(global('collections', 'OrderedDict'), [1, 2]),
    message: /without pairs/,
  },
  { title: 'a text that is not UTF-8', content: raw('X', uint32(2), '\xff\xfe'), message: /UTF-8/ },
];

function storage(elements: number): Node {
  return { persistent: tuple('storage', global('torch', 'FloatStorage'), '0', 'cpu', elements) };
}

for (const { title, content, message } of malformed) {
  test(`refuses ${title} in a pickle`, async (t) => {
    await refuses(t, content, 'CHECKPOINT_CORRUPT', message);
  });
}

test('refuses lengths that the bytes cannot hold, without allocating them', async (t) => {
  const huge = '\0\0\0\0\0\x01\0\0';
  const cases: readonly (readonly [string, ErrorCode])[] = [
    [`X\xff\xff\xff\x7f`, 'LIMIT_EXCEEDED'],
    [`B\xff\xff\xff\xff`, 'LIMIT_EXCEEDED'],
    [`\x8d${huge}`, 'LIMIT_EXCEEDED'],
    [`\x8e${huge}`, 'LIMIT_EXCEEDED'],
    [`\x96${huge}`, 'LIMIT_EXCEEDED'],
    [`\x8b\xff\xff\xff\x7f`, 'LIMIT_EXCEEDED'],
    ['\x8a\x41', 'LIMIT_EXCEEDED'],
    ['X\0\0\x01\0', 'CHECKPOINT_CORRUPT'],
    ['\x8c\xff', 'CHECKPOINT_CORRUPT'],
    ['\x8a\x30', 'CHECKPOINT_CORRUPT'],
    ['G', 'CHECKPOINT_CORRUPT'],
  ];
  for (const [content, code] of cases) await refuses(t, raw(content), code, /bytes/);
  await accepts(
    t,
    dictionary({ w: weight, text: 'a'.repeat(1_000_000), large: raw('\x8a\x11', 'a'.repeat(17)) }),
  );
});

function million(code: string): string {
  return code.repeat(1_100_000);
}

test('refuses what grows or nests without end: tuples, lists, marks, memory, operations', async (t) => {
  const cases: readonly (readonly [Node, RegExp])[] = [
    [raw(')', million('\x85')), /tuples within each other/],
    [raw(million(']')), /values on the stack/],
    [raw(million('(')), /marks on the stack/],
    [raw(million('}')), /values on the stack/],
    [raw('}', million('\x94')), /remembered/],
    [raw('}', million('2')), /values on the stack/],
    [raw('N', '0N'.repeat(2_100_000)), /operations/],
    // Doubles with every line where somebody writes it out: a tuple of two of the one before.
    [raw(')', '2\x86'.repeat(1000)), /tuples within each other/],
  ];
  for (const [content, message] of cases) await refuses(t, content, 'LIMIT_EXCEEDED', message);
  await accepts(
    t,
    dictionary({ w: weight, x: raw(')', '\x85'.repeat(99)), y: raw(']'.repeat(90_000), 'a'.repeat(89_999)) }),
  );
  // A list that holds itself, twice over and over: small here, endless for those who walk it.
  await accepts(t, dictionary({ w: weight, x: raw(']q\x01', 'h\x01a'.repeat(10_000)) }));
});

test('refuses a pickle of more than 64 MB before it reads it', async (t) => {
  const entries = pthEntries({ content: dictionary({ w: weight }), storages });
  const long = { name: 'archive/data.pkl', data: new Uint8Array(64 * 1024 * 1024 + 1) };
  const file = await writeTemporary(t, makeZip([long, ...entries.slice(1)]));
  const before = process.memoryUsage().arrayBuffers;
  await rejects(openCheckpoint(file), 'LIMIT_EXCEEDED', /data\.pkl has 67108865 bytes/);
  assert.ok(process.memoryUsage().arrayBuffers - before < GROWTH_BYTES_MAX);
});

const views: readonly (readonly [string, TensorInit, RegExp])[] = [
  ['a shape beyond its storage', { elements: 6, shape: [2, 4] }, /reaches element 7 of a storage that has 6/],
  ['an offset beyond its storage', { elements: 6, offset: 6, shape: [1] }, /reaches element 6/],
  ['an offset of 2^62', { elements: 6, offset: 2 ** 62, shape: [1] }, /expected integers/],
  ['a negative offset', { elements: 6, offset: -1, shape: [1] }, /expected integers/],
  ['a negative size', { elements: 6, shape: [-2, -3] }, /expected integers/],
  ['a negative stride', { elements: 6, offset: 5, shape: [6], strides: [-1] }, /expected integers/],
  ['a fractional size', { elements: 6, shape: [1.5] }, /expected integers/],
  ['a stride beyond its storage', { elements: 6, shape: [2, 3], strides: [4, 1] }, /reaches element 6/],
  ['a stride of 2^52', { elements: 6, shape: [3], strides: [2 ** 52] }, /reaches element/],
  [
    'fewer strides than dimensions',
    { elements: 6, shape: [2, 3], strides: [1] },
    /2 dimensions but 1 strides/,
  ],
  [
    'a shape of 2^120 elements',
    { elements: 6, shape: [2 ** 40, 2 ** 40, 2 ** 40], strides: [0, 0, 0] },
    /more than 2\^53/,
  ],
  [
    '2^40 elements on one',
    { elements: 6, shape: [2 ** 40], strides: [0] },
    /at most 16777216 may be repeated/,
  ],
  ['65 dimensions', { elements: 6, shape: Array.from({ length: 65 }, () => 1) }, /65 dimensions/],
  [
    'a storage larger than its entry',
    { elements: 2 ** 40, shape: [2 ** 40] },
    /takes 4398046511104 bytes, the archive holds 24/,
  ],
  ['a storage smaller than its entry', { elements: 5, shape: [5] }, /takes 20 bytes, the archive holds 24/],
  [
    'a storage of another width',
    { elements: 6, shape: [6], storageClass: 'DoubleStorage' },
    /takes 48 bytes/,
  ],
  ['a storage that is not there', { elements: 6, shape: [6], key: '1' }, /"1" is not in the archive/],
  [
    'a storage outside of its folder',
    { elements: 2, shape: [2], key: '../version', storageClass: 'ByteStorage' },
    /is not in the archive/,
  ],
  ['a negative storage', { elements: -6, shape: [0] }, /./],
];

for (const [title, init, message] of views) {
  test(`refuses a tensor with ${title}`, async (t) => {
    await refuses(t, dictionary({ w: tensor(init) }), 'CHECKPOINT_CORRUPT', message);
  });
}

test('takes tensors that reach exactly to the end, repeat elements, or have none', async (t) => {
  const content = dictionary({
    w: weight,
    last: tensor({ elements: 6, offset: 5, shape: [] }),
    repeated: tensor({ elements: 6, offset: 1, shape: [3, 2], strides: [0, 2] }),
    empty: tensor({ elements: 0, shape: [0, 9], key: 'absent' }),
  });
  const checkpoint = await openCheckpoint(await writeTemporary(t, makePth({ content, storages })));
  t.after(() => checkpoint.close());
  assert.deepEqual([...(await checkpoint.readFloat32('last'))], [6]);
  assert.deepEqual([...(await checkpoint.readFloat32('repeated'))], [2, 4, 2, 4, 2, 4]);
  assert.deepEqual([...(await checkpoint.readFloat32('empty'))], []);
});
