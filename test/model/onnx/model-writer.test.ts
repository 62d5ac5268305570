/**
 * Graphs on disk: external data, alignment, whole or not at all.
 * Source: the ONNX specification, "External Data". Deviation: none.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { isAppError, Session, sessionOptions, writeGraph } from '../../../model/index.ts';
import { GraphBuilder, type Initializer } from '../../../model/onnx/index.ts';
import { ModelProtoSchema, type TensorProto } from '../../../model/onnx/onnx_pb.ts';
import { withFolder } from '../../support/run-graph.ts';

const PAGE_BYTES = 65_536;

/** A float32 vector of `count` numbers: first, first + 1, … in chunks of odd sizes. */
function vector(name: string, count: number, first: number): Initializer {
  const values = Float32Array.from({ length: count }, (_, index) => first + index);
  const bytes = new Uint8Array(values.buffer);
  return {
    name,
    type: 'float32',
    shape: [count],
    *bytes() {
      for (let at = 0; at < bytes.length; at += 100_003) yield bytes.subarray(at, at + 100_003);
    },
  };
}

/** x + tiny + small + large, where the last is long enough to be aligned. */
function sumGraph(): GraphBuilder {
  const g = new GraphBuilder();
  let x = g.input('x', 'float32', ['N']);
  x = g.add(x, g.initializer(vector('tiny', 1, 1000)));
  x = g.add(x, g.slice(g.initializer(vector('small', 500, 0)), 0, 0, 1));
  x = g.add(x, g.slice(g.initializer(vector('large', 300_000, 0)), 0, 299_999, 300_000));
  g.output('sum', x, ['N']);
  return g;
}

function externalOf(tensor: TensorProto): { offset: number; length: number; location: string } {
  const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  return {
    offset: Number(entries.get('offset')),
    length: Number(entries.get('length')),
    location: entries.get('location') ?? '',
  };
}

test('writes a protobuf that can be read again, with weights beside it at the stated places', async () => {
  await withFolder(async (parent) => {
    const folder = path.join(parent, 'below', 'graph');
    await writeGraph(sumGraph(), folder);
    assert.deepEqual((await readdir(folder)).toSorted(), ['graph.data', 'graph.onnx']);
    const model = fromBinary(ModelProtoSchema, await readFile(path.join(folder, 'graph.onnx')));
    const data = await readFile(path.join(folder, 'graph.data'));
    assert.deepEqual(
      model.opsetImport.map(({ domain, version }) => [domain, version]),
      [
        ['', 20n],
        ['com.microsoft', 1n],
      ],
    );
    const tensors = new Map((model.graph?.initializer ?? []).map((tensor) => [tensor.name, tensor]));
    const [tiny, small, large] = ['tiny', 'small', 'large'].map((name) => tensors.get(name));
    assert.ok(tiny && small && large);
    assert.equal(tiny.externalData.length, 0, 'a scalar stands in the protobuf');
    assert.equal(tiny.rawData.byteLength, 4);
    for (const [tensor, count] of [
      [small, 500],
      [large, 300_000],
    ] as const) {
      const { offset, length, location } = externalOf(tensor);
      assert.equal(location, 'graph.data');
      assert.equal(length, 4 * count);
      assert.deepEqual(tensor.dims, [BigInt(count)]);
      const values = new Float32Array(
        data.buffer.slice(data.byteOffset + offset, data.byteOffset + offset + length),
      );
      assert.equal(values[0], 0);
      assert.equal(values.at(-1), count - 1);
    }
    assert.equal(externalOf(large).offset % PAGE_BYTES, 0, 'a large tensor begins on a page');
    assert.equal(externalOf(small).offset, 0, 'a small one wastes no page');
  });
});

test('the runtime computes with the external weights', async () => {
  await withFolder(async (parent) => {
    const folder = path.join(parent, 'graph');
    await writeGraph(sumGraph(), folder);
    const options = sessionOptions('cpu', { threads: 1, providerOptions: {} });
    const session = await Session.load(path.join(folder, 'graph.onnx'), options);
    const result = await session.run({ x: { data: Float32Array.of(0.5, 1.5), dims: [2] } });
    await session.close();
    assert.deepEqual([...(result['sum']?.data ?? [])], [1000.5 + 299_999, 1001.5 + 299_999]);
  });
});

test('leaves nothing behind where weights are missing, too short or too long', async () => {
  await withFolder(async (parent) => {
    const broken: readonly [string, () => Iterable<Uint8Array>][] = [
      ['too short', () => [new Uint8Array(1996)]],
      ['too long', () => [new Uint8Array(2000), new Uint8Array(4)]],
      [
        'missing',
        () => {
          throw new Error('the disk is gone');
        },
      ],
    ];
    for (const [name, bytes] of broken) {
      const g = new GraphBuilder();
      const weight = g.initializer({ name: 'w', type: 'float32', shape: [500], bytes });
      g.output('y', g.add(g.input('x', 'float32', [500]), weight), [500]);
      await assert.rejects(
        writeGraph(g, path.join(parent, 'graph')),
        (error) => name === 'missing' || isAppError(error, 'CHECKPOINT_CORRUPT'),
        name,
      );
      assert.deepEqual(await readdir(parent), [], name);
    }
  });
});

test('checks the length of tensors that stand in the protobuf too', async () => {
  await withFolder(async (parent) => {
    for (const length of [4, 12]) {
      const g = new GraphBuilder();
      const weight = g.initializer({
        name: 'w',
        type: 'float32',
        shape: [2],
        bytes: () => [new Uint8Array(length)],
      });
      g.output('y', g.add(g.input('x', 'float32', [2]), weight), [2]);
      await assert.rejects(
        writeGraph(g, path.join(parent, 'graph')),
        (error) => isAppError(error, 'CHECKPOINT_CORRUPT'),
        `${length} bytes`,
      );
      assert.deepEqual(await readdir(parent), []);
    }
  });
});

test('stops when told to and leaves nothing behind', async () => {
  await withFolder(async (parent) => {
    const controller = new AbortController();
    const g = new GraphBuilder();
    const first = g.initializer({
      ...vector('first', 500, 0),
      bytes: () => {
        controller.abort();
        return vector('first', 500, 0).bytes();
      },
    });
    const second = g.initializer(vector('second', 500, 0));
    g.output('y', g.add(first, second), [500]);
    await assert.rejects(writeGraph(g, path.join(parent, 'graph'), controller.signal));
    assert.deepEqual(await readdir(parent), []);
  });
});

test('two writers of one graph do not disturb each other', async () => {
  await withFolder(async (parent) => {
    const folder = path.join(parent, 'graph');
    await Promise.all([writeGraph(sumGraph(), folder), writeGraph(sumGraph(), folder)]);
    assert.deepEqual(await readdir(parent), ['graph']);
    assert.ok(existsSync(path.join(folder, 'graph.onnx')));
  });
});

test('names a full disk as such, and no other trouble', async () => {
  await withFolder(async (parent) => {
    const folder = path.join(parent, 'graph');
    await assert.rejects(
      writeGraph(failing('ENOSPC'), folder),
      (error) => isAppError(error, 'DISK_FULL') && error.message.includes('free space'),
    );
    await assert.rejects(writeGraph(failing('EIO'), folder), (error) => !isAppError(error));
    assert.deepEqual(await readdir(parent), []);
  });
});

/** A graph whose weights cannot be read or written, for the given reason. */
function failing(code: string): GraphBuilder {
  const g = new GraphBuilder();
  const weight = g.initializer({
    name: 'w',
    type: 'float32',
    shape: [500],
    bytes: () => {
      throw Object.assign(new Error(`${code}: write`), { code });
    },
  });
  g.output('y', g.add(g.input('x', 'float32', [500]), weight), [500]);
  return g;
}
