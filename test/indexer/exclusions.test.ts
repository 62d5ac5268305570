/**
 * What a scan leaves out.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { Exclusions } from '../../indexer/scan/exclusions.ts';
import { readSettings } from '../../indexer/index.ts';
import { scan } from '../../indexer/scan/scan.ts';
import { isAppError } from '../../model/index.ts';
import { pathsIn, temporaryFolder, workbench, writePhoto } from '../support/photo-folder.ts';

const root = path.resolve('/photos');

function isLeftOut(glob: string, relative: string): boolean {
  const rules = { excludeFolders: [], excludePaths: [], excludeGlobs: [glob] };
  const exclusions = new Exclusions(root, rules);
  const place = path.join(root, relative);
  return exclusions.file(place) || exclusions.isBehind(path.dirname(place));
}

describe('patterns', () => {
  it('without a slash are held against every name, with one against the path from the root', () => {
    const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
      ['*.tif', ['a.tif', 'x/y/B.TIF'], ['a.tiff', 'tif', 'a.tif.jpg']],
      ['private', ['private/a.jpg', 'x/Private/y/a.jpg', 'private'], ['x/private.jpg', 'privates/a.jpg']],
      ['private/', ['x/private/a.jpg'], ['x/privates/a.jpg']],
      ['/private', ['private/a.jpg'], ['x/private/a.jpg']],
      ['2019/**', ['2019/a.jpg', '2019/x/a.jpg'], ['2020/a.jpg', 'x/2019/a.jpg']],
      ['**/raw/*.jpg', ['raw/a.jpg', 'x/y/raw/a.jpg'], ['raw/x/a.jpg']],
      ['IMG_{1,2}?.jpg', ['x/IMG_10.jpg', 'img_25.JPG'], ['IMG_30.jpg']],
      ['[x]*', ['xyz/a.jpg'], ['a.jpg']],
    ];
    for (const [glob, left, kept] of cases) {
      for (const one of left) assert.equal(isLeftOut(glob, one), true, `${glob} leaves out ${one}`);
      for (const one of kept) assert.equal(isLeftOut(glob, one), false, `${glob} keeps ${one}`);
    }
  });

  it('that are none are refused', () => {
    for (const glob of ['', ' ', '!a.jpg', '/', 'x'.repeat(2000)]) {
      assert.throws(
        () => isLeftOut(glob, 'a.jpg'),
        (error) => isAppError(error, 'INVALID_ARGUMENT'),
      );
    }
  });

  it('are lists in settings, one flag or several, and keep their braces', () => {
    assert.deepEqual(readSettings({ exclude: ['a,b/**', '*.{tif,png}'] }, {}).excludeGlobs, [
      'a',
      'b/**',
      '*.{tif,png}',
    ]);
    assert.deepEqual(readSettings({}, { IMGLISH_EXCLUDE: ' x , y ' }).excludeGlobs, ['x', 'y']);
    assert.deepEqual(readSettings({}, {}).excludeGlobs, []);
  });

  it('take photos that were indexed before out of the library, in whole runs and in parts', async (context) => {
    const bench = await workbench(context);
    for (const [seed, name] of ['a.jpg', 'x/b.jpg', 'x/skip/c.jpg', 'd.skip.jpg'].entries()) {
      await writePhoto(path.join(bench.photos, name), seed + 1);
    }
    assert.equal((await bench.index()).added, 4);
    const report = await bench.index({ excludeGlobs: ['skip', '*.skip.*'] });
    assert.deepEqual([report.unchanged, report.removed], [2, 2]);
    const part = { roots: [path.join(bench.photos, 'x')], excludeGlobs: ['x/b.*'] };
    const ofPart = await bench.index(part);
    assert.deepEqual([ofPart.removed, ofPart.added], [1, 1]);
    // Again without: only what lies in the part comes back.
    assert.equal((await bench.index({ roots: [path.join(bench.photos, 'x')] })).added, 1);
    const library = await bench.open('read');
    assert.deepEqual(pathsIn(library, bench.photos), ['a.jpg', 'x/b.jpg', 'x/skip/c.jpg']);
    await library.close();
  });

  it('hold inside a part of a root as they do for the whole', async (context) => {
    const folder = await temporaryFolder(context);
    await writePhoto(path.join(folder, 'skip', 'x', 'a.jpg'), 1);
    const rules = { excludeFolders: [], excludePaths: [], followSymlinks: false, devices: new Map() };
    const found: string[] = [];
    const options = { ...rules, excludeGlobs: ['skip'], base: folder };
    for await (const event of scan(path.join(folder, 'skip', 'x'), options)) found.push(event.kind);
    assert.equal(found.length, 0);
    // Named by itself it is no part: who names a root wants it.
    for await (const event of scan(path.join(folder, 'skip'), {
      ...options,
      base: path.join(folder, 'skip'),
    })) {
      found.push(event.kind);
    }
    assert.deepEqual(found.toSorted(), ['file', 'folder', 'folder']);
  });
});
