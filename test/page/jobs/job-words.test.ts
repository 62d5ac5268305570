/**
 * Jobs in words.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  actionsOf,
  againOf,
  phaseWords,
  progressWords,
  shareOf,
  stateWords,
} from '../../../web/page/jobs/job-words.ts';
import { findingsOf, resultWords } from '../../../web/page/jobs/job-result.ts';
import type { JobDocument } from '../../../web/schema/index.ts';
import { jobOf } from './job-documents.ts';

const progress = {
  phase: 'embedding',
  done: 1234,
  total: 8091,
  skipped: 3,
  itemsPerSecond: 21.53,
  etaSeconds: 318,
};

describe('jobs in words', () => {
  test('says how far one is, how fast, and how long it still takes', () => {
    assert.equal(progressWords(progress), '1,234 of 8,091 · 22 a second · about 5 minutes left');
    assert.equal(
      progressWords({ ...progress, itemsPerSecond: 3.14, etaSeconds: 12 }),
      '1,234 of 8,091 · 3.1 a second · 12 s left',
    );
    assert.equal(progressWords({ ...progress, total: null, itemsPerSecond: 0, etaSeconds: null }), '1,234');
    assert.equal(shareOf({ ...progress, total: 4936 }), 0.25);
    assert.equal(shareOf({ ...progress, done: 0, total: 0 }), 1);
    assert.equal(shareOf({ ...progress, total: null }), null);
    assert.equal(phaseWords('embedding'), 'Reading photos');
    assert.equal(phaseWords('something new'), 'Something new');
  });

  test('offers what the state allows', () => {
    assert.deepEqual(actionsOf(jobOf({ state: 'running' })), ['pause', 'cancel']);
    assert.deepEqual(actionsOf(jobOf({ state: 'paused' })), ['resume', 'cancel']);
    assert.deepEqual(actionsOf(jobOf({ state: 'failed' })), ['retry']);
    assert.deepEqual(actionsOf(jobOf({ state: 'done' })), []);
    assert.equal(stateWords(jobOf()), 'Waiting');
    assert.equal(stateWords(jobOf({ notBefore: '2026-01-01T10:05:00.000Z' })), 'Trying again later');
  });

  test('looks again at what an indexing left out, in its folders where they are told', () => {
    const done = { kind: 'index', state: 'done', skipped: 2 } as const;
    assert.deepEqual(againOf(jobOf({ ...done, parameters: { roots: ['/photos', '/more'] } })), {
      kind: 'index',
      folders: ['/photos', '/more'],
    });
    assert.deepEqual(againOf(jobOf({ ...done, parameters: { roots: ['photos'] } })), {
      kind: 'index',
      folders: [],
    });
    assert.equal(againOf(jobOf({ ...done, skipped: 0 })), null);
    assert.equal(againOf(jobOf({ ...done, kind: 'tag' })), null);
  });

  test('says what came of one, and that nothing did', () => {
    assert.deepEqual(
      resultOf('index', { added: 12, updated: 0, removed: 1, unchanged: 4000, seconds: 75.2 }),
      ['12 new', '1 removed', '4,000 as before', '1 min 15 s'],
    );
    assert.deepEqual(resultOf('index', { added: 0, seconds: 0.21 }), ['Nothing was new', '0.2 s']);
    assert.deepEqual(
      resultOf('compact', { bytesBefore: 5_000_000, bytesAfter: 3_000_000, rewritten: true }),
      ['2 MB given back'],
    );
    assert.deepEqual(resultOf('compact', { bytesBefore: 5, bytesAfter: 5, rewritten: true }), [
      'It is as small as it gets',
    ]);
    assert.deepEqual(resultOf('tag', { photos: 10, tagged: 7, tags: 20, seconds: 3 }), [
      '7 of 10 photos tagged',
      '20 tags',
      '3 s',
    ]);
    assert.deepEqual(resultOf('find-duplicates', { compared: 240, pairs: 2, groups: 1, seconds: 1.5 }), [
      '240 photos compared',
      '1 group',
      '2 pairs',
      '1.5 s',
    ]);
    assert.deepEqual(resultOf('verify', { ok: false }), ['Damage was found']);
    assert.deepEqual(resultWords(jobOf({ state: 'running' })), []);
  });

  test('lists what a check complains of, and nothing for other jobs', () => {
    const findings = [
      { check: 'vectors', severity: 'damage', place: '/a.jpg', found: 'no vector', remedy: 'index again' },
    ];
    assert.deepEqual(findingsOf(jobOf({ kind: 'verify', result: { ok: false, findings } })), [
      { place: '/a.jpg', code: 'vectors', message: 'no vector; index again' },
    ]);
    assert.deepEqual(findingsOf(jobOf({ kind: 'index', result: { findings } })), []);
  });
});

function resultOf(kind: JobDocument['kind'], result: NonNullable<JobDocument['result']>): readonly string[] {
  return resultWords(jobOf({ kind, state: 'done', result }));
}
