/**
 * Queries that tell how often "nothing matches" is said rightly tell it only as long as no fit has seen them.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { everydayPhrases } from '../../../scripts/calibrate/everyday-phrases.ts';
import { readQueries } from '../../../scripts/evaluate/index.ts';
import { projectRoot } from '../../support/paths.ts';

const folder = path.join(projectRoot, 'test', 'fixtures', 'queries');

test('the queries that no fit has seen are in none of the lists that one has', async () => {
  const untried = await readQueries(path.join(folder, 'untried.jsonl'));
  const lists = await Promise.all(
    ['everyday.txt', 'off-topic.txt'].map((name) => readFile(path.join(folder, name), 'utf8')),
  );
  const seen = new Set([...everydayPhrases, ...lists.flatMap((list) => list.split('\n'))]);
  assert.ok(seen.size > 300);
  assert.deepEqual(
    untried.map(({ query }) => query).filter((query) => seen.has(query)),
    [],
  );
  assert.equal(new Set(untried.map(({ query }) => query)).size, untried.length);
  assert.equal(untried.filter(({ hasAnswer }) => hasAnswer).length, 60);
  assert.equal(untried.filter(({ hasAnswer, relevant }) => !hasAnswer && relevant.length === 0).length, 60);
});
