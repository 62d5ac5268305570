/**
 * What people type, taken apart.
 * Source: issue "Search that means it", item 1. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isAppError } from '../../../model/index.ts';
import {
  filterOf,
  formatQuery,
  parseQuery,
  toSearchRequest,
  typedExamples,
  typedFields,
  type ParseOptions,
} from '../../../query/index.ts';
import { randomNumbers } from '../../support/photo-folder.ts';

const files: ParseOptions = { hasFile: (path) => ['photo.jpg', 'my photo.jpg', 'album/one'].includes(path) };

describe('parseQuery', () => {
  it('takes words, signs, phrases, weights and files apart', () => {
    const query = parseQuery(
      'beach -people +sunset "in the evening" 2:cat -0.5:"red car" +photo.jpg -my.png at noon',
      files,
    );
    assert.equal(query.words, 'beach at noon');
    assert.deepEqual(query.parts, [
      { text: 'people', weight: 1, isNegative: true },
      { text: 'sunset', weight: 1, isNegative: false },
      { text: 'in the evening', weight: 1, isNegative: false },
      { text: 'cat', weight: 2, isNegative: false },
      { text: 'red car', weight: 0.5, isNegative: true },
      { file: 'photo.jpg', weight: 1, isNegative: false },
      { file: 'my.png', weight: 1, isNegative: true },
    ]);
    assert.deepEqual(query.notices, []);
  });

  it('makes a request of it', () => {
    const query = parseQuery('beach -people 2:cat +photo.jpg taken:2023', files);
    assert.deepEqual(
      toSearchRequest(query, (file) => `/here/${file}`),
      {
        text: 'beach',
        positive: [{ text: 'cat', weight: 2 }, { image: { picture: '/here/photo.jpg' } }],
        negative: [{ text: 'people' }],
        filter: { taken: { from: '2023', until: '2023' } },
      },
    );
  });

  it('keeps as words what only looks like a sign, a weight or a filter', () => {
    for (const text of [
      're: 3:4',
      'at 12:30',
      'ratio 16:9',
      'Note: a dog',
      'see http://example.org/a',
      'C:\\photos',
      'x-ray of a hand',
      'day - night',
      'a -- b',
      'smile :-)',
      'dog or cat',
      '12" vinyl',
      "don't",
      'c++',
      '2: cat',
      'a, b: c',
    ]) {
      assert.deepEqual(parseQuery(text, files), { words: text, parts: [], filters: [], notices: [] });
    }
  });

  const filters: readonly (readonly [string, unknown])[] = [
    ['taken:2023', { taken: { from: '2023', until: '2023' } }],
    ['taken:2023-05..2023-08', { taken: { from: '2023-05', until: '2023-08' } }],
    ['taken:..2023-05-06t07', { taken: { until: '2023-05-06T07' } }],
    ['after:2024', { taken: { from: '2024' } }],
    ['after:2024-05-06t07', { taken: { from: '2024-05-06T07' } }],
    ['before:2024', { taken: { until: '2023' } }],
    ['before:2024-03', { taken: { until: '2024-02' } }],
    ['Before:2024-03-01', { taken: { until: '2024-02-29' } }],
    ['last:30d', { last: '30d' }],
    ['folder:2023/rome', { folder: '2023/rome' }],
    ['folder:/mnt/a', { folder: '/mnt/a' }],
    ['path:**/*.png', { path: '**/*.png' }],
    ['Camera:"canon eos"', { camera: 'canon eos' }],
    ['-has:caption', { not: { has: 'caption' } }],
    ['+has:caption', { has: 'caption' }],
    ['near:52.5,-13.4,10km', { near: { latitude: 52.5, longitude: -13.4, radiusM: 10_000 } }],
    ['near:-33,151,500m', { near: { latitude: -33, longitude: 151, radiusM: 500 } }],
    ['within:-20,170,0,-170', { within: { south: -20, west: 170, north: 0, east: -170 } }],
    ['size:10mp..', { megapixels: { min: 10 } }],
    ['size:10..20mp', { megapixels: { min: 10, max: 20 } }],
    ['size:<=2MB', { bytes: { max: 2_000_000 } }],
    ['size:500kb..2mb', { bytes: { min: 500_000, max: 2_000_000 } }],
    ['iso:100..400', { iso: { min: 100, max: 400 } }],
    ['iso:>400', { iso: { min: 401 } }],
    ['iso:<100', { iso: { max: 99 } }],
    ['rating:>=4', { rating: { min: 4 } }],
    ['aperture:f/2.8', { aperture: { min: 2.8, max: 2.8 } }],
    ['focal:24..70mm', { focalLengthMm: { min: 24, max: 70 } }],
    ['width:>=4000px', { width: { min: 4000 } }],
    ['orientation:Portrait', { orientation: 'portrait' }],
    ['format:HEIC', { format: 'heic' }],
    ['keyword:"New York"', { keyword: 'New York' }],
    ['collection:Photos', { collection: 'Photos' }],
    [
      'taken:2023 camera:canon or camera:nikon',
      {
        and: [{ taken: { from: '2023', until: '2023' } }, { or: [{ camera: 'canon' }, { camera: 'nikon' }] }],
      },
    ],
    [
      'has:date OR -has:place or has:camera',
      {
        or: [{ has: 'date' }, { not: { has: 'place' } }, { has: 'camera' }],
      },
    ],
    ['has:date and has:place', { and: [{ has: 'date' }, { has: 'place' }] }],
  ];
  for (const [text, filter] of filters) {
    it(`reads ${text} as a filter, between words too`, () => {
      assert.deepEqual(filterOf(parseQuery(text)), filter);
      const mixed = parseQuery(`a dog ${text} in snow`);
      assert.deepEqual([mixed.words, filterOf(mixed)], ['a dog in snow', filter]);
    });
  }

  it('excludes the end of a range that was typed with > or <', () => {
    const filter = filterOf(parseQuery('aperture:<2.8'));
    assert.ok(filter && 'aperture' in filter);
    assert.ok((filter.aperture.max ?? 9) < 2.8 && (filter.aperture.max ?? 0) > 2.799_999);
  });

  it('shows an example of every field, which it reads', () => {
    assert.equal(typedExamples.length, typedFields.length);
    for (const example of typedExamples) assert.ok(filterOf(parseQuery(example.replace(/ \(.*/, ''))));
  });

  const refusals: readonly (readonly [string, RegExp])[] = [
    ['colour:red', /no such filter, expected one of taken, last, folder/],
    ['dog colour:"dark red"', /found "colour:dark red"/],
    ['__proto__x:1', /^$/],
    ['constructor:1', /no such filter/],
    ['taken:2023-13', /a date that exists/],
    ['before:2024-13', /expected such as before:2024-06/],
    ['after:yesterday', /expected a date such as 2023/],
    ['taken:yesterday', /expected a date such as 2023/],
    ['taken:2024..2023', /later than until/],
    ['taken:..', /expected such as taken:2023-05..2023-08/],
    ['last:30', /such as 30d/],
    ['size:10mp', /expected such as size:>10mp/],
    ['size:1mp..2mb', /expected such as size/],
    ['iso:many', /expected such as iso:100..400/],
    ['near:52.5,13.4', /expected such as near:/],
    ['near:99,13.4,1km', /degrees from -90 to 90/],
    ['has:wings', /expected one of caption, keywords, place, date, camera/],
    ['camera:""', /is empty/],
    ['0:cat', /weight above 0, at most 100/],
    ['101:cat', /weight above 0/],
    ['2:camera:canon', /a filter has no weight/],
  ];
  for (const [text, message] of refusals.filter(([one]) => !one.startsWith('__'))) {
    it(`refuses ${text} and says what it takes`, () => {
      assert.throws(
        () => parseQuery(text),
        (error) => isAppError(error, 'INVALID_ARGUMENT') && message.test(error.message),
      );
    });
  }

  it('searches for words that look like a filter where they are in quotation marks', () => {
    assert.deepEqual(parseQuery('"colour:red"').parts, [
      { text: 'colour:red', weight: 1, isNegative: false },
    ]);
  });

  it('refuses a query with nothing in it, and takes one of negative parts or filters alone', () => {
    for (const text of ['', '  \t\n ', '\u200B\uFEFF', '\0\u0007', '""', '"  " +""']) {
      assert.throws(
        () => parseQuery(text),
        (error) => isAppError(error, 'TEXT_INVALID') && /is empty/.test(error.message),
        JSON.stringify(text),
      );
    }
    assert.deepEqual(toSearchRequest(parseQuery('-people')), { negative: [{ text: 'people' }] });
    assert.deepEqual(toSearchRequest(parseQuery('has:date')), { filter: { has: 'date' } });
  });

  it('makes spaces of control characters', () => {
    assert.equal(parseQuery('a\0dog\u001B[31m\nin\u2028snow').words, 'a dog [31m in snow');
  });

  it('reads ten thousand words in little time, cuts them between two, and says so', () => {
    const start = performance.now();
    const query = parseQuery('mountain '.repeat(10_000));
    assert.ok(performance.now() - start < 1000);
    assert.ok(query.words.length <= 10_000 && query.words.endsWith('mountain'));
    assert.match(query.notices.join(), /10000 words; those after the first 10000 characters were ignored/);
  });

  it('takes time linear in what is typed', () => {
    for (const text of [
      '"'.repeat(500_000),
      '-'.repeat(900_000),
      'a:'.repeat(400_000),
      '1:'.repeat(400_000),
      '\\"'.repeat(300_000),
      'z'.repeat(900_000),
    ]) {
      const start = performance.now();
      try {
        parseQuery(text, files);
      } catch (error) {
        assert.ok(isAppError(error));
      }
      assert.ok(performance.now() - start < 2000, text.slice(0, 10));
    }
  });

  it('refuses more than a megabyte, and more than 16 parts', () => {
    assert.throws(() => parseQuery('a'.repeat(1_000_001)), /expected at most 1000000/);
    assert.throws(() => parseQuery('+a '.repeat(17)), /17 parts .*expected at most 16/);
    assert.equal(parseQuery('+a '.repeat(16)).parts.length, 16);
  });

  it('reads no file unless the caller allows it, and says that it did not', () => {
    const query = parseQuery('sea +photo.jpg');
    assert.deepEqual(query.parts, [{ text: 'photo.jpg', weight: 1, isNegative: false }]);
    assert.match(query.notices.join(), /"photo.jpg" was taken as words/);
    assert.deepEqual(parseQuery('sea "my photo.jpg"', files).parts, [
      { file: 'my photo.jpg', weight: 1, isNegative: false },
    ]);
    assert.equal(parseQuery('IMG_1.jpg', files).words, 'IMG_1.jpg');
  });

  it('takes the quotation marks of telephones, and says when one is alone', () => {
    assert.equal(parseQuery('“red car”').parts[0]?.text, 'red car');
    assert.equal(parseQuery('„rotes Auto“').parts[0]?.text, 'rotes Auto');
    const open = parseQuery('dog "red car');
    assert.equal(open.parts[0]?.text, 'red car');
    assert.match(open.notices.join(), /no second one/);
  });
});

describe('formatQuery', () => {
  it('writes what parseQuery reads as the same again, for thousands of random lines', () => {
    const random = randomNumbers(11);
    const pieces = [
      'dog',
      'red car',
      '"',
      '"',
      ' ',
      ' ',
      '-',
      '+',
      '2:',
      '0.5:',
      ':',
      '\\',
      '“',
      '”',
      'or',
      ' or ',
      'and',
      '..',
      'photo.jpg',
      'my photo.jpg',
      'album/one',
      '3:4',
      '\u0301',
      'ß',
      ...typedExamples,
      ...typedFields.map((field) => `${field}:`),
      '>1',
      '100',
      'mp',
      'x:',
    ];
    let read = 0;
    for (let round = 0; round < 20_000; round += 1) {
      const text = Array.from({ length: 1 + Math.floor(random() * 9) }, () => {
        const space = random() < 0.5 ? ' ' : '';
        return (pieces[Math.floor(random() * pieces.length)] ?? '') + space;
      }).join('');
      const options = round % 2 === 0 ? files : {};
      let query;
      try {
        query = parseQuery(text, options);
      } catch (error) {
        assert.ok(isAppError(error), text);
        continue;
      }
      read += 1;
      const line = formatQuery(query);
      const again = parseQuery(line, options);
      assert.deepEqual({ ...again, notices: [] }, { ...query, notices: [] }, `${text} → ${line}`);
      assert.equal(formatQuery(again), line);
    }
    assert.ok(read > 5000, `${read} were read`);
  });
});
