/**
 * The numbers of the library and its skipped files, in words and widths.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatRate, formatSeconds, formatTime } from '../../../web/page/parts/format.ts';
import { sharesOfAll, sharesOfLargest } from '../../../web/page/library/shares.ts';
import { skipWords } from '../../../web/page/parts/skip-words.ts';

describe('a skipped file', () => {
  test('is named once, with its reason and the remedy', () => {
    const words = skipWords({
      place: '/photos/2021/a.jpg',
      code: 'IMAGE_INVALID',
      message: '/photos/2021/a.jpg: ends early; copy it again from the camera',
    });
    assert.deepEqual(words, {
      name: 'a.jpg',
      folder: '/photos/2021',
      reason: 'Not a readable picture',
      message: 'Ends early; copy it again from the camera',
    });
  });

  test('keeps a message that does not begin with its place, and an unknown code in words', () => {
    const words = skipWords({ place: 'list.csv:12', code: 'NEWLY_MADE', message: 'row 12 has no text' });
    assert.deepEqual(words, {
      name: 'list.csv:12',
      folder: '',
      reason: 'Newly made',
      message: 'Row 12 has no text',
    });
  });
});

describe('times and shares', () => {
  test('read as people say them', () => {
    assert.deepEqual([0.42, 12.4, 318, 7500].map(formatSeconds), [
      '0.4 s',
      '12 s',
      '5 min 18 s',
      '2 h 5 min',
    ]);
    assert.deepEqual([0.04, 3.14, 21.5, 1234].map(formatRate), ['0', '3.1', '22', '1,234']);
    const now = new Date('2026-05-14T18:00:00');
    assert.equal(formatTime('2026-05-14T09:05:00', now), '09:05');
    assert.equal(formatTime('2026-05-13T23:05:00', now), 'May 13, 23:05');
    assert.equal(formatTime('2025-05-13T00:05:00', now), 'May 13, 2025, 00:05');
  });

  test('are drawn as shares, also of nothing', () => {
    assert.deepEqual(sharesOfLargest([1, 4, 2], Number), [0.25, 1, 0.5]);
    assert.deepEqual(sharesOfAll([1, 3], Number), [0.25, 0.75]);
    assert.deepEqual(sharesOfLargest([0, 0], Number), [0, 0]);
    assert.deepEqual(sharesOfAll([], Number), []);
  });
});
