/**
 * What may be sent as a search request, and what is refused.
 * Source: query/request.ts. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isAppError } from '../../../model/index.ts';
import { checkLocalRequest, searchRequestSchema } from '../../../query/index.ts';

const dataUri = `data:image/png;base64,${Buffer.from('any bytes').toString('base64')}`;

function problemsOf(value: unknown): string {
  const { error } = searchRequestSchema.safeParse(value);
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ') ?? 'accepted';
}

describe('searchRequestSchema', () => {
  it('takes a request with every field, and gives it to the engine as it is', () => {
    const request = {
      text: 'a dog',
      image: { id: 7 },
      positive: [{ text: 'snow', weight: 2 }],
      negative: [{ image: { id: 8 } }, { text: 'people' }],
      filter: { and: [{ has: 'date' }, { not: { camera: 'canon' } }] },
      without: [3, 4],
      sort: 'date',
      limit: 1000,
      cursor: 'abc',
      minMatch: 0.5,
      rerank: { k: 64, budgetMs: 300 },
      words: 'off',
      collapse: 'near',
    };
    assert.deepEqual(searchRequestSchema.parse(request), request);
    assert.deepEqual(searchRequestSchema.parse({ text: 'sea', minMatch: 'default', rerank: false }), {
      text: 'sea',
      minMatch: 'default',
      rerank: false,
    });
    assert.deepEqual(Object.keys(searchRequestSchema.parse({ text: 'sea', limit: undefined })), ['text']);
  });

  it('reads a photo that was sent as a data URI', () => {
    assert.deepEqual(searchRequestSchema.parse({ image: { dataUri } }), {
      image: { picture: Buffer.from('any bytes') },
    });
  });

  it('reads the file of a path for a person at this machine, never for a stranger', () => {
    const request = { image: { picture: '/etc/passwd' } };
    assert.match(problemsOf(request), /^image: expected \{"id"/);
    assert.deepEqual(checkLocalRequest(request), request);
    assert.throws(
      () => checkLocalRequest({ image: { picture: '' } }),
      (error) => isAppError(error, 'INVALID_ARGUMENT') && /^query\.image.*expected/.test(error.message),
    );
  });

  it('makes one line of a text, and cuts ten thousand words where every model has stopped reading', () => {
    assert.equal(searchRequestSchema.parse({ text: ' a\0dog\nin  snow ' }).text, 'a dog in snow');
    assert.ok((searchRequestSchema.parse({ text: 'mountain '.repeat(10_000) }).text ?? '').length <= 10_000);
  });

  const refusals: readonly (readonly [string, unknown, RegExp])[] = [
    [
      'an unknown field',
      { text: 'a', colour: 1 },
      /^: has the unknown field colour, expected text, image, positive/,
    ],
    [
      'an unknown field of a part',
      { positive: [{ words: 'a' }] },
      /^positive\.0: has the unknown field words, expected text, image, weight/,
    ],
    ['nothing at all', {}, /^: asks for nothing, expected text, image/],
    ['a list', [], /^: expected an object with text/],
    ['an empty text', { text: ' \u200B' }, /^text: is empty/],
    ['a number as text', { text: 5 }, /^text: expected words as a text/],
    ['more than a megabyte', { text: 'a'.repeat(1_000_001) }, /^text: expected at most 1000000 characters/],
    [
      'a part of both kinds',
      { positive: [{ text: 'a', image: { id: 1 } }] },
      /^positive\.0: expected either text or image/,
    ],
    ['a part of neither', { negative: [{ weight: 1 }] }, /^negative\.0: expected either text or image/],
    [
      'a weight of 0',
      { positive: [{ text: 'a', weight: 0 }] },
      /^positive\.0\.weight: expected a number above 0/,
    ],
    [
      '17 parts',
      { text: 'a', positive: Array.from({ length: 16 }, () => ({ text: 'b' })) },
      /has 17 parts, expected at most 16/,
    ],
    ['a limit of 0', { text: 'a', limit: 0 }, /^limit: expected a whole number from 1 to 1000/],
    ['an unknown order', { text: 'a', sort: 'size' }, /^sort: expected one of relevance, date/],
    [
      'a probability of 2',
      { text: 'a', minMatch: 2 },
      /^minMatch: expected a number from 0 to 1, or "default"/,
    ],
    ['rerank: true', { text: 'a', rerank: true }, /^rerank: expected false or an object with k, budgetMs/],
    [
      'an unknown filter',
      { text: 'a', filter: { or: [{ colour: 1 }] } },
      /^filter\.or\.0\.colour: there is no such field/,
    ],
    ['base64 with holes', { image: { dataUri: 'data:image/png;base64,ab*d' } }, /^image: expected/],
    ['a data URI of a text', { image: { dataUri: 'data:text/html;base64,abcd' } }, /^image: expected/],
    ['an id of 0', { image: { id: 0 } }, /^image\.id: expected the number of a photo, 1 or more/],
    ['an empty cursor', { text: 'a', cursor: '' }, /^cursor: is empty/],
    ['an unknown collapse', { text: 'a', collapse: 'all' }, /^collapse: expected one of none, exact, near/],
  ];
  for (const [name, value, message] of refusals) {
    it(`refuses ${name}`, () => assert.match(problemsOf(value), message));
  }
});
