/**
 * Recall and snapshots of the approximate index.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, it, type TestContext } from 'node:test';
import { ExactIndex } from '../../../indexer/index.ts';
import { randomNumbers, temporaryFolder } from '../../support/photo-folder.ts';
import { clusteredVectors, near } from './clustered-vectors.ts';
import { DIMENSION, openHnsw } from './open-hnsw.ts';

const DAMAGED_BYTE = 40;

interface Header {
  readonly live: number;
  readonly dead: readonly number[];
  readonly twins: readonly (readonly number[])[];
}

async function headerOf(folder: string): Promise<Header> {
  return JSON.parse(await readFile(path.join(folder, 'snapshot.json'), 'utf8')) as Header;
}

async function graphFile(folder: string): Promise<string> {
  const name = (await readdir(folder)).find((file) => file.endsWith('.hnsw'));
  assert.ok(name);
  return path.join(folder, name);
}

describe('the hnsw index', () => {
  for (const [dimension, count] of [
    [64, 8000],
    [192, 4000],
  ] as const) {
    it(`finds 99 % of the ten nearest among ${count} clustered vectors of ${dimension} numbers`, async (context) => {
      const exact = new ExactIndex(dimension);
      const hnsw = await openHnsw(await temporaryFolder(context), [], dimension);
      const options = { count, dimension, clusters: 200, spread: 0.7, seed: 4 };
      const entries = clusteredVectors(options);
      await exact.add(entries);
      await hnsw.add(entries);
      const random = randomNumbers(5);
      const recalls: number[] = [];
      for (let query = 0; query < 200; query += 1) {
        const base = entries[Math.floor(random() * count)]?.vector ?? new Float32Array();
        const vector = near(base, 0.5, random);
        const truth = new Set((await exact.search(vector, 10)).map(({ id }) => id));
        const found = await hnsw.search(vector, 10);
        recalls.push(found.filter(({ id }) => truth.has(id)).length / truth.size);
      }
      const recall = recalls.reduce((sum, value) => sum + value, 0) / recalls.length;
      context.diagnostic(`recall@10 ${recall.toFixed(4)}`);
      assert.ok(recall >= 0.99, `recall@10 is ${recall}`);
      await hnsw.close();
    });
  }

  const entries = clusteredVectors({ count: 400, dimension: DIMENSION, clusters: 20, spread: 0.6, seed: 6 });
  const [first] = entries;
  assert.ok(first);

  function idsFrom(start: number, end: number): number[] {
    return entries.slice(start, end).map(({ id }) => id);
  }

  async function savedFolder(context: TestContext): Promise<string> {
    const folder = path.join(await temporaryFolder(context), 'generation-1');
    const index = await openHnsw(folder);
    await index.add(entries);
    await index.remove([first?.id ?? 0]);
    index.advance(401);
    await index.save();
    await index.close();
    return folder;
  }

  it('opens with what was saved: vectors, removals, sequence; and takes more', async (context) => {
    const folder = await savedFolder(context);
    const notices: string[] = [];
    const index = await openHnsw(folder, notices);
    assert.deepEqual([index.size, index.sequence, notices], [399, 401, []]);
    assert.notEqual((await index.search(first.vector, 1))[0]?.id, first.id);
    await index.remove([first.id]);
    await index.add(clusteredVectors({ count: 3000, dimension: DIMENSION, clusters: 9, spread: 1, seed: 7 }));
    assert.equal(index.size, 3000);
    await index.close();
  });

  it('keeps one snapshot, and writes none when nothing changed', async (context) => {
    const folder = await savedFolder(context);
    const before = await graphFile(folder);
    const index = await openHnsw(folder);
    await index.save();
    assert.equal(await graphFile(folder), before);
    await index.add([first]);
    index.advance(402);
    await index.save();
    assert.notEqual(await graphFile(folder), before);
    assert.deepEqual((await readdir(folder)).length, 2);
    await index.close();
  });

  it('keeps ids with equal vectors apart over a restart', async (context) => {
    const folder = await savedFolder(context);
    const index = await openHnsw(folder);
    const [, second] = entries;
    assert.ok(second);
    await index.add([7001, 7002, 7003].map((id) => ({ id, vector: second.vector })));
    await index.remove([second.id]);
    index.advance(500);
    await index.save();
    await index.close();
    const again = await openHnsw(folder);
    assert.equal(again.size, 401);
    const ids = (await again.search(second.vector, 3)).map(({ id }) => id);
    assert.deepEqual(new Set(ids), new Set([7001, 7002, 7003]));
    await again.close();
  });

  it('knows equal vectors after a restart, be they few or many', async (context) => {
    const folder = await savedFolder(context);
    const index = await openHnsw(folder);
    // Few are looked up in the graph; with the hundred that follow, a table is made.
    for (const [start, count] of [
      [8000, 2],
      [9000, 100],
    ] as const) {
      const copies = entries
        .slice(1, 1 + count)
        .map(({ vector }, place) => ({ id: start + place, vector: vector.slice() }));
      await index.add(copies);
    }
    index.advance(600);
    await index.save();
    await index.close();
    const { twins, live } = await headerOf(folder);
    assert.deepEqual([twins.length, twins.flat().length, live], [100, 202, 501]);
  });

  it('builds the graph anew when more than a fifth of it is dead, or when it is asked to', async (context) => {
    const folder = await savedFolder(context);
    const index = await openHnsw(folder);
    const deadAfter = async (work: () => Promise<void>, sequence: number): Promise<number> => {
      await work();
      index.advance(sequence);
      await index.save();
      return (await headerOf(folder)).dead.length;
    };
    assert.equal(await deadAfter(() => index.remove(idsFrom(1, 80)), 500), 80);
    assert.equal(await deadAfter(() => index.remove(idsFrom(80, 81)), 501), 0);
    assert.equal(await deadAfter(() => index.remove(idsFrom(81, 91)), 502), 10);
    assert.equal(await deadAfter(() => index.compact(), 503), 0);
    assert.equal(index.size, 309);
    for (const { id, vector } of entries.slice(91)) assert.equal((await index.search(vector, 1))[0]?.id, id);
    await index.close();
  });

  it('leaves the thread of the caller free while it inserts, saves and opens', async (context) => {
    const folder = await temporaryFolder(context);
    const many = clusteredVectors({ count: 6000, dimension: 128, clusters: 50, spread: 0.8, seed: 3 });
    const loop = monitorEventLoopDelay({ resolution: 5 });
    const index = await openHnsw(folder, [], 128);
    loop.enable();
    const before = performance.eventLoopUtilization();
    const start = performance.now();
    for (let page = 0; page < many.length; page += 256) await index.add(many.slice(page, page + 256));
    index.advance(6000);
    await index.save();
    await index.close();
    const again = await openHnsw(folder, [], 128);
    const tookMs = performance.now() - start;
    const { utilization } = performance.eventLoopUtilization(before);
    loop.disable();
    assert.equal(again.size, 6000);
    await again.close();
    context.diagnostic(`${tookMs.toFixed(0)} ms; not free for ${(loop.max / 1e6).toFixed(0)} ms at most`);
    // Turns are long when the machine is busy with something else; were the work done here, it would be all of the time.
    assert.ok(utilization < 0.5, `busy for ${utilization} of ${tookMs} ms`);
    assert.ok(loop.max / 1e6 < tookMs / 2, `${loop.max / 1e6} of ${tookMs} ms`);
  });

  it('answers searches while it saves', async (context) => {
    const folder = await savedFolder(context);
    const index = await openHnsw(folder);
    await index.add([first]);
    index.advance(402);
    const saving = index.save();
    const hits = await Promise.all(entries.slice(0, 50).map(({ vector }) => index.search(vector, 3)));
    assert.ok(hits.every((found) => found.length === 3));
    await saving;
    await index.close();
  });

  it('starts empty, with a notice, from a damaged snapshot; and saves a whole one over it', async (context) => {
    const damages: Readonly<Record<string, (graph: string, header: string) => Promise<void>>> = {
      'a truncated graph': async (graph) => truncate(graph, (await stat(graph)).size - 100),
      'a graph with one bit flipped': async (graph) => {
        const bytes = await readFile(graph);
        bytes[DAMAGED_BYTE] = (bytes[DAMAGED_BYTE] ?? 0) ^ 4;
        await writeFile(graph, bytes);
      },
      'an empty graph': (graph) => truncate(graph, 0),
      'a header that ends too early': (_, header) => truncate(header, 30),
      'a header of another kind': (_, header) => writeFile(header, '{"format":99}'),
      'a header that leads out of the folder': async (_, header) => {
        const json = JSON.parse(await readFile(header, 'utf8')) as Record<string, unknown>;
        await writeFile(header, JSON.stringify({ ...json, file: '../../elsewhere' }));
      },
      'a header of another library': async (_, header) => {
        const json = JSON.parse(await readFile(header, 'utf8')) as Record<string, unknown>;
        await writeFile(header, JSON.stringify({ ...json, libraryId: 'another' }));
      },
      'a header with wrong removals': async (_, header) => {
        const json = JSON.parse(await readFile(header, 'utf8')) as Record<string, unknown>;
        await writeFile(header, JSON.stringify({ ...json, dead: [777_777] }));
      },
    };
    for (const [name, damage] of Object.entries(damages)) {
      const folder = await savedFolder(context);
      await damage(await graphFile(folder), path.join(folder, 'snapshot.json'));
      const notices: string[] = [];
      const index = await openHnsw(folder, notices);
      assert.deepEqual([index.size, index.sequence, notices.length], [0, 0, 1], name);
      await index.add(entries);
      index.advance(400);
      await index.close();
      const again = await openHnsw(folder, notices);
      assert.equal(again.size, 0, name);
      await again.add(entries);
      again.advance(400);
      await again.save();
      await again.close();
      const whole = await openHnsw(folder);
      assert.deepEqual([whole.size, whole.sequence], [400, 400], name);
      await whole.close();
    }
  });
});
