/**
 * A folder under watch: what comes, changes, moves and goes is in the library a moment later.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { mkdir, open, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { watchRoots } from '../../../indexer/index.ts';
import { isAppError } from '../../../model/index.ts';
import {
  indexDefaults,
  photoBytes,
  workbench,
  writePhoto,
  type Workbench,
} from '../../support/photo-folder.ts';
import { SETTLE_MS, watchBench, type WatchBench } from './watch-bench.ts';

/** Both ways to see changes must do the same. */
const ways = [
  { name: 'by native events', pollSeconds: null },
  { name: 'by surveys', pollSeconds: 0.1 },
] as const;

/** Most of the time of these tests is waiting. */
const CONCURRENT = { concurrency: 4 };

const imageAt = (bench: WatchBench, name: string): number | undefined =>
  bench.library.store.images.known(path.join(bench.photos, name), bench.library.generation.id)?.id;

async function two({ photos }: Workbench): Promise<void> {
  await writePhoto(path.join(photos, 'a.jpg'), 1);
  await writePhoto(path.join(photos, 'sub', 'b.jpg'), 2);
}

for (const { name, pollSeconds } of ways) {
  describe(`a folder watched ${name}`, CONCURRENT, () => {
    it('is indexed as a whole at the start', async (context) => {
      const bench = await watchBench(context, two, { pollSeconds });
      assert.deepEqual(bench.paths(), ['a.jpg', 'sub/b.jpg']);
      assert.equal(bench.batches[0]?.report.added, 2);
    });

    it('takes in a new photo', async (context) => {
      const bench = await watchBench(context, two, { pollSeconds });
      await writePhoto(path.join(bench.photos, 'sub', 'c.jpg'), 3);
      await bench.until('the new photo', () => bench.paths().includes('sub/c.jpg'));
      assert.equal(bench.library.vectors.size, 3);
      assert.equal(bench.embedder.encoded, 3);
    });

    it('reads a changed photo again', async (context) => {
      const bench = await watchBench(context, two, { pollSeconds });
      await writePhoto(path.join(bench.photos, 'a.jpg'), 77);
      await bench.until('the change', () => bench.batches.at(-1)?.report.updated === 1);
      assert.equal(bench.embedder.encoded, 3);
      assert.equal(bench.library.vectors.size, 2);
    });

    it('lets a renamed photo keep its number and its vector', async (context) => {
      const bench = await watchBench(context, two, { pollSeconds });
      const before = imageAt(bench, 'a.jpg');
      await rename(path.join(bench.photos, 'a.jpg'), path.join(bench.photos, 'z.jpg'));
      await bench.until('the new name', () => bench.paths().includes('z.jpg'));
      assert.deepEqual(bench.paths(), ['sub/b.jpg', 'z.jpg']);
      assert.equal(imageAt(bench, 'z.jpg'), before);
      assert.equal(bench.embedder.encoded, 2);
    });

    it('lets a photo that is moved to a new folder keep its number', async (context) => {
      const bench = await watchBench(context, two, { pollSeconds });
      const before = imageAt(bench, 'a.jpg');
      await mkdir(path.join(bench.photos, 'new', 'deep'), { recursive: true });
      await rename(path.join(bench.photos, 'a.jpg'), path.join(bench.photos, 'new', 'deep', 'a.jpg'));
      await bench.until('the new place', () => bench.paths().includes('new/deep/a.jpg'));
      assert.equal(imageAt(bench, 'new/deep/a.jpg'), before);
      assert.equal(bench.embedder.encoded, 2);
    });

    it('forgets a deleted photo, and the photos of a deleted folder', async (context) => {
      const bench = await watchBench(context, two, { pollSeconds });
      await rm(path.join(bench.photos, 'a.jpg'));
      await bench.until('the deletion', () => !bench.paths().includes('a.jpg'));
      await rm(path.join(bench.photos, 'sub'), { recursive: true });
      await bench.until('the second deletion', () => bench.paths().length === 0);
      assert.equal(bench.library.vectors.size, 0);
    });

    it('follows photos into folders that are made, renamed and made again', async (context) => {
      const bench = await watchBench(context, two, { pollSeconds });
      const before = imageAt(bench, 'sub/b.jpg');
      await rename(path.join(bench.photos, 'sub'), path.join(bench.photos, 'other'));
      await bench.until('the renamed folder', () => bench.paths().includes('other/b.jpg'));
      assert.deepEqual(bench.paths(), ['a.jpg', 'other/b.jpg']);
      assert.equal(imageAt(bench, 'other/b.jpg'), before);
      assert.equal(bench.embedder.encoded, 2);
      await writePhoto(path.join(bench.photos, 'other', 'c.jpg'), 3);
      await bench.until('a photo in it', () => bench.paths().includes('other/c.jpg'));
      await writePhoto(path.join(bench.photos, 'sub', 'deep', 'd.jpg'), 4);
      await bench.until('a photo in the old name', () => bench.paths().includes('sub/deep/d.jpg'));
      assert.deepEqual(bench.paths(), ['a.jpg', 'other/b.jpg', 'other/c.jpg', 'sub/deep/d.jpg']);
    });

    it('sees nothing in folders that are left out, and still sees those beside them', async (context) => {
      const excludeGlobs = ['*_thumb.jpg', 'sub/private'];
      const bench = await watchBench(context, two, { pollSeconds, excludeGlobs });
      await writePhoto(path.join(bench.photos, 'sub', 'b_thumb.jpg'), 52);
      await writePhoto(path.join(bench.photos, 'sub', 'private', 'deep', 'p.jpg'), 53);
      for (const folder of ['@eaDir', '.hidden', 'sub/@eadir', 'sub/node_modules/deep']) {
        await writePhoto(path.join(bench.photos, folder, 'thumb.jpg'), 50);
      }
      await writePhoto(path.join(bench.photos, '.hidden.jpg'), 51);
      await writeFile(path.join(bench.photos, 'notes.txt'), 'no photo');
      await writePhoto(path.join(bench.photos, 'sub', 'seen.jpg'), 3);
      await bench.until('the photo beside them', () => bench.paths().includes('sub/seen.jpg'));
      assert.deepEqual(bench.paths(), ['a.jpg', 'sub/b.jpg', 'sub/seen.jpg']);
      assert.equal(bench.batches.at(-1)?.report.skipped.length, 0);
    });

    it('keeps the photos of a root that is taken away, and is there when it comes back', async (context) => {
      const bench = await watchBench(context, two, { pollSeconds });
      const away = `${bench.photos}-away`;
      await rename(bench.photos, away);
      await bench.until('the notice', () => bench.said.some((line) => line.includes('is gone')));
      await writePhoto(path.join(away, 'sub', 'c.jpg'), 3);
      await rm(path.join(away, 'a.jpg'));
      assert.deepEqual(bench.paths(), ['a.jpg', 'sub/b.jpg']);
      await rename(away, bench.photos);
      await bench.until('what changed meanwhile', () => bench.paths().includes('sub/c.jpg'));
      assert.deepEqual(bench.paths(), ['sub/b.jpg', 'sub/c.jpg']);
      await writePhoto(path.join(bench.photos, 'sub', 'd.jpg'), 4);
      await bench.until('a change after it came back', () => bench.paths().includes('sub/d.jpg'));
      assert.equal(bench.embedder.encoded, 4);
    });

    it('reports a broken photo as skipped, and takes it in when it is whole', async (context) => {
      const bench = await watchBench(context, two, { pollSeconds });
      await writeFile(path.join(bench.photos, 'c.jpg'), '<html>not a photo</html>');
      await bench.until('the skip', () => (bench.batches.at(-1)?.report.skipped.length ?? 0) > 0);
      await writePhoto(path.join(bench.photos, 'c.jpg'), 3);
      await bench.until('the photo', () => bench.paths().includes('c.jpg'));
      assert.equal(bench.library.stats().skipped, 0);
    });
  });
}

describe('a storm of changes', CONCURRENT, () => {
  it('of 500 new photos is indexed in a few runs', async (context) => {
    const bench = await watchBench(context, async () => undefined);
    const bytes = await Promise.all(Array.from({ length: 20 }, (_, index) => photoBytes(index + 1)));
    for (let index = 0; index < 500; index += 1) {
      // Anything behind the end of a JPEG is no part of the picture, but of the file.
      const content = Buffer.concat([bytes[index % 20] ?? Buffer.alloc(0), Buffer.from(`#${index}`)]);
      await mkdir(path.join(bench.photos, String(index % 7)), { recursive: true });
      await writeFile(path.join(bench.photos, String(index % 7), `${index}.jpg`), content);
    }
    await bench.until('all photos', () => bench.paths().length === 500);
    assert.ok(bench.batches.length <= 5, `${bench.batches.length} runs`);
    assert.equal(bench.embedder.encoded, 500);
  });

  it('that fills the memory set aside for it is kept by its folders, and nothing is missed', async (context) => {
    const bench = await watchBench(context, async () => undefined, { pathsMax: 10 });
    for (let index = 0; index < 60; index += 1) {
      await writePhoto(path.join(bench.photos, String(index % 12), `${index}.jpg`), index + 1);
    }
    await bench.until('all photos', () => bench.paths().length === 60);
    assert.ok(
      bench.batches.every(({ paths }) => paths <= 11),
      bench.batches.map(({ paths }) => paths).join(),
    );
  });

  it('that does not end lets those in that are whole', async (context) => {
    const bench = await watchBench(context, async () => undefined, { patienceMs: 400 });
    const stop = new AbortController();
    const slow = await open(path.join(bench.photos, 'slow.jpg'), 'w');
    const writing = (async () => {
      while (!stop.signal.aborted) {
        await slow.write(Buffer.alloc(100));
        await delay(SETTLE_MS / 5);
      }
    })();
    await writePhoto(path.join(bench.photos, 'whole.jpg'), 1);
    await bench.until('the photo that is whole', () => bench.paths().includes('whole.jpg'));
    assert.deepEqual(bench.paths(), ['whole.jpg']);
    assert.deepEqual(bench.batches.at(-1)?.report.skipped, []);
    stop.abort();
    await writing;
    await slow.close();
  });
});

describe('a file that is being copied', CONCURRENT, () => {
  for (const { name, pollSeconds } of ways) {
    it(`is not read before it is whole, watched ${name}`, async (context) => {
      const bench = await watchBench(context, async () => undefined, { pollSeconds });
      const bytes = await photoBytes(9);
      const file = await open(path.join(bench.photos, 'slow.jpg'), 'w');
      const parts = 12;
      for (let part = 0; part < parts; part += 1) {
        const start = Math.floor((bytes.length * part) / parts);
        await file.write(bytes.subarray(start, Math.floor((bytes.length * (part + 1)) / parts)));
        // Another photo that has settled starts runs over the same folder meanwhile.
        if (part === 2) await writePhoto(path.join(bench.photos, 'other', 'quick.jpg'), 5);
        await delay(SETTLE_MS / 3);
      }
      await file.close();
      await bench.until('the copy', () => bench.paths().includes('slow.jpg'));
      await bench.until('the other', () => bench.paths().includes('other/quick.jpg'));
      assert.deepEqual(
        bench.batches.flatMap(({ report }) => report.skipped),
        [],
      );
      assert.equal(bench.embedder.encoded, 2);
    });
  }
});

describe('watching', CONCURRENT, () => {
  it('follows links where it is told to, and not where it is not', async (context) => {
    for (const followSymlinks of [true, false]) {
      const bench = await watchBench(context, async () => undefined, { followSymlinks });
      const outside = `${bench.photos}-outside`;
      await mkdir(outside);
      await symlink(outside, path.join(bench.photos, 'link'));
      await symlink(bench.photos, path.join(outside, 'loop'));
      await writePhoto(path.join(bench.photos, 'a.jpg'), 1);
      await bench.until('the photo', () => bench.paths().includes('a.jpg'));
      await writePhoto(path.join(outside, 'b.jpg'), 2);
      await writePhoto(path.join(bench.photos, 'c.jpg'), 3);
      const expected = followSymlinks ? ['a.jpg', 'c.jpg', 'link/b.jpg'] : ['a.jpg', 'c.jpg'];
      await bench.until('the others', () => bench.paths().length === expected.length);
      assert.deepEqual(bench.paths(), expected);
    }
  });

  it('a single file follows it when it is replaced, and sees nothing beside it', async (context) => {
    const bench = await watchBench(context, two, ({ photos }) => ({ roots: [path.join(photos, 'a.jpg')] }));
    assert.deepEqual(bench.paths(), ['a.jpg']);
    await writePhoto(path.join(bench.photos, 'c.jpg'), 2);
    await writePhoto(path.join(bench.photos, 'temporary'), 3);
    await rename(path.join(bench.photos, 'temporary'), path.join(bench.photos, 'a.jpg'));
    await bench.until('the other picture', () => bench.batches.at(-1)?.report.updated === 1);
    assert.deepEqual(bench.paths(), ['a.jpg']);
  });

  it('goes on after a run that failed', async (context) => {
    const bench = await watchBench(context, async () => undefined);
    const encode = bench.embedder.encodeImages.bind(bench.embedder);
    let failures = 1;
    bench.embedder.encodeImages = async (...call) => {
      failures -= 1;
      if (failures >= 0) throw new Error('the device went away');
      return encode(...call);
    };
    await writePhoto(path.join(bench.photos, 'a.jpg'), 1);
    await bench.until('the photo', () => bench.paths().includes('a.jpg'));
    assert.ok(failures < 0);
  });

  it('ends in the middle of a run when it is closed, and keeps what was committed', async (context) => {
    const bench = await watchBench(context, async () => undefined);
    for (let index = 0; index < 30; index += 1) {
      await writePhoto(path.join(bench.photos, `${index}.jpg`), index + 1);
    }
    const begun = new Promise<void>((resolve) => {
      const encode = bench.embedder.encodeImages.bind(bench.embedder);
      bench.embedder.encodeImages = (...call) => {
        resolve();
        return encode(...call);
      };
    });
    await begun;
    await bench.watcher.close();
    await bench.watcher.close();
    await bench.watcher.finished;
    const committed = bench.paths().length;
    assert.equal(bench.library.store.vectors.summary(bench.library.generation.id).count, committed);
    assert.equal(bench.watcher.status === 'indexing', false);
  });

  it('refuses a folder that is not there, nothing to watch, and an interval out of range', async (context) => {
    const bench = await workbench(context);
    const library = await bench.open('write');
    context.after(() => library.close());
    const attempt = (roots: readonly string[], pollSeconds: number | null) =>
      watchRoots(library, bench.embedder, { ...indexDefaults, roots, pollSeconds });
    await assert.rejects(attempt([path.join(bench.photos, 'typo')], null), (error) =>
      isAppError(error, 'FILE_NOT_FOUND'),
    );
    await assert.rejects(attempt([], null), (error) => isAppError(error, 'INVALID_ARGUMENT'));
    await assert.rejects(attempt([bench.photos], 0), (error) => isAppError(error, 'INVALID_ARGUMENT'));
    const watcher = await attempt([bench.photos], 0.1);
    await watcher.close();
  });
});
