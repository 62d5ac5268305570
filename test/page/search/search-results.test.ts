/**
 * What becomes of the list as answers come in.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextResults, noResults, type SearchEvent } from '../../../web/page/search/search-results.ts';
import type { HitDocument, SearchDocument } from '../../../web/schema/index.ts';

function answerOf(ids: readonly number[], more: Partial<SearchDocument> = {}): SearchDocument {
  return {
    hits: ids.map((id) => ({ id, band: null }) as unknown as HitDocument),
    cursor: null,
    cutoff: null,
    ...more,
  } as SearchDocument;
}

const stage = (
  name: 'first' | 'reranked' | 'done',
  ids: readonly number[],
  more: Partial<SearchDocument> & { readonly isLookedAt?: boolean } = {},
): SearchEvent => {
  const { isLookedAt = false, ...rest } = more;
  return { type: 'stage', stage: { stage: name, answer: answerOf(ids, rest) }, isLookedAt };
};

const after = (...events: readonly SearchEvent[]) => events.reduce(nextResults, noResults);
const idsOf = ({ hits }: { readonly hits: readonly HitDocument[] }) => hits.map(({ id }) => id);

test('shows the first order at once, none on the way, and the last', () => {
  const first = after({ type: 'asked' }, stage('first', [1, 2, 3]));
  assert.deepEqual([idsOf(first), first.stage, first.settled], [[1, 2, 3], 'first', 0]);
  const between = nextResults(first, stage('reranked', [2, 1, 3]));
  assert.deepEqual(idsOf(between), [1, 2, 3]);
  const done = nextResults(between, stage('done', [3, 2, 1]));
  assert.deepEqual([idsOf(done), done.stage, done.settled], [[3, 2, 1], 'done', 1]);
});

test('does not move anything where the last order is the first', () => {
  const done = after({ type: 'asked' }, stage('first', [1, 2]), stage('done', [1, 2]));
  assert.equal(done.settled, 0);
});

test('holds the last order back from somebody who looks at photos, until it is wanted', () => {
  const held = after({ type: 'asked' }, stage('first', [1, 2]), stage('done', [2, 1], { isLookedAt: true }));
  assert.deepEqual([idsOf(held), held.held?.length], [[1, 2], 2]);
  const settled = nextResults(held, { type: 'settle' });
  assert.deepEqual([idsOf(settled), settled.held, settled.settled], [[2, 1], null, 1]);
});

const cutoff = (hitsAbove: number) => ({ kind: 'relative', value: 0.1, hitsAbove }) as const;

test('adds pages below, each photo once, and lets the line go on only below trusted photos', () => {
  const first = after(
    { type: 'asked' },
    stage('first', [1, 2]),
    stage('done', [1, 2], { cursor: 'a', cutoff: cutoff(2) }),
    { type: 'loading' },
    { type: 'more', answer: answerOf([2, 3, 4], { cursor: 'b', cutoff: cutoff(1) }) },
  );
  assert.deepEqual([idsOf(first), first.cursor, first.trusted], [[1, 2, 3, 4], 'b', 3]);
  const second = nextResults(first, { type: 'more', answer: answerOf([5], { cutoff: cutoff(1) }) });
  assert.deepEqual([idsOf(second), second.cursor, second.trusted], [[1, 2, 3, 4, 5], null, 3]);
});

test('keeps what is there where only the next page failed, and nothing where the search did', () => {
  const done = after({ type: 'asked' }, stage('done', [1], { cursor: 'a' }));
  const problem = new Error('gone');
  const failed = nextResults(nextResults(done, { type: 'loading' }), { type: 'failed', problem });
  assert.deepEqual([idsOf(failed), failed.problem, failed.isLoadingMore], [[1], problem, false]);
  assert.deepEqual(
    idsOf(nextResults(nextResults(failed, { type: 'asked' }), { type: 'failed', problem })),
    [],
  );
});
