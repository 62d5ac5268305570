/**
 * kill -9 at random moments, and two writers.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { isAppError } from '../../model/index.ts';
import { assertConsistent } from '../support/consistent-library.ts';
import { randomNumbers, workbench, writePhoto, type Workbench } from '../support/photo-folder.ts';
import { rounds } from '../support/rounds.ts';

const PHOTOS = 100;
const KILLS = rounds(8, 50);
/** From before the database is open until after the last photo. */
const KILL_WINDOW_MS = 700;

function startChild(bench: Workbench): ChildProcess {
  const child = spawn(
    process.execPath,
    [path.join(import.meta.dirname, 'index-child.js'), bench.data, bench.photos],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  return child;
}

async function firstOutput(child: ChildProcess): Promise<void> {
  assert.ok(child.stdout);
  await once(child.stdout, 'data');
}

describe('kill -9', () => {
  it(
    `loses nothing that was committed, ${KILLS} times at random moments`,
    { timeout: 600_000 },
    async (context) => {
      const bench = await workbench(context);
      const random = randomNumbers(Date.now());
      for (let index = 0; index < PHOTOS; index += 1) {
        await writePhoto(path.join(bench.photos, `${index}.jpg`), index + 1);
      }
      let before = 0;
      let midway = 0;
      for (let round = 0; round < KILLS; round += 1) {
        const child = startChild(bench);
        const ended = once(child, 'exit');
        await firstOutput(child);
        await delay(random() * KILL_WINDOW_MS);
        child.kill('SIGKILL');
        await ended;
        // The lock of the dead is free at once, for a writer.
        const library = await bench.open('write');
        const count = await assertConsistent(library, bench.photos);
        assert.ok(count >= before, `${count} photos after ${before}`);
        if (count > before && count < PHOTOS) midway += 1;
        before = count;
        await library.close();
        if (count === PHOTOS) {
          await rm(bench.data, { recursive: true });
          before = 0;
        }
      }
      context.diagnostic(`${midway} of ${KILLS} kills hit a run that had committed some photos but not all`);
      const report = await bench.index();
      assert.equal(report.added + report.unchanged, PHOTOS);
      const library = await bench.open('read');
      assert.equal(await assertConsistent(library, bench.photos), PHOTOS);
      await library.close();
    },
  );

  it('while photos are moved, changed and removed leaves a library that the next run sets right', async (context) => {
    const bench = await workbench(context);
    const random = randomNumbers(Date.now());
    const at = (index: number): string => path.join(bench.photos, `${index}.jpg`);
    for (let index = 0; index < 60; index += 1) await writePhoto(at(index), index + 1);
    await bench.index();
    for (let round = 0; round < 3; round += 1) {
      for (let index = 0; index < 20; index += 1) {
        await rename(at(index), path.join(bench.photos, `moved-${round}-${index}.jpg`));
        await writePhoto(at(index), 1000 * (round + 1) + index);
      }
      const child = startChild(bench);
      const ended = once(child, 'exit');
      await firstOutput(child);
      await delay(random() * 150);
      child.kill('SIGKILL');
      await ended;
    }
    const report = await bench.index();
    assert.equal(report.skipped.length, 0);
    const library = await bench.open('read');
    assert.equal(await assertConsistent(library, bench.photos), 120);
    await library.close();
  });
});

describe('the lock', () => {
  it('refuses a second writer, naming the first; lets readers in; is free when the first closes', async (context) => {
    const bench = await workbench(context);
    const writer = await bench.open('write');
    await assert.rejects(bench.open('write'), (error) => {
      assert.ok(isAppError(error, 'LIBRARY_LOCKED'));
      assert.match(error.message, new RegExp(`process ${process.pid} on .+ since 20\\d\\d-`));
      return true;
    });
    const reader = await bench.open('read');
    await reader.close();
    await writer.close();
    await writer.close();
    const next = await bench.open('write');
    await next.close();
  });

  it('refuses a writer in another process, naming it, and is free once that one is killed', async (context) => {
    const bench = await workbench(context);
    for (let index = 0; index < 100; index += 1) {
      await writePhoto(path.join(bench.photos, `${index}.jpg`), index + 1);
    }
    const child = startChild(bench);
    const ended = once(child, 'exit');
    await firstOutput(child);
    await assert.rejects(bench.open('write'), (error) => {
      assert.ok(isAppError(error, 'LIBRARY_LOCKED'));
      assert.match(error.message, new RegExp(`process ${child.pid} `));
      return true;
    });
    child.kill('SIGKILL');
    await ended;
    const library = await bench.open('write');
    await library.close();
  });
});
