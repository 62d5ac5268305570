/**
 * One suite for every implementation of VectorIndex; then what only the exact one promises.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ExactIndex, type VectorIndex } from '../../../indexer/index.ts';
import { isAppError } from '../../../model/index.ts';
import { randomNumbers, temporaryFolder } from '../../support/photo-folder.ts';
import { clusteredVectors, randomUnit } from './clustered-vectors.ts';
import { DIMENSION, openHnsw } from './open-hnsw.ts';

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

    it('finds the same before and after it gives back what removed vectors hold', (context) =>
      withIndex(make, context, async (index) => {
        await index.add(entries);
        await index.remove(entries.slice(0, 20).map(({ id }) => id));
        const before = await index.search(second.vector, 30);
        index.advance(320);
        const searches = Array.from({ length: 20 }, () => index.search(second.vector, 30));
        await index.compact();
        assert.deepEqual([index.size, index.sequence], [280, 320]);
        const ids = new Set(before.map(({ id }) => id));
        for (const hits of [await index.search(second.vector, 30), ...(await Promise.all(searches))]) {
          assert.deepEqual(new Set(hits.map(({ id }) => id)), ids);
        }
        await index.add(entries.slice(0, 20));
        assert.equal((await index.search(first.vector, 1))[0]?.id, first.id);
        await index.compact();
        assert.equal(index.size, 300);
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
    // Of the processor: another process that takes it may not count as a long turn.
    const start = process.cpuUsage();
    for (let round = 0; round < 5; round += 1) await index.search(seed.vector, 100);
    isRunning = false;
    const expected = Math.floor(process.cpuUsage(start).user / 1000 / 8 / 3);
    assert.ok(expected > 0 && turns > expected, `${turns} turns, expected more than ${expected}`);
  });
});
