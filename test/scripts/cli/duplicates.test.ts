/**
 * `imglish duplicates`, as a user's shell runs it.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { Library } from '../../../indexer/index.ts';
import { temporaryFolder } from '../../support/photo-folder.ts';
import { writeVersions } from '../../web/versions.ts';
import { imglish } from './run-imglish.ts';

interface Group {
  readonly kind: string;
  readonly count: number;
  readonly photos: readonly { readonly score: number; readonly image: { readonly path: string } }[];
}

function groupsIn(stdout: string): Group[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Group);
}

describe('imglish duplicates', () => {
  it('lists copies and look-alikes, for people and as JSON, also beside a writer', async (context) => {
    const folder = await temporaryFolder(context);
    const photos = path.join(folder, 'photos');
    await writeVersions(photos);
    const data = ['--data', path.join(folder, 'data')];
    assert.equal((await imglish(['index', photos, ...data, '--no-progress'])).code, 0);

    const exact = await imglish(['duplicates', ...data]);
    assert.equal(exact.code, 0, exact.stderr);
    assert.match(exact.stdout, /^3 times the same [\d.]+ kB:\n( {2}\S.*scene-2.*\n){3}\n2 times the same/);
    assert.match(exact.stdout, /5 photos in 2 groups\. All copies but one of each take [\d.]+ kB\.\n$/);

    const near = await imglish(['duplicates', '--near', ...data]);
    assert.equal(near.code, 0, near.stderr);
    assert.match(
      near.stdout,
      /^5 photos that look alike:\n {2}1\.000 {2}600 × 400 .*scene-1\.jpg\n {12}.* = /,
    );
    assert.match(near.stdout, /small\.jpg\n/);
    assert.match(near.stdout, /5 photos in 1 group\. The first of each has the most pixels\.\n$/);

    const json = await imglish(['duplicates', '--near', '--json', ...data]);
    const [group, ...others] = groupsIn(json.stdout);
    assert.deepEqual([group?.kind, group?.count, group?.photos.length, others.length], ['near', 5, 4, 0]);

    const strict = await imglish(['duplicates', '--near', '--json', '--threshold', '1', ...data]);
    assert.deepEqual(groupsIn(strict.stdout), []);

    const writer = await Library.open({ dataFolder: path.join(folder, 'data'), mode: 'write' });
    try {
      const beside = await imglish(['duplicates', '--near', ...data]);
      assert.equal(beside.code, 0, beside.stderr);
      assert.match(beside.stderr, /Another process writes the library.*\(threshold 1\)/);
      assert.match(beside.stdout, /^No photos look alike\.\n$/);
      assert.match((await imglish(['duplicates', ...data])).stdout, /5 photos in 2 groups/);
    } finally {
      await writer.close();
    }
    const again = await imglish(['duplicates', '--near', ...data], { IMGLISH_THRESHOLD: '0.9' });
    assert.match(again.stdout, /5 photos in 1 group\./);
  });

  it('refuses a threshold that is no cosine, and a folder without a library', async (context) => {
    const folder = await temporaryFolder(context);
    const wrong = await imglish(['duplicates', '--near', '--threshold', '90', '--data', folder]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /--threshold: found "90", expected a number from 0\.5 to 1/);
    const none = await imglish(['duplicates', '--data', path.join(folder, 'none')]);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /there is no library yet/);
  });
});
