/**
 * Each damage that a library can have is planted and found; a healthy one is called so.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import {
  appendFile,
  copyFile,
  cp,
  mkdir,
  readdir,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import {
  checkIntegrity,
  compactLibrary,
  importTexts,
  type CheckName,
  type Finding,
  type IntegrityOptions,
  type IntegrityReport,
  Library,
} from '../../../indexer/index.ts';
import { isAppError } from '../../../model/index.ts';
import {
  photoBytes,
  temporaryFolder,
  workbench,
  writePhoto,
  type Ending,
  type Workbench,
} from '../../support/photo-folder.ts';

const PHOTOS = 20;

/** Made once: the tests that only touch the data folder each get a copy of it. */
let template: Promise<Workbench> | undefined;
const cleanups: (() => Promise<void>)[] = [];
const atTheEnd: Ending = { after: (work) => void cleanups.push(work) };
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

async function healthy(context: TestContext): Promise<Workbench> {
  template ??= healthyAlone(atTheEnd);
  const bench = await template;
  const data = path.join(await temporaryFolder(context), 'data');
  await cp(bench.data, data, { recursive: true });
  const open: Workbench['open'] = (mode = 'write', model = bench.embedder) =>
    Library.open({ dataFolder: data, mode, model });
  return { ...bench, data, open };
}

/** With photos of its own. */
async function healthyAlone(context: Ending): Promise<Workbench> {
  const bench = await workbench(context);
  for (let index = 0; index < PHOTOS; index += 1) {
    await writePhoto(path.join(bench.photos, `${index}.jpg`), index + 1);
  }
  // One that is large enough for a preview.
  await writeFile(
    path.join(bench.photos, 'large.jpg'),
    await photoBytes(99, undefined, { width: 900, height: 600 }),
  );
  await bench.index();
  const list = path.join(path.dirname(bench.photos), 'texts.csv');
  await writeFile(list, 'text\none red\ntwo blue\n');
  const library = await bench.open();
  await importTexts(library, bench.embedder, { source: list });
  await library.close();
  return bench;
}

async function check(
  bench: Workbench,
  options: IntegrityOptions = {},
  before: (library: Library) => Promise<void> = async () => undefined,
): Promise<IntegrityReport> {
  const library = await bench.open('read');
  try {
    await before(library);
    return await checkIntegrity(library, options);
  } finally {
    await library.close();
  }
}

/** Without the rules that keep a library whole, as a failing disk or another program would. */
function plant(bench: Workbench, sql: string, ...values: readonly unknown[]): void {
  const database = new Database(path.join(bench.data, 'library.sqlite'));
  database.pragma('foreign_keys = OFF');
  const { changes } = database.prepare(sql).run(...values);
  database.close();
  assert.ok(changes > 0, `${sql} changed nothing`);
}

function dropTriggers(bench: Workbench): void {
  const database = new Database(path.join(bench.data, 'library.sqlite'));
  const names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all();
  for (const name of names) database.exec(`DROP TRIGGER ${String(name)}`);
  database.close();
}

function assertFinds(
  report: IntegrityReport,
  name: CheckName,
  severity: Finding['severity'],
  found: RegExp,
): void {
  const own = report.findings.filter((finding) => finding.check === name);
  assert.ok(
    own.some((finding) => finding.severity === severity && found.test(finding.found)),
    `${name}: ${JSON.stringify(report.findings)}`,
  );
  assert.ok(own.every(({ place, remedy }) => place !== '' && remedy !== ''));
  assert.equal(report.ok, severity === 'attention');
}

describe('a healthy library', () => {
  it('is called so, by the quick and by the full check, also beside a writer', async (context) => {
    const bench = await healthy(context);
    const writer = await bench.open('write');
    for (const full of [false, true]) {
      const report = await check(bench, { full });
      assert.deepEqual(report.findings, []);
      assert.ok(report.ok);
      assert.equal(report.full, full);
      assert.deepEqual(
        report.checks.map(({ name }) => name),
        ['database', 'vectors', 'index', 'photos', 'texts', 'previews', 'originals'],
      );
      const checked = Object.fromEntries(report.checks.map((one) => [one.name, one.checked]));
      assert.equal(checked['vectors'], PHOTOS + 1);
      assert.equal(checked['originals'], PHOTOS + 1);
      assert.equal(checked['texts'], 2);
      assert.equal(checked['previews'], 1);
      assert.ok((checked['index'] ?? 0) > 5);
    }
    assert.ok((await checkIntegrity(writer)).ok);
    await writer.close();
  });

  it('can be left while it is checked', async (context) => {
    const bench = await healthy(context);
    await assert.rejects(check(bench, { signal: AbortSignal.abort() }), (error) =>
      isAppError(error, 'ABORTED'),
    );
  });
});

describe('damage in the database', () => {
  it('of an index is found', async (context) => {
    const bench = await healthy(context);
    const database = new Database(path.join(bench.data, 'library.sqlite'));
    database.unsafeMode(true);
    // SQLite's own index no longer holds what its table holds.
    database.pragma('writable_schema = ON');
    database.exec(
      "UPDATE sqlite_schema SET sql = replace(sql, '(content_id)', '(root_id)') WHERE name = 'images_by_content'",
    );
    database.close();
    assertFinds(await check(bench, { full: true }), 'database', 'damage', /images_by_content/);
  });

  it('of a reference is found', async (context) => {
    const bench = await healthy(context);
    plant(bench, 'UPDATE images SET root_id = 4711 WHERE id = 3');
    assertFinds(await check(bench), 'database', 'damage', /1 rows of "images".+"roots"/);
  });
});

describe('damage of vectors', () => {
  const planted: Readonly<Record<string, readonly [string, string, RegExp]>> = {
    'one that is too short': ['vectors', 'x', /has 1 bytes, expected 192/],
    'one that is not of length 1': ['vectors', 'ones', /has length 6\.9\d+, expected 1/],
    'one that is no number': ['vectors', 'nan', /has length NaN/],
    'a text with one that is too short': ['text_vectors', 'x', /has 1 bytes, expected 192/],
  };
  const blobs: Readonly<Record<string, Uint8Array>> = {
    x: Buffer.from('x'),
    ones: new Uint8Array(new Float32Array(48).fill(1).buffer),
    nan: new Uint8Array(new Float32Array(48).fill(Number.NaN).buffer),
  };
  for (const [name, [table, blob, found]] of Object.entries(planted)) {
    it(`is found: ${name}`, async (context) => {
      const bench = await healthy(context);
      dropTriggers(bench);
      plant(bench, `UPDATE ${table} SET vector = ? WHERE rowid = 2`, blobs[blob]);
      assertFinds(await check(bench), table === 'vectors' ? 'vectors' : 'texts', 'damage', found);
    });
  }

  it('is found: one that the log does not know', async (context) => {
    const bench = await healthy(context);
    plant(bench, 'DELETE FROM changes WHERE content_id = 5');
    assertFinds(
      await check(bench),
      'vectors',
      'damage',
      /does not know 1 vectors \(the first is of content 5\)/,
    );
  });

  it('is found: one that the log knows and that is not there', async (context) => {
    const bench = await healthy(context);
    dropTriggers(bench);
    plant(bench, 'DELETE FROM text_vectors WHERE text_id = 1');
    assertFinds(
      await check(bench),
      'texts',
      'damage',
      /knows 1 vectors that are not there \(the first is of text 1\)/,
    );
  });

  it('is found: one that belongs to no photo', async (context) => {
    const bench = await healthy(context);
    const vector = new Uint8Array(new Float32Array(48).fill(1 / Math.sqrt(48)).buffer);
    plant(bench, 'INSERT INTO vectors VALUES (1, 4711, ?)', vector);
    const report = await check(bench);
    assertFinds(report, 'database', 'damage', /1 rows of "vectors".+"contents"/);
  });

  it('is no damage, but told: photos and texts that have none', async (context) => {
    const bench = await healthy(context);
    plant(bench, 'DELETE FROM vectors WHERE content_id = 5');
    plant(bench, 'DELETE FROM text_vectors WHERE text_id = 1');
    const report = await check(bench);
    assertFinds(
      report,
      'photos',
      'attention',
      /1 photos have no vector and are never found, among them .+\.jpg/,
    );
    assertFinds(report, 'texts', 'attention', /1 texts have no vector/);
  });

  it('is found: a text that nobody says', async (context) => {
    const bench = await healthy(context);
    dropTriggers(bench);
    plant(bench, 'DELETE FROM text_links WHERE text_id = 2');
    assertFinds(await check(bench), 'texts', 'damage', /1 are said by nobody \(the first is text 2\)/);
  });
});

describe('damage of the index', () => {
  it('is found where it lacks a vector', async (context) => {
    const bench = await healthy(context);
    const report = await check(bench, {}, (library) => library.vectors.remove([4]));
    assertFinds(report, 'index', 'damage', /holds 20 vectors, the database 21/);
  });

  it('is found where it holds other vectors', async (context) => {
    const bench = await healthy(context);
    const report = await check(bench, {}, async (library) => {
      const entries = Array.from({ length: PHOTOS + 1 }, (_, index) => {
        const vector = new Float32Array(48);
        vector[index] = 1;
        return { id: index + 1, vector };
      });
      await library.vectors.add(entries);
    });
    assertFinds(report, 'index', 'damage', /does not find itself/);
    assertFinds(report, 'index', 'damage', /% of the exact neighbours/);
  });
});

async function preview(bench: Workbench): Promise<string> {
  const top = path.join(bench.data, 'thumbnails');
  const [folder = ''] = await readdir(top);
  const [name = ''] = await readdir(path.join(top, folder));
  assert.match(name, /\.webp$/);
  return path.join(top, folder, name);
}

describe('previews', () => {
  it('that are cut short, or are no pictures, are found', async (context) => {
    const bench = await healthy(context);
    const file = await preview(bench);
    const { size } = await stat(file);
    await truncate(file, size - 10);
    assertFinds(await check(bench), 'previews', 'damage', /has \d+ bytes, expected \d+/);
    await writeFile(file, '<html>not a picture</html>');
    assertFinds(await check(bench), 'previews', 'damage', /is no WebP picture/);
  });

  it('of no photo are told, and go when the library is compacted', async (context) => {
    const bench = await healthy(context);
    const file = await preview(bench);
    const folder = path.join(bench.data, 'thumbnails', '00');
    await mkdir(folder, { recursive: true });
    const stray = path.join(folder, `${'0'.repeat(64)}-small.webp`);
    await copyFile(file, stray);
    assertFinds(await check(bench), 'previews', 'attention', /1 previews are of no photo/);
    const library = await bench.open();
    assert.equal((await compactLibrary(library)).previews, 1);
    await library.close();
    await assert.rejects(stat(stray));
    assert.ok((await stat(file)).size > 0);
    assert.deepEqual((await check(bench)).findings, []);
  });
});

describe('photos on the disk', () => {
  it('that are gone or were changed are told', async (context) => {
    const bench = await healthyAlone(context);
    await rm(path.join(bench.photos, '3.jpg'));
    await appendFile(path.join(bench.photos, '4.jpg'), 'more');
    const report = await check(bench);
    assertFinds(report, 'originals', 'attention', /is not there/);
    assertFinds(report, 'originals', 'attention', /was changed/);
  });

  it('whose bytes changed behind the back of the disk are found by the full check only', async (context) => {
    const bench = await healthyAlone(context);
    const file = path.join(bench.photos, '5.jpg');
    const { size, atime, mtime, mtimeMs } = await stat(file);
    await writeFile(file, Buffer.alloc(size, 1));
    await utimes(file, atime, mtime);
    // The time as the library has it; what a file system rounds away would give the change away.
    plant(bench, 'UPDATE images SET modified_ms = ? WHERE path = ?', (await stat(file)).mtimeMs, file);
    assert.ok(Math.abs(mtimeMs - (await stat(file)).mtimeMs) < 2);
    assert.deepEqual((await check(bench)).findings, []);
    assertFinds(
      await check(bench, { full: true }),
      'originals',
      'damage',
      /SHA-256 is .+ though size and time/,
    );
  });
});

describe('compacting', () => {
  it('gives space back, drops what is of no use, and leaves a whole library', async (context) => {
    const bench = await healthy(context);
    const library = await bench.open();
    const database = new Database(path.join(bench.data, 'library.sqlite'));
    database.exec(
      'CREATE TABLE ballast (bytes BLOB); INSERT INTO ballast VALUES (zeroblob(4000000)); DROP TABLE ballast',
    );
    database.exec("INSERT INTO changes (generation_id, content_id, kind) VALUES (99, 1, 'remove')");
    database.close();
    const [image] = library.store.images.below(bench.photos, '', 1);
    library.store.images.remove([image?.id ?? 0]);
    const report = await compactLibrary(library);
    assert.ok(report.rewritten, report.reason);
    assert.ok(report.bytesBefore - report.bytesAfter > 3_000_000, JSON.stringify(report));
    assert.deepEqual([report.contents, report.logRows], [1, 1]);
    assert.ok((await checkIntegrity(library)).ok);
    const again = await compactLibrary(library);
    assert.ok(!again.rewritten);
    assert.match(again.reason, /of the database are free/);
    await library.close();
    assert.equal((await check(bench, { full: true })).ok, true);
  });
});
