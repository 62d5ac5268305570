/**
 * kill -9 of workers and owners at random moments, over a real Redis server.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import { randomNumbers, writePhoto } from '../../../support/photo-folder.ts';
import { rounds } from '../../../support/rounds.ts';
import {
  assertConsistent,
  assertWhole,
  killed,
  remoteBench,
  shares,
  startChild,
  untilLine,
} from './remote-bench.ts';

const KILLS = rounds(5, 50);

describe('kill -9', () => {
  it(`of workers loses nothing, ${KILLS} times at random moments`, { timeout: 480_000 }, async (context) => {
    const bench = await remoteBench(context, 400);
    if (bench === null) return;
    const random = randomNumbers(Date.now());
    const state = { hasEnded: false, done: 0, kills: 0 };
    const run = bench
      .remotely({
        onProgress: ({ done }) => {
          state.done = done;
        },
      })
      .finally(() => {
        state.hasEnded = true;
      });
    const victims = async (name: string): Promise<void> => {
      for (let life = 0; !state.hasEnded && state.kills < KILLS; life += 1) {
        const child = bench.worker(`${name}${life}`, { batchMs: 120 });
        const ended = run.then(() => killed(child));
        await untilLine(child, (line) => line === 'batch');
        await delay(random() * 400);
        state.kills += state.hasEnded ? 0 : 1;
        await Promise.race([killed(child), ended]);
      }
      const survivor = bench.worker(`${name}-survivor`, { batchMs: 20 });
      await run;
      await killed(survivor);
    };
    await Promise.all([victims('a'), victims('b'), run]);
    const report = await run;
    context.diagnostic(`${state.kills} workers killed; ${JSON.stringify(shares(report))}`);
    assert.equal(report.added, 400);
    assert.equal(state.done, 400);
    assert.equal(bench.embedder.encoded, 0);
    await assertWhole(bench, 400);
  });

  it(`of owners loses nothing that was committed, ${KILLS} times`, { timeout: 480_000 }, async (context) => {
    const bench = await remoteBench(context, 160);
    if (bench === null) return;
    const random = randomNumbers(Date.now());
    bench.worker('steady', { batchMs: 120 });
    let before = 0;
    let midway = 0;
    let total = 160;
    const grow = async (): Promise<void> => {
      for (let index = 0; index < 80; index += 1) {
        await writePhoto(path.join(bench.photos, `more-${total + index}.jpg`), total + index + 1);
      }
      total += 80;
    };
    for (let round = 0; round < KILLS; round += 1) {
      const localWork = round % 2 === 0 ? 'true' : 'false';
      const owner = startChild(context, 'owner-child.js', [
        bench.data,
        bench.photos,
        bench.redis.url,
        localWork,
      ]);
      const target = before + Math.floor(random() * (total - before));
      await untilLine(owner, (line) => line.startsWith('done ') && Number(line.slice(5)) >= target);
      await delay(random() * 20);
      await killed(owner);
      const library = await bench.open('write');
      const count = await assertConsistent(library, bench);
      await library.close();
      assert.ok(count >= before, `${count} photos after ${before}`);
      if (count > before && count < total) midway += 1;
      before = count;
      if (count === total) await grow();
    }
    context.diagnostic(`${midway} of ${KILLS} kills hit a run that had committed some photos but not all`);
    const report = await bench.remotely();
    assert.equal(report.added + report.unchanged, total);
    await assertWhole(bench, total);
  });

  it('by a photo that ends every worker makes a skip of it, and the others are indexed', async (context) => {
    const bench = await remoteBench(context, 2);
    if (bench === null) return;
    const poison = path.join(bench.photos, 'poison.jpg');
    const white = { width: 32, height: 32, channels: 3, background: '#ffffff' } as const;
    await writeFile(poison, await sharp({ create: white }).jpeg().toBuffer());
    let hasEnded = false;
    const run = bench.remotely().finally(() => {
      hasEnded = true;
    });
    const lives = async (): Promise<number> => {
      for (let life = 0; ; life += 1) {
        if (hasEnded) return life;
        const child = bench.worker(`life${life}`, { poison: 'yes' });
        await Promise.race([once(child, 'exit'), run]);
        await killed(child);
      }
    };
    const [report, count] = await Promise.all([run, lives()]);
    context.diagnostic(`${count} workers ended over it`);
    assert.equal(report.added, 2);
    assert.deepEqual(
      report.skipped.map((skip) => [skip.path, skip.code]),
      [[poison, 'INFERENCE_FAILED']],
    );
    assert.match(report.skipped[0]?.message ?? '', /the workers that read it ended/);
    await assertWhole(bench, 2);
  });
});
