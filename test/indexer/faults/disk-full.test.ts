/**
 * The disk of the library is full: while indexing, while making previews, while saving the index.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { indexPhotos, Library, thumbnailOf, type IndexReport } from '../../../indexer/index.ts';
import { AppError, isAppError } from '../../../model/index.ts';
import { assertConsistent } from '../../support/consistent-library.ts';
import {
  indexDefaults,
  photoBytes,
  workbench,
  writePhoto,
  type Workbench,
} from '../../support/photo-folder.ts';
import { smallDisk } from '../../support/small-disk.ts';

const DISK_BYTES = 16_777_216;
const LARGE = { width: 900, height: 700 };

function index(library: Library, bench: Workbench): Promise<IndexReport> {
  return indexPhotos(library, bench.embedder, { ...indexDefaults, roots: [bench.photos] });
}

async function writePhotos(bench: Workbench, from: number, count: number): Promise<void> {
  for (let number = from; number < from + count; number += 1) {
    await writePhoto(path.join(bench.photos, `${number}.jpg`), number + 1);
  }
}

function assertDiskFull(error: unknown, place: string): boolean {
  assert.ok(error instanceof AppError, String(error));
  assert.equal(error.code, 'DISK_FULL');
  assert.ok(error.message.includes(place), error.message);
  assert.match(error.message, /free some space/);
  return true;
}

describe('a full disk', () => {
  it('ends indexing with its name and a remedy; what was committed stays, the next run completes it', async (context) => {
    const disk = await smallDisk(context, DISK_BYTES);
    if (disk === null) return;
    const bench = await workbench(context, path.join(disk.folder, 'data'));
    await writePhotos(bench, 0, 20);
    const library = await bench.open('write');
    await index(library, bench);
    await writePhotos(bench, 20, 300);
    await disk.fill(400_000);
    await assert.rejects(index(library, bench), (error) => assertDiskFull(error, bench.data));
    const committed = await assertConsistent(library, bench.photos);
    assert.ok(committed >= 20 && committed < 320, `${committed} photos`);
    // Nothing gets better by itself, nothing gets worse by trying again.
    await assert.rejects(index(library, bench), (error) => assertDiskFull(error, bench.data));
    assert.ok((await assertConsistent(library, bench.photos)) >= committed);
    await library.close();

    await disk.free();
    const again = await bench.open('write');
    assert.ok((await assertConsistent(again, bench.photos)) >= committed);
    const report = await index(again, bench);
    assert.equal(report.added + report.unchanged, 320);
    assert.equal(await assertConsistent(again, bench.photos), 320);
    await again.close();
  });

  it('lets a library be opened and searched that was left on it, and says so where it cannot', async (context) => {
    const disk = await smallDisk(context, DISK_BYTES);
    if (disk === null) return;
    const bench = await workbench(context, path.join(disk.folder, 'data'));
    await writePhotos(bench, 0, 20);
    await bench.index();
    await disk.fill(0);
    for (const mode of ['read', 'write'] as const) {
      try {
        const library = await bench.open(mode);
        assert.equal(await assertConsistent(library, bench.photos), 20);
        await library.close();
      } catch (error) {
        assertDiskFull(error, bench.data);
      }
    }
    await disk.free();
    const library = await bench.open('write');
    assert.equal(await assertConsistent(library, bench.photos), 20);
    await library.close();
  });

  it('ends the making of previews in the same way, and leaves no half file', async (context) => {
    const disk = await smallDisk(context, DISK_BYTES);
    if (disk === null) return;
    const bench = await workbench(context, path.join(disk.folder, 'data'));
    for (let number = 0; number < 6; number += 1) {
      await writeFile(path.join(bench.photos, `${number}.jpg`), await photoBytes(number, undefined, LARGE));
    }
    await bench.index();
    const previews = await filesBelow(path.join(bench.data, 'thumbnails'));
    assert.equal(previews.length, 6);
    const library = await bench.open('read');
    const [first] = library.store.images.below(bench.photos, '', 1);
    assert.ok(first);
    await disk.fill(0);
    await assert.rejects(thumbnailOf(library, first.id, 'large'), (error) =>
      assertDiskFull(error, path.join(bench.data, 'thumbnails')),
    );
    assert.deepEqual(await filesBelow(path.join(bench.data, 'thumbnails')), previews);
    await disk.free();
    assert.ok((await stat(await thumbnailOf(library, first.id, 'large'))).size > 0);
    await library.close();
  });

  it('keeps the snapshot of the index before, where a new one has no room', async (context) => {
    const disk = await smallDisk(context, DISK_BYTES);
    if (disk === null) return;
    const bench = await workbench(context, path.join(disk.folder, 'data'));
    await writePhotos(bench, 0, 200);
    await bench.index();
    const library = await bench.open('write');
    const folder = path.join(bench.data, 'vectors', `generation-${library.generation.id}`);
    const before = await filesBelow(folder);
    await writePhotos(bench, 200, 1);
    await indexPhotos(library, bench.embedder, {
      ...indexDefaults,
      roots: [bench.photos],
      // The snapshot is not written at its end.
      watched: { isUnsettled: () => false },
    });
    for (const leaveBytes of [0, 8192, 40_000]) {
      await disk.fill(leaveBytes);
      await library.saveIndex();
      assert.match(bench.notices.at(-1) ?? '', /cannot be saved .*free some space/);
      assert.deepEqual(await filesBelow(folder), before);
      await disk.free();
    }
    await disk.fill(0);
    await library.close();
    await disk.free();
    bench.notices.length = 0;
    const again = await bench.open('write');
    assert.equal(await assertConsistent(again, bench.photos), 201);
    // The old snapshot was whole: only one photo had to be caught up with, nothing was built again.
    assert.deepEqual(bench.notices, []);
    await again.close();
  });

  it('of other people is no business of the library', async (context) => {
    const disk = await smallDisk(context, DISK_BYTES);
    if (disk === null) return;
    const bench = await workbench(context);
    await disk.fill(0);
    await writePhotos(bench, 0, 3);
    const report = await bench.index();
    assert.equal(report.added, 3);
    await assert.rejects(
      Library.open({
        dataFolder: path.join(disk.folder, 'new', 'library'),
        mode: 'write',
        model: bench.embedder,
      }),
      (error) => isAppError(error, 'DISK_FULL') || isAppError(error, 'FILE_UNREADABLE'),
    );
  });
});

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .toSorted();
}
