/**
 * Few file handles, a limit on the size of files, a library that may not be written, folders that go while they are
 * read: a clear error, or nothing worse than a later run sets right.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { renameSync, rmSync } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { indexPhotos } from '../../../indexer/index.ts';
import { assertConsistent } from '../../support/consistent-library.ts';
import { indexDefaults, workbench, writePhoto, type Workbench } from '../../support/photo-folder.ts';
import { reportOf } from './report-of.ts';

const PHOTOS = 120;
/** A user without rights on every Linux system; as root the test may run as it. */
const NOBODY = 65_534;

async function fill(bench: Workbench, count = PHOTOS): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await writePhoto(path.join(bench.photos, String(index % 10), `${index}.jpg`), index + 1);
  }
}

describe('a process', () => {
  it('that may open few files indexes all the same, or says what it lacks', async (context) => {
    const bench = await workbench(context);
    await fill(bench);
    for (const spare of [40, 3, 1]) {
      const { report, error } = await reportOf(`${bench.data}-${spare}`, bench.photos, {
        env: { ...process.env, SPARE_HANDLES: String(spare) },
      });
      const outcome =
        error === undefined ? `${report?.added} added, ${report?.skipped.length} skipped` : error.message;
      context.diagnostic(`${spare} handles to spare: ${outcome}`);
      if (spare === 40) assert.equal(report?.skipped.length, 0, outcome);
      if (error !== undefined) assert.match(error.message, /: .+; /);
    }
    const report = await bench.index();
    assert.equal(report.skipped.length, 0);
    const library = await bench.open('read');
    assert.equal(await assertConsistent(library, bench.photos), PHOTOS);
    await library.close();
  });

  it('whose files may not grow ends with an error that names the file; the next run completes it', async (context) => {
    const bench = await workbench(context);
    await fill(bench, 20);
    await bench.index();
    await fill(bench, 400);
    // In units of 512 bytes: the database has 200 kB and more after the first photos.
    const { report, error } = await reportOf(bench.data, bench.photos, { prefix: 'ulimit -f 500;' });
    assert.equal(report, undefined);
    assert.ok(error);
    assert.match(error.message, /library\.sqlite: .+; .*(disk|space|quota)/);
    const library = await bench.open('write');
    assert.ok((await assertConsistent(library, bench.photos)) >= 20);
    await indexPhotos(library, bench.embedder, { ...indexDefaults, roots: [bench.photos] });
    assert.equal(await assertConsistent(library, bench.photos), 400);
    await library.close();
  });

  it('that may not write to the library says so', async (context) => {
    const bench = await workbench(context);
    await fill(bench, 5);
    await bench.index();
    const isRoot = process.getuid?.() === 0;
    await chmod(path.dirname(bench.data), 0o755);
    await chmod(bench.data, 0o555);
    const conditions = isRoot ? { uid: NOBODY } : {};
    try {
      const { error } = await reportOf(bench.data, bench.photos, conditions);
      assert.equal(error?.code, 'FILE_UNREADABLE');
      assert.match(error.message, /library\..+; .*(permissions|writable)/);
    } finally {
      await chmod(bench.data, 0o755);
    }
  });
});

describe('a folder', () => {
  it('that vanishes while it is indexed ends nothing; its photos are kept until the root is back', async (context) => {
    const bench = await workbench(context);
    await fill(bench);
    const library = await bench.open('write');
    let seen = 0;
    const report = await indexPhotos(library, bench.embedder, {
      ...indexDefaults,
      roots: [bench.photos],
      onProgress: ({ done }) => {
        if (done > 20 && seen === 0) {
          seen = done;
          renameSync(bench.photos, `${bench.photos}-away`);
        }
      },
    });
    assert.ok(seen > 0);
    assert.equal(report.removed, 0);
    assert.ok(report.added >= seen - report.skipped.length && report.added < PHOTOS, `${report.added} added`);
    assert.ok(report.skipped.every(({ code }) => code === 'FILE_NOT_FOUND'));
    assert.equal(await assertConsistent(library, bench.photos), report.added);
    await rename(`${bench.photos}-away`, bench.photos);
    await indexPhotos(library, bench.embedder, { ...indexDefaults, roots: [bench.photos] });
    assert.equal(await assertConsistent(library, bench.photos), PHOTOS);
    assert.equal(library.stats().skipped, 0);
    await library.close();
  });

  it('below the root that is deleted while it is indexed loses its photos, and no others', async (context) => {
    const bench = await workbench(context);
    await fill(bench);
    const library = await bench.open('write');
    let isDeleted = false;
    await indexPhotos(library, bench.embedder, {
      ...indexDefaults,
      roots: [bench.photos],
      onProgress: ({ done }) => {
        if (done <= 10 || isDeleted) return;
        isDeleted = true;
        rmSync(path.join(bench.photos, '3'), { recursive: true });
      },
    });
    await indexPhotos(library, bench.embedder, { ...indexDefaults, roots: [bench.photos] });
    assert.equal(await assertConsistent(library, bench.photos), PHOTOS - PHOTOS / 10);
    await library.close();
    await rm(bench.photos, { recursive: true });
  });
});
