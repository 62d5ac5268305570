/**
 * Dates as people name them.
 * Source: taken-range.ts. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { atMoment, type PhotoFilter } from '../../../../indexer/store/index.ts';
import { isEmptyRange, takenBounds } from '../../../../indexer/store/filter/taken-range.ts';

function isIn(range: { readonly from?: string; readonly until?: string }, takenAt: string): boolean {
  const { first, beyond } = takenBounds(range);
  return (first === undefined || takenAt >= first) && (beyond === undefined || takenAt < beyond);
}

describe('a range of dates', () => {
  it('has the whole of the year, month, day, hour, minute or second it ends with, and nothing after', () => {
    const ends: readonly (readonly [string, string, string])[] = [
      ['2023', '2023-12-31T23:59:59+14:00', '2024-01-01'],
      ['2023-02', '2023-02-28T23:59:59Z', '2023-03-01T00:00:00'],
      ['2023-05-06', '2023-05-06T23:59:59', '2023-05-07'],
      ['2023-05-06T07', '2023-05-06T07:59:59', '2023-05-06T08:00:00'],
      ['2023-05-06T07:08', '2023-05-06T07:08:59+02:00', '2023-05-06T07:09:00'],
      ['2023-05-06T07:08:09', '2023-05-06T07:08:09-11:00', '2023-05-06T07:08:10'],
      ['9999', '9999-12-31T23:59:59', '~'],
    ];
    for (const [until, last, next] of ends) {
      assert.ok(isIn({ until }, last), `${last} until ${until}`);
      assert.ok(!isIn({ until }, next), `${next} until ${until}`);
      assert.ok(isIn({ from: until, until }, last));
    }
  });

  it('has a photo that says the day alone where the range has the start of that day', () => {
    for (const from of ['2023-05-06', '2023-05-06T00', '2023-05-06T00:00', '2023-05-06T00:00:00']) {
      assert.ok(isIn({ from }, '2023-05-06'), from);
      assert.ok(!isIn({ from }, '2023-05-05T23:59:59'), from);
    }
    assert.ok(!isIn({ from: '2023-05-06T00:01' }, '2023-05-06'));
    assert.ok(isIn({ until: '2023-05-06T00:01' }, '2023-05-06'));
  });

  it('is empty only where it ends before it begins', () => {
    assert.ok(isEmptyRange({ from: '2024', until: '2023' }));
    assert.ok(isEmptyRange({ from: '2023-06', until: '2023-05-31' }));
    assert.ok(!isEmptyRange({ from: '2023-06', until: '2023' }));
    assert.ok(!isEmptyRange({ from: '2023' }));
  });
});

describe('atMoment', () => {
  const cases: readonly (readonly [string, Date, string])[] = [
    ['1d', new Date(2026, 2, 1, 0, 0, 1), '2026-02-28'],
    ['30d', new Date(2026, 10, 25, 23, 59), '2026-10-26'],
    ['2w', new Date(2026, 0, 10), '2025-12-27'],
    ['1mo', new Date(2026, 2, 31), '2026-02-28'],
    ['13mo', new Date(2025, 2, 30), '2024-02-29'],
    ['1y', new Date(2024, 1, 29), '2023-02-28'],
    ['100y', new Date(2026, 5, 5), '1926-06-05'],
  ];
  for (const [last, now, from] of cases) {
    it(`reads ${last} as the days from ${from} on`, () => {
      const filter = atMoment({ last }, now);
      assert.ok('taken' in filter);
      assert.equal(filter.taken.from, from);
      const tomorrow = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 12);
      assert.equal(new Date(`${filter.taken.until ?? ''}T12:00`).getTime(), tomorrow.getTime());
    });
  }

  it('leaves everything else as it is, however deep', () => {
    const filter: PhotoFilter = { and: [{ not: { or: [{ has: 'date' }, { iso: { min: 1 } }] } }] };
    assert.deepEqual(atMoment(filter, new Date()), filter);
    const deep = atMoment({ not: { and: [{ last: '1d' }] } }, new Date(2026, 0, 2));
    assert.deepEqual(deep, { not: { and: [{ taken: { from: '2026-01-01', until: '2026-01-03' } }] } });
  });
});
