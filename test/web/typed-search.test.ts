/**
 * Lines as people type them, sent to the server.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAppError } from '../../model/index.ts';
import { HttpProblem } from '../../web/errors.ts';
import { withTypedLine } from '../../web/typed-search.ts';

test('reads words, signs and filters of a line beside what is said otherwise', () => {
  const { fields, notices } = withTypedLine({
    query: 'beach -people +sunset camera:canon',
    negative: [{ image: { id: 3 } }],
    filter: { orientation: 'portrait' },
    limit: 5,
  });
  assert.deepEqual(fields, {
    text: 'beach',
    positive: [{ text: 'sunset' }],
    negative: [{ image: { id: 3 } }, { text: 'people' }],
    filter: { and: [{ orientation: 'portrait' }, { camera: 'canon' }] },
    limit: 5,
  });
  assert.deepEqual(notices, []);
});

test('leaves a request without a line as it is, and what is no list for the check', () => {
  assert.deepEqual(withTypedLine({ text: '-people' }), { fields: { text: '-people' }, notices: [] });
  assert.deepEqual(withTypedLine({ query: 'sea -boat', negative: 5 }).fields, { text: 'sea', negative: 5 });
});

test('says how a line was read where that may surprise', () => {
  assert.match(withTypedLine({ query: 'a "black cat' }).notices.join(' '), /no second one/);
});

test('refuses a line that is none, too long, beside words, or empty', () => {
  assert.throws(() => withTypedLine({ query: 5 }), HttpProblem);
  assert.throws(() => withTypedLine({ query: 'a'.repeat(2001) }), /at most 2000/);
  assert.throws(() => withTypedLine({ query: 'sea', text: 'sea' }), /beside query/);
  assert.throws(
    () => withTypedLine({ query: ' ' }),
    (error) => isAppError(error) && error.code === 'TEXT_INVALID',
  );
});
