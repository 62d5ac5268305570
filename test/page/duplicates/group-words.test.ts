/**
 * Groups of duplicates in words.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DuplicatesDocument } from '../../../web/page/duplicates/duplicates-document.ts';
import {
  pendingWords,
  photosOf,
  restOf,
  summaryWords,
  titleWords,
} from '../../../web/page/duplicates/group-words.ts';
import type { ImageDocument } from '../../../web/schema/index.ts';

const image = (id: number): ImageDocument => ({
  id,
  fileName: `${id}.jpg`,
  folder: 'photos',
  width: 10,
  height: 10,
  bytes: 2000,
  format: 'jpeg',
  takenAt: null,
  thumbnail: '',
  preview: '',
  original: '',
});
const group = {
  id: 1,
  count: 5,
  photos: [
    { score: 1, image: image(1), copies: [image(2)] },
    { score: 0.97, image: image(3), copies: [] },
  ],
};
const near = { threshold: 0.9, pending: 0, madeAt: '2026-01-01T00:00:00Z' };
const answer = (changes: Partial<DuplicatesDocument>): DuplicatesDocument => ({
  kind: 'near',
  groups: [],
  cursor: null,
  total: { groups: 0, photos: 0, spareBytes: null },
  near,
  ...changes,
});

describe('groups of duplicates', () => {
  test('say how many photos there are, and what the copies take', () => {
    const total = { groups: 2, photos: 7, spareBytes: 12_300_000 };
    assert.equal(summaryWords('exact', answer({ total })), '7 photos in 2 groups · the copies take 12.3 MB');
    assert.equal(summaryWords('exact', answer({})), 'No file is in the library twice.');
    assert.equal(summaryWords('near', answer({})), 'No photos look alike.');
    assert.equal(summaryWords('near', answer({ near: { ...near, pending: 3, madeAt: null } })), '');
    assert.equal(titleWords(group, 'exact'), '5 times the same file · 2 kB each');
    assert.equal(titleWords(group, 'near'), '5 photos that look alike');
  });

  test('say what was not compared yet', () => {
    assert.equal(pendingWords(answer({})), '');
    assert.equal(
      pendingWords(answer({ near: { ...near, pending: 1 } })),
      '1 photo came since and was not compared yet.',
    );
    assert.equal(
      pendingWords(answer({ near: { ...near, pending: 1200 } })),
      '1,200 photos came since and were not compared yet.',
    );
    assert.equal(
      pendingWords(answer({ near: { ...near, pending: 3, madeAt: null } })),
      'Nobody has looked for look-alikes yet.',
    );
  });

  test('are stepped through copy by copy, and count those that are not listed', () => {
    assert.deepEqual(
      photosOf(group, 'near').map((photo) => [photo.image.id, photo.relation]),
      [
        [1, ''],
        [2, 'exact copy'],
        [3, 'look-alike'],
      ],
    );
    assert.equal(restOf(group), 2);
  });
});
