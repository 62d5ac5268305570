/**
 * One suite for every implementation of VectorIndex; then recall and snapshots of the approximate one.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { ExactIndex, HnswIndex, type VectorIndex } from '../../../indexer/index.ts';
import { isAppError } from '../../../model/index.ts';
import { randomNumbers, temporaryFolder } from '../../support/photo-folder.ts';
import { clusteredVectors, near, randomUnit } from './clustered-vectors.ts';

const DIMENSION = 24;
const DAMAGED_BYTE = 40;

function openHnsw(folder: string, notices: string[] = [], dimension = DIMENSION): Promise<HnswIndex> {
  return HnswIndex.open({
    folder,
    libraryId: 'library',
    generationId: 1,
    dimension,
    readOnly: false,
    onNotice: (notice) => notices.push(notice),
  });
}

const implementations: Readonly<Record<string, (context: TestContext) => Promise<VectorIndex>>> = {
  exact: async () => new ExactIndex(DIMENSION),
  hnsw: async (context) => openHnsw(await temporaryFolder(context)),
};

async function withIndex(
  make: (context: TestContext) => Promise<VectorIndex>,
  context: TestContext,
  work: (index: VectorIndex) => Promise<void>,
): Promise<void> {
  const index = await make(context);
  try {
    await work(index);
  } finally {
    await index.close();
  }
}

async function graphFile(folder: string): Promise<string> {
  const name = (await readdir(folder)).find((file) => file.endsWith('.hnsw'));
  assert.ok(name);
  return path.join(folder, name);
}

function isRefused(error: unknown): boolean {
  return isAppError(error, 'INVALID_ARGUMENT');
}

for (const [name, make] of Object.entries(implementations)) {
  describe(`the ${name} index`, () => {
    const entries = clusteredVectors({
      count: 300,
      dimension: DIMENSION,
      clusters: 10,
      spread: 0.5,
      seed: 1,
    });
    const [first, second] = entries;
    assert.ok(first && second);

    it('finds nothing in an empty index', (context) =>
      withIndex(make, context, async (index) => {
        assert.equal(index.size, 0);
        assert.deepEqual(await index.search(first.vector, 10), []);
      }));

    it('finds every vector first by itself, with cosine 1', (context) =>
      withIndex(make, context, async (index) => {
        await index.add(entries);
        assert.equal(index.size, entries.length);
        for (const { id, vector } of entries) {
          const [best] = await index.search(vector, 1);
          assert.equal(best?.id, id);
          assert.ok(Math.abs(best.score - 1) < 1e-5, String(best.score));
        }
      }));

    it('gives cosines, best first, each id once', (context) =>
      withIndex(make, context, async (index) => {
        await index.add(entries);
        const hits = await index.search(first.vector, 50);
        assert.equal(new Set(hits.map(({ id }) => id)).size, 50);
        for (const [rank, { id, score }] of hits.entries()) {
          assert.ok(score <= (hits[rank - 1]?.score ?? 2));
          const other = entries[id - 1]?.vector ?? new Float32Array();
          const cosine = first.vector.reduce((sum, value, place) => sum + value * (other[place] ?? 0), 0);
          assert.ok(Math.abs(cosine - score) < 1e-5);
        }
      }));

    it('gives all there are where more are asked for', (context) =>
      withIndex(make, context, async (index) => {
        await index.add(entries.slice(0, 7));
        assert.equal((await index.search(first.vector, 2000)).length, 7);
      }));

    it('grows far beyond its first capacity', (context) =>
      withIndex(make, context, async (index) => {
        const many = clusteredVectors({
          count: 5000,
          dimension: DIMENSION,
          clusters: 50,
          spread: 0.8,
          seed: 2,
        });
        await index.add(many);
        assert.equal(index.size, 5000);
        const last = many.at(-1);
        assert.ok(last);
        assert.equal((await index.search(last.vector, 1))[0]?.id, last.id);
      }));

    it('never finds a removed vector again, even where it alone was near', (context) =>
      withIndex(make, context, async (index) => {
        await index.add(entries);
        await index.remove([first.id, first.id, 99_999]);
        assert.equal(index.size, entries.length - 1);
        const ids = (await index.search(first.vector, entries.length)).map(({ id }) => id);
        assert.ok(!ids.includes(first.id));
        assert.equal(ids.length, entries.length - 1);
      }));

    it('finds a vector again that was removed and added', (context) =>
      withIndex(make, context, async (index) => {
        await index.add(entries);
        await index.remove([first.id]);
        await index.add([first]);
        assert.equal((await index.search(first.vector, 1))[0]?.id, first.id);
        assert.equal(index.size, entries.length);
      }));

    it('gives a known id its new vector', (context) =>
      withIndex(make, context, async (index) => {
        await index.add(entries);
        const away = randomUnit(randomNumbers(77), DIMENSION);
        await index.add([{ id: first.id, vector: away }]);
        assert.equal(index.size, entries.length);
        assert.equal((await index.search(away, 1))[0]?.id, first.id);
        assert.ok(((await index.search(first.vector, 1))[0]?.score ?? 1) < 0.999);
      }));

    it('still finds all others when four fifths are removed', (context) =>
      withIndex(make, context, async (index) => {
        await index.add(entries);
        await index.remove(entries.filter(({ id }) => id % 5 !== 0).map(({ id }) => id));
        const rest = entries.filter(({ id }) => id % 5 === 0);
        assert.equal(index.size, rest.length);
        for (const { id, vector } of rest) assert.equal((await index.search(vector, 1))[0]?.id, id);
        await index.remove(rest.map(({ id }) => id));
        assert.deepEqual(await index.search(first.vector, 5), []);
        await index.add([second]);
        assert.equal((await index.search(first.vector, 5)).length, 1);
      }));

    it('forgets everything when cleared, and can be filled again', (context) =>
      withIndex(make, context, async (index) => {
        await index.add(entries);
        index.advance(9);
        await index.clear();
        assert.deepEqual([index.size, index.sequence], [0, 0]);
        await index.add([first]);
        assert.equal((await index.search(first.vector, 3)).length, 1);
      }));

    it('finds all of many equal vectors, and what lies beside them', (context) =>
      withIndex(make, context, async (index) => {
        const many = clusteredVectors({
          count: 2000,
          dimension: DIMENSION,
          clusters: 40,
          spread: 0.8,
          seed: 8,
        });
        const same = Array.from({ length: 1000 }, (_, place) => ({
          id: 10_000 + place,
          vector: first.vector,
        }));
        const random = randomNumbers(9);
        const mixed = [...many, ...same]
          .map((entry) => ({ entry, place: random() }))
          .toSorted((a, b) => a.place - b.place)
          .map(({ entry }) => entry);
        await index.add(mixed);
        assert.equal(index.size, 3000);
        const hits = await index.search(first.vector, 1000);
        assert.deepEqual(new Set(hits.map(({ id }) => id)), new Set(same.map(({ id }) => id)));
        const found = await Promise.all(
          many.map(async ({ vector }) => (await index.search(vector, 1))[0]?.id),
        );
        const missed = many.filter(({ id }, place) => found[place] !== id);
        assert.ok(missed.length <= 2, `${missed.length} of 2000 are not found`);

        await index.remove(same.slice(0, 999).map(({ id }) => id));
        assert.equal(index.size, 2001);
        assert.equal((await index.search(first.vector, 1))[0]?.id, same.at(-1)?.id);
        const [old] = many;
        assert.ok(old);
        await index.add([{ id: same.at(-1)?.id ?? 0, vector: old.vector }]);
        const both = (await index.search(old.vector, 2)).map(({ id }) => id);
        assert.deepEqual(new Set(both), new Set([old.id, same.at(-1)?.id]));
        assert.equal(index.size, 2001);
      }));

    it('answers many searches while vectors are added and removed', (context) =>
      withIndex(make, context, async (index) => {
        await index.add(entries.slice(0, 100));
        const work = [
          index.add(entries.slice(100)),
          index.remove([first.id]),
          ...entries.slice(0, 50).map(({ vector }) => index.search(vector, 10)),
        ];
        await Promise.all(work);
        assert.equal(index.size, entries.length - 1);
      }));

    it('refuses a vector of another dimension, of another length, and of no number; and a bad k', (context) =>
      withIndex(make, context, async (index) => {
        const bad = [
          new Float32Array(DIMENSION - 1).fill(0.1),
          new Float32Array(DIMENSION),
          new Float32Array(DIMENSION).fill(1),
          new Float32Array(DIMENSION).fill(Number.NaN),
        ];
        for (const vector of bad) {
          await assert.rejects(index.add([{ id: 1, vector }]), isRefused);
          await assert.rejects(index.search(vector, 1), isRefused);
        }
        for (const k of [0, -1, 1.5, 1e6, Number.NaN]) {
          await assert.rejects(index.search(first.vector, k), isRefused);
        }
        await assert.rejects(index.add([{ id: -1, vector: first.vector }]), isRefused);
        await index.add([first]);
        assert.equal((await index.search(first.vector, 1)).length, 1);
      }));

    it('may be closed twice', (context) =>
      withIndex(make, context, async (index) => {
        await index.add([first]);
        await index.close();
      }));
  });
}

describe('the exact index', () => {
  it('looks at the event loop every 8 ms while it compares 100,000 vectors', async () => {
    const index = new ExactIndex(192);
    const [seed] = clusteredVectors({ count: 1, dimension: 192, clusters: 1, spread: 1, seed: 3 });
    assert.ok(seed);
    await index.add(Array.from({ length: 100_000 }, (_, id) => ({ id, vector: seed.vector })));
    let turns = 0;
    let isRunning = true;
    const count = (): void => {
      turns += 1;
      if (isRunning) setImmediate(count);
    };
    setImmediate(count);
    const start = performance.now();
    for (let round = 0; round < 5; round += 1) await index.search(seed.vector, 100);
    isRunning = false;
    const expected = Math.floor((performance.now() - start) / 8 / 3);
    assert.ok(expected > 0 && turns > expected, `${turns} turns, expected more than ${expected}`);
  });
});

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
