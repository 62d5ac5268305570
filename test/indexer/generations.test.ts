/**
 * Another model: built beside the old one, complete or not, and switched to.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { cp, mkdir, open, readFile, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { embedMissing, explainMissing, indexPhotos, Library, reEmbed } from '../../indexer/index.ts';
import { isAppError } from '../../model/index.ts';
import { SearchEngine, type SearchResponse } from '../../query/index.ts';
import { ColourEmbedder } from '../support/colour-embedder.ts';
import { indexDefaults, workbench, writePhoto } from '../support/photo-folder.ts';
import { indexed, PHOTOS } from './two-models.ts';

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
