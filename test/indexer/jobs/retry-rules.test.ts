/**
 * Which failures are tried again, how often and when; and which parameters a job may have.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkJobParameters } from '../../../indexer/index.ts';
import { FAILURES_MAX, nextTry, PAUSE_MS_MAX, PAUSE_MS_MIN } from '../../../indexer/jobs/retry-rules.ts';
import { isAppError } from '../../../model/index.ts';

describe('the next try', () => {
  it('comes after pauses that double, up to a limit, and then no more', () => {
    const pauses: number[] = [];
    for (let failures = 0; ;) {
      const next = nextTry('DISK_FULL', failures, 1000);
      if (next === null) break;
      pauses.push(next.pauseMs);
      failures = next.failures;
    }
    assert.deepEqual(pauses.slice(0, 3), [PAUSE_MS_MIN, PAUSE_MS_MIN * 2, PAUSE_MS_MIN * 4]);
    assert.equal(pauses.at(-1), PAUSE_MS_MAX);
    assert.equal(pauses.length, FAILURES_MAX - 1);
  });

  it('is made for what may pass, and not for what stays wrong', () => {
    for (const code of ['BUSY', 'FILE_UNREADABLE', 'LIBRARY_LOCKED', 'REDIS_UNAVAILABLE'] as const) {
      assert.notEqual(nextTry(code, 0, 0), null, code);
    }
    for (const code of ['INVALID_ARGUMENT', 'LIBRARY_CORRUPT', 'MODEL_NOT_FOUND', 'INTERNAL'] as const) {
      assert.equal(nextTry(code, 0, 0), null, code);
    }
  });

  it('is the first of a new row after an attempt that lasted', () => {
    assert.equal(nextTry('FILE_UNREADABLE', FAILURES_MAX - 1, 1000), null);
    assert.deepEqual(nextTry('FILE_UNREADABLE', FAILURES_MAX - 1, PAUSE_MS_MAX + 1), {
      pauseMs: PAUSE_MS_MIN,
      failures: 1,
    });
  });
});

describe('the parameters of a job', () => {
  it('are taken as they are, with defaults', () => {
    assert.deepEqual(checkJobParameters('import-texts', { source: '/list.csv' }), {
      source: '/list.csv',
      model: null,
      embed: true,
    });
    assert.deepEqual(checkJobParameters('verify', { full: true }), { full: true });
  });

  it('are refused with the name of the field where they are wrong, or unknown', () => {
    for (const [kind, parameters, field] of [
      ['index', { roots: '/photos' }, /roots: /],
      ['import-texts', {}, /source: /],
      ['find-duplicates', { threshold: 'high' }, /threshold: /],
      ['compact', { hard: true }, /hard/],
    ] as const) {
      assert.throws(
        () => checkJobParameters(kind, parameters),
        (error) => {
          assert.ok(isAppError(error, 'INVALID_ARGUMENT'));
          assert.match(error.message, new RegExp(`^job ${kind}: `));
          assert.match(error.message, field);
          return true;
        },
      );
    }
  });
});
