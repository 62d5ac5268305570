/**
 * The address of a search and back.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { searchBody } from '../../../web/page/search/search-body.ts';
import {
  formatState,
  parseState,
  searchKey,
  startState,
  toggleChip,
  type SearchState,
} from '../../../web/page/search/search-state.ts';

const full: SearchState = {
  words: 'beach -people "at night" & 50 %',
  photo: '1x2y3z',
  like: null,
  unlike: [12, 7],
  chips: [
    { name: 'year', value: '2025', filter: { taken: { from: '2025', until: '2025' } } },
    { name: 'camera', value: 'Canon EOS: 5D', filter: { camera: 'Canon EOS: 5D' } },
    { name: 'place', value: 'Rome', filter: { near: { latitude: 41.9, longitude: 12.5, radiusM: 20_000 } } },
    {
      name: 'place',
      value: '43.25,-1.75',
      filter: { within: { south: 43.25, west: -1.75, north: 43.4, east: -1.6 } },
      label: 'Biarritz, France',
    },
  ],
  sort: 'date',
  hidesAlike: true,
  showsMisses: true,
  view: 99,
};

test('reads from an address what was written into it', () => {
  assert.deepEqual(parseState(formatState(full)), full);
  assert.deepEqual(parseState(''), startState);
  assert.equal(formatState(startState), '');
});

test('writes a filter short where its value says it all', () => {
  const [year] = full.chips;
  assert.equal(
    formatState({ ...startState, words: 'hill', chips: year ? [year] : [] }),
    '?q=hill&f=year:2025',
  );
});

test('passes over what makes no sense, and keeps the rest', () => {
  const state = parseState(
    '?q=hill&view=-1&like=x&unlike=3,,x,3&f=planet:earth&f=year:&f=place:Rome&sort=up&photo=../x',
  );
  assert.deepEqual(state, { ...startState, words: 'hill', unlike: [3] });
});

test('counts an open photo, or shown misses, as no other search; a filter as one', () => {
  assert.equal(searchKey({ ...full, view: null, showsMisses: false }), searchKey(full));
  assert.notEqual(searchKey({ ...full, chips: [] }), searchKey(full));
});

test('asks the server for what the address says', () => {
  assert.deepEqual(searchBody({ ...full, photo: null, like: 5 }, null), {
    query: full.words,
    image: { id: 5 },
    negative: [{ image: { id: 12 } }, { image: { id: 7 } }],
    filter: {
      and: [
        { taken: { from: '2025', until: '2025' } },
        {
          or: [
            { near: { latitude: 41.9, longitude: 12.5, radiusM: 20_000 } },
            { within: { south: 43.25, west: -1.75, north: 43.4, east: -1.6 } },
          ],
        },
        { camera: 'Canon EOS: 5D' },
      ],
    },
    sort: 'date',
    collapse: 'near',
    limit: 60,
    rerank: { k: 32 },
  });
});

test('asks for all photos, newest first, where nothing is looked for', () => {
  assert.deepEqual(searchBody(startState, 'next'), {
    filter: { width: { min: 0 } },
    collapse: 'exact',
    limit: 200,
    cursor: 'next',
  });
});

const chip = (value: string) => ({ name: 'camera', value, filter: { camera: value } }) as const;

test('takes one of several values of a facet, and all facets', () => {
  let state = toggleChip(startState, chip('Canon'));
  state = toggleChip(state, chip('Nikon'));
  state = toggleChip(state, { name: 'orientation', value: 'portrait', filter: { orientation: 'portrait' } });
  assert.deepEqual(searchBody(state, null)['filter'], {
    and: [{ or: [{ camera: 'Canon' }, { camera: 'Nikon' }] }, { orientation: 'portrait' }],
  });
  state = toggleChip(toggleChip(state, chip('Canon')), chip('Nikon'));
  assert.deepEqual(searchBody(state, null)['filter'], { orientation: 'portrait' });
});
