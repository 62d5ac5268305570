/**
 * The index of texts: opened when it is needed, up to date, damaged, switched, removed, checked.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  backupLibrary,
  checkIntegrity,
  compactLibrary,
  embedMissingTexts,
  importTexts,
  listGenerations,
  reEmbed,
  removeGeneration,
  removeTexts,
  restoreLibrary,
  type Library,
} from '../../indexer/index.ts';
import { ColourEmbedder } from '../support/colour-embedder.ts';
import { indexDefaults, randomNumbers } from '../support/photo-folder.ts';
import { addRandomTexts, exactTexts, randomVector } from './texts/random-texts.ts';
import { textBench, writeList, type TextBench } from './texts/text-library.ts';

const TEXTS = 400;

async function filled(
  context: TestContext,
): Promise<{ readonly bench: TextBench; readonly library: Library }> {
  const bench = await textBench(context, ['a.jpg', 'b.jpg']);
  const library = await bench.open();
  addRandomTexts(library, 'caption', TEXTS);
  bench.notices.length = 0;
  return { bench, library };
}

function folderOf(bench: TextBench, generation = 1): string {
  return path.join(bench.data, 'vectors', `generation-${generation}`, 'texts');
}

/** The index answers as the slow comparison of everything in the database does. */
async function assertExact(library: Library): Promise<void> {
  const random = randomNumbers(77);
  for (let round = 0; round < 8; round += 1) {
    const vector = randomVector(random, library.generation.dimension);
    const found = await library.search(({ searchTexts }) => searchTexts((texts) => texts.search(vector, 10)));
    const expected = exactTexts(library, vector, 10);
    assert.deepEqual(
      found.map(({ id }) => id),
      expected.map(({ id }) => id),
    );
    for (const [index, { score }] of found.entries()) {
      assert.ok(Math.abs(score - (expected[index]?.score ?? 0)) < 1e-4);
    }
  }
}

describe('the index of texts', () => {
  it('is neither made nor opened by who searches photos only', async (context) => {
    const { bench, library } = await filled(context);
    await library.search(({ vectors }) => vectors.search(randomVector(Math.random, 48), 2));
    await library.saveIndex();
    await library.close();
    await assert.rejects(stat(folderOf(bench)), { code: 'ENOENT' });
    assert.deepEqual(bench.notices, []);
  });

  it('finds what comparing everything finds, also after texts came and went, and in a reader', async (context) => {
    const { bench, library } = await filled(context);
    await assertExact(library);
    const reader = await bench.open('read');
    await assertExact(reader);
    addRandomTexts(library, 'line', 50, { seed: 2, place: '/lines.txt' });
    await assertExact(library);
    await assertExact(reader);
    removeTexts(library.store, '/made-up.txt');
    const left = await library.search(({ searchTexts }) => searchTexts(async (texts) => texts.size));
    assert.equal(left, 50);
    await assertExact(library);
    await assertExact(reader);
    await reader.close();
    await library.close();
  });

  it('is written when texts get their vectors, so that a reader opens it without building it', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    const library = await bench.open();
    const source = await writeList(bench, 't.txt', 'a red door\na blue door\n');
    await importTexts(library, bench.embedder, { source });
    const names = await readdir(folderOf(bench));
    assert.ok(names.includes('snapshot.json'), names.join());
    bench.notices.length = 0;
    const reader = await bench.open('read');
    const size = await reader.search(({ searchTexts }) => searchTexts(async (texts) => texts.size));
    assert.deepEqual([size, bench.notices], [2, []]);
    await reader.close();
    await library.close();
  });

  for (const [name, damage] of Object.entries<(folder: string) => Promise<void>>({
    'whose graph was changed': async (folder) => {
      const graph = (await readdir(folder)).find((file) => file.startsWith('graph-')) ?? '';
      const bytes = await readFile(path.join(folder, graph));
      bytes[200] = (bytes[200] ?? 0) ^ 0xff;
      await writeFile(path.join(folder, graph), bytes);
    },
    'whose graph was cut off': async (folder) => {
      const graph = (await readdir(folder)).find((file) => file.startsWith('graph-')) ?? '';
      const bytes = await readFile(path.join(folder, graph));
      await writeFile(path.join(folder, graph), bytes.subarray(0, bytes.length / 2));
    },
    'whose header is no JSON': (folder) => writeFile(path.join(folder, 'snapshot.json'), '{'),
    'of another library': async (folder) => {
      const file = path.join(folder, 'snapshot.json');
      const header = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
      await writeFile(file, JSON.stringify({ ...header, libraryId: 'another' }));
    },
  })) {
    it(`is built again from a snapshot ${name}, and says so`, async (context) => {
      const { bench, library } = await filled(context);
      await library.saveTexts();
      await library.close();
      assert.deepEqual(bench.notices.length, 1);
      bench.notices.length = 0;
      await damage(folderOf(bench));
      for (const mode of ['read', 'write'] as const) {
        const opened = await bench.open(mode);
        assert.deepEqual(bench.notices, []);
        await assertExact(opened);
        assert.match(
          bench.notices.join('\n'),
          /cannot be used[^]+index of 400 texts is built from the database/,
        );
        await opened.close();
        bench.notices.length = 0;
      }
      // The writer has set it right.
      const reader = await bench.open('read');
      await assertExact(reader);
      assert.deepEqual(bench.notices, []);
      await reader.close();
    });
  }

  it('leaves out a vector that a bad block has changed, tells it, and finds the text again once it is embedded', async (context) => {
    const { bench, library } = await filled(context);
    const vector = new Float32Array(48).fill(7);
    const [first] = library.store.texts.page(0, 1);
    library.store.textVectors.drop(1, [first?.id ?? 0]);
    library.store.textVectors.add(1, [{ textId: first?.id ?? 0, vector }]);
    const size = await library.search(({ searchTexts }) => searchTexts(async (texts) => texts.size));
    assert.equal(size, TEXTS - 1);
    assert.match(bench.notices.join('\n'), /1 vectors.+damaged.+imglish texts embed/);
    assert.equal((await embedMissingTexts(library, bench.embedder)).embedded, 1);
    await assertExact(library);
    await library.close();
  });

  it('goes to another model with the library: searches under way end on the old one, later ones use the new', async (context) => {
    const { bench, library } = await filled(context);
    const other = new ColourEmbedder({ identity: 'colours-2', cells: 2 });
    await reEmbed(library, other, indexDefaults);
    const generation = library.generationFor(other);
    await library.switchTo(1);
    const reader = await bench.open('read');
    assert.equal(await reader.search(({ searchTexts }) => searchTexts(async (texts) => texts.dimension)), 48);
    const [old, dimension] = await library.search(async ({ searchTexts }) => {
      await library.switchTo(generation.id);
      assert.equal(library.generation.id, generation.id);
      const hits = await searchTexts((texts) => texts.search(randomVector(Math.random, 48), 10));
      return [hits.length, await searchTexts(async (texts) => texts.dimension)];
    });
    assert.deepEqual([old, dimension], [10, 48]);
    const now = await library.search(({ searchTexts }) =>
      searchTexts(async (texts) => [texts.dimension, texts.size]),
    );
    assert.deepEqual(now, [12, TEXTS]);
    await library.settled();
    while (reader.generation.id !== generation.id) await reader.follow();
    const seen = await reader.search(({ searchTexts }) =>
      searchTexts(async (texts) => [texts.dimension, texts.size]),
    );
    assert.deepEqual(seen, [12, TEXTS]);
    await reader.close();
    await stat(folderOf(bench, 1));
    const listed = await listGenerations(bench.data);
    assert.ok((listed[0]?.bytes ?? 0) > TEXTS * 48 * 4 * 2);
    await removeGeneration(library, 1);
    await assert.rejects(stat(path.join(bench.data, 'vectors', 'generation-1')), { code: 'ENOENT' });
    await stat(folderOf(bench, generation.id));
    await library.close();
  });

  it('is looked at by the check of the library, which finds what it lacks', async (context) => {
    const { bench, library } = await filled(context);
    await library.saveTexts();
    const sound = await checkIntegrity(library);
    assert.deepEqual(
      sound.findings.filter(({ severity }) => severity === 'damage'),
      [],
    );
    const [first] = exactTexts(library, randomVector(Math.random, 48), 1);
    await library.search(({ searchTexts }) => searchTexts((texts) => texts.remove([first?.id ?? 0])));
    const report = await checkIntegrity(library);
    assert.ok(!report.ok);
    assert.match(
      report.findings.find(({ check }) => check === 'index')?.found ?? '',
      /holds 399 vectors, the database 400/,
    );
    assert.match(report.findings.find(({ check }) => check === 'index')?.place ?? '', /index of texts$/);
    await library.close();
    assert.ok(bench.notices.length > 0);
  });

  it('gives back what removed texts hold when the library is compacted', async (context) => {
    const { library } = await filled(context);
    addRandomTexts(library, 'line', 30, { seed: 2, place: '/lines.txt' });
    await library.saveTexts();
    removeTexts(library.store, '/lines.txt');
    await compactLibrary(library);
    await assertExact(library);
    await library.close();
  });

  it('is that of the backup after one was restored', async (context) => {
    const { bench, library } = await filled(context);
    await library.saveTexts();
    const backup = path.join(path.dirname(bench.data), 'backup');
    await backupLibrary({ dataFolder: bench.data, target: backup });
    addRandomTexts(library, 'line', 30, { seed: 2, place: '/lines.txt' });
    await library.saveTexts();
    await library.close();
    await restoreLibrary({ backup, dataFolder: bench.data, force: true });
    await assert.rejects(stat(folderOf(bench)), { code: 'ENOENT' });
    const restored = await bench.open();
    await assertExact(restored);
    const size = await restored.search(({ searchTexts }) => searchTexts(async (texts) => texts.size));
    assert.equal(size, TEXTS);
    await restored.close();
  });
});
