/**
 * Answers that come twice, late, or from somebody who should not be believed; a server that goes away.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Library, type IndexOptions, type IndexReport } from '../../../../indexer/index.ts';
import { writeAnswer, type WorkerResult } from '../../../../indexer/jobs/remote/answer.ts';
import { ownOf, readBatch, type Own } from '../../../../indexer/jobs/remote/protocol.ts';
import { BatchAnswers, BatchConsumer } from '../../../../indexer/jobs/redis/batch-queue.ts';
import { RedisLink } from '../../../../indexer/jobs/redis/connection.ts';
import { LocalEncoder } from '../../../../indexer/pipeline/local-encoder.ts';
import type { PhotoOutcome } from '../../../../indexer/pipeline/photo-encoder.ts';
import { isAppError } from '../../../../model/index.ts';
import { ColourEmbedder } from '../../../support/colour-embedder.ts';
import { assertWhole, remoteBench, shares, type RemoteBench } from './remote-bench.ts';

interface Message {
  readonly number: number;
  readonly worker: string;
  readonly own: Own;
  readonly result: { readonly outcomes: readonly PhotoOutcome[] };
}

/** A worker whose answers the test may change, repeat, or send elsewhere. */
async function oddWorker(
  context: TestContext,
  bench: RemoteBench,
  say: (run: string, message: Message, push: (run: string, answer: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const libraryId = await libraryIdOf(bench);
  const link = await RedisLink.open(bench.redis.url);
  const answers = new BatchAnswers(link, libraryId);
  const embedder = new ColourEmbedder();
  const encoder = new LocalEncoder(embedder, { fileBytesMax: 1e9, imagePixelsMax: 1e9 });
  const consumer = new BatchConsumer(link, libraryId, {
    concurrency: 1,
    name: 'odd',
    isCurrent: (run) => answers.isCurrent(run),
    handler: async ({ run, body }) => {
      const { number, items } = readBatch(body);
      const outcomes: PhotoOutcome[] = [];
      const stream = (async function* () {
        yield* items;
      })();
      for await (const group of encoder.encode(stream)) outcomes.push(...group.map(({ outcome }) => outcome));
      const message = { number, worker: 'odd', own: ownOf(embedder), result: { outcomes } };
      await say(run, message, (to, answer) => answers.push(to, answer));
      return true;
    },
  });
  context.after(async () => {
    await consumer.close(false);
    link.close();
  });
}

async function libraryIdOf(bench: RemoteBench): Promise<string> {
  const library = await Library.open({ dataFolder: bench.data, mode: 'write', model: bench.embedder });
  const { libraryId } = library.store;
  await library.close();
  return libraryId;
}

function changed(message: Message, change: (photo: PhotoOutcome, index: number) => PhotoOutcome): string {
  const result: WorkerResult = { outcomes: message.result.outcomes.map(change) };
  return writeAnswer({ ...message, result });
}

describe('an answer', () => {
  it('that comes twice, or to a run that is no more, is committed once', async (context) => {
    const bench = await remoteBench(context, 24);
    if (bench === null) return;
    await oddWorker(context, bench, async (run, message, push) => {
      const answer = writeAnswer(message);
      await push('a-run-of-before', answer);
      await push(run, answer);
      await push(run, answer);
    });
    const report = await bench.remotely();
    assert.deepEqual([report.added, report.updated], [24, 0]);
    assert.deepEqual(shares(report), { odd: 24 });
    await assertWhole(bench, 24);
  });

  it('that was changed on its second coming is not looked at', async (context) => {
    const bench = await remoteBench(context, 8);
    if (bench === null) return;
    await oddWorker(context, bench, async (run, message, push) => {
      await push(run, writeAnswer(message));
      const vector = new Float32Array(bench.embedder.dimension);
      vector[0] = 1;
      await push(
        run,
        changed(message, (outcome) => ({ ...outcome, vector }) as PhotoOutcome),
      );
    });
    assert.equal((await bench.remotely()).added, 8);
    await assertWhole(bench, 8);
  });

  const cases: readonly (readonly [string, RegExp, (message: Message) => string])[] = [
    [
      'of another model',
      /has model .+ the library expects model/,
      (message) => writeAnswer({ ...message, own: { ...message.own, modelIdentity: 'other' } }),
    ],
    [
      'of another preprocessing',
      /preprocessVersion none, the library expects preprocessVersion/,
      (message) => writeAnswer({ ...message, own: { ...message.own, preprocessVersion: 'none' } }),
    ],
    [
      'whose vectors are too long',
      /a vector of 48 numbers and length 2/,
      (message) => changed(message, (outcome) => scaled(outcome, 2)),
    ],
    [
      'whose vectors are no numbers',
      /length NaN/,
      (message) => changed(message, (outcome) => scaled(outcome, Number.NaN)),
    ],
    [
      'with too few outcomes',
      /outcomes, expected/,
      (message) => writeAnswer({ ...message, result: { outcomes: message.result.outcomes.slice(1) } }),
    ],
  ];
  for (const [name, complaint, spoil] of cases) {
    it(`${name} is not used: the owner says so, and embeds the photos itself`, async (context) => {
      const bench = await remoteBench(context, 3);
      if (bench === null) return;
      const notices: string[] = [];
      await oddWorker(context, bench, (run, message, push) => push(run, spoil(message)));
      const report = await bench.remotely({ onNotice: (notice) => notices.push(notice) });
      assert.deepEqual(shares(report), { 'this process': 3 });
      assert.match(notices.join('\n'), complaint);
      assert.match(notices.join('\n'), /an answer of worker "odd" was not used/);
      await assertWhole(bench, 3);
    });
  }
});

describe('a run with workers', () => {
  it('stops at once when it is called off, and keeps what was committed', async (context) => {
    const bench = await remoteBench(context, 120);
    if (bench === null) return;
    bench.worker('one', { batchMs: 400 });
    const controller = new AbortController();
    const { run, hasBegun } = begin(bench, { signal: controller.signal });
    await hasBegun;
    controller.abort();
    await assert.rejects(run, (error) => isAppError(error, 'ABORTED'));
    const library = await bench.open('read');
    const { images } = library.stats();
    await library.close();
    assert.ok(images >= 20 && images < 120, `${images} committed`);
    const report = await bench.remotely();
    assert.deepEqual([report.added, report.unchanged], [120 - images, images]);
    await assertWhole(bench, 120);
  });
});

describe('a Redis server', () => {
  it('that is stopped and started again costs a run nothing', { timeout: 120_000 }, async (context) => {
    const bench = await remoteBench(context, 120);
    if (bench === null) return;
    bench.worker('one', { batchMs: 100 });
    const { run, hasBegun } = begin(bench, {});
    await hasBegun;
    await bench.redis.stop();
    await delay(1500);
    await bench.redis.start();
    const report = await run;
    assert.deepEqual([report.added, shares(report)], [120, { one: 120 }]);
    await assertWhole(bench, 120);
  });

  it('that stays away leaves the rest to the owner', { timeout: 120_000 }, async (context) => {
    const bench = await remoteBench(context, 120);
    if (bench === null) return;
    bench.worker('one', { batchMs: 100 });
    const { run, hasBegun } = begin(bench, { localWork: true });
    await hasBegun;
    await bench.redis.stop();
    assert.equal((await run).added, 120);
    await assertWhole(bench, 120);
  });

  it('that stays away ends a run without local work, and what was committed stays', async (context) => {
    const bench = await remoteBench(context, 120);
    if (bench === null) return;
    bench.worker('one', { batchMs: 100 });
    const { run, hasBegun } = begin(bench, {});
    await hasBegun;
    await bench.redis.stop();
    await assert.rejects(run, (error) => isAppError(error, 'REDIS_UNAVAILABLE'));
    const library = await bench.open('read');
    const { images } = library.stats();
    await library.close();
    assert.ok(images >= 20 && images < 120, `${images} committed`);
    await assertWhole(bench, images);
    const report = await bench.index();
    assert.deepEqual([report.added, report.unchanged], [120 - images, images]);
  });

  it('that is not there refuses the run at once', async (context) => {
    const bench = await remoteBench(context, 1);
    if (bench === null) return;
    await bench.redis.stop();
    await assert.rejects(bench.remotely(), (error) => isAppError(error, 'REDIS_UNAVAILABLE'));
    assert.equal((await bench.index()).added, 1);
  });
});

/** `hasBegun`: some photos are committed, others are not. */
function begin(
  bench: RemoteBench,
  options: Partial<IndexOptions>,
): { readonly run: Promise<IndexReport>; readonly hasBegun: Promise<void> } {
  let report: Promise<IndexReport> | undefined;
  const hasBegun = new Promise<void>((resolve) => {
    report = bench.remotely({ ...options, onProgress: ({ done }) => done >= 20 && resolve() });
  });
  assert.ok(report);
  report.catch(() => undefined);
  return { run: report, hasBegun };
}

function scaled(outcome: PhotoOutcome, factor: number): PhotoOutcome {
  if (outcome.kind !== 'photo' || outcome.vector === null) return outcome;
  return { ...outcome, vector: outcome.vector.map((value) => value * factor) };
}
