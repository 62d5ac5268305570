/**
 * What happens to a library when its folders change.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { cp, mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { indexPhotos, skipsListedMax, type IndexProgress, type IndexReport } from '../../indexer/index.ts';
import { isAppError } from '../../model/index.ts';
import { SearchEngine } from '../../query/index.ts';
import { ColourEmbedder } from '../support/colour-embedder.ts';
import {
  indexDefaults,
  pathsIn,
  photoBytes,
  workbench,
  writePhoto,
  type Workbench,
} from '../support/photo-folder.ts';

/** The counters of a report, those that are zero left out. */
function counts(report: IndexReport): Record<string, number> {
  const { found, added, updated, moved, unchanged, removed, skipped } = report;
  const all = { found, added, updated, moved, unchanged, removed, skipped: skipped.length };
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0));
}

async function benchWith(context: TestContext, files: readonly string[]): Promise<Workbench> {
  const bench = await workbench(context);
  for (const [seed, file] of files.entries()) await writePhoto(path.join(bench.photos, file), seed + 1);
  return bench;
}

/** Every photo is found by its own vector, each path once; nothing else is in the index. */
async function assertWhole(bench: Workbench, expected: readonly string[]): Promise<void> {
  const library = await bench.open('read');
  try {
    assert.deepEqual(pathsIn(library, bench.photos), expected.toSorted());
    const contents = new Set<number>();
    for (const { id } of library.store.images.below(bench.photos, '', 1000)) {
      const image = library.store.images.byId(id);
      assert.ok(image);
      contents.add(image.contentId);
      const vector = library.store.vectors.get(
        library.generation.id,
        image.contentId,
        library.vectors.dimension,
      );
      assert.ok(vector);
      const [best] = await library.vectors.search(vector, 1);
      assert.ok(best && best.score > 0.999, `${image.path} is not found by its own vector`);
    }
    assert.equal(library.vectors.size, contents.size);
    assert.equal(library.store.vectors.summary(library.generation.id).count, contents.size);
  } finally {
    await library.close();
  }
}

describe('indexing', () => {
  it('adds every photo of a folder and its subfolders', async (context) => {
    const bench = await benchWith(context, ['a.jpg', 'sub/b.JPEG', 'sub/deep/c.jpg']);
    assert.deepEqual(counts(await bench.index()), { found: 3, added: 3 });
    await assertWhole(bench, ['a.jpg', 'sub/b.JPEG', 'sub/deep/c.jpg']);
  });

  it('does nothing the second time, neither decoding nor embedding', async (context) => {
    const bench = await benchWith(context, ['a.jpg', 'b.jpg']);
    await bench.index();
    const before = bench.embedder.encoded;
    assert.deepEqual(counts(await bench.index()), { found: 2, unchanged: 2 });
    assert.equal(bench.embedder.encoded, before);
  });

  it('looks again at all folders it knows when none is given, and refuses when it knows none', async (context) => {
    const bench = await benchWith(context, ['a.jpg']);
    await assert.rejects(bench.index({ roots: [] }), (error) => isAppError(error, 'INVALID_ARGUMENT'));
    await bench.index();
    assert.deepEqual(counts(await bench.index({ roots: [] })), { found: 1, unchanged: 1 });
  });

  it('keeps id and vector of a renamed photo', async (context) => {
    const bench = await benchWith(context, ['a.jpg', 'b.jpg']);
    await bench.index();
    const before = bench.embedder.encoded;
    const old = await idOf(bench, 'a.jpg');
    await rename(path.join(bench.photos, 'a.jpg'), path.join(bench.photos, 'z.jpg'));
    assert.deepEqual(counts(await bench.index()), { found: 2, moved: 1, unchanged: 1 });
    assert.equal(bench.embedder.encoded, before);
    assert.equal(await idOf(bench, 'z.jpg'), old);
    await assertWhole(bench, ['b.jpg', 'z.jpg']);
  });

  it('keeps the vectors of a whole folder that is moved', async (context) => {
    const bench = await benchWith(context, ['old/a.jpg', 'old/b.jpg', 'old/c.jpg']);
    await bench.index();
    await rename(path.join(bench.photos, 'old'), path.join(bench.photos, 'new'));
    assert.deepEqual(counts(await bench.index()), { found: 3, moved: 3 });
    assert.equal(bench.embedder.encoded, 3);
    await assertWhole(bench, ['new/a.jpg', 'new/b.jpg', 'new/c.jpg']);
  });

  it('gives two photos that swap their names the right vectors', async (context) => {
    const bench = await benchWith(context, ['a.jpg', 'b.jpg']);
    await bench.index();
    const at = (name: string): string => path.join(bench.photos, name);
    await rename(at('a.jpg'), at('x'));
    await rename(at('b.jpg'), at('a.jpg'));
    await rename(at('x'), at('b.jpg'));
    assert.deepEqual(counts(await bench.index()), { found: 2, updated: 2 });
    assert.equal(bench.embedder.encoded, 2);
    await assertWhole(bench, ['a.jpg', 'b.jpg']);
  });

  it('takes the vector of a copy from the first, and finds both', async (context) => {
    const bench = await benchWith(context, ['a.jpg', 'b.jpg']);
    await bench.index();
    await cp(path.join(bench.photos, 'a.jpg'), path.join(bench.photos, 'copy.jpg'));
    assert.deepEqual(counts(await bench.index()), { found: 3, added: 1, unchanged: 2 });
    assert.equal(bench.embedder.encoded, 2);
    await assertWhole(bench, ['a.jpg', 'b.jpg', 'copy.jpg']);
    await rm(path.join(bench.photos, 'a.jpg'));
    assert.deepEqual(counts(await bench.index()), { found: 2, unchanged: 2, removed: 1 });
    await assertWhole(bench, ['b.jpg', 'copy.jpg']);
  });

  it('indexes copies that come in one batch once', async (context) => {
    const bench = await benchWith(context, ['a.jpg']);
    for (const name of ['b.jpg', 'c.jpg', 'd.jpg']) {
      await cp(path.join(bench.photos, 'a.jpg'), path.join(bench.photos, name));
    }
    assert.deepEqual(counts(await bench.index()), { found: 4, added: 4 });
    await assertWhole(bench, ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg']);
  });

  it('embeds a changed photo anew and forgets what it was', async (context) => {
    const bench = await benchWith(context, ['a.jpg', 'b.jpg']);
    await bench.index();
    const old = await idOf(bench, 'a.jpg');
    await writePhoto(path.join(bench.photos, 'a.jpg'), 77);
    assert.deepEqual(counts(await bench.index()), { found: 2, updated: 1, unchanged: 1 });
    assert.equal(await idOf(bench, 'a.jpg'), old);
    await assertWhole(bench, ['a.jpg', 'b.jpg']);
  });

  it('calls a photo unchanged whose time alone has changed', async (context) => {
    const bench = await benchWith(context, ['a.jpg']);
    await bench.index();
    await utimes(path.join(bench.photos, 'a.jpg'), new Date(), new Date(1e12));
    assert.deepEqual(counts(await bench.index()), { found: 1, unchanged: 1 });
    assert.equal(bench.embedder.encoded, 1);
  });

  it('removes a deleted photo from the library, from the index and from the previews', async (context) => {
    const bench = await benchWith(context, ['a.jpg', 'b.jpg']);
    await bench.index();
    await rm(path.join(bench.photos, 'a.jpg'));
    assert.deepEqual(counts(await bench.index()), { found: 1, unchanged: 1, removed: 1 });
    await assertWhole(bench, ['b.jpg']);
  });

  it('empties the library when all photos of a folder are deleted', async (context) => {
    const bench = await benchWith(context, ['a.jpg', 'b.jpg']);
    await bench.index();
    await rm(path.join(bench.photos, 'a.jpg'));
    await rm(path.join(bench.photos, 'b.jpg'));
    assert.deepEqual(counts(await bench.index()), { removed: 2 });
    await assertWhole(bench, []);
  });

  it('removes nothing when the whole root is gone, and goes on when it is back', async (context) => {
    const bench = await benchWith(context, ['a.jpg', 'sub/b.jpg']);
    await bench.index();
    await rename(bench.photos, `${bench.photos}-unplugged`);
    const report = await bench.index();
    assert.deepEqual(counts(report), { skipped: 1 });
    assert.equal(report.skipped[0]?.code, 'FILE_NOT_FOUND');
    await assertWhole(bench, ['a.jpg', 'sub/b.jpg']);
    await rename(`${bench.photos}-unplugged`, bench.photos);
    assert.deepEqual(counts(await bench.index()), { found: 2, unchanged: 2 });
    const library = await bench.open();
    assert.equal(library.stats().skipped, 0);
    await library.close();
  });

  it('takes copies in another root as copies while the first root is unplugged', async (context) => {
    const bench = await benchWith(context, ['one/a.jpg']);
    const one = path.join(bench.photos, 'one');
    const two = path.join(bench.photos, 'two');
    await bench.index({ roots: [one] });
    await mkdir(two);
    await cp(path.join(one, 'a.jpg'), path.join(two, 'a.jpg'));
    await rename(one, path.join(bench.photos, 'unplugged'));
    assert.deepEqual(counts(await bench.index({ roots: [two] })), { found: 1, added: 1 });
    await assertWhole(bench, ['one/a.jpg', 'two/a.jpg']);
  });

  it('refuses a root that never was, before it touches the others', async (context) => {
    const bench = await benchWith(context, ['a.jpg']);
    const missing = path.join(bench.photos, 'no-such-folder-elsewhere');
    await assert.rejects(bench.index({ roots: [bench.photos, `${bench.data}-missing`] }), (error) =>
      isAppError(error, 'FILE_NOT_FOUND'),
    );
    await assert.rejects(bench.index({ roots: [missing] }), (error) => isAppError(error, 'FILE_NOT_FOUND'));
    const library = await bench.open();
    assert.deepEqual(library.stats().roots, []);
    await library.close();
  });

  it('indexes a single file, whatever its name, and a part of a root', async (context) => {
    const bench = await benchWith(context, ['a.jpg', 'sub/b.jpg']);
    const plain = path.join(bench.photos, 'no-ending');
    await writeFile(plain, await photoBytes(50));
    assert.deepEqual(counts(await bench.index({ roots: [plain] })), { found: 1, added: 1 });
    assert.deepEqual(counts(await bench.index({ roots: [path.join(bench.photos, 'sub')] })), {
      found: 1,
      added: 1,
    });
    await assertWhole(bench, ['no-ending', 'sub/b.jpg']);
  });

  it('forgets photos of a root inside another when the outer walk sees that they are gone', async (context) => {
    const bench = await benchWith(context, ['a.jpg', 'sub/b.jpg', 'sub/c.jpg', '.hidden/d.jpg']);
    await bench.index({ roots: [path.join(bench.photos, 'sub')] });
    await bench.index({ roots: [path.join(bench.photos, '.hidden')] });
    assert.deepEqual(counts(await bench.index()), { found: 3, added: 1, unchanged: 2 });
    await rm(path.join(bench.photos, 'sub', 'b.jpg'));
    assert.deepEqual(counts(await bench.index()), { found: 2, unchanged: 2, removed: 1 });
    await assertWhole(bench, ['.hidden/d.jpg', 'a.jpg', 'sub/c.jpg']);
  });

  it('tells in a dry run what it would do, and does nothing', async (context) => {
    const bench = await benchWith(context, ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg']);
    assert.deepEqual(counts(await bench.index({ dryRun: true })), { found: 4, added: 4 });
    await bench.index();
    await rename(path.join(bench.photos, 'a.jpg'), path.join(bench.photos, 'z.jpg'));
    await writePhoto(path.join(bench.photos, 'b.jpg'), 60);
    await rm(path.join(bench.photos, 'c.jpg'));
    await writeFile(path.join(bench.photos, 'bad.jpg'), 'no picture');
    const expected = { found: 4, updated: 1, moved: 1, unchanged: 1, removed: 1, skipped: 1 };
    assert.deepEqual(counts(await bench.index({ dryRun: true })), expected);
    await assertWhole(bench, ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg']);
    assert.deepEqual(counts(await bench.index()), expected);
  });

  it('leaves out its own data folder, hidden and excluded folders', async (context) => {
    const bench = await benchWith(context, [
      'a.jpg',
      '.hidden/b.jpg',
      '@eaDir/c.jpg',
      'x/Node_Modules/d.jpg',
    ]);
    const base = path.dirname(bench.photos);
    await bench.index({ roots: [base] });
    await writePhoto(path.join(bench.data, 'thumbnails', 'e.jpg'), 9);
    assert.deepEqual(counts(await bench.index({ roots: [base] })), { found: 1, unchanged: 1 });
  });

  it('reports progress that only grows and ends at what was found', async (context) => {
    const bench = await benchWith(
      context,
      Array.from({ length: 30 }, (_, index) => `${index}.jpg`),
    );
    const seen: IndexProgress[] = [];
    await bench.index({ onProgress: (progress) => seen.push(progress) });
    assert.equal(seen[0]?.phase, 'scanning');
    const last = seen.at(-1);
    assert.deepEqual([last?.phase, last?.found, last?.done, last?.added], ['embedding', 30, 30, 30]);
    for (const [index, progress] of seen.entries()) assert.ok(progress.done >= (seen[index - 1]?.done ?? 0));
  });

  it('stops when called off, keeps what was committed, and goes on from there', async (context) => {
    const bench = await benchWith(
      context,
      Array.from({ length: 40 }, (_, index) => `${index}.jpg`),
    );
    const controller = new AbortController();
    const slow = new ColourEmbedder({ batchMs: 20 });
    const library = await bench.open();
    const run = indexPhotos(library, slow, {
      roots: [bench.photos],
      ...indexDefaults,
      signal: controller.signal,
      onProgress: ({ done }) => done >= 8 && controller.abort(),
    });
    await assert.rejects(run, (error) => isAppError(error, 'ABORTED'));
    const { images } = library.stats();
    assert.ok(images >= 8 && images < 40, `${images} committed`);
    await library.close();
    const report = await bench.index();
    assert.equal(report.unchanged, images);
    assert.equal(report.added, 40 - images);
  });

  it('tells of every skip, and lists the first thousand in its report', async (context) => {
    const bench = await benchWith(context, ['a.jpg']);
    const files = Array.from({ length: skipsListedMax + 5 }, (_, index) => `bad-${index}.jpg`);
    await Promise.all(files.map((file) => writeFile(path.join(bench.photos, file), 'no picture')));
    const told = new Set<string>();
    const report = await bench.index({ onSkip: (skip) => told.add(path.basename(skip.path)) });
    assert.deepEqual([report.added, report.skippedCount], [1, files.length]);
    assert.equal(report.skipped.length, skipsListedMax);
    assert.deepEqual([...told].toSorted(), files.toSorted());
    const library = await bench.open('read');
    assert.equal(library.stats().skipped, files.length);
    await library.close();
  });

  it('indexes all with one read at a time, too', async (context) => {
    const bench = await benchWith(context, ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg', 'e.jpg']);
    assert.equal((await bench.index({ concurrency: 1 })).added, 5);
    await assertWhole(bench, ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg', 'e.jpg']);
  });

  it('refuses a second run on the same library', async (context) => {
    const bench = await benchWith(context, ['a.jpg', 'b.jpg']);
    const library = await bench.open();
    const options = { roots: [bench.photos], ...indexDefaults };
    const first = indexPhotos(library, bench.embedder, options);
    await assert.rejects(indexPhotos(library, bench.embedder, options), (error) => isAppError(error, 'BUSY'));
    assert.equal((await first).added, 2);
    await library.close();
  });

  it('brings the vectors of another model into a generation beside, which is not searched', async (context) => {
    const bench = await benchWith(context, ['a.jpg', 'b.jpg']);
    await bench.index();
    const other = new ColourEmbedder({ identity: 'colours-2' });
    const library = await bench.open('write', other);
    const options = { roots: [bench.photos], ...indexDefaults };
    const dryRun = await indexPhotos(library, other, { ...options, dryRun: true });
    assert.deepEqual(counts(dryRun), { found: 2, updated: 2 });
    assert.equal(library.findGeneration(other), undefined);
    const report = await indexPhotos(library, other, options);
    assert.deepEqual(counts(report), { found: 2, updated: 2 });
    assert.deepEqual([library.generation.id, library.generationFor(other).id], [1, 2]);
    assert.deepEqual([library.vectors.size, library.completeness(2).missing], [2, 0]);
    assert.deepEqual(counts(await indexPhotos(library, other, options)), { found: 2, unchanged: 2 });
    await library.close();
    assert.equal(bench.embedder.encoded, 2);
  });

  it('lets a reader see what the writer has just committed', async (context) => {
    const bench = await benchWith(context, ['a.jpg']);
    await bench.index();
    const reader = await bench.open('read');
    const engine = new SearchEngine({ library: reader, embedder: bench.embedder });
    assert.equal((await engine.search({ text: 'red' })).hits.length, 1);
    await writePhoto(path.join(bench.photos, 'red.jpg'), 5, [255, 0, 0]);
    await bench.index();
    const { hits } = await engine.search({ text: 'red' });
    assert.deepEqual([hits.length, path.basename(hits[0]?.image.path ?? '')], [2, 'red.jpg']);
    await rm(path.join(bench.photos, 'red.jpg'));
    await bench.index();
    assert.equal((await engine.search({ text: 'red' })).hits.length, 1);
    await reader.close();
  });

  it('makes the small preview of a photo, and takes it away with the photo', async (context) => {
    const bench = await workbench(context);
    await writeFile(
      path.join(bench.photos, 'a.jpg'),
      await photoBytes(1, undefined, { width: 640, height: 480 }),
    );
    await bench.index();
    const library = await bench.open('read');
    const hash = library.store.images.byContents([1])[0]?.contentHash ?? '';
    await library.close();
    const file = path.join(bench.data, 'thumbnails', hash.slice(0, 2), `${hash}-small.webp`);
    assert.ok((await stat(file)).size > 0);
    await rm(path.join(bench.photos, 'a.jpg'));
    await bench.index();
    await assert.rejects(stat(file), { code: 'ENOENT' });
  });
});

async function idOf(bench: Workbench, name: string): Promise<number> {
  const library = await bench.open('read');
  try {
    const found = library.store.images.below(bench.photos, '', 1000);
    const image = found.find((place) => path.relative(bench.photos, place.path) === name);
    assert.ok(image, `${name} is not in the library`);
    return image.id;
  } finally {
    await library.close();
  }
}
