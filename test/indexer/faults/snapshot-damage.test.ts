/**
 * The files of the approximate index cut off or changed: a library opens, says so, and finds what the database holds.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { copyFile, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { ExactIndex, type Library } from '../../../indexer/index.ts';
import { checkWhole } from '../../../indexer/vectors/graph-file.ts';
import { isAppError } from '../../../model/index.ts';
import { assertConsistent } from '../../support/consistent-library.ts';
import { randomNumbers, workbench, writePhoto, type Workbench } from '../../support/photo-folder.ts';

const PHOTOS = 40;
const FLIPS = 20;
const NEIGHBOURS = 10;

interface Saved {
  readonly bench: Workbench;
  readonly files: ReadonlyMap<string, Buffer>;
  restore(): Promise<void>;
}

async function savedLibrary(context: TestContext): Promise<Saved> {
  const bench = await workbench(context);
  for (let index = 0; index < PHOTOS; index += 1) {
    await writePhoto(path.join(bench.photos, `${index}.jpg`), index + 1);
  }
  await bench.index();
  const folder = path.join(bench.data, 'vectors', 'generation-1');
  const files = new Map<string, Buffer>();
  for (const name of await readdir(folder)) {
    files.set(path.join(folder, name), await readFile(path.join(folder, name)));
  }
  assert.equal(files.size, 2);
  const restore = async (): Promise<void> => {
    for (const [file, bytes] of files) await writeFile(file, bytes);
  };
  return { bench, files, restore };
}

/** Every photo's nearest neighbours are those of a comparison with all. */
async function assertExact(library: Library, bench: Workbench): Promise<void> {
  assert.equal(await assertConsistent(library, bench.photos), PHOTOS);
  const { generation, store, vectors } = library;
  const exact = new ExactIndex(vectors.dimension);
  const changes = store.vectors.since(generation.id, 0, PHOTOS * 2, vectors.dimension);
  await exact.add(
    changes.flatMap(({ contentId, vector }) => (vector === null ? [] : [{ id: contentId, vector }])),
  );
  for (const { vector } of changes) {
    if (vector === null) continue;
    const truth = await exact.search(vector, NEIGHBOURS);
    const found = await vectors.search(vector, NEIGHBOURS);
    assert.deepEqual(
      found.map(({ score }) => score.toFixed(4)),
      truth.map(({ score }) => score.toFixed(4)),
    );
  }
}

async function assertRebuilt({ bench }: Saved, what: string): Promise<void> {
  bench.notices.length = 0;
  const library = await bench.open('write');
  assert.ok(
    // A digit of the header that became another says that the index is of another time: it is built again, too.
    bench.notices.some((notice) => /cannot be used|is built again/.test(notice)),
    `${what} was not noticed: ${bench.notices.join('; ')}`,
  );
  await assertExact(library, bench);
  await library.close();
}

describe('a snapshot of the index', () => {
  it('that is cut off anywhere is noticed and built again', async (context) => {
    const saved = await savedLibrary(context);
    for (const [file, { length }] of saved.files) {
      for (const bytes of [0, 1, 40, 100, Math.floor(length / 2), length - 1]) {
        await saved.restore();
        await truncate(file, Math.min(bytes, length - 1));
        await assertRebuilt(saved, `${path.basename(file)} cut to ${bytes} of ${length} bytes`);
      }
    }
    // It was replaced by a whole one.
    saved.bench.notices.length = 0;
    const library = await saved.bench.open('write');
    assert.deepEqual(saved.bench.notices, []);
    await library.close();
  });

  it(`with one wrong bit, at ${FLIPS} places each of the graph and of its header, is never believed`, async (context) => {
    const saved = await savedLibrary(context);
    const seed = Date.now();
    context.diagnostic(`seed ${seed}`);
    const random = randomNumbers(seed);
    for (const [file, bytes] of saved.files) {
      for (let flip = 0; flip < FLIPS; flip += 1) {
        await saved.restore();
        const damaged = Buffer.from(bytes);
        const at = Math.floor(random() * bytes.length);
        const bit = 1 << Math.floor(random() * 8);
        damaged[at] = (damaged[at] ?? 0) ^ bit;
        await writeFile(file, damaged);
        await assertRebuilt(saved, `bit ${bit} of byte ${at} in ${path.basename(file)}`);
      }
    }
  });

  it('that is whole is believed', async (context) => {
    const saved = await savedLibrary(context);
    saved.bench.notices.length = 0;
    const library = await saved.bench.open('write');
    assert.deepEqual(saved.bench.notices, []);
    await assertExact(library, saved.bench);
    await library.close();
  });

  it('is not made from a graph that was written to a part only', async (context) => {
    const { bench, files } = await savedLibrary(context);
    const graph = [...files.keys()].find((file) => file.endsWith('.hnsw'));
    assert.ok(graph);
    await checkWhole(graph);
    const { length } = files.get(graph) ?? Buffer.alloc(0);
    const copy = path.join(bench.data, 'copies', 'part.hnsw');
    await mkdir(path.dirname(copy));
    for (const bytes of [0, 50, 96, 1000, length - 5, length - 4, length - 1]) {
      await copyFile(graph, copy);
      await truncate(copy, bytes);
      await assert.rejects(checkWhole(copy), (error) => isAppError(error, 'DISK_FULL'), `${bytes} bytes`);
    }
  });
});
