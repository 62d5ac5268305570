/**
 * Another model: built beside the old one, complete or not, switched to, gone back from, removed.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { cp, mkdir, open, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
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
import { SearchEngine, type SearchResponse } from '../../query/index.ts';
import { ColourEmbedder } from '../support/colour-embedder.ts';
import { indexDefaults, workbench, writePhoto, type Workbench } from '../support/photo-folder.ts';

const PHOTOS = 24;

interface Indexed {
  readonly bench: Workbench;
  readonly library: Library;
  /** Of another dimension than the one that indexed: mixing them up cannot go unnoticed. */
  readonly other: ColourEmbedder;
  readonly at: (index: number) => string;
}

/** A library of the first model, open for writing. */
async function indexed(context: TestContext, options: { readonly batchMs?: number } = {}): Promise<Indexed> {
  const bench = await workbench(context);
  const at = (index: number): string => path.join(bench.photos, `${index}.jpg`);
  for (let index = 0; index < PHOTOS; index += 1) await writePhoto(at(index), index + 1);
  await bench.index();
  const library = await bench.open();
  context.after(() => library.close());
  const other = new ColourEmbedder({ identity: 'colours-2', cells: 2, ...options });
  return { bench, library, other, at };
}

function idsAndScores({ hits }: SearchResponse): unknown {
  return hits.map(({ id, score }) => [id, score]);
}

function isRefusal(error: unknown): boolean {
  assert.ok(isAppError(error, 'LIBRARY_MISMATCH'), String(error));
  assert.match(error.message, /model "colours".*found "colours-2".*imglish index --model colours-2/);
  return true;
}

/** Other bytes of the same number. */
async function overwriteEnd(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write('other', (await handle.stat()).size - 8);
  await handle.close();
}

describe('another model', () => {
  it('does not change what a library is searched with; its vectors come into a generation beside', async (context) => {
    const { bench, library, other } = await indexed(context);
    await library.close();
    const opened = await bench.open('write', other);
    assert.deepEqual([opened.generation.id, opened.vectors.size], [1, PHOTOS]);
    assert.equal(opened.findGeneration(other), undefined);
    const building = opened.generationFor(other);
    assert.deepEqual([building.id, building.state, building.dimension], [2, 'building', 12]);
    assert.deepEqual(opened.findGeneration(other), building);
    assert.deepEqual(opened.completeness(2), { images: PHOTOS, missing: PHOTOS, missingTexts: 0 });
    const report = await indexPhotos(opened, other, { roots: [bench.photos], ...indexDefaults });
    assert.deepEqual([report.updated, opened.generation.id], [PHOTOS, 1]);
    assert.equal(opened.completeness(2).missing, 0);
    assert.deepEqual(await opened.activateIfComplete(2), {
      images: PHOTOS,
      missing: 0,
      missingTexts: 0,
      isActive: true,
    });
    assert.deepEqual(
      [opened.generation.id, opened.generation.state, opened.vectors.size],
      [2, 'active', PHOTOS],
    );
    await opened.close();
    assert.equal(Library.peek(bench.data)?.modelIdentity, 'colours-2');
  });

  it('is refused for searching, with both names and a remedy, until the library is switched', async (context) => {
    const { bench, library, other } = await indexed(context);
    await assert.rejects(bench.open('read', other), isRefusal);
    assert.throws(() => new SearchEngine({ library, embedder: other }), isRefusal);
    await reEmbed(library, other, indexDefaults);
    const reader = await bench.open('read', other);
    const { hits } = await new SearchEngine({ library: reader, embedder: other }).search({ text: 'red' });
    assert.equal(hits.length, PHOTOS);
    await reader.close();
  });

  it('can neither be added nor switched to by a reader', async (context) => {
    const { bench, other } = await indexed(context);
    const reader = await bench.open('read');
    assert.throws(
      () => reader.generationFor(other),
      (error) => isAppError(error, 'INVALID_ARGUMENT'),
    );
    await assert.rejects(reader.switchTo(1), (error) => isAppError(error, 'INVALID_ARGUMENT'));
    await assert.rejects(reader.activateIfComplete(1), (error) => isAppError(error, 'INVALID_ARGUMENT'));
    await reader.close();
  });

  it('never finds the index of an earlier generation of the same number, as after restoring a backup', async (context) => {
    const { bench, library, other } = await indexed(context);
    await reEmbed(library, other, indexDefaults);
    await library.switchTo(1);
    await library.settled();
    const folder = path.join(bench.data, 'vectors', 'generation-2');
    assert.ok((await stat(folder)).isDirectory());
    await library.close();
    const database = new Database(path.join(bench.data, 'library.sqlite'));
    database.exec(
      "DELETE FROM generations WHERE id = 2; UPDATE sqlite_sequence SET seq = 1 WHERE name = 'generations'",
    );
    database.close();
    const restored = await bench.open();
    assert.equal(restored.generationFor(new ColourEmbedder({ identity: 'colours-3', cells: 2 })).id, 2);
    await assert.rejects(stat(folder), { code: 'ENOENT' });
    await restored.close();
  });
});

describe('re-embedding', () => {
  it('answers from the old generation until all is there, then from the new one; no search fails or sees both', async (context) => {
    const { bench, library, other } = await indexed(context, { batchMs: 15 });
    const engine = new SearchEngine({ library, embedder: bench.embedder });
    engine.use(other);
    const before = idsAndScores(await engine.search({ text: 'red' }));
    const seen: SearchResponse[] = [];
    const state = { isDone: false };
    const loop = async (): Promise<void> => {
      while (!state.isDone) {
        seen.push(await engine.search({ text: 'red' }));
        await delay(1);
      }
    };
    const loops = [loop(), loop(), loop()];
    const report = await reEmbed(library, other, indexDefaults);
    assert.deepEqual([report.isActive, report.embedded, report.skippedCount], [true, PHOTOS, 0]);
    const after = idsAndScores(await engine.search({ text: 'red' }));
    for (let turn = 0; turn < 8; turn += 1) await library.switchTo(turn % 2 === 0 ? 1 : 2);
    state.isDone = true;
    await Promise.all(loops);
    assert.notDeepEqual(before, after);
    for (const response of seen) {
      assert.deepEqual(idsAndScores(response), response.generation === 1 ? before : after);
    }
    const first = seen.findIndex(({ generation }) => generation === 2);
    assert.ok(first > 2, `${first} searches before the switch`);
    assert.ok(seen.slice(first).some(({ generation }) => generation === 1));
    context.diagnostic(`${seen.length} searches, ${first} of them before the first switch`);
  });

  it('goes on where it was stopped, and picks up what was indexed with the old model meanwhile', async (context) => {
    const { bench, library, other, at } = await indexed(context, { batchMs: 30 });
    const controller = new AbortController();
    const timer = setInterval(() => {
      if (other.encoded >= 8) controller.abort();
    }, 1);
    const run = embedMissing(library, other, { ...indexDefaults, signal: controller.signal });
    await assert.rejects(run, (error) => isAppError(error, 'ABORTED'));
    clearInterval(timer);
    const { missing } = library.completeness(2);
    assert.ok(missing > 0 && missing < PHOTOS, `${missing} missing`);
    assert.equal((await library.activateIfComplete(2)).isActive, false);
    await writePhoto(at(PHOTOS), 1000);
    await indexPhotos(library, bench.embedder, { roots: [bench.photos], ...indexDefaults });
    assert.equal(library.completeness(2).missing, missing + 1);
    const counts: (readonly [number, number | null])[] = [];
    const report = await reEmbed(library, other, {
      ...indexDefaults,
      onProgress: ({ done, total }) => counts.push([done, total]),
    });
    assert.deepEqual([report.embedded, report.isActive, report.images], [missing + 1, true, PHOTOS + 1]);
    assert.deepEqual(counts[0], [0, missing + 1]);
    assert.ok(counts.some(([done]) => done === missing + 1));
    assert.equal(bench.embedder.encoded, PHOTOS + 1);
  });

  it('is held up by a photo that is deleted, changed or unreadable, says so, and can be switched to all the same', async (context) => {
    const { bench, library, other, at } = await indexed(context);
    await rm(at(0));
    await writePhoto(at(1), 999);
    const skips: string[] = [];
    const report = await reEmbed(library, other, {
      ...indexDefaults,
      onSkip: ({ path: file }) => skips.push(path.basename(file)),
    });
    assert.deepEqual(
      [report.isActive, report.missing, report.images, report.embedded],
      [false, 2, PHOTOS, PHOTOS - 2],
    );
    assert.deepEqual(skips.toSorted(), ['0.jpg', '1.jpg']);
    for (const { code, message } of report.skipped) {
      assert.equal(code, 'FILE_NOT_FOUND');
      assert.match(message, /imglish index/);
    }
    assert.equal(library.generation.id, 1);
    const { reasons, notLookedAt } = await explainMissing(library, 2);
    assert.equal(notLookedAt, 0);
    assert.deepEqual(
      Object.fromEntries(reasons.map(({ cause, photos, example }) => [cause, [photos, example]])),
      {
        changed: [1, at(1)],
        gone: [1, at(0)],
      },
    );
    await library.switchTo(2);
    const { hits } = await new SearchEngine({ library, embedder: other }).search({ text: 'red' });
    assert.equal(hits.length, PHOTOS - 2);
    // The next run of indexing sets right what the disk says.
    await indexPhotos(library, other, { roots: [bench.photos], ...indexDefaults });
    assert.deepEqual(library.completeness(2), { images: PHOTOS - 1, missing: 0, missingTexts: 0 });
  });

  it('reads a photo from any place where its bytes still lie', async (context) => {
    const { bench, library, other, at } = await indexed(context);
    const copy = (name: string): string => path.join(bench.photos, 'copies', name);
    await mkdir(path.dirname(copy('')), { recursive: true });
    for (const index of [0, 1]) await cp(at(index), copy(`${index}.jpg`));
    await indexPhotos(library, bench.embedder, { roots: [bench.photos], ...indexDefaults });
    await rm(at(0));
    // Neither size nor time tell that these are other bytes.
    const { atime, mtime } = await stat(at(1));
    await overwriteEnd(at(1));
    await utimes(at(1), atime, mtime);
    assert.notDeepEqual(await readFile(at(1)), await readFile(copy('1.jpg')));
    const report = await reEmbed(library, other, indexDefaults);
    assert.deepEqual([report.embedded, report.skippedCount, report.isActive], [PHOTOS, 0, true]);
    assert.equal(other.encoded, PHOTOS);
    const { images, vectors } = library.store;
    const contentId = images.byId(images.known(copy('1.jpg'), 2)?.id ?? 0)?.contentId ?? 0;
    const vector = vectors.get(2, contentId, 12);
    const [expected] = await listVectors(other, copy('1.jpg'), context);
    assert.deepEqual(vector, expected);
  });

  it('counts a photo once however often it lies there, and one that is refused as missing', async (context) => {
    const { library, other, at } = await indexed(context);
    await cp(at(0), at(PHOTOS));
    await indexPhotos(library, new ColourEmbedder(), { roots: [path.dirname(at(0))], ...indexDefaults });
    const limits = { ...indexDefaults, fileBytesMax: 10 };
    const refused = await reEmbed(library, other, limits);
    assert.deepEqual([refused.skippedCount, refused.missing, refused.isActive], [PHOTOS, PHOTOS + 1, false]);
    assert.ok(refused.skipped.every(({ code }) => code === 'IMAGE_TOO_LARGE'));
    const report = await reEmbed(library, other, indexDefaults);
    assert.deepEqual([report.embedded, report.missing, report.isActive], [PHOTOS, 0, true]);
  });
});

/** Vectors of one photo, embedded in a library of its own. */
async function listVectors(
  embedder: ColourEmbedder,
  file: string,
  context: TestContext,
): Promise<(Float32Array | undefined)[]> {
  const bench = await workbench(context);
  await cp(file, path.join(bench.photos, 'one.jpg'));
  const library = await bench.open('write', embedder);
  await indexPhotos(library, embedder, { roots: [bench.photos], ...indexDefaults });
  const vector = library.store.vectors.get(1, 1, embedder.dimension);
  await library.close();
  return [vector];
}

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
