/**
 * Disks that are not plugged in, roots that are gone, and what is kept or forgotten of them.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { scan, type ScanEvent } from '../../indexer/scan/scan.ts';
import { isAppError } from '../../model/index.ts';
import { pathsIn, temporaryFolder, workbench, writePhoto, type Workbench } from '../support/photo-folder.ts';
import { smallDisk } from '../support/small-disk.ts';

async function known(bench: Workbench): Promise<string[]> {
  const library = await bench.open('read');
  const paths = pathsIn(library, bench.photos);
  await library.close();
  return paths;
}

describe('missing photos', () => {
  it('are removed, or kept with keepMissing until they are removed', async (context) => {
    const bench = await workbench(context);
    await writePhoto(path.join(bench.photos, 'a.jpg'), 1);
    const b = await writePhoto(path.join(bench.photos, 'b.jpg'), 2);
    await bench.index();
    await rm(b);
    assert.equal((await bench.index({ keepMissing: true })).removed, 0);
    assert.deepEqual(await known(bench), ['a.jpg', 'b.jpg']);
    assert.equal((await bench.index({ dryRun: true })).removed, 1);
    assert.equal((await bench.index()).removed, 1);
    assert.deepEqual(await known(bench), ['a.jpg']);
  });

  it('that were moved are found again with keepMissing too', async (context) => {
    const bench = await workbench(context);
    const a = await writePhoto(path.join(bench.photos, 'a.jpg'), 1);
    await bench.index();
    await rename(a, path.join(bench.photos, 'b.jpg'));
    assert.equal((await bench.index({ keepMissing: true })).moved, 1);
    assert.deepEqual(await known(bench), ['b.jpg']);
  });
});

describe('a root that is gone altogether', () => {
  it('keeps its photos, and is forgotten with prune only', async (context) => {
    const bench = await workbench(context);
    const other = path.join(path.dirname(bench.photos), 'other');
    await writePhoto(path.join(bench.photos, 'a.jpg'), 1);
    await writePhoto(path.join(other, 'b.jpg'), 2);
    await writePhoto(path.join(other, 'x', 'c.jpg'), 3);
    await bench.index({ roots: [bench.photos, other] });
    await rm(other, { recursive: true });
    const kept = await bench.index({ roots: [] });
    assert.deepEqual([kept.removed, kept.skipped[0]?.code], [0, 'FILE_NOT_FOUND']);
    assert.match(kept.skipped[0]?.message ?? '', /--prune/);
    assert.equal((await bench.index({ roots: [], prune: true, dryRun: true })).removed, 2);
    const pruned = await bench.index({ roots: [], prune: true });
    assert.deepEqual([pruned.removed, pruned.unchanged, pruned.skipped.length], [2, 1, 0]);
    const library = await bench.open('read');
    assert.deepEqual(library.stats().roots, [bench.photos]);
    assert.deepEqual([library.stats().images, library.stats().skipped, library.vectors.size], [1, 0, 1]);
    await library.close();
    assert.equal((await bench.index({ roots: [], prune: true })).removed, 0);
  });

  it('can be pruned by its name alone, also where it was the only one', async (context) => {
    const bench = await workbench(context);
    await writePhoto(path.join(bench.photos, 'a.jpg'), 1);
    await bench.index();
    await rm(bench.photos, { recursive: true });
    const report = await bench.index({ prune: true });
    assert.deepEqual([report.found, report.removed], [0, 1]);
    await assert.rejects(bench.index({ prune: true }), (error) => isAppError(error, 'FILE_NOT_FOUND'));
    await mkdir(bench.photos);
    assert.equal((await bench.index()).found, 0);
  });
});

describe('a mount point below a root', () => {
  it(
    'keeps its photos while its disk is unplugged, loses them when they are deleted',
    { skip: process.platform !== 'linux' },
    async (context) => {
      const disk = await smallDisk(context, 4_000_000);
      if (disk === null) return;
      const bench = await workbench(context);
      const mount = path.join(bench.photos, 'usb');
      await mkdir(mount);
      const plug = (): void => {
        execFileSync('mount', ['--bind', disk.folder, mount]);
      };
      const unplug = (): void => {
        execFileSync('umount', [mount]);
      };
      await writePhoto(path.join(bench.photos, 'a.jpg'), 1);
      const b = await writePhoto(path.join(disk.folder, 'x', 'b.jpg'), 2);
      plug();
      try {
        assert.equal((await bench.index()).added, 2);
      } finally {
        unplug();
      }
      for (const roots of [[bench.photos], [mount], [path.join(mount, 'x')]]) {
        const report = await bench.index({ roots });
        assert.equal(report.removed, 0, roots.join(' '));
        assert.equal(report.skipped[0]?.code, 'FILE_NOT_FOUND');
      }
      // Some systems take the folder away with the disk.
      await rmdir(mount);
      assert.equal((await bench.index()).removed, 0);
      assert.deepEqual(await known(bench), ['a.jpg', 'usb/x/b.jpg']);
      await mkdir(mount);
      plug();
      try {
        assert.deepEqual([(await bench.index()).unchanged], [2]);
        await rm(b);
        assert.equal((await bench.index()).removed, 1);
        await writePhoto(b, 3);
        assert.equal((await bench.index()).added, 1);
      } finally {
        unplug();
      }
      await rmdir(mount);
      assert.equal((await bench.index({ prune: true })).removed, 1);
      assert.deepEqual(await known(bench), ['a.jpg']);
    },
  );

  it('that is an ordinary folder with photos now is one', async (context) => {
    const root = await temporaryFolder(context);
    await mkdir(path.join(root, 'was'));
    const events = async (): Promise<ScanEvent[]> => {
      const found: ScanEvent[] = [];
      const mounts = new Set([path.join(root, 'was')]);
      const rules = {
        excludeFolders: [],
        excludePaths: [],
        followSymlinks: false,
        devices: new Map(),
        mounts,
      };
      for await (const event of scan(root, rules)) found.push(event);
      return found;
    };
    const unplugged = (await events()).find(({ kind }) => kind === 'skip');
    assert.ok(unplugged?.kind === 'skip' && unplugged.isFolder);
    await writePhoto(path.join(root, 'was', 'a.jpg'), 1);
    assert.deepEqual((await events()).map(({ kind }) => kind).toSorted(), ['file', 'folder', 'folder']);
  });
});
