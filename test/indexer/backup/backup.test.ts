/**
 * Backups beside a writer, damaged backups, and kill -9 in the middle of either way.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, cp, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { backupLibrary, checkIntegrity, Library, restoreLibrary } from '../../../indexer/index.ts';
import { isAppError, type ErrorCode } from '../../../model/index.ts';
import {
  randomNumbers,
  temporaryFolder,
  type Ending,
  workbench,
  writePhoto,
  type Workbench,
} from '../../support/photo-folder.ts';
import { rounds } from '../../support/rounds.ts';

const PHOTOS = 12;
const BACKUP_KILLS = rounds(4, 40);
const RESTORE_KILLS = rounds(5, 50);

interface BackupBench extends Workbench {
  readonly backup: string;
  readonly other: string;
}

async function backupBench(context: Ending, photos = PHOTOS): Promise<BackupBench> {
  const bench = await workbench(context);
  for (let index = 0; index < photos; index += 1) {
    await writePhoto(path.join(bench.photos, `${index}.jpg`), index + 1);
  }
  await bench.index();
  const base = path.dirname(bench.photos);
  return { ...bench, backup: path.join(base, 'backup'), other: path.join(base, 'other') };
}

/** Opens a library, demands that it is whole, and counts its photos. */
async function wholePhotos(dataFolder: string): Promise<number> {
  const library = await Library.open({ dataFolder, mode: 'read' });
  try {
    const report = await checkIntegrity(library, { full: true });
    assert.deepEqual(
      report.findings.filter(({ severity }) => severity === 'damage'),
      [],
    );
    assert.ok(report.ok);
    return library.stats().images;
  } finally {
    await library.close();
  }
}

function start(script: string, parameters: readonly string[]): ChildProcess {
  return spawn(process.execPath, [path.join(import.meta.dirname, script), ...parameters], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Lets a child work for so long, or to its end. @returns how long it worked */
async function workFor(child: ChildProcess, milliseconds?: number): Promise<number> {
  const ended = once(child, 'exit');
  assert.ok(child.stdout);
  await once(child.stdout, 'data');
  child.stdout.resume();
  const started = performance.now();
  if (milliseconds === undefined) await ended;
  else await Promise.race([delay(milliseconds), ended]);
  const worked = performance.now() - started;
  child.kill('SIGKILL');
  await ended;
  return worked;
}

async function assertRefused(work: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(isAppError(error), String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
}

describe('a backup', () => {
  it('made while another process commits is consistent, and becomes a library elsewhere', async (context) => {
    const bench = await backupBench(context, 0);
    for (let index = 0; index < 200; index += 1) {
      await writePhoto(path.join(bench.photos, `${index}.jpg`), index + 1);
    }
    const writer = start(path.join('..', 'index-child.js'), [bench.data, bench.photos]);
    const ended = once(writer, 'exit');
    assert.ok(writer.stdout);
    let said = '';
    while (!said.includes('embedding')) said += String((await once(writer.stdout, 'data'))[0]);
    writer.stdout.resume();
    await delay(150);
    const report = await backupLibrary({ dataFolder: bench.data, target: bench.backup });
    const wasRunning = writer.exitCode === null;
    writer.kill('SIGKILL');
    await ended;
    assert.ok(wasRunning, 'the writer had ended before the backup');
    assert.ok(report.images > 0 && report.images < 200, `${report.images} photos`);
    const restored = await restoreLibrary({ backup: bench.backup, dataFolder: bench.other });
    assert.equal(restored.images, report.images);
    assert.equal(await wholePhotos(bench.other), report.images);
    // It is a library like any other, which goes on where it was.
    await rename(bench.data, `${bench.data}-old`);
    await rename(bench.other, bench.data);
    const indexed = await bench.index();
    assert.equal(indexed.added, 200 - report.images);
    assert.equal(await wholePhotos(bench.data), 200);
  });

  it('is one database without a log, beside a manifest that names it', async (context) => {
    const bench = await backupBench(context);
    await backupLibrary({ dataFolder: bench.data, target: bench.backup });
    assert.deepEqual((await readdir(bench.backup)).toSorted(), ['library.sqlite', 'manifest.json']);
    const manifest = JSON.parse(await readFile(path.join(bench.backup, 'manifest.json'), 'utf8')) as {
      readonly images: number;
      readonly generations: readonly { readonly modelName: string; readonly state: string }[];
    };
    assert.equal(manifest.images, PHOTOS);
    assert.deepEqual(
      manifest.generations.map(({ modelName, state }) => [modelName, state]),
      [['colours', 'active']],
    );
  });

  it('takes models and previews along where they are wanted', async (context) => {
    const bench = await backupBench(context);
    const models = path.join(bench.data, 'models');
    await mkdir(path.join(models, 'mine'), { recursive: true });
    await writeFile(path.join(models, 'mine', 'config.json'), '{}');
    const previews = path.join(bench.data, 'thumbnails', 'ab');
    await mkdir(previews, { recursive: true });
    await writeFile(path.join(previews, 'x.webp'), 'x');
    const options = { dataFolder: bench.data, target: bench.backup, modelsFolder: models, thumbnails: true };
    await backupLibrary(options);
    const report = await restoreLibrary({ backup: bench.backup, dataFolder: bench.other });
    assert.equal(report.files, 2);
    assert.equal(await readFile(path.join(bench.other, 'models', 'mine', 'config.json'), 'utf8'), '{}');
    assert.equal(await readFile(path.join(bench.other, 'thumbnails', 'ab', 'x.webp'), 'utf8'), 'x');
  });

  it('replaces nothing unless told, and never what is no backup', async (context) => {
    const bench = await backupBench(context);
    const make = (force: boolean) => backupLibrary({ dataFolder: bench.data, target: bench.backup, force });
    await make(false);
    await assertRefused(make(false), 'NAME_TAKEN', /--force/);
    await make(true);
    await rm(bench.backup, { recursive: true });
    await mkdir(bench.backup);
    await make(false);
    await rm(bench.backup, { recursive: true });
    await mkdir(bench.backup);
    await writeFile(path.join(bench.backup, 'diary.txt'), 'mine');
    await assertRefused(make(true), 'NAME_TAKEN', /expected a new folder/);
    assert.equal(await readFile(path.join(bench.backup, 'diary.txt'), 'utf8'), 'mine');
  });

  it('that was killed while it replaced another finds that one again', async (context) => {
    const bench = await backupBench(context);
    const options = { dataFolder: bench.data, target: bench.backup };
    await backupLibrary(options);
    await rename(bench.backup, `${bench.backup}.replaced-1`);
    // It is back before anything else is done, so it stands in the way of a backup that may replace nothing.
    await assertRefused(backupLibrary(options), 'NAME_TAKEN', /--force/);
    assert.ok(existsSync(path.join(bench.backup, 'manifest.json')));
    assert.ok(!existsSync(`${bench.backup}.replaced-1`));
  });

  it('that is stopped, or of no library, leaves nothing', async (context) => {
    const bench = await backupBench(context);
    const options = { dataFolder: bench.data, target: bench.backup };
    await assertRefused(backupLibrary({ ...options, signal: AbortSignal.abort() }), 'ABORTED', /stopped/);
    await assertRefused(
      backupLibrary({ ...options, dataFolder: bench.photos }),
      'NOT_FOUND',
      /there is no library/,
    );
    assert.deepEqual((await readdir(path.dirname(bench.photos))).toSorted(), ['data', 'photos']);
  });
});

/** A library and its backup, made once. */
let good: Promise<BackupBench> | undefined;
const cleanups: (() => Promise<void>)[] = [];
const atTheEnd: Ending = { after: (work) => void cleanups.push(work) };
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

describe('restoring', () => {
  const damages: Readonly<Record<string, readonly [(backup: string) => Promise<void>, ErrorCode, RegExp]>> = {
    'with a flipped byte': [
      async (backup) => {
        const handle = await open(path.join(backup, 'library.sqlite'), 'r+');
        const { size } = await handle.stat();
        await handle.write(Buffer.from([0x55]), 0, 1, Math.floor(size / 2));
        await handle.close();
      },
      'BACKUP_CORRUPT',
      /library\.sqlite: SHA-256 is .+, expected .+restore another one/,
    ],
    'cut short': [
      async (backup) => {
        const file = path.join(backup, 'library.sqlite');
        await writeFile(file, (await readFile(file)).subarray(0, 4096));
      },
      'BACKUP_CORRUPT',
      /has 4096 bytes, expected/,
    ],
    'without its database': [
      (backup) => rm(path.join(backup, 'library.sqlite')),
      'BACKUP_CORRUPT',
      /has no bytes/,
    ],
    'without its manifest': [(backup) => rm(path.join(backup, 'manifest.json')), 'NOT_FOUND', /not finished/],
    'whose manifest is no JSON': [
      (backup) => appendFile(path.join(backup, 'manifest.json'), '}'),
      'BACKUP_CORRUPT',
      /manifest\.json/,
    ],
    'that would write elsewhere': [
      async (backup) => {
        const file = path.join(backup, 'manifest.json');
        const text = await readFile(file, 'utf8');
        const extra = `{"path":"models/../../evil","bytes":1,"sha256":"${'0'.repeat(64)}"},`;
        await writeFile(file, text.replace(/"files": \[/, `"files": [${extra}`));
      },
      'BACKUP_CORRUPT',
      /"files\.0\.path": expected library\.sqlite, or a file below/,
    ],
    'that counts other photos than it has': [
      async (backup) => {
        const file = path.join(backup, 'manifest.json');
        const text = await readFile(file, 'utf8');
        await writeFile(file, text.replace(/"images": \d+/, '"images": 9999'));
      },
      'BACKUP_CORRUPT',
      /"images" is 12, the manifest says 9999/,
    ],
  };
  for (const [name, [damage, code, message]] of Object.entries(damages)) {
    it(`refuses a backup ${name}, keeps the library, and takes a good one`, async (context) => {
      good ??= backupBench(atTheEnd).then(async (bench) => {
        await backupLibrary({ dataFolder: bench.data, target: bench.backup });
        return bench;
      });
      const bench = await good;
      const base = await temporaryFolder(context);
      const damaged = path.join(base, 'backup');
      await cp(bench.backup, damaged, { recursive: true });
      await damage(damaged);
      const options = { dataFolder: path.join(base, 'data'), force: true };
      await restoreLibrary({ ...options, backup: bench.backup });
      const before = await readFile(path.join(options.dataFolder, 'library.sqlite'));
      await assertRefused(restoreLibrary({ ...options, backup: damaged }), code, message);
      assert.deepEqual(await readFile(path.join(options.dataFolder, 'library.sqlite')), before);
      await restoreLibrary({ ...options, backup: bench.backup });
      assert.equal(await wholePhotos(options.dataFolder), PHOTOS);
    });
  }

  it('refuses a library that holds photos unless told, and one that is in use', async (context) => {
    const bench = await backupBench(context);
    await backupLibrary({ dataFolder: bench.data, target: bench.backup });
    const options = { backup: bench.backup, dataFolder: bench.data };
    await assertRefused(restoreLibrary(options), 'NAME_TAKEN', /holds a library of 12 photos.+--force/);
    for (const mode of ['read', 'write'] as const) {
      const library = await bench.open(mode);
      await assertRefused(restoreLibrary({ ...options, force: true }), 'LIBRARY_LOCKED', /process/);
      assert.equal(library.stats().images, PHOTOS);
      await library.close();
    }
    assert.equal(await wholePhotos(bench.data), PHOTOS);
    await restoreLibrary({ ...options, force: true });
    assert.equal(await wholePhotos(bench.data), PHOTOS);
  });

  it('saves a library whose database is damaged, and keeps the damaged file', async (context) => {
    const bench = await backupBench(context);
    await backupLibrary({ dataFolder: bench.data, target: bench.backup });
    await writeFile(path.join(bench.data, 'library.sqlite'), 'x'.repeat(20_000));
    const options = { backup: bench.backup, dataFolder: bench.data };
    await assertRefused(restoreLibrary(options), 'NAME_TAKEN', /cannot be read/);
    await restoreLibrary({ ...options, force: true });
    assert.equal(await wholePhotos(bench.data), PHOTOS);
    const names = await readdir(bench.data);
    const kept = names.filter((name) => /^library\.sqlite\.damaged-\d+$/.test(name));
    assert.equal(kept.length, 1);
  });

  it('builds the index anew, so that nothing of the time after the backup is left in it', async (context) => {
    const bench = await backupBench(context);
    await backupLibrary({ dataFolder: bench.data, target: bench.backup });
    // As many photos as before, under numbers that the restored library gives out again.
    for (let index = 0; index < 5; index += 1) {
      await rm(path.join(bench.photos, `${index}.jpg`));
      await writePhoto(path.join(bench.photos, `new-${index}.jpg`), 500 + index);
    }
    await bench.index();
    await restoreLibrary({ backup: bench.backup, dataFolder: bench.data, force: true });
    assert.ok(!existsSync(path.join(bench.data, 'vectors')));
    for (let index = 0; index < 5; index += 1) {
      await rm(path.join(bench.photos, `new-${index}.jpg`));
      await writePhoto(path.join(bench.photos, `other-${index}.jpg`), 900 + index);
    }
    const report = await bench.index();
    assert.deepEqual([report.added, report.removed], [5, 5]);
    assert.equal(await wholePhotos(bench.data), PHOTOS);
  });
});

describe('kill -9', () => {
  it('in the middle of a backup leaves the old backup, or a new one that is whole', async (context) => {
    const bench = await backupBench(context);
    fatten(path.join(bench.data, 'library.sqlite'));
    const run = () => start('backup-child.js', ['backup', bench.data, bench.backup]);
    const wholeMs = await workFor(run());
    const random = randomNumbers(Date.now());
    let partial = 0;
    for (let round = 0; round < BACKUP_KILLS; round += 1) {
      await workFor(run(), random() * wholeMs);
      const names = await readdir(path.dirname(bench.photos));
      partial += names.filter((name) => name.includes('.partial-')).length > 0 ? 1 : 0;
      if (!existsSync(path.join(bench.backup, 'manifest.json'))) {
        // Killed between two renames: the old one has another name.
        const old = names.find((name) => name.startsWith('backup.replaced-'));
        assert.ok(old, names.join(' '));
        await rename(path.join(path.dirname(bench.backup), old), bench.backup);
      }
      await rm(bench.other, { recursive: true, force: true });
      await restoreLibrary({ backup: bench.backup, dataFolder: bench.other });
      assert.equal(await wholePhotos(bench.other), PHOTOS);
    }
    context.diagnostic(`${partial} of ${BACKUP_KILLS} kills hit a backup half-way`);
    assert.ok(partial > 0, 'no kill hit a backup half-way');
    await backupLibrary({ dataFolder: bench.data, target: bench.backup, force: true });
    const left = (await readdir(path.dirname(bench.photos))).filter((name) => name.includes('.partial-'));
    assert.deepEqual(left, []);
  });

  it('in the middle of a restore leaves the old library, or the new one, whole', async (context) => {
    const bench = await backupBench(context);
    fatten(path.join(bench.data, 'library.sqlite'));
    await backupLibrary({ dataFolder: bench.data, target: bench.backup });
    await rm(path.join(bench.photos, '0.jpg'));
    await bench.index();
    await cp(bench.data, bench.other, { recursive: true });
    const run = () => start('backup-child.js', ['restore', bench.data, bench.backup]);
    const wholeMs = await workFor(run());
    assert.equal(await wholePhotos(bench.data), PHOTOS);
    const random = randomNumbers(Date.now());
    const seen = new Map<number, number>();
    let halfway = 0;
    for (let round = 0; round < RESTORE_KILLS; round += 1) {
      await rm(bench.data, { recursive: true });
      await cp(bench.other, bench.data, { recursive: true });
      await workFor(run(), random() * 1.2 * wholeMs);
      if (existsSync(path.join(bench.data, 'library.sqlite.restoring'))) halfway += 1;
      const photos = await wholePhotos(bench.data);
      assert.ok(photos === PHOTOS || photos === PHOTOS - 1, `${photos} photos`);
      seen.set(photos, (seen.get(photos) ?? 0) + 1);
    }
    context.diagnostic(
      `old library ${seen.get(PHOTOS - 1) ?? 0} times, new one ${seen.get(PHOTOS) ?? 0} times; ${halfway} hit the copy`,
    );
    await restoreLibrary({ backup: bench.backup, dataFolder: bench.data, force: true });
    assert.equal(await wholePhotos(bench.data), PHOTOS);
    assert.ok(!existsSync(path.join(bench.data, 'library.sqlite.restoring')));
  });
});

/** So much that a copy takes long enough to be killed in; less than a thread is started for to check it. */
function fatten(file: string): void {
  const database = new Database(file);
  const add = database.prepare("INSERT INTO texts (kind, text, added_at) VALUES ('line', ?, '')");
  const say = database.prepare('INSERT INTO text_links (text_id, source_id, run) VALUES (?, 1, 0)');
  database.transaction(() => {
    for (let index = 0; index < 1400; index += 1) {
      say.run(add.run(`${index} ${'x'.repeat(10_000)}`).lastInsertRowid);
    }
  })();
  database.close();
}
