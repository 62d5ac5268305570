/**
 * Opening: damaged databases, foreign ones, damaged and missing indexes.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import {
  cp,
  mkdir,
  open as openFile,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { Library } from '../../indexer/index.ts';
import { isAppError } from '../../model/index.ts';
import { workbench, writePhoto, type Workbench } from '../support/photo-folder.ts';

const PHOTOS = 12;

async function indexed(context: TestContext): Promise<Workbench> {
  const bench = await workbench(context);
  for (let index = 0; index < PHOTOS; index += 1) {
    await writePhoto(path.join(bench.photos, `${index}.jpg`), index + 1);
  }
  await bench.index();
  bench.notices.length = 0;
  return bench;
}

function database(bench: Workbench): string {
  return path.join(bench.data, 'library.sqlite');
}

async function assertFindsAll(bench: Workbench, mode: 'read' | 'write'): Promise<void> {
  const library = await bench.open(mode);
  assert.equal(library.vectors.size, PHOTOS);
  await library.close();
}

describe('opening a library', () => {
  it('refuses to read where there is none, and makes nothing', async (context) => {
    const bench = await workbench(context);
    await assert.rejects(bench.open('read'), (error) => isAppError(error, 'NOT_FOUND'));
    await assert.rejects(stat(bench.data), { code: 'ENOENT' });
    const library = await bench.open('write');
    assert.equal(library.stats().images, 0);
    await library.close();
    const reader = await bench.open('read');
    assert.deepEqual(reader.stats().roots, []);
    await reader.close();
  });

  it('takes the model that a library has where the caller names none, and makes no new one so', async (context) => {
    const bench = await workbench(context);
    const open = (mode: 'read' | 'write'): Promise<Library> => Library.open({ dataFolder: bench.data, mode });
    for (const mode of ['read', 'write'] as const) {
      await assert.rejects(open(mode), (error) => isAppError(error, 'NOT_FOUND'));
    }
    assert.equal(Library.peek(bench.data), undefined);
    assert.equal(Library.peek(path.join(bench.data, 'nowhere')), undefined);
    await writePhoto(path.join(bench.photos, 'a.jpg'), 1);
    await bench.index();
    assert.equal(Library.peek(bench.data)?.modelName, bench.embedder.name);
    for (const mode of ['read', 'write'] as const) {
      const library = await open(mode);
      assert.deepEqual(
        [library.generation.modelIdentity, library.vectors.size],
        [bench.embedder.identity, 1],
      );
      await library.close();
    }
  });

  it('says what to do where the data folder cannot be made', async (context) => {
    const bench = await workbench(context);
    await writeFile(bench.data, 'a file');
    await assert.rejects(bench.open('write'), (error) => {
      assert.ok(isAppError(error, 'FILE_UNREADABLE'));
      assert.match(error.message, /--data/);
      return true;
    });
  });

  for (const [name, damage] of Object.entries<(file: string) => Promise<void>>({
    'with a damaged header': async (file) => overwrite(file, 0, 'this is no database at all'),
    'that is another kind of file': async (file) => writeFile(file, 'x'.repeat(5000)),
    'cut in half': async (file) => truncate(file, Math.floor((await stat(file)).size / 8192) * 4096),
    'with its tables overwritten': async (file) => {
      const { size } = await stat(file);
      for (let place = 4096; place < size; place += 4096) await overwrite(file, place, '#'.repeat(4000));
    },
  })) {
    it(`reports a database ${name} as LIBRARY_CORRUPT, with a remedy`, async (context) => {
      const bench = await indexed(context);
      await damage(database(bench));
      for (const mode of ['read', 'write'] as const) {
        await assert.rejects(
          bench.open(mode).then((library) => library.close()),
          (error) => {
            assert.ok(isAppError(error, 'LIBRARY_CORRUPT'), String(error));
            assert.match(error.message, /library\.sqlite.*move the file/s);
            return true;
          },
        );
      }
      // The remedy works.
      for (const suffix of ['', '-wal', '-shm']) await rm(database(bench) + suffix, { force: true });
      assert.equal((await bench.index()).added, PHOTOS);
    });
  }

  it('refuses the database of another program, and leaves it alone', async (context) => {
    const bench = await workbench(context);
    await mkdir(bench.data);
    const foreign = new Database(database(bench));
    foreign.exec('CREATE TABLE notes (text TEXT)');
    foreign.close();
    const before = await readFile(database(bench));
    for (const mode of ['read', 'write'] as const) {
      await assert.rejects(bench.open(mode), (error) => isAppError(error, 'LIBRARY_CORRUPT'));
    }
    const after = new Database(database(bench));
    assert.equal(after.prepare('SELECT count(*) AS n FROM sqlite_schema').pluck().get(), 1);
    after.close();
    assert.ok(before.length > 0);
  });

  it('refuses a library of a newer Imglish', async (context) => {
    const bench = await indexed(context);
    const newer = new Database(database(bench));
    newer.pragma('user_version = 99');
    newer.close();
    for (const mode of ['read', 'write'] as const) {
      await assert.rejects(bench.open(mode), (error) => {
        assert.ok(isAppError(error, 'LIBRARY_MISMATCH'));
        assert.match(error.message, /schema 99/);
        return true;
      });
    }
  });

  it('builds a missing index again, with a notice', async (context) => {
    const bench = await indexed(context);
    await rm(path.join(bench.data, 'vectors'), { recursive: true });
    await assertFindsAll(bench, 'read');
    assert.match(bench.notices.join('\n'), /built from the database/);
    await assertFindsAll(bench, 'write');
    bench.notices.length = 0;
    await assertFindsAll(bench, 'read');
    assert.deepEqual(bench.notices, []);
  });

  it('builds a damaged index again, with a notice', async (context) => {
    const bench = await indexed(context);
    const folder = path.join(bench.data, 'vectors', 'generation-1');
    const graph = (await readdir(folder)).find((name) => name.endsWith('.hnsw'));
    assert.ok(graph);
    await truncate(path.join(folder, graph), 1000);
    await assertFindsAll(bench, 'write');
    assert.match(bench.notices.join('\n'), /has 1000 bytes/);
    bench.notices.length = 0;
    await assertFindsAll(bench, 'read');
    assert.deepEqual(bench.notices, []);
  });

  it('catches up with what was committed after the snapshot, removals too', async (context) => {
    const bench = await indexed(context);
    const folder = path.join(bench.data, 'vectors');
    const old = `${folder}-old`;
    await cp(folder, old, { recursive: true });
    await writePhoto(path.join(bench.photos, 'new.jpg'), 500);
    await rm(path.join(bench.photos, '0.jpg'));
    const report = await bench.index();
    assert.deepEqual([report.added, report.removed], [1, 1]);
    await rm(folder, { recursive: true });
    await cp(old, folder, { recursive: true });
    await assertFindsAll(bench, 'read');
    assert.deepEqual(bench.notices, []);
  });

  it('throws away an index that knows more than the database, as after restoring a backup', async (context) => {
    const bench = await indexed(context);
    const backup = `${database(bench)}.backup`;
    await cp(database(bench), backup);
    await writePhoto(path.join(bench.photos, 'new.jpg'), 500);
    await bench.index();
    for (const suffix of ['', '-wal', '-shm']) await rm(database(bench) + suffix, { force: true });
    await cp(backup, database(bench));
    await assertFindsAll(bench, 'read');
    assert.match(bench.notices.join('\n'), /knows more than the database/);
  });

  it('tells how much it holds', async (context) => {
    const bench = await indexed(context);
    const library = await bench.open('read');
    const { images, skipped, roots, bytes, vectors, databaseBytes } = library.stats();
    assert.deepEqual([images, skipped, roots, vectors], [PHOTOS, 0, [bench.photos], PHOTOS]);
    assert.ok(bytes > 1000 && databaseBytes > 10_000);
    await writeFile(path.join(bench.photos, 'bad.jpg'), 'bad');
    await bench.index();
    assert.equal(library.stats().skipped, 1);
    await library.close();
  });
});

async function overwrite(file: string, place: number, text: string): Promise<void> {
  const handle = await openFile(file, 'r+');
  try {
    await handle.write(text, place);
  } finally {
    await handle.close();
  }
}
