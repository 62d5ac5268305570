/**
 * What a stranger may write as a filter, and what is refused.
 * Source: photo-filter.ts. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkPhotoFilter, filterFields, photoFilterSchema } from '../../../../indexer/store/index.ts';
import { isAppError } from '../../../../model/index.ts';
import { randomNumbers } from '../../../support/photo-folder.ts';
import { randomFilter } from './random-filters.ts';

function messageOfRefusal(value: unknown): string {
  try {
    checkPhotoFilter(value);
  } catch (error) {
    assert.ok(isAppError(error, 'INVALID_ARGUMENT'));
    return error.message;
  }
  return 'accepted';
}

function nested(depth: number): unknown {
  let filter: unknown = { has: 'date' };
  for (let level = 0; level < depth; level += 1) filter = { not: filter };
  return filter;
}

describe('checkPhotoFilter', () => {
  it('gives back the very filter, for every field there is', () => {
    const random = randomNumbers(5);
    const met = new Set<string>();
    for (let round = 0; round < 300; round += 1) {
      const filter = randomFilter(random);
      assert.deepEqual(checkPhotoFilter(JSON.parse(JSON.stringify(filter))), filter);
      for (const [, name = ''] of JSON.stringify(filter).matchAll(/"(\w+)":/g)) met.add(name);
    }
    for (const field of filterFields) assert.ok(met.has(field), field);
  });

  const refusals: readonly (readonly [string, unknown, RegExp])[] = [
    [
      'an unknown field, naming the known ones',
      { colour: 'red' },
      /^filter\.colour: there is no such field, expected one of and, or, not, taken, last, folder/,
    ],
    [
      'an unknown operator inside another',
      { and: [{ has: 'date' }, { xor: [] }] },
      /^filter\.and\.1\.xor: there is no such field/,
    ],
    ['a field that every object has', { constructor: 1 }, /^filter\.constructor: there is no such field/],
    ['the prototype as a field', JSON.parse('{"__proto__": {"has": "date"}}'), /__proto__: there is no such/],
    [
      'two fields',
      { has: 'date', iso: { min: 1 } },
      /has 2 fields \(has, iso\), expected one; join them by "and"/,
    ],
    ['an empty filter', {}, /^filter: is empty, expected one field of/],
    ['a list', [], /expected an object/],
    ['a text', 'has:date', /expected an object/],
    ['null', null, /expected an object/],
    ['nothing joined', { and: [] }, /^filter\.and: expected a list of 1 to 32 filters/],
    ['33 joined', { or: Array.from({ length: 33 }, () => ({ has: 'date' })) }, /list of 1 to 32/],
    [
      'an unknown end of a range',
      { iso: { from: 1 } },
      /^filter\.iso: has the unknown field from, expected min, max/,
    ],
    ['an empty range', { iso: {} }, /is empty, expected min, max or both/],
    ['a range upside down', { iso: { min: 2, max: 1 } }, /min 2 is larger than max 1/],
    ['a number that is a text', { iso: { min: '100' } }, /^filter\.iso\.min: expected a number/],
    ['a number that is none', { iso: { min: Number.NaN } }, /expected a number/],
    [
      'a day that does not exist',
      { taken: { from: '2023-02-29' } },
      /^filter\.taken\.from: found "2023-02-29", .* exists/,
    ],
    ['month 13', { taken: { until: '2023-13' } }, /a date that exists/],
    ['a zone', { taken: { from: '2023-05-06T07:08:09Z' } }, /without a zone/],
    ['a date in words', { taken: { from: 'May' } }, /expected a date such as 2023/],
    [
      'dates upside down',
      { taken: { from: '2024', until: '2023-12' } },
      /from 2024 is later than until 2023-12/,
    ],
    ['an age without a unit', { last: '30' }, /expected days, weeks, months or years/],
    ['an age of a thousand years', { last: '1000y' }, /at most a hundred years/],
    ['a latitude beyond the pole', { near: { latitude: 91, longitude: 0, radiusM: 1 } }, /from -90 to 90/],
    ['no radius', { near: { latitude: 1, longitude: 0 } }, /^filter\.near\.radiusM: expected metres/],
    ['a radius of 0', { near: { latitude: 1, longitude: 0, radiusM: 0 } }, /metres above 0/],
    ['a box upside down', { within: { south: 1, north: 0, west: 0, east: 1 } }, /south is above north/],
    ['an unknown thing to have', { has: 'wings' }, /expected one of caption, keywords, place, date, camera/],
    ['an unknown orientation', { orientation: 'diagonal' }, /expected one of landscape, portrait, square/],
    ['a text that is empty', { camera: ' ' }, /^filter\.camera: is empty/],
    ['a text of 501 characters', { camera: 'x'.repeat(501) }, /at most 500 characters/],
    ['a zero character', { camera: 'a\0b' }, /zero character/],
    ['a folder without a name', { folder: '../..' }, /names no folder/],
    ['a pattern that excludes', { path: '!*.jpg' }, /put it in \{"not"/],
    ['braces without end', { path: '{a,b}'.repeat(20) }, /stand for more than 16 patterns/],
    ['nine patterns', { and: Array.from({ length: 9 }, () => ({ path: '*.jpg' })) }, /at most 8 patterns/],
    ['nine levels', nested(9), /at most 8 of and, or, not in one another/],
    ['a hundred thousand levels', nested(100_000), /at most 8 of and, or, not/],
    [
      '49 fields',
      { and: [0, 1].map(() => ({ or: Array.from({ length: 24 }, () => ({ has: 'date' })) })) },
      /at most 48 fields in all/,
    ],
  ];
  for (const [name, value, message] of refusals) {
    it(`refuses ${name}`, () => assert.match(messageOfRefusal(value), message));
  }

  it('accepts what lies just within each limit', () => {
    const within: readonly unknown[] = [
      { or: Array.from({ length: 32 }, () => ({ has: 'date' })) },
      { and: Array.from({ length: 8 }, () => ({ path: '*.jpg' })) },
      { path: '{a,b}{c,d}{e,f}{g,h}' },
      nested(8),
      { taken: { from: '2023-12', until: '2023' } },
      { taken: { from: '2024-02-29T23:59:59' } },
      { within: { south: -90, north: 90, west: 180, east: -180 } },
      { last: '100y' },
      { rating: { min: 5, max: 5 } },
    ];
    for (const value of within) assert.equal(messageOfRefusal(value), 'accepted', JSON.stringify(value));
  });

  it('names every problem with its field, for use in other schemas', () => {
    const { error } = photoFilterSchema.safeParse({
      and: [{ iso: { min: 'x' } }, { has: 'wings' }, { bad: 1 }],
    });
    assert.deepEqual(
      error?.issues.map(({ path }) => path.join('.')),
      ['and.0.iso.min', 'and.1.has', 'and.2.bad'],
    );
  });
});
