/**
 * The search for words, from what a person types to the fused ranking.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fuseRankings, libraryWords, queryTerms } from '../../../query/index.ts';
import { randomNumbers } from '../../support/photo-folder.ts';
import { madeSearch } from '../engine/made-search.ts';

describe('the terms of a query', () => {
  it('are its words, each once, in small letters, without those that say nothing', () => {
    assert.deepEqual(queryTerms('A dog, the DOG and my Straße!'), ['dog', 'straße']);
    assert.deepEqual(queryTerms('of the'), []);
    assert.deepEqual(queryTerms('iPhone IMG1234'), ['iphone', 'img1234', 'phone', 'img', '1234']);
  });

  it('are few, however long the query', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `word${index}`).join(' ');
    assert.ok(queryTerms(many).length <= 24);
    assert.deepEqual(queryTerms('x'.repeat(10_000)), []);
  });
});

describe('the search for words', () => {
  it('takes nothing that was typed for syntax', async (context) => {
    const { library } = await madeSearch(context, 30);
    const hostile = [
      '"',
      '""',
      '" OR "',
      "'",
      '*',
      'made*',
      'name:made',
      'NEAR(made 3, 1)',
      'made AND NOT 7',
      '^made',
      '-made',
      '{name caption}: made',
      '\u0000made',
      '\u0002\u0003',
      '\uD800',
      '😀',
      '(((',
      'made + made',
      '%',
      ';DROP TABLE words',
      ' ',
      '',
      '\n',
      'é'.repeat(5000),
      '🧑‍🤝‍🧑 made',
    ];
    for (const text of hostile) {
      const hits = libraryWords.hits(library, text, { limit: 5 });
      // All lie in the folder "made-up", and a query that says so finds photos.
      assert.equal(hits.length > 0, /made/.test(text), JSON.stringify(text));
      libraryWords.profits(library, text);
    }
  });

  it('finds a name in a search that asks for nothing else, and says where it stands', async (context) => {
    const made = await madeSearch(context, 300, { wordSearch: libraryWords });
    const { hits } = await made.engine.search({ text: 'red 237', limit: 5 });
    const [first] = hits;
    assert.match(first?.image.path ?? '', /photo 237/);
    assert.deepEqual(first?.matched.words, [{ field: 'name', terms: ['237'] }]);
    // No photo is called so: the order is that of the vectors.
    const plain = await made.engine.search({ text: 'red', words: 'off', limit: 50 });
    const unhelped = await made.engine.search({ text: 'red elephants', limit: 50 });
    assert.deepEqual(
      unhelped.hits.map(({ id, rank, score, matched }) => ({ id, rank, score, matched })).length,
      50,
    );
    assert.ok(unhelped.hits.every(({ matched }) => matched.words.length === 0 && matched.vector));
    assert.equal(plain.hits.length, 50);
  });

  it('is worth it unasked only for a word that tells photos apart', async (context) => {
    const { library } = await madeSearch(context, 300);
    assert.equal(libraryWords.profits(library, 'made'), false, 'all lie there');
    assert.equal(libraryWords.profits(library, 'made 250'), true);
    assert.equal(libraryWords.profits(library, 'elephant'), false);
    assert.equal(libraryWords.profits(library, ''), false);
  });

  it('finds among those that pass a filter, as looking at each would', async (context) => {
    const { library } = await madeSearch(context, 400);
    const filter = { bytes: { min: 1380 } };
    const hits = libraryWords.hits(library, 'made', { limit: 1000, filter });
    const expected = library.store.images
      .below('/made-up', '', 10_000)
      .map(({ id }) => library.store.images.byId(id))
      .filter((image) => image !== undefined && image.bytes >= 1380)
      .map((image) => image?.contentId);
    assert.ok(expected.length > 10);
    assert.deepEqual(hits.map(({ contentId }) => contentId).toSorted(byNumber), expected.toSorted(byNumber));
    assert.deepEqual(
      hits.map(({ rank }) => rank),
      hits.map((_, index) => index + 1),
    );
  });
});

function byNumber(a = 0, b = 0): number {
  return a - b;
}

describe('two rankings fused', () => {
  it('are ordered by the sum of reciprocal places, counted one by one', () => {
    const random = randomNumbers(5);
    for (let round = 0; round < 200; round += 1) {
      const ids = Array.from({ length: 12 }, (_, id) => id + 1);
      const shuffled = (): number[] => ids.toSorted(() => random() - 0.5).slice(0, Math.floor(random() * 12));
      const [vector, words] = [shuffled(), shuffled()];
      const weight = 0.5 + random() * 3;
      const valueOf = (id: number): number =>
        (vector.includes(id) ? 1 / (10 + vector.indexOf(id) + 1) : 0) +
        (words.includes(id) ? weight / (10 + words.indexOf(id) + 1) : 0);
      const fused = fuseRankings(
        vector.map((contentId) => ({ contentId })),
        words.map((contentId, index) => ({ contentId, rank: index + 1 })),
        weight,
      );
      assert.deepEqual(
        fused.map(({ contentId }) => contentId).toSorted(byNumber),
        [...new Set([...vector, ...words])].toSorted(byNumber),
      );
      for (const [index, { contentId, value }] of fused.entries()) {
        // The same sum in the same order of additions: no rounding apart.
        assert.equal(value, valueOf(contentId));
        assert.ok(index === 0 || (fused[index - 1]?.value ?? 0) >= value);
      }
    }
  });

  it('leave the ranking of vectors as it is where there are no words', () => {
    const vector = [7, 3, 9].map((contentId) => ({ contentId }));
    assert.deepEqual(
      fuseRankings(vector, [], 3).map(({ contentId }) => contentId),
      [7, 3, 9],
    );
  });
});
