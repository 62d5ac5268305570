/**
 * A clock that is wrong, goes back, or jumps: nothing in the library depends on what time it is.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { assertConsistent } from '../../support/consistent-library.ts';
import { workbench, writePhoto } from '../../support/photo-folder.ts';
import { reportOf, type ChildReport } from './report-of.ts';

const PRELOAD = path.join(import.meta.dirname, 'shifted-clock.js');

function indexAt(
  bench: { readonly data: string; readonly photos: string },
  environment: Readonly<Record<string, string>>,
): Promise<ChildReport> {
  return reportOf(bench.data, bench.photos, {
    nodeOptions: `--import '${PRELOAD}'`,
    env: { ...process.env, ...environment },
  });
}

describe('a clock', () => {
  it('that goes back between runs changes nothing in what is found, added, changed or removed', async (context) => {
    const bench = await workbench(context);
    let count = 0;
    for (const days of [400, 0, -20_000]) {
      for (let more = 0; more < 10; more += 1) {
        count += 1;
        await writePhoto(path.join(bench.photos, `${count}.jpg`), count);
      }
      // A change after a look into the future must still be seen.
      await writePhoto(path.join(bench.photos, '1.jpg'), 1000 + count);
      const { report, error, notices } = await indexAt(bench, { SHIFT_DAYS: String(days) });
      assert.equal(error, undefined);
      assert.equal(report?.added, 10, `${days} days`);
      assert.equal(report.updated, count === 10 ? 0 : 1, `${days} days`);
      assert.deepEqual(notices, []);
      const library = await bench.open('read');
      assert.equal(await assertConsistent(library, bench.photos), count);
      const years = library.store.images
        .below(bench.photos, '', 1000)
        .map(({ id }) => library.store.images.byId(id)?.indexedAt.slice(0, 4));
      if (days === -20_000)
        assert.ok(
          years.some((year) => Number(year) < 1990),
          'the clock was shifted',
        );
      await library.close();
    }
    const { report } = await indexAt(bench, { SHIFT_DAYS: '-5000' });
    assert.equal(report?.unchanged, count);
  });

  it('that jumps back while indexing changes nothing either', async (context) => {
    const bench = await workbench(context);
    for (let index = 0; index < 60; index += 1) {
      await writePhoto(path.join(bench.photos, `${index}.jpg`), index + 1);
    }
    const { report, notices } = await indexAt(bench, { SHIFT_JUMPS: '1' });
    assert.equal(report?.added, 60);
    assert.ok(report.seconds > 0 && report.photosPerSecond > 0);
    assert.deepEqual(notices, []);
    const library = await bench.open('write');
    assert.equal(await assertConsistent(library, bench.photos), 60);
    await library.close();
  });
});
