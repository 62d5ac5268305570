/**
 * Batches: who shares one, who is refused, and what stopping does.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../../../model/index.ts';
import { Batcher } from '../../../model/runtime/batcher.ts';

/** A batcher of strings by length whose runs wait until they are let go. */
function makeBatcher(options: {
  readonly batchSizeMax: number;
  readonly waitingMax: number;
  readonly runsAtOnce?: number;
}) {
  const batches: string[][] = [];
  const gates: (() => void)[] = [];
  let held = true;
  const batcher = new Batcher<string, string>({
    ...options,
    name: 'test texts',
    lengthOf: (item) => item.length,
    run: async (items) => {
      batches.push([...items]);
      if (held) await new Promise<void>((open) => gates.push(open));
      if (items.includes('bad')) throw new Error('the network choked');
      return items.map((item) => item.toUpperCase());
    },
  });
  const release = () => {
    held = false;
    for (const open of gates.splice(0)) open();
  };
  return { batcher, batches, release };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('requests of the same moment share a batch, and each gets its own results in order', async () => {
  const { batcher, batches, release } = makeBatcher({ batchSizeMax: 8, waitingMax: 100 });
  release();
  const [first, second] = await Promise.all([batcher.submit(['a', 'bb']), batcher.submit(['ccc'])]);
  assert.deepEqual(batches, [['a', 'bb', 'ccc']]);
  assert.deepEqual([first, second], [['A', 'BB'], ['CCC']]);
  assert.deepEqual(await batcher.submit([]), []);
});

test('fills a batch with what is nearest in length to the oldest, which never waits for ever', async () => {
  const { batcher, batches, release } = makeBatcher({ batchSizeMax: 2, waitingMax: 100 });
  const results = batcher.submit(['aaaaaa', 'b', 'cc', 'ddddd', 'eeeee', 'f']);
  await turn();
  release();
  assert.deepEqual(await results, ['AAAAAA', 'B', 'CC', 'DDDDD', 'EEEEE', 'F']);
  assert.deepEqual(batches, [
    ['aaaaaa', 'ddddd'],
    ['b', 'f'],
    ['cc', 'eeeee'],
  ]);
});

test('refuses with BUSY what the queue has no room for, all or nothing, and takes it later', async () => {
  const { batcher, release } = makeBatcher({ batchSizeMax: 1, waitingMax: 3 });
  const running = batcher.submit(['a']);
  await turn();
  const waiting = batcher.submit(['b', 'c']);
  await assert.rejects(
    batcher.submit(['d', 'e']),
    (error) =>
      isAppError(error, 'BUSY') && error.message.includes('test texts') && error.message.includes('later'),
  );
  assert.equal(batcher.waiting, 2, 'the refused ones left nothing in the queue');
  const fitting = batcher.submit(['d']);
  release();
  assert.deepEqual(await Promise.all([running, waiting, fitting]), [['A'], ['B', 'C'], ['D']]);
  assert.deepEqual(await batcher.submit(['e', 'f']), ['E', 'F']);
});

test('an aborted request leaves the queue; one that runs is finished for nobody', async () => {
  const { batcher, batches, release } = makeBatcher({ batchSizeMax: 1, waitingMax: 10 });
  const [running, waiting] = [new AbortController(), new AbortController()];
  const first = assert.rejects(batcher.submit(['a'], running.signal), isAborted);
  await turn();
  const second = assert.rejects(batcher.submit(['b', 'c'], waiting.signal), isAborted);
  const third = batcher.submit(['d']);
  waiting.abort();
  running.abort();
  await Promise.all([first, second]);
  release();
  assert.deepEqual(await third, ['D']);
  assert.deepEqual(batches, [['a'], ['d']]);
  await assert.rejects(batcher.submit(['e'], AbortSignal.abort()), isAborted);
  assert.deepEqual(batches.length, 2);
});

test('runs as many batches at a time as allowed, one where nothing is said', async () => {
  for (const runsAtOnce of [undefined, 1, 2, 3]) {
    const { batcher, batches, release } = makeBatcher({
      batchSizeMax: 1,
      waitingMax: 10,
      ...(runsAtOnce !== undefined && { runsAtOnce }),
    });
    const results = batcher.submit(['a', 'b', 'c', 'd', 'e']);
    for (let turns = 0; turns < 6; turns += 1) await turn();
    assert.equal(batches.length, runsAtOnce ?? 1);
    assert.equal(batcher.waiting, 5 - batches.length);
    const closing = assert.rejects(results, (error) => isAppError(error, 'ABORTED'));
    let isClosed = false;
    const closed = batcher.close().then(() => (isClosed = true));
    await turn();
    assert.equal(isClosed, false, 'closing waits for all of them');
    release();
    await Promise.all([closing, closed]);
    assert.equal(batches.length, runsAtOnce ?? 1, 'nothing starts behind the end');
  }
});

test('two batches at a time give each request its own results', async () => {
  const { batcher, release } = makeBatcher({ batchSizeMax: 2, waitingMax: 50, runsAtOnce: 2 });
  release();
  const calls = Array.from({ length: 12 }, (_, call) => [`a${call}`, 'b'.repeat(call + 1)]);
  const results = await Promise.all(calls.map((items) => batcher.submit(items)));
  assert.deepEqual(
    results,
    calls.map((items) => items.map((item) => item.toUpperCase())),
  );
});

test('a failed batch fails those in it, not those after it', async () => {
  const { batcher, release } = makeBatcher({ batchSizeMax: 1, waitingMax: 10 });
  release();
  const [bad, good] = await Promise.allSettled([batcher.submit(['bad', 'x']), batcher.submit(['good'])]);
  assert.equal(bad.status, 'rejected');
  assert.deepEqual(good, { status: 'fulfilled', value: ['GOOD'] });
});

test('closing rejects what waits, waits for what runs, and takes nothing more', async () => {
  const { batcher, release } = makeBatcher({ batchSizeMax: 1, waitingMax: 10 });
  const running = batcher.submit(['a']);
  await turn();
  const waiting = assert.rejects(batcher.submit(['b']), (error) => isAppError(error, 'ABORTED'));
  let closed = false;
  const closing = batcher.close().then(() => (closed = true));
  await waiting;
  await turn();
  assert.equal(closed, false, 'a batch still runs');
  release();
  await closing;
  assert.deepEqual(await running, ['A']);
  await assert.rejects(batcher.submit(['c']), (error) => isAppError(error, 'INFERENCE_FAILED'));
  await batcher.close();
});

function isAborted(error: unknown): boolean {
  return isAppError(error, 'ABORTED');
}
