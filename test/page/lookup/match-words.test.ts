/**
 * How sure a match is.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { barOf, matchLabel, matchWords, splitByTrust } from '../../../web/page/lookup/match-words.ts';

const hit = (pMatch: number | null, score = 0.3) => ({ band: null, pMatch, score });

describe('how sure a match is', () => {
  test('is told in percent, or as a cosine', () => {
    assert.equal(matchWords(hit(0.874)), '87 %');
    assert.equal(matchWords(hit(0.998)), 'over 99 %');
    assert.equal(matchWords(hit(0.001)), 'under 1 %');
    assert.equal(matchWords(hit(null, 0.3124)), '0.312');
    assert.equal(matchLabel(hit(0.874)), '87 % probability that it fits');
    assert.equal(matchLabel(hit(null, 0.3124)), 'cosine 0.312');
  });

  test('is drawn by its probability, or by its place among the cosines', () => {
    const all = [hit(null, 0.1), hit(null, 0.3), hit(null, 0.5)];
    assert.equal(barOf(hit(0.25), all), 0.25);
    assert.equal(barOf(hit(null, 0.5), all), 1);
    assert.ok(Math.abs(barOf(hit(null, 0.1), all) - 0.08) < 1e-9);
    assert.equal(barOf(hit(null, 0.5), [hit(null, 0.5)]), 1);
  });

  test('parts what fits from what is only nearest', () => {
    const hits = (['certain', 'maybe', 'unlikely', null] as const).map((band) => ({ band }));
    const { trusted, rest } = splitByTrust(hits);
    assert.deepEqual(trusted, hits.slice(0, 2));
    assert.deepEqual(rest, hits.slice(2));
  });
});
