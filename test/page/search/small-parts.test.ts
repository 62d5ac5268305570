/**
 * Small pure parts of the search page.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exposureText, placeText, takenText } from '../../../web/page/lightbox/exif-text.ts';
import { heatPixels } from '../../../web/page/lightbox/heat-pixels.ts';
import { formatBytes, formatDuration, formatProbability } from '../../../web/page/parts/format.ts';
import { matchedText } from '../../../web/page/search/matched-text.ts';
import { monthsBetween } from '../../../web/page/search/months.ts';
import type { HitDocument } from '../../../web/schema/index.ts';
import { toggled } from '../../../web/page/search/use-selection.ts';

test('chooses one photo, all up to another, and lets one go', () => {
  const ids = [10, 20, 30, 40, 50];
  const one = toggled(new Set(), ids, 20, null);
  assert.deepEqual([...one], [20]);
  assert.deepEqual([...toggled(one, ids, 40, 20)], [20, 30, 40]);
  assert.deepEqual([...toggled(new Set([40]), ids, 20, 40)], [40, 20, 30]);
  assert.deepEqual([...toggled(one, ids, 20, null)], []);
  // The photo a range began at is gone: this one alone is meant.
  assert.deepEqual([...toggled(one, ids, 40, 99)], [20, 40]);
});

test('lists every month between two, and only those with photos where that would be too many', () => {
  assert.deepEqual(monthsBetween(['2025-02', '2024-11']), ['2024-11', '2024-12', '2025-01', '2025-02']);
  assert.deepEqual(monthsBetween(['1990-01', '2025-02', 'x']), ['1990-01', '2025-02']);
  assert.deepEqual(monthsBetween([]), []);
});

test('says what matched in words', () => {
  const words: HitDocument['matched']['words'] = [
    { field: 'caption', terms: ['balloon', 'sea'] },
    { field: 'place', terms: ['rome'] },
  ];
  assert.equal(matchedText({ matched: { vector: true, words } }), 'caption: balloon, sea · place: rome');
});

test('says what the camera wrote as people do', () => {
  assert.equal(takenText('2025-04-05T06:07:08'), 'April 5, 2025, 06:07');
  assert.equal(takenText('2025-04-05'), 'April 5, 2025');
  assert.equal(takenText(null), undefined);
  assert.equal(
    exposureText({ exposureSeconds: 0.004, aperture: 2.8, iso: 100, focalLengthMm: 50 }),
    '1/250 s · f/2.8 · ISO 100 · 50 mm',
  );
  assert.equal(exposureText({ exposureSeconds: 2, aperture: null, iso: null, focalLengthMm: null }), '2 s');
  assert.equal(placeText({ location: null, latitude: -33.5, longitude: 151 }), '33.5000° S, 151.0000° E');
  assert.equal(placeText({ location: 'Rome', latitude: null, longitude: null }), 'Rome');
});

test('says numbers as people do', () => {
  assert.deepEqual([0, 999, 24_512, 3_200_000].map(formatBytes), ['0 B', '999 B', '24.5 kB', '3.2 MB']);
  assert.deepEqual([0.003, 0.314, 0.999, 1].map(formatProbability), [
    'under 1 %',
    '31 %',
    'over 99 %',
    '100 %',
  ]);
  assert.deepEqual([0.2, 90, 7200].map(formatDuration), ['1 s', 'about 2 minutes', 'about 2 hours']);
});

test('covers what does not speak for the words, and leaves clear what does', () => {
  const pixels = heatPixels([-1, 0, 0.75, 1]);
  const veil = [3, 7, 11, 15].map((place) => pixels[place]);
  assert.equal(veil[0], 205);
  assert.equal(veil[1], 205);
  assert.equal(veil[2], 0);
  assert.ok((pixels[12] ?? 0) > 200 && (veil[3] ?? 0) > 0, 'warm where it is hottest');
});
