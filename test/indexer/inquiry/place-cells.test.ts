/**
 * Places of photos by cells.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PlaceCells } from '../../../indexer/inquiry/place-cells.ts';

describe('places', () => {
  it('are one value where a town lies on the edge of cells, and two where photos name two', () => {
    const cells = new PlaceCells();
    cells.add(31.1, -4.01, 'Merzouga, Morocco');
    cells.add(31.1, -3.99, 'Merzouga, Morocco');
    cells.add(31.1, -3.98, 'Merzouga, Morocco');
    cells.add(31.1, -3.6, 'Taouz, Morocco');
    cells.add(52.4, 13.2, null);
    cells.add(52.4, 13.3, null);
    const values = cells.values();
    assert.deepEqual(
      values.map(({ value, label, count }) => [value, label, count]),
      [
        ['31,-4.25', 'Merzouga, Morocco', 3],
        ['31,-3.75', 'Taouz, Morocco', 1],
        ['52.25,13', '52.4° N, 13.1° E', 1],
        ['52.25,13.25', '52.4° N, 13.4° E', 1],
      ],
    );
    const [merged, single] = values;
    assert.ok(merged !== undefined && 'or' in merged.filter && merged.filter.or.length === 2);
    assert.ok(single !== undefined && 'within' in single.filter);
  });

  it('of one name in more cells than a filter takes are several values, and each photo is in one', () => {
    const cells = new PlaceCells();
    for (let index = 0; index < 40; index += 1) cells.add(10.1, index, 'Springfield');
    const values = cells.values();
    assert.equal(values.length, 9);
    assert.equal(
      values.reduce((sum, { count }) => sum + count, 0),
      40,
    );
    assert.equal(new Set(values.map(({ value }) => value)).size, 9);
  });
});
