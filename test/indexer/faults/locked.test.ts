/**
 * Another process holds the database: what an administrator's tool or a backup program may do.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { describe, it } from 'node:test';
import { indexPhotos } from '../../../indexer/index.ts';
import { isAppError } from '../../../model/index.ts';
import { assertConsistent } from '../../support/consistent-library.ts';
import { indexDefaults, workbench, writePhoto } from '../../support/photo-folder.ts';

/** Longer than a statement waits, and well within that. */
const TOO_LONG_MS = 30_000;
const SHORT_MS = 1500;

/** A process that takes the write lock, says so, and gives it back after a time or when it is killed. */
async function holdLock(file: string, forMs: number): Promise<{ release(): Promise<void> }> {
  const script = `
    import Database from 'better-sqlite3';
    const database = new Database(${JSON.stringify(file)});
    database.exec('BEGIN IMMEDIATE');
    console.log('held');
    setTimeout(() => { database.exec('ROLLBACK'); database.close(); }, ${forMs});`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
  });
  const ended = once(child, 'exit');
  await once(child.stdout, 'data');
  return {
    async release() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

describe('a database that another process has locked', () => {
  it('is waited for, and a lock that is held for long is a clear error after which nothing is lost', async (context) => {
    const bench = await workbench(context);
    await writePhoto(path.join(bench.photos, 'a.jpg'), 1);
    await bench.index();
    await writePhoto(path.join(bench.photos, 'b.jpg'), 2);
    const library = await bench.open('write');
    const file = path.join(bench.data, 'library.sqlite');
    const lock = await holdLock(file, TOO_LONG_MS);
    const startMs = performance.now();
    const options = { ...indexDefaults, roots: [bench.photos] };
    await assert.rejects(indexPhotos(library, bench.embedder, options), (error) => {
      assert.ok(isAppError(error, 'LIBRARY_LOCKED'), String(error));
      assert.ok(error.message.includes(file));
      assert.match(error.message, /another process is writing, try again when it has finished/);
      return true;
    });
    assert.ok(performance.now() - startMs > 1000, 'it was waited for');
    // Reading needs no lock.
    assert.equal(await assertConsistent(library, bench.photos), 1);
    await lock.release();
    const report = await indexPhotos(library, bench.embedder, options);
    assert.equal(report.added, 1);
    assert.equal(await assertConsistent(library, bench.photos), 2);
    await library.close();
  });

  it('is written to as soon as the lock is given back', async (context) => {
    const bench = await workbench(context);
    await writePhoto(path.join(bench.photos, 'a.jpg'), 1);
    await bench.index();
    await writePhoto(path.join(bench.photos, 'b.jpg'), 2);
    const library = await bench.open('write');
    const lock = await holdLock(path.join(bench.data, 'library.sqlite'), SHORT_MS);
    const report = await indexPhotos(library, bench.embedder, { ...indexDefaults, roots: [bench.photos] });
    assert.equal(report.added, 1);
    assert.equal(await assertConsistent(library, bench.photos), 2);
    await lock.release();
    await library.close();
  });
});
