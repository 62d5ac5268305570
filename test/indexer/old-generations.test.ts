/**
 * The generation that was searched before: gone back to, removed, and in the list of all.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import Database from 'better-sqlite3';
import {
  embedMissing,
  explainMissing,
  indexPhotos,
  Library,
  listGenerations,
  reEmbed,
  removeGeneration,
} from '../../indexer/index.ts';
import { migrations } from '../../indexer/store/migrations.ts';
import { isAppError } from '../../model/index.ts';
import { SearchEngine } from '../../query/index.ts';
import { indexDefaults, writePhoto } from '../support/photo-folder.ts';
import { indexed, PHOTOS } from './two-models.ts';

describe('the way back', () => {
  it('leads to the generation that was searched before, and forth again', async (context) => {
    const { library, other } = await indexed(context);
    assert.equal(library.store.generations.previous(), undefined);
    await reEmbed(library, other, indexDefaults);
    for (const [now, before] of [
      [2, 1],
      [1, 2],
      [2, 1],
    ]) {
      assert.equal(library.generation.id, now);
      const previous = library.store.generations.previous();
      assert.deepEqual([previous?.id, previous?.state], [before, 'retired']);
      assert.equal((await library.activateIfComplete(previous?.id ?? 0)).isActive, true);
    }
  });

  it('says how many photos the old generation lacks, and is open once they are embedded', async (context) => {
    const { bench, library, other, at } = await indexed(context);
    await reEmbed(library, other, indexDefaults);
    for (const index of [0, 1, 2]) await writePhoto(at(PHOTOS + index), 500 + index);
    await indexPhotos(library, other, { roots: [bench.photos], ...indexDefaults });
    const refused = await library.activateIfComplete(1);
    assert.deepEqual(refused, { images: PHOTOS + 3, missing: 3, missingTexts: 0, isActive: false });
    assert.equal(library.generation.id, 2);
    const { reasons } = await explainMissing(library, 1);
    assert.deepEqual([reasons[0]?.cause, reasons[0]?.photos], ['waiting', 3]);
    const report = await reEmbed(library, bench.embedder, indexDefaults);
    assert.deepEqual([report.generation, report.embedded, report.isActive], [1, 3, true]);
    assert.equal(library.vectors.size, PHOTOS + 3);
  });

  it('is known of libraries that are older than it', async (context) => {
    const { bench, library, other } = await indexed(context);
    await reEmbed(library, other, indexDefaults);
    await library.close();
    // As step 1 left it: both generations, and nothing noted.
    const file = path.join(bench.data, 'library.sqlite');
    const old = new Database(file);
    const rows = old.prepare('SELECT * FROM generations').all() as Record<string, string | number>[];
    old.close();
    for (const suffix of ['', '-wal', '-shm']) await rm(file + suffix, { force: true });
    const made = new Database(file);
    made.exec(migrations[0] ?? '');
    const columns = Object.keys(rows[0] ?? {});
    const insert = made.prepare(`INSERT INTO generations VALUES (${columns.map(() => '?').join(', ')})`);
    for (const row of rows) insert.run(...columns.map((column) => row[column]));
    made.pragma('user_version = 1');
    made.pragma('application_id = 0x496d676c');
    made.close();
    assert.equal(Library.peek(bench.data)?.id, 2);
    const upgraded = await bench.open('write', other);
    assert.deepEqual([upgraded.generation.id, upgraded.store.generations.previous()?.id], [2, 1]);
    await upgraded.close();
  });
});

describe('removing a generation', () => {
  it('takes its vectors, its index and its name, and never those that are searched', async (context) => {
    const { bench, library, other } = await indexed(context);
    await reEmbed(library, other, indexDefaults);
    await assert.rejects(removeGeneration(library, 2), (error) => {
      assert.ok(isAppError(error, 'INVALID_ARGUMENT'));
      assert.match(error.message, /is the one that is searched.*rollback/);
      return true;
    });
    await assert.rejects(removeGeneration(library, 7), (error) => {
      assert.ok(isAppError(error, 'NOT_FOUND'));
      assert.match(error.message, /no generation 7; there are: 1 \("colours", retired\), 2/);
      return true;
    });
    assert.equal(await removeGeneration(library, 1), PHOTOS);
    assert.equal(library.store.vectors.summary(1).count, 0);
    assert.equal(library.store.generations.previous(), undefined);
    await assert.rejects(stat(path.join(bench.data, 'vectors', 'generation-1')), { code: 'ENOENT' });
    const database = new Database(path.join(bench.data, 'library.sqlite'), { readonly: true });
    assert.equal(database.prepare('SELECT count(*) FROM changes WHERE generation_id = 1').pluck().get(), 0);
    database.close();
    const { hits } = await new SearchEngine({ library, embedder: other }).search({ text: 'red' });
    assert.equal(hits.length, PHOTOS);
    // The numbers of generations are never used twice.
    assert.equal(library.generationFor(bench.embedder).id, 3);
  });

  it('that was stopped half-way leaves a generation that can be completed', async (context) => {
    const { bench, library, other } = await indexed(context);
    await reEmbed(library, other, indexDefaults);
    assert.equal(library.store.generations.removeVectors(1, 10), 10);
    await assert.rejects(removeGeneration(library, 1, { signal: AbortSignal.abort() }), (error) =>
      isAppError(error, 'ABORTED'),
    );
    await library.switchTo(1);
    assert.deepEqual([library.completeness(1).missing, library.vectors.size], [10, PHOTOS - 10]);
    assert.equal(library.store.generations.removeVectors(1, 10), 0);
    assert.equal((await embedMissing(library, bench.embedder, indexDefaults)).embedded, 10);
    assert.equal(library.vectors.size, PHOTOS);
  });

  it('while its vectors are made ends the making with a clear refusal', async (context) => {
    const { library, other } = await indexed(context, { batchMs: 100 });
    const run = embedMissing(library, other, indexDefaults);
    const refused = assert.rejects(run, (error) => isAppError(error, 'NOT_FOUND'));
    await removeGeneration(library, 2);
    await refused;
    assert.equal(library.store.vectors.summary(2).count, 0);
  });
});

describe('the list of generations', () => {
  it('tells state, model, vectors, what is missing and how much room each takes', async (context) => {
    const { bench, library, other, at } = await indexed(context);
    await reEmbed(library, other, indexDefaults);
    await writePhoto(at(PHOTOS), 77);
    await indexPhotos(library, other, { roots: [bench.photos], ...indexDefaults });
    await library.close();
    const list = await listGenerations(bench.data);
    assert.deepEqual(
      list.map(({ id, state, modelName, vectors, missing, isPrevious }) => [
        id,
        state,
        modelName,
        vectors,
        missing,
        isPrevious,
      ]),
      [
        [1, 'retired', 'colours', PHOTOS, 1, true],
        [2, 'active', 'colours-2', PHOTOS + 1, 0, false],
      ],
    );
    for (const { bytes, vectors, dimension } of list) assert.ok(bytes > vectors * dimension * 4);
    await writeFile(path.join(bench.data, 'library.sqlite'), '');
    await assert.rejects(listGenerations(bench.data), (error) => isAppError(error, 'NOT_FOUND'));
  });
});
