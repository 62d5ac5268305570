/**
 * Common filters are answered from an index, not by looking at every photo.
 * Source: SQLite's EXPLAIN QUERY PLAN. Deviation: none.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { SqlValue } from '../../../../indexer/store/connection.ts';
import { compileFilter } from '../../../../indexer/store/filter/compile-filter.ts';
import { FilterNames } from '../../../../indexer/store/filter/filter-names.ts';
import { PhotoFilters } from '../../../../indexer/store/filter/photo-filters.ts';
import { Images } from '../../../../indexer/store/images.ts';
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

/** Of all that the work asks the database, but for the names of a library, which are kept. */
function plansOf(work: (filters: PhotoFilters) => unknown): string {
  const plans: string[] = [];
  const spied: Connection = Object.create(connection, {
    prepare: {
      value: (sql: string) => {
        const query = connection.prepare(sql);
        if (/FROM texts\b|DISTINCT rtrim|RECURSIVE|FROM roots|total_changes/.test(sql)) return query;
        return {
          all: (...values: SqlValue[]) => {
            const rows = connection.prepare<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
            plans.push(...rows.map(({ detail }) => detail));
            return query.all(...values);
          },
        };
      },
    },
    pragma: { value: (name: string) => connection.pragma(name) },
  }) as Connection;
  work(new PhotoFilters(spied, new Images(connection), new FilterNames(connection)));
  return plans.join('\n');
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

  it('looks at the contents between two ids and at no others, whatever index the filter could use', () => {
    for (const [filter] of plans) {
      const plan = plansOf((filters) => filters.contentIds(filter, 1, { after: 10, last: 20 }));
      assert.match(plan, /SEARCH c USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)/, plan);
      assert.doesNotMatch(plan, /SEARCH c (?!USING INTEGER PRIMARY KEY)|SCAN [civ]\b|TEMP B-TREE/, plan);
      assert.doesNotMatch(plan, /SEARCH i (EXISTS )?USING (?!(COVERING )?INDEX images_by_content)/, plan);
    }
  });

  it('finds the few that pass, and a sample, without looking at every photo', () => {
    for (const [filter] of [...plans, [{ keyword: 'dog' }], [{ bytes: { min: 5000 } }]] as [PhotoFilter][]) {
      for (const plan of [
        plansOf((filters) => filters.few(filter, 1, 10)),
        plansOf((filters) => filters.share(filter, 1)),
      ]) {
        assert.match(plan, /SEARCH/);
        assert.doesNotMatch(plan, /SCAN ([civ]|images|contents|vectors|text_links)\b/, plan);
      }
    }
  });

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
