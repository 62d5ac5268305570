/** The parts of the benchmark whose mistakes would make its figures wrong. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  importModel,
  openCheckpoint,
  parametersOf,
  Session,
  sessionOptions,
  Weights,
  writeGraph,
  type Beit3Config,
  type TensorData,
} from '../../../model/index.ts';
import { cosine, rowCosines, summarize, takeTurns } from '../../../scripts/bench/measure.ts';
import { buildPlainGraph } from '../../../scripts/bench/plain-graph.ts';
import { writePth } from '../../../scripts/bench/pth-writer.ts';
import { RandomWeights, randomValues } from '../../../scripts/bench/random-weights.ts';
import { sections } from '../../../scripts/bench/registry.ts';
import { figure } from '../../../scripts/bench/section.ts';
import { renderTable } from '../../../scripts/bench/table.ts';
import { imageFeed, integerFeed, largestDifference, runGraph, valuesOf } from '../../support/run-graph.ts';
import { randomImages, randomTexts, tinyConfig, TinyNetwork } from '../../support/tiny-network.ts';

const config: Beit3Config = { ...tinyConfig, heads: { ...tinyConfig.heads, retrieval: true } };

let folder: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'imglish-bench-test-'));
});
after(() => rm(folder, { recursive: true }));

describe('takeTurns', () => {
  it('runs the contestants in turns and keeps their times apart', async () => {
    const order: string[] = [];
    const contestant = (name: string, ms: number) => ({
      name,
      run: async () => {
        order.push(name);
        await delay(ms);
      },
    });
    const [slow, fast] = await takeTurns([contestant('slow', 20), contestant('fast', 1)], {
      warmups: 1,
      roundsMin: 3,
      budgetMs: 0,
    });
    assert.deepEqual(order, ['slow', 'fast', 'slow', 'fast', 'slow', 'fast', 'slow', 'fast']);
    assert.equal(slow?.count, 3);
    assert.ok(slow.median > (fast?.median ?? Infinity), `${slow.median} ms against ${fast?.median} ms`);
  });

  it('summarizes by ranks, whatever the order', () => {
    const times = summarize([9, 1, 5, 3, 7]);
    assert.deepEqual([times.fastest, times.median, times.p90, times.p99], [1, 5, 9, 9]);
    assert.equal(summarize([4, 1, 2, 3]).median, 2.5);
  });
});

describe('cosine', () => {
  it('compares directions, row by row', () => {
    assert.equal(cosine(Float32Array.of(1, 0), Float32Array.of(0, 2)), 0);
    const cosines = rowCosines(Float32Array.of(1, 0, 3, 4), Float32Array.of(2, 0, -3, -4), 2);
    assert.deepEqual(cosines, [1, -1]);
  });
});

describe('random weights', () => {
  it('gives the same numbers for a range as for the whole', async () => {
    const weights = new RandomWeights(config);
    const name = 'beit3.text_embed.weight';
    const whole = await weights.readFloat32(name);
    assert.equal(whole.length, config.vocabularySize * config.width);
    assert.deepEqual(await weights.readFloat32(name, { start: 100, count: 50 }), whole.slice(100, 150));
  });

  it('has the spread of an initialized network, and no two parameters alike', () => {
    const values = randomValues('beit3.text_embed.weight', 0, 100_000);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    assert.ok(Math.abs(mean) < 0.001 && Math.abs(deviation - 0.02) < 0.0005, `${mean}, ${deviation}`);
    assert.notDeepEqual(randomValues('a.weight', 0, 8), randomValues('b.weight', 0, 8));
    const norm = randomValues('beit3.encoder.layer_norm.A.weight', 0, 1000);
    assert.ok(norm.every((value) => value > 0.9 && value < 1.1));
  });
});

describe('plain graph', () => {
  for (const tower of ['vision', 'text'] as const) {
    it(`gives the vectors of our own ${tower} graph`, async () => {
      const network = new TinyNetwork(config);
      const texts = randomTexts(config, [5, 9, 7]);
      const feeds = (): Record<string, TensorData> =>
        tower === 'vision'
          ? { image: imageFeed(config, randomImages(config, 3)) }
          : { input_ids: integerFeed(texts.ids), padding_mask: integerFeed(texts.padding) };
      const own = valuesOf(await runGraph(network, { tower, outputs: ['vector'] }, feeds()), 'vector');
      const target = path.join(folder, tower);
      await writeGraph(buildPlainGraph(config, new Weights(network, 'fp32'), tower), target);
      const options = sessionOptions('cpu', { threads: 1, providerOptions: {} });
      const session = await Session.load(path.join(target, 'graph.onnx'), options);
      const plain = valuesOf(await session.run(feeds()), 'vector');
      await session.close();
      assert.equal(plain.length, 3 * config.width);
      assert.ok(largestDifference(plain, own) < 1e-5);
    });
  }
});

describe('writePth', () => {
  it('writes a checkpoint that is read and imported like one of PyTorch', async () => {
    const wide: Beit3Config = { ...config, width: 64, attentionHeads: 1 };
    const file = path.join(folder, 'tiny.pth');
    const specs = parametersOf(wide);
    await writePth(
      file,
      specs.map(({ name, shape }) => ({
        name,
        shape,
        *chunks() {
          const count = shape.reduce((product, size) => product * size, 1);
          // Two chunks, so that checksums and sizes are of all of them.
          yield randomValues(name, 0, Math.floor(count / 2));
          yield randomValues(name, Math.floor(count / 2), count - Math.floor(count / 2));
        },
      })),
    );
    const checkpoint = await openCheckpoint(file);
    assert.equal(checkpoint.format, 'pth');
    assert.deepEqual(
      [...checkpoint.tensors.keys()],
      specs.map(({ name }) => name),
    );
    const name = 'beit3.encoder.layers.1.ffn.B.fc2.weight';
    const size = wide.width * wide.feedForwardWidth;
    assert.deepEqual(await checkpoint.readFloat32(name), randomValues(name, 0, size));
    await checkpoint.close();
    const { model, unused } = await importModel({ checkpoint: file, modelsFolder: folder, name: 'tiny' });
    assert.deepEqual(unused, []);
    assert.equal(model.config.beit3.width, 64);
  });
});

describe('report', () => {
  it('aligns columns under their heads', () => {
    const text = renderTable({
      title: 'Speed',
      columns: ['way', '/s'],
      rows: [
        ['slow', 1],
        ['fast', 1234],
      ],
    });
    assert.equal(
      text,
      ['Speed', '', '| way  |   /s |', '|------|-----:|', '| slow |    1 |', '| fast | 1234 |'].join('\n'),
    );
  });

  it('prints three digits that mean something', () => {
    assert.deepEqual(
      [figure(1234.5), figure(12.345, 'ms'), figure(0.01234), figure(Number.NaN)],
      ['1235', '12.3 ms', '0.0123', '–'],
    );
  });

  it('has one section of each name', () => {
    assert.equal(new Set(sections.map(({ name }) => name)).size, sections.length);
    for (const name of ['base', 'nano', 'preprocess', 'memory']) {
      assert.ok(
        sections.some((section) => section.name === name),
        name,
      );
    }
  });
});
