/**
 * Exports read back: JSON lines, CSV, NumPy.
 * Source: our own; NPY by numpy.lib.format. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Writable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { parse } from 'csv-parse/sync';
import { exportLibrary, importTexts, type ExportOptions } from '../../../indexer/index.ts';
import { isAppError } from '../../../model/index.ts';
import { workbench, writePhoto, type Workbench } from '../../support/photo-folder.ts';

const PHOTOS = 300;

interface ExportBench extends Workbench {
  readonly out: string;
  readonly run: (options: Partial<ExportOptions>) => ReturnType<typeof exportLibrary>;
}

async function exportBench(context: TestContext, photos = 5): Promise<ExportBench> {
  const bench = await workbench(context);
  for (let index = 0; index < photos; index += 1) {
    await writePhoto(path.join(bench.photos, `${index}.jpg`), index + 1);
  }
  await bench.index();
  const out = path.dirname(bench.photos);
  const run: ExportBench['run'] = (options) =>
    exportLibrary({
      dataFolder: bench.data,
      format: 'jsonl',
      vectors: null,
      out: path.join(out, 'out'),
      ...options,
    });
  return { ...bench, out, run };
}

async function say(bench: ExportBench, rows: string): Promise<void> {
  const source = path.join(bench.out, 'texts.jsonl');
  await writeFile(source, rows);
  const library = await bench.open();
  await importTexts(library, bench.embedder, { source, photos: bench.photos });
  await library.close();
}

/** The vectors of all photos as the library has them, by path. */
async function storedVectors(bench: Workbench): Promise<ReadonlyMap<string, Float32Array>> {
  const library = await bench.open('read');
  const { store, generation } = library;
  const vectors = new Map<string, Float32Array>();
  for (const { id } of store.images.below(bench.photos, '', 10_000)) {
    const image = store.images.byId(id);
    const vector = image && store.vectors.get(generation.id, image.contentId, generation.dimension);
    if (image !== undefined && vector !== undefined) vectors.set(image.path, vector);
  }
  await library.close();
  return vectors;
}

interface Row {
  readonly path: string;
  readonly width: number;
  readonly texts: readonly { readonly kind: string; readonly text: string }[];
  readonly vector?: readonly number[] | string | null;
}

async function jsonRows(file: string): Promise<Row[]> {
  const text = await readFile(file, 'utf8');
  assert.ok(text.endsWith('\n'));
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

function fromBase64(text: string): Float32Array {
  return new Float32Array(new Uint8Array(Buffer.from(text, 'base64')).buffer);
}

/** Reads a .npy file as its specification says, without our writer. */
function readNpy(bytes: Buffer): { readonly shape: readonly number[]; readonly values: Float32Array } {
  assert.equal(bytes.subarray(0, 6).toString('latin1'), '\u0093NUMPY');
  assert.deepEqual([...bytes.subarray(6, 8)], [1, 0]);
  const start = 10 + bytes.readUInt16LE(8);
  assert.equal(start % 64, 0);
  const header = bytes.subarray(10, start).toString('latin1');
  assert.ok(header.endsWith('\n'));
  const found = /^\{'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\), \} *\n$/.exec(header);
  assert.ok(found, header);
  const values = new Float32Array(new Uint8Array(bytes.subarray(start)).buffer);
  return { shape: [Number(found[1]), Number(found[2])], values };
}

describe('export', () => {
  it('to JSON lines gives every photo once, with its texts and the very vectors', async (context) => {
    const bench = await exportBench(context, PHOTOS);
    await say(
      bench,
      '{"path":"3.jpg","text":"a red one","tags":["x","y"]}\n{"path":"3.jpg","text":"again"}\n',
    );
    const file = path.join(bench.out, 'out.jsonl');
    const stored = await storedVectors(bench);
    for (const form of ['array', 'base64'] as const) {
      const report = await bench.run({ vectors: form, out: file, force: true });
      assert.equal(report.rows, PHOTOS);
      assert.deepEqual(report.files, [file]);
      const rows = await jsonRows(file);
      assert.deepEqual(rows.map((row) => row.path).toSorted(), [...stored.keys()].toSorted());
      for (const row of rows) {
        const vector =
          typeof row.vector === 'string' ? fromBase64(row.vector) : Float32Array.from(row.vector ?? []);
        assert.deepEqual(vector, stored.get(row.path));
        assert.equal(row.width, 64);
      }
      const said = rows.find((row) => row.path.endsWith(`${path.sep}3.jpg`))?.texts ?? [];
      assert.deepEqual(
        said.map(({ kind, text }) => `${kind} ${text}`),
        ['caption a red one', 'tag x', 'tag y', 'caption again'],
      );
    }
  });

  it('to CSV is read back by a CSV reader, and runs nothing in a spreadsheet', async (context) => {
    const bench = await exportBench(context);
    const hostile = ['=cmd|"calc"!A1', '+1', '-1', '@SUM(A1)'];
    const rows = hostile.map((text, index) => JSON.stringify({ path: `${index}.jpg`, text }));
    await say(
      bench,
      `${rows.join('\n')}\n{"path":"4.jpg","text":"a \\"quoted\\", text","tags":["=x","y"]}\n`,
    );
    const file = path.join(bench.out, 'out.csv');
    await bench.run({ format: 'csv', vectors: 'array', out: file });
    const [header = [], ...records] = parse(await readFile(file, 'utf8'));
    const column = (record: readonly string[], name: string): string => record[header.indexOf(name)] ?? '';
    assert.equal(records.length, 5);
    assert.ok(records.every((record) => record.length === header.length));
    const stored = await storedVectors(bench);
    for (const record of records) {
      const place = column(record, 'path');
      assert.deepEqual(fromBase64(column(record, 'vector')), stored.get(place));
      const index = Number(path.basename(place, '.jpg'));
      const text = hostile[index];
      assert.equal(column(record, 'captions'), text === undefined ? 'a "quoted", text' : `'${text}`);
      assert.equal(column(record, 'tags'), index === 4 ? `'=x; y` : '');
    }
  });

  it('to NumPy gives a matrix whose rows are those of the list beside it', async (context) => {
    const bench = await exportBench(context, PHOTOS);
    // One photo has no vector, so it can be in neither.
    const database = new Database(path.join(bench.data, 'library.sqlite'));
    database.exec('DELETE FROM vectors WHERE content_id = 7');
    database.close();
    const report = await bench.run({ format: 'npy', out: path.join(bench.out, 'all.npy') });
    assert.deepEqual([report.rows, report.withoutVector], [PHOTOS - 1, 1]);
    const { shape, values } = readNpy(await readFile(path.join(bench.out, 'all.npy')));
    assert.deepEqual(shape, [PHOTOS - 1, 48]);
    assert.equal(values.length, (PHOTOS - 1) * 48);
    const rows = await jsonRows(path.join(bench.out, 'all.jsonl'));
    const stored = await storedVectors(bench);
    assert.equal(rows.length, PHOTOS - 1);
    for (const [index, row] of rows.entries()) {
      assert.deepEqual(values.slice(index * 48, (index + 1) * 48), stored.get(row.path));
      assert.ok(!('vector' in row));
    }
  });

  it('is of one moment, while a writer goes on', async (context) => {
    const bench = await exportBench(context, PHOTOS);
    const writer = await bench.open('write');
    const ids = writer.store.images.below(bench.photos, '', 10_000).map(({ id }) => id);
    let removed = 0;
    let written = '';
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk, _encoding, done) {
        written += String(chunk);
        // The library shrinks at every page that is taken.
        writer.store.images.remove(ids.splice(-50));
        removed += 50;
        setImmediate(done);
      },
    });
    const report = await bench.run({ vectors: 'base64', out: slow });
    assert.ok(removed >= 100, `${removed} removed meanwhile`);
    assert.equal(report.rows, PHOTOS);
    assert.equal(written.trimEnd().split('\n').length, PHOTOS);
    assert.equal(writer.stats().images, PHOTOS - removed);
    await writer.close();
  });

  it('overwrites nothing without being told, and leaves nothing behind where it fails', async (context) => {
    const bench = await exportBench(context);
    const file = path.join(bench.out, 'mine.jsonl');
    await writeFile(file, 'mine');
    await assert.rejects(bench.run({ out: file }), (error) => isAppError(error, 'NAME_TAKEN'));
    assert.equal(await readFile(file, 'utf8'), 'mine');
    await assert.rejects(bench.run({ out: file, force: true, signal: AbortSignal.abort() }), (error) =>
      isAppError(error, 'ABORTED'),
    );
    assert.equal(await readFile(file, 'utf8'), 'mine');
    await assert.rejects(bench.run({ format: 'npy', out: path.join(bench.out, 'mine.npy') }), (error) =>
      isAppError(error, 'NAME_TAKEN'),
    );
    const names = await readdir(bench.out);
    assert.deepEqual(names.toSorted(), ['data', 'mine.jsonl', 'photos']);
    await bench.run({ out: file, force: true });
    assert.equal((await jsonRows(file)).length, 5);
  });

  it('refuses a stream for NumPy, and a folder without a library', async (context) => {
    const bench = await exportBench(context, 1);
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
    await assert.rejects(bench.run({ format: 'npy', out: nowhere }), (error) =>
      isAppError(error, 'INVALID_ARGUMENT'),
    );
    await assert.rejects(bench.run({ dataFolder: bench.photos }), (error) => isAppError(error, 'NOT_FOUND'));
  });
});
