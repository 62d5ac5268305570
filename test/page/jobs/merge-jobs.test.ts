/**
 * A list of jobs and the news of them.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  JOBS_MAX,
  mergeJobs,
  withNews,
  type JobNews,
  type ListedJobs,
} from '../../../web/page/jobs/merge-jobs.ts';
import type { JobDocument } from '../../../web/schema/index.ts';
import { jobOf } from './job-documents.ts';

const none: JobNews = new Map();
const listed = (jobs: readonly JobDocument[], askedAtMs: number): ListedJobs => ({
  jobs: [...jobs],
  isWorked: true,
  askedAtMs,
});

describe('the jobs that are shown', () => {
  test('takes news that came after the list was asked for, and the list where it is newer', () => {
    const running = jobOf({ state: 'running' });
    const news = withNews(none, running, 20);
    assert.equal(mergeJobs(listed([jobOf()], 10), news)[0]?.state, 'running');
    assert.equal(mergeJobs(listed([jobOf({ state: 'done' })], 30), news)[0]?.state, 'done');
    assert.equal(mergeJobs(undefined, news)[0]?.state, 'running');
  });

  test('puts the newest first, also those that only the news know', () => {
    const old = jobOf({ id: '9', createdAt: '2026-01-01T10:00:00.000Z' });
    const same = jobOf({ id: '10', createdAt: '2026-01-01T10:00:00.000Z' });
    const young = jobOf({ id: '11', createdAt: '2026-01-01T11:00:00.000Z' });
    const shown = mergeJobs(listed([same, old], 10), withNews(none, young, 5));
    assert.deepEqual(
      shown.map(({ id }) => id),
      ['11', '10', '9'],
    );
  });

  test('forgets the oldest news, and keeps those of a job that goes on', () => {
    let news = none;
    for (let number = 0; number < JOBS_MAX; number += 1)
      news = withNews(news, jobOf({ id: `a${number}` }), number);
    news = withNews(news, jobOf({ id: 'a0', state: 'running' }), 1000);
    news = withNews(news, jobOf({ id: 'last' }), 1001);
    assert.equal(news.size, JOBS_MAX);
    assert.equal(news.get('a0')?.job.state, 'running');
    assert.equal(news.has('a1'), false);
    assert.equal(news.has('a2'), true);
  });
});
