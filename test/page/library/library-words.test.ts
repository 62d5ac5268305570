/**
 * The numbers of the library and its skipped files, in words and widths.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatBytes, formatRemaining, formatSeconds } from '../../../web/page/format.ts';
import { sharesOfAll, sharesOfLargest } from '../../../web/page/library/shares.ts';
import { skipWords } from '../../../web/page/library/skip-words.ts';

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
      reason: 'Not a whole picture',
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

describe('sizes and times', () => {
  test('read as people say them', () => {
    assert.deepEqual([999, 1000, 2_500_000, 3_210_000_000].map(formatBytes), [
      '999 B',
      '1 kB',
      '2.5 MB',
      '3.2 GB',
    ]);
    assert.deepEqual([0.42, 12.4, 318, 7500].map(formatSeconds), [
      '0.4 s',
      '12 s',
      '5 min 18 s',
      '2 h 5 min',
    ]);
    assert.deepEqual([3, 49, 200, 7200].map(formatRemaining), [
      'about 10 seconds',
      'about 50 seconds',
      'about 3 minutes',
      'about 2 hours',
    ]);
  });

  test('are drawn as shares, also of nothing', () => {
    assert.deepEqual(sharesOfLargest([1, 4, 2], Number), [0.25, 1, 0.5]);
    assert.deepEqual(sharesOfAll([1, 3], Number), [0.25, 0.75]);
    assert.deepEqual(sharesOfLargest([0, 0], Number), [0, 0]);
    assert.deepEqual(sharesOfAll([], Number), []);
  });
});
