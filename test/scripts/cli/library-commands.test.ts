/**
 * texts, export, backup, restore and doctor --check as a shell sees them, with the built-in model.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder, writePhoto } from '../../support/photo-folder.ts';
import { imglish, type Finished } from './run-imglish.ts';

function lines(run: Finished): unknown[] {
  return run.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

describe('the commands around a library', () => {
  it('import texts, export them, and bring a lost library back', async (context) => {
    const folder = await temporaryFolder(context);
    const data = path.join(folder, 'data');
    const run = async (code: number, ...words: readonly string[]): Promise<Finished> => {
      const finished = await imglish(words, { IMGLISH_DATA: data });
      assert.equal(finished.code, code, `${words.join(' ')}\n${finished.stdout}${finished.stderr}`);
      return finished;
    };
    for (const name of ['a.jpg', 'b.jpg'])
      await writePhoto(path.join(folder, 'photos', name), name.length + 1);
    await writePhoto(path.join(folder, 'photos', 'b.jpg'), 9);
    await run(0, 'index', path.join(folder, 'photos'), '--no-progress');
    const list = path.join(folder, 'texts.csv');
    await writeFile(list, 'path,text,tags\na.jpg,a lake,"water, blue"\nb.jpg,bad,row,here\n');

    const imported = await run(3, 'texts', 'import', list, '--json', '--no-progress');
    const [report] = lines(imported) as [{ added: number; embedded: number; skips: { place: string }[] }];
    assert.deepEqual([report.added, report.embedded], [3, 3]);
    assert.deepEqual(
      report.skips.map(({ place }) => place),
      [`${list}:3`],
    );
    const listed = lines(await run(0, 'texts', 'list', '--kind', 'tag', '--json'));
    assert.deepEqual(
      listed.map((one) => (one as { text: string }).text),
      ['water', 'blue'],
    );

    const exported = lines(await run(0, 'export', '--vectors'));
    assert.equal(exported.length, 2);
    assert.equal((exported[0] as { vector: number[] }).vector.length, 192);
    const csv = path.join(folder, 'all.csv');
    await run(0, 'export', '--format', 'csv', '--out', csv);
    assert.match(await readFile(csv, 'utf8'), /a lake,water; blue/);
    assert.match((await run(1, 'export', '--format', 'csv', '--out', csv)).stderr, /--force/);

    const backup = path.join(folder, 'backup');
    assert.match((await run(0, 'backup', backup)).stdout, /Saved 2 photos and 2 vectors/);
    assert.match((await run(0, 'doctor', '--check')).stdout, /✓ Check database +1 sound/);
    await truncate(path.join(data, 'library.sqlite'), 5000);
    for (const rest of ['-wal', '-shm']) await rm(path.join(data, `library.sqlite${rest}`), { force: true });
    assert.match((await run(1, 'doctor', '--check')).stdout, /✗ .+\n +→ .*restore/);
    assert.match((await run(1, 'restore', backup)).stderr, /NAME_TAKEN|cannot be read/);
    assert.match((await run(0, 'restore', backup, '--force')).stdout, /Restored 2 photos and 2 vectors/);
    assert.equal(lines(await run(0, 'export')).length, 2);

    assert.match((await run(0, 'texts', 'sources')).stdout, /3 +.+texts\.csv/);
    assert.match((await run(0, 'texts', 'remove', list)).stdout, /Removed 3 sayings/);
    assert.equal((await run(0, 'texts', 'list', '--json')).stdout, '');
    assert.match((await run(1, 'texts', 'remove', list)).stderr, /no texts came from there/);
  });
});
