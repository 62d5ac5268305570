/**
 * The sections of the benchmark about the index and the pipeline, in their quick form.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { syntheticVectors } from '../../../scripts/bench/synthetic-vectors.ts';
import { projectRoot } from '../../support/paths.ts';

/** Figures by name. */
type Values = Readonly<Record<string, number>>;

interface BenchOutput {
  readonly sections: Readonly<Record<string, { readonly values: Values }>>;
}

async function runBench(section: string): Promise<Values> {
  const script = path.join(projectRoot, 'dist', 'scripts', 'bench', 'main.js');
  const { stdout } = await promisify(execFile)(process.execPath, [script, section, '--quick', '--json']);
  return (JSON.parse(stdout) as BenchOutput).sections[section]?.values ?? {};
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, place) => sum + value * (b[place] ?? 0), 0);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const set = syntheticVectors({ count: 2000, queries: 20, dimension: 192, seed: 7 });

function row(matrix: Float32Array, index: number): Float32Array {
  return matrix.slice(index * set.dimension, (index + 1) * set.dimension);
}

/** Cosine to the nearest of the set but for itself. */
function nearest(vector: Float32Array, self: number): number {
  let best = -1;
  for (let index = 0; index < 2000; index += 1) {
    if (index !== self) best = Math.max(best, dot(vector, row(set.vectors, index)));
  }
  return best;
}

describe('made-up vectors', () => {
  it('are the same for the same seed, others for another', () => {
    const options = { count: 50, queries: 5, dimension: 16, seed: 1 };
    assert.deepEqual(syntheticVectors(options), syntheticVectors(options));
    assert.notDeepEqual(syntheticVectors(options).vectors, syntheticVectors({ ...options, seed: 2 }).vectors);
  });

  it('have unit length, neighbours as photos have, and queries that lie aside', () => {
    for (const index of [0, 999, 1999]) {
      assert.ok(Math.abs(dot(row(set.vectors, index), row(set.vectors, index)) - 1) < 1e-5);
    }
    const photos = Array.from({ length: 20 }, (_, index) => nearest(row(set.vectors, index), index));
    const queries = Array.from({ length: 20 }, (_, index) => nearest(row(set.queries, index), -1));
    assert.ok(mean(photos) > 0.7 && mean(photos) < 0.95, `photos ${mean(photos)}`);
    assert.ok(mean(queries) > 0.55 && mean(queries) < mean(photos), `queries ${mean(queries)}`);
  });
});

describe('the benchmark', () => {
  it('compares the index with the raw library and exact search', async () => {
    const values = await runBench('vectors');
    for (const way of ['exact', 'ours', 'library, plain build']) {
      assert.ok((values[`1000 x 256 ${way}: inserts per second`] ?? 0) > 0, way);
      assert.ok((values[`1000 x 256 ${way}: recall`] ?? 0) >= 0.99, way);
    }
    assert.ok((values['1000 x 256 ours: open ms'] ?? 0) > 0);
  });

  it('compares the pipeline with its stages, and looks at its memory', async () => {
    const values = await runBench('pipeline');
    const names = Object.keys(values);
    for (const name of ['share of the slowest stage', 'second run seconds', 'embed, photos per second']) {
      assert.ok(
        names.some((key) => key.endsWith(name)),
        name,
      );
    }
    assert.ok((values['made-up photos: resident bytes at 2000'] ?? 0) > 1e7);
    assert.ok((values['rebuild seconds'] ?? 0) > 0);
  });
});
