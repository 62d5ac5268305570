/**
 * Workers over a real Redis server: who does what, who is refused, and what an owner does not believe.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { cp, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  indexPhotos,
  Library,
  startWorker,
  type WorkerOptions,
  type WorkerProgress,
} from '../../../../indexer/index.ts';
import { isAppError } from '../../../../model/index.ts';
import { ColourEmbedder } from '../../../support/colour-embedder.ts';
import { indexDefaults, writePhoto } from '../../../support/photo-folder.ts';
import { assertWhole, remoteBench, shares, stopped, untilLine, type RemoteBench } from './remote-bench.ts';

/** A worker in this process, stopped when the test ends. */
function inside(
  context: TestContext,
  bench: RemoteBench,
  options: Partial<WorkerOptions> = {},
  embedder = new ColourEmbedder(),
): { readonly embedder: ColourEmbedder; readonly done: Promise<WorkerProgress>; readonly stop: () => void } {
  const controller = new AbortController();
  const done = startWorker(embedder, {
    redisUrl: bench.redis.url,
    rules: [{ owner: bench.photos, worker: bench.photos }],
    name: 'inside',
    signal: controller.signal,
    ...options,
  });
  done.catch(() => undefined);
  context.after(async () => {
    controller.abort();
    await done.catch(() => undefined);
  });
  return { embedder, done, stop: () => controller.abort() };
}

describe('workers', () => {
  it('in two processes share the photos of an owner that embeds none itself', async (context) => {
    const bench = await remoteBench(context, 96);
    if (bench === null) return;
    const one = bench.worker('one', { batchMs: 300 });
    const two = bench.worker('two', { batchMs: 300 });
    for (const child of [one, two]) await untilLine(child, (line) => line.includes('no library asks'));
    const report = await bench.remotely();
    assert.equal(report.added, 96);
    assert.equal(bench.embedder.encoded, 0);
    const { one: first = 0, two: second = 0 } = shares(report);
    assert.equal(first + second, 96);
    assert.ok(first > 0 && second > 0, JSON.stringify(shares(report)));
    await assertWhole(bench, 96);
    assert.deepEqual([await stopped(one), await stopped(two)], [0, 0]);
  });

  it('are not needed: the owner works itself', async (context) => {
    const bench = await remoteBench(context, 20);
    if (bench === null) return;
    const report = await bench.remotely({ localWork: true });
    assert.deepEqual(shares(report), { 'this process': 20 });
    await assertWhole(bench, 20);
  });

  it('cost no work of the network for photos that were renamed, copied or moved', async (context) => {
    const bench = await remoteBench(context, 12);
    if (bench === null) return;
    const { embedder } = inside(context, bench);
    await bench.remotely();
    assert.equal(embedder.encoded, 12);
    const at = (name: string): string => path.join(bench.photos, name);
    await mkdir(at('new'));
    for (let index = 0; index < 6; index += 1) await rename(at(`${index}.jpg`), at(`new/${index}.jpg`));
    await cp(at('7.jpg'), at('copy.jpg'));
    const report = await bench.remotely();
    assert.deepEqual([report.moved, report.added, report.unchanged], [6, 1, 6]);
    assert.deepEqual([embedder.encoded, bench.embedder.encoded], [12, 0]);
    await assertWhole(bench, 13);
  });

  it('refuse a bad file in words that name it as the owner does, with the good ones beside it', async (context) => {
    const bench = await remoteBench(context, 3);
    if (bench === null) return;
    const bad = path.join(bench.photos, 'bad.jpg');
    await writeFile(bad, 'no picture at all');
    const elsewhere = `${bench.photos}-mounted`;
    await cp(bench.photos, elsewhere, { recursive: true, preserveTimestamps: true });
    inside(context, bench, { rules: [{ owner: bench.photos, worker: elsewhere }] });
    const report = await bench.remotely();
    assert.equal(report.added, 3);
    assert.equal(bench.embedder.encoded, 0);
    const [skip] = report.skipped;
    assert.deepEqual([skip?.path, skip?.code], [bad, 'IMAGE_INVALID']);
    assert.ok(skip?.message.startsWith(`${bad}: `), skip?.message);
    assert.doesNotMatch(skip?.message ?? '', /-mounted/);
    assert.equal((await bench.remotely()).unchanged, 3);
  });

  it('read nothing outside of what they may, by name or by link; the owner does it instead', async (context) => {
    const bench = await remoteBench(context, 4);
    if (bench === null) return;
    const inner = path.join(bench.photos, 'inner');
    for (let index = 0; index < 4; index += 1)
      await writePhoto(path.join(inner, `${index}.jpg`), 100 + index);
    const aside = await writePhoto(`${bench.photos}-aside/secret.jpg`, 200);
    await symlink(aside, path.join(inner, 'link.jpg'));
    const { embedder } = inside(context, bench, { rules: [{ owner: inner, worker: inner }] });
    const report = await bench.remotely({ followSymlinks: true });
    assert.deepEqual([report.added, report.skippedCount], [9, 0]);
    assert.deepEqual([embedder.encoded, bench.embedder.encoded], [4, 5]);
    await assertWhole(bench, 9);
  });

  it('that do not see the share make nobody lose a photo', async (context) => {
    const bench = await remoteBench(context, 6);
    if (bench === null) return;
    const empty = `${bench.photos}-not-mounted`;
    await mkdir(empty);
    inside(context, bench, { rules: [{ owner: bench.photos, worker: empty }] });
    assert.equal((await bench.remotely()).added, 6);
    for (let index = 0; index < 6; index += 1) {
      await writePhoto(path.join(bench.photos, `${index}.jpg`), 50 + index);
    }
    const report = await bench.remotely();
    assert.deepEqual([report.updated, report.removed, report.skippedCount], [6, 0, 0]);
    await assertWhole(bench, 6);
  });

  it('are refused when a folder of theirs is not there at all', async (context) => {
    const bench = await remoteBench(context, 0);
    if (bench === null) return;
    const missing = path.join(bench.photos, 'missing');
    const { done } = inside(context, bench, { rules: [{ owner: '/photos', worker: missing }] });
    await assert.rejects(done, (error) => {
      assert.ok(isAppError(error, 'FILE_NOT_FOUND'));
      assert.match(error.message, /mount the share, or say where it is with --map \/photos=/);
      return true;
    });
  });

  it('keep waiting between runs, and serve the next owner', async (context) => {
    const bench = await remoteBench(context, 4);
    if (bench === null) return;
    const { embedder, done, stop } = inside(context, bench);
    await bench.remotely();
    await writePhoto(path.join(bench.photos, 'later.jpg'), 99);
    await delay(500);
    assert.deepEqual(shares(await bench.remotely()), { inside: 1 });
    stop();
    assert.deepEqual(await done, { photos: 5, others: 0 });
    assert.equal(embedder.encoded, 5);
  });
});

describe('a worker that is not told which library', () => {
  it('goes on to the next one when the first asks no more', async (context) => {
    const bench = await remoteBench(context, 4);
    if (bench === null) return;
    inside(context, bench);
    assert.deepEqual(shares(await bench.remotely()), { inside: 4 });
    const dataFolder = `${bench.data}-2`;
    const library = await Library.open({ dataFolder, mode: 'write', model: bench.embedder });
    const report = await indexPhotos(library, bench.embedder, {
      roots: [bench.photos],
      ...indexDefaults,
      redisUrl: bench.redis.url,
      localWork: false,
    });
    assert.deepEqual(shares(report), { inside: 4 });
    await library.close();
  });
});

describe('a worker with another model', () => {
  it('is refused at its start, beside one that is accepted', async (context) => {
    const bench = await remoteBench(context, 24);
    if (bench === null) return;
    const right = inside(context, bench, {}, new ColourEmbedder({ batchMs: 100 }));
    const run = bench.remotely();
    const wrong = inside(context, bench, { name: 'wrong' }, new ColourEmbedder({ identity: 'other-model' }));
    await assert.rejects(wrong.done, (error) => {
      assert.ok(isAppError(error, 'LIBRARY_MISMATCH'));
      assert.match(error.message, /this worker has model ".+" \(other-model\)/);
      assert.match(error.message, /the library expects model ".+" \(colours-1\)/);
      return true;
    });
    assert.deepEqual(shares(await run), { inside: 24 });
    assert.equal(wrong.embedder.encoded, 0);
    assert.equal(right.embedder.encoded, 24);
  });

  it('is refused at the batch that asks for another, which the next worker does', async (context) => {
    const bench = await remoteBench(context, 12);
    if (bench === null) return;
    const first = inside(context, bench, { name: 'first' });
    await bench.remotely();
    const other = new ColourEmbedder({ identity: 'colours-2' });
    const library = await bench.open('write', other);
    const run = indexPhotos(library, other, {
      roots: [bench.photos],
      ...indexDefaults,
      redisUrl: bench.redis.url,
      localWork: false,
    });
    await assert.rejects(first.done, (error) => {
      assert.ok(isAppError(error, 'LIBRARY_MISMATCH'));
      assert.match(error.message, /colours-1.+colours-2/);
      return true;
    });
    const second = inside(context, bench, { name: 'second' }, new ColourEmbedder({ identity: 'colours-2' }));
    const report = await run;
    assert.deepEqual([report.updated, shares(report)], [12, { second: 12 }]);
    assert.deepEqual([first.embedder.encoded, second.embedder.encoded], [12, 12]);
    await library.close();
  });
});
