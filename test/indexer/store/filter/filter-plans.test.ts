/**
 * Common filters are answered from an index, not by looking at every photo.
 * Source: SQLite's EXPLAIN QUERY PLAN. Deviation: none.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { compileFilter } from '../../../../indexer/store/filter/compile-filter.ts';
import { FilterNames } from '../../../../indexer/store/filter/filter-names.ts';
import { Connection, type PhotoFilter } from '../../../../indexer/store/index.ts';
import { temporaryFolder } from '../../../support/photo-folder.ts';
import { makeStore } from './made-photos.ts';

const folder = await temporaryFolder({ after });
let connection: Connection;

before(() => {
  const { store } = makeStore(folder, 50, 3);
  const { file } = store;
  store.close();
  connection = Connection.open(file, 'read');
});
after(() => connection.close());

function planOf(filter: PhotoFilter): string {
  const { sql, values } = compileFilter(filter, new FilterNames(connection), new Date(2026, 10, 25));
  const rows = connection
    .prepare<{ detail: string }>(
      `EXPLAIN QUERY PLAN SELECT c.id FROM contents c JOIN images i ON i.content_id = c.id WHERE ${sql}`,
    )
    .all(...values);
  return rows.map(({ detail }) => detail).join('\n');
}

describe('the plan of SQLite', () => {
  const plans: readonly (readonly [PhotoFilter, RegExp])[] = [
    [{ taken: { from: '2023', until: '2023' } }, /SEARCH c USING .*INDEX contents_by_taken/],
    [{ last: '30d' }, /contents_by_taken/],
    [{ camera: 'nikon' }, /SEARCH c USING .*INDEX contents_by_camera/],
    [{ lens: 'mm' }, /SEARCH c USING .*INDEX contents_by_lens/],
    [
      { near: { latitude: 52.5, longitude: 13.4, radiusM: 50_000 } },
      /SEARCH c USING .*INDEX contents_by_place/,
    ],
    [{ within: { south: -20, north: 0, west: 170, east: -170 } }, /contents_by_place/],
    [{ folder: '2023' }, /SEARCH i USING .*INDEX images_by_folder/],
    [{ folder: '/home/ann/Photos' }, /SEARCH i USING .*INDEX sqlite_autoindex_images_1 \(path/],
    [{ path: 'Photos/2023/*' }, /images_by_folder/],
    [{ and: [{ has: 'date' }, { camera: 'nikon' }] }, /SEARCH c USING/],
  ];
  for (const [filter, plan] of plans) {
    it(`uses an index for ${JSON.stringify(filter)}`, () => {
      assert.match(planOf(filter), plan);
      assert.doesNotMatch(planOf(filter), /^SCAN [ci]\b/m);
    });
  }

  it('finds the names of cameras by jumps over the index', () => {
    const rows = connection
      .prepare<{ detail: string }>("EXPLAIN QUERY PLAN SELECT min(camera) FROM contents WHERE camera > 'a'")
      .all();
    assert.match(
      rows.map(({ detail }) => detail).join(),
      /SEARCH contents USING COVERING INDEX contents_by_camera/,
    );
  });
});
