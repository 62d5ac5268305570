/**
 * Stages of the pipeline.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { IdSet } from '../../indexer/scan/id-set.ts';
import { inGroups, inParallel, Limit } from '../../indexer/pipeline/stage.ts';

async function* numbers(count: number, onEnd: () => void = () => undefined): AsyncGenerator<number> {
  try {
    for (let number = 0; number < count; number += 1) yield number;
  } finally {
    onEnd();
  }
}

async function* slow(): AsyncGenerator<number> {
  yield 1;
  await delay(10_000, undefined, { ref: false });
  yield 2;
}

async function* broken(): AsyncGenerator<number> {
  yield 1;
  throw new Error('source');
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('inParallel', () => {
  it('keeps the order, however long each takes, and never works on more than it may', async () => {
    let running = 0;
    let most = 0;
    const results = inParallel(numbers(50), 6, async (number) => {
      running += 1;
      most = Math.max(most, running);
      await delay((number * 7) % 11);
      running -= 1;
      return number * 2;
    });
    assert.deepEqual(
      await all(results),
      Array.from({ length: 50 }, (_, number) => number * 2),
    );
    assert.equal(most, 6);
  });

  it('does not run ahead of a slow consumer', async () => {
    let started = 0;
    const results = inParallel(numbers(1000), 5, async (number) => {
      started += 1;
      return number;
    });
    await results.next();
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    assert.ok(started <= 6, `${started} started`);
    await results.return(undefined);
  });

  it('asks a function how far ahead it may go, again and again', async () => {
    let limit = 2;
    let running = 0;
    const most = { early: 0, late: 0 };
    const results = inParallel(
      numbers(40),
      () => limit,
      async (number) => {
        running += 1;
        const phase = limit === 2 ? 'early' : 'late';
        most[phase] = Math.max(most[phase], running);
        await delay(3);
        running -= 1;
        return number;
      },
    );
    const found: number[] = [];
    for await (const number of results) {
      found.push(number);
      if (found.length === 20) limit = 8;
    }
    assert.deepEqual(
      found,
      Array.from({ length: 40 }, (_, number) => number),
    );
    assert.deepEqual(most, { early: 2, late: 8 });
  });

  it('gives a finished result before the next item comes', async () => {
    const results = inParallel(slow(), 4, async (number) => number);
    assert.deepEqual(await results.next(), { value: 1, done: false });
  });

  it('passes on an error, waits for the work under way, and closes its source', async () => {
    let isClosed = false;
    let finished = 0;
    const results = inParallel(
      numbers(100, () => {
        isClosed = true;
      }),
      4,
      async (number) => {
        await delay(5);
        finished += 1;
        if (number === 3) throw new Error('three');
        return number;
      },
    );
    await assert.rejects(all(results), /three/);
    assert.ok(isClosed);
    const before = finished;
    await delay(30);
    assert.equal(finished, before);
  });

  it('passes on an error of its source', async () => {
    await assert.rejects(all(inParallel(broken(), 3, async (number) => number)), /source/);
  });
});

describe('inGroups', () => {
  it('closes a group when it is full, and keeps the rest', async () => {
    const groups = await all(inGroups(numbers(7), (group) => group.length === 3));
    assert.deepEqual(groups, [[0, 1, 2], [3, 4, 5], [6]]);
    assert.deepEqual(await all(inGroups(numbers(0), () => true)), []);
  });
});

describe('Limit', () => {
  it('lets in as many as it may, the others in order, also after a failure', async () => {
    const limit = new Limit(2);
    let running = 0;
    const order: number[] = [];
    const work = (number: number) =>
      limit.run(async () => {
        running += 1;
        assert.ok(running <= 2);
        order.push(number);
        await delay(2);
        running -= 1;
        if (number === 1) throw new Error('one');
      });
    const results = await Promise.allSettled([0, 1, 2, 3, 4].map(work));
    assert.deepEqual(order, [0, 1, 2, 3, 4]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
    );
  });
});

describe('IdSet', () => {
  it('holds what was added, far apart too, and nothing else', () => {
    const ids = new IdSet();
    for (const id of [0, 7, 8, 1_000_000]) ids.add(id);
    assert.deepEqual(
      [0, 1, 7, 8, 9, 999_999, 1_000_000, 2_000_000].map((id) => ids.has(id)),
      [true, false, true, true, false, false, true, false],
    );
  });
});
