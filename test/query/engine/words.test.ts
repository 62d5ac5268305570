/**
 * What is written about photos beside what they show, by a plain search in their names.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { cosine } from '../../../indexer/index.ts';
import type { WordSearch } from '../../../query/index.ts';
import { allPages, madeSearch } from './made-search.ts';

/** Each word of the query in each name; fused by the sum of reciprocal ranks. */
const inNames: WordSearch = {
  hits: (library, text, { limit, filter }) => {
    const terms = text.split(' ');
    return library.store.images
      .below('/made-up', '', 100_000)
      .flatMap((place) => {
        const image = library.store.images.byId(place.id);
        const found = terms.filter((term) => path.basename(place.path).split(/[ .-]/).includes(term));
        return image === undefined || found.length === 0 ? [] : [{ contentId: image.contentId, found }];
      })
      .filter(
        ({ contentId }) =>
          filter === undefined || library.store.photoFilters.pass(filter, [contentId]).size > 0,
      )
      .slice(0, limit)
      .map(({ contentId, found }, index) => ({
        contentId,
        rank: index + 1,
        matched: [{ field: 'name', terms: found }],
      }));
  },
  fuse: (vector, words) => {
    const sums = new Map<number, number>();
    const add = (contentId: number, rank: number): void => {
      sums.set(contentId, (sums.get(contentId) ?? 0) + 1 / (60 + rank));
    };
    for (const [index, { contentId }] of vector.entries()) add(contentId, index + 1);
    for (const { contentId, rank } of words) add(contentId, rank - 59.5);
    return [...sums]
      .map(([contentId, sum]) => ({ contentId, sum }))
      .toSorted((a, b) => b.sum - a.sum || a.contentId - b.contentId);
  },
  profits: (_library, text) => /\d/.test(text),
};

describe('a search for words', () => {
  it('finds a name that lies far down in the ranking of vectors, and says what matched', async (context) => {
    const made = await madeSearch(context, 1500, { wordSearch: inNames });
    const { hits } = await made.engine.search({ text: 'red 1400', words: 'auto' });
    const [first, second] = hits;
    assert.match(first?.image.path ?? '', /photo 1400/);
    assert.deepEqual(first?.matched, { vector: false, words: [{ field: 'name', terms: ['1400'] }] });
    assert.deepEqual(second?.matched, { vector: true, words: [] });
    const vector = made.vectors.get(first?.image.contentId ?? 0) ?? new Float32Array();
    assert.ok(Math.abs((first?.score ?? 0) - cosine(made.red, vector)) < 1e-5);
  });

  it('is left out where it is switched off or of no use', async (context) => {
    const { engine } = await madeSearch(context, 500, { wordSearch: inNames });
    const plain = await engine.search({ text: 'red 400', words: 'off' });
    assert.ok(plain.hits.every(({ matched }) => matched.words.length === 0));
    assert.deepEqual(
      (await engine.search({ text: 'red photo' })).hits,
      (await engine.search({ text: 'red', words: 'off' })).hits,
    );
    const forced = await engine.search({ text: 'red photo', words: 'on' });
    assert.ok(forced.hits.some(({ matched }) => matched.words.length > 0));
  });

  it('is one list through all pages, with each photo once', async (context) => {
    const made = await madeSearch(context, 700, { wordSearch: inNames });
    for (const request of [
      { text: 'red 650 12', words: 'on' },
      { text: 'red photo', words: 'on', filter: { bytes: { min: 1300 } } },
      { text: 'red 650', words: 'on', collapse: 'near' },
    ] as const) {
      const whole = await made.engine.search({ ...request, limit: 1000 });
      const paged = await allPages(made.engine, request, 33);
      assert.deepEqual(
        paged.map(({ id, matched }) => [id, matched]),
        whole.hits.map(({ id, matched }) => [id, matched]),
      );
      assert.equal(new Set(paged.map(({ id }) => id)).size, paged.length);
    }
    const all = await allPages(made.engine, { text: 'red 650 12', words: 'on' }, 100);
    assert.equal(all.length, 700);
  });

  it('says so where it is asked for and there is none', async (context) => {
    const { engine } = await madeSearch(context, 20);
    assert.match((await engine.search({ text: 'red', words: 'on' })).notices.join(), /not searched/);
    assert.deepEqual((await engine.search({ text: 'red' })).notices, []);
  });
});
