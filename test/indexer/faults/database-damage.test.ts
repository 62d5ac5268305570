/**
 * A damaged database: a clear error with a remedy or an unharmed answer, never a crash.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { indexPhotos } from '../../../indexer/index.ts';
import { AppError } from '../../../model/index.ts';
import { assertConsistent } from '../../support/consistent-library.ts';
import {
  indexDefaults,
  pathsIn,
  randomNumbers,
  workbench,
  writePhoto,
  type Workbench,
} from '../../support/photo-folder.ts';

const PHOTOS = 60;
const FLIPS = 40;
/** What may be said of a damaged database. */
const EXPECTED: ReadonlySet<string> = new Set(['unharmed', 'LIBRARY_CORRUPT', 'LIBRARY_MISMATCH']);
/** So many bytes in a row, as a bad block gives. */
const BURST_BYTES = 64;

async function savedDatabase(
  context: TestContext,
): Promise<{ bench: Workbench; file: string; bytes: Buffer }> {
  const bench = await workbench(context);
  for (let index = 0; index < PHOTOS; index += 1) {
    await writePhoto(path.join(bench.photos, `${index}.jpg`), index + 1);
  }
  await bench.index();
  const file = path.join(bench.data, 'library.sqlite');
  return { bench, file, bytes: await readFile(file) };
}

/** Everything that reads and writes. @returns what stopped it */
async function useAll(bench: Workbench): Promise<AppError | null> {
  try {
    const library = await bench.open('write');
    try {
      library.stats();
      for (const { id } of library.store.images.below(bench.photos, '', 1000)) library.store.images.byId(id);
      await indexPhotos(library, bench.embedder, { ...indexDefaults, roots: [bench.photos] });
      const found = library.store.check();
      if (found !== 'ok') return new AppError('LIBRARY_CORRUPT', found);
      return pathsIn(library, bench.photos).length === PHOTOS ? null : new AppError('NOT_FOUND', 'photos');
    } finally {
      await library.close();
    }
  } catch (error) {
    assert.ok(error instanceof AppError, error instanceof Error ? error.stack : String(error));
    return error;
  }
}

async function replace(file: string, bytes: Uint8Array): Promise<void> {
  for (const suffix of ['-wal', '-shm']) await rm(file + suffix, { force: true });
  await writeFile(file, bytes);
}

function assertRemedy(error: AppError | null, what: string): void {
  assert.ok(error, `${what} was not noticed`);
  assert.equal(error.code, 'LIBRARY_CORRUPT', `${what}: ${error.message}`);
  assert.match(error.message, /library\.sqlite: .+; .*(restore a backup|--data)/, what);
}

describe('a damaged database', () => {
  it('that is cut off is an error with a remedy, wherever the cut is', async (context) => {
    const { bench, file, bytes } = await savedDatabase(context);
    for (const part of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      await replace(file, bytes);
      const cut = Math.floor(bytes.length * part);
      await truncate(file, cut);
      assertRemedy(await useAll(bench), `cut to ${cut} of ${bytes.length} bytes`);
    }
    await replace(file, bytes);
    assert.equal(await useAll(bench), null);
  });

  it('whose head is overwritten is an error with a remedy', async (context) => {
    const { bench, file, bytes } = await savedDatabase(context);
    const damaged = Buffer.from(bytes);
    damaged.fill(0x5a, 0, 100);
    await replace(file, damaged);
    assertRemedy(await useAll(bench), 'an overwritten head');
    // The remedy that the error names.
    await rm(file);
    const report = await bench.index();
    assert.equal(report.added, PHOTOS);
  });

  it('with one damaged vector is searched without it, and has it again after the next run', async (context) => {
    const { bench, file, bytes } = await savedDatabase(context);
    const first = await bench.open('read');
    const vector = first.store.vectors.get(first.generation.id, 1, first.vectors.dimension);
    await first.close();
    assert.ok(vector);
    const stored = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
    const at = bytes.indexOf(stored);
    assert.ok(at > 0);
    const damaged = Buffer.from(bytes);
    damaged.fill(0x7f, at, at + stored.length);
    await replace(file, damaged);
    await rm(path.join(bench.data, 'vectors'), { recursive: true });
    bench.notices.length = 0;
    const library = await bench.open('write');
    assert.ok(bench.notices.some((notice) => /1 vectors? .* damaged.*imglish index/.test(notice)));
    assert.equal(library.vectors.size, PHOTOS - 1);
    const before = bench.embedder.encoded;
    await indexPhotos(library, bench.embedder, { ...indexDefaults, roots: [bench.photos] });
    assert.equal(bench.embedder.encoded, before + 1);
    assert.equal(await assertConsistent(library, bench.photos), PHOTOS);
    await library.close();
  });

  it(`never crashes at ${FLIPS} bursts of wrong bytes, and is either unharmed, put right, or refused`, async (context) => {
    const { bench, file, bytes } = await savedDatabase(context);
    const seed = Date.now();
    context.diagnostic(`seed ${seed}`);
    const random = randomNumbers(seed);
    const failures: string[] = [];
    const outcomes = new Map<string, number>();
    for (let flip = 0; flip < FLIPS; flip += 1) {
      const damaged = Buffer.from(bytes);
      const start = Math.floor(random() * (bytes.length - BURST_BYTES));
      for (let at = start; at < start + BURST_BYTES; at += 1) damaged[at] = Math.floor(random() * 256);
      await replace(file, damaged);
      await rm(path.join(bench.data, 'vectors'), { recursive: true, force: true });
      const error = await useAll(bench);
      const outcome = error?.code ?? 'unharmed';
      if (!EXPECTED.has(outcome)) failures.push(`byte ${start}: ${error?.message}`);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    context.diagnostic(JSON.stringify([...outcomes]));
    assert.deepEqual(failures, []);
  });
});
