/**
 * Facets over HTTP: what is counted is what a search with the filter of a value finds.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Server } from '../../web/index.ts';
import { facetsSchema, type FacetsDocument, type SearchDocument } from '../../web/schema/index.ts';
import { ask, post, problemOf } from './http.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from './small-library.ts';

const PICTURES = 9;

let small: SmallLibrary;
let server: Server;

before(async () => {
  small = await openSmallLibrary(PICTURES);
  server = await serveSmall(small);
});

after(async () => {
  await server.close();
  await small.close();
});

async function facets(body: unknown): Promise<FacetsDocument> {
  const answer = await post(server.url, '/v1/facets', body);
  assert.equal(answer.status, 200, answer.body.toString());
  return facetsSchema.parse(answer.json());
}

describe('POST /v1/facets', () => {
  it('counts what a search with the filter of a value finds', async () => {
    const within = { not: { format: 'webp' } };
    const counted = await facets({ filter: within });
    assert.ok(counted.total < PICTURES && counted.total > 3);
    let searched = 0;
    for (const { values } of counted.facets) {
      for (const { value, count, filter } of values) {
        const wanted = { filter: { and: [within, filter] }, collapse: 'none', limit: 1000 };
        const found = (await post(server.url, '/v1/search', wanted)).json() as SearchDocument;
        assert.equal(found.hits.length, count, value);
        searched += 1;
      }
    }
    assert.ok(searched > 8, `${searched} values`);
    const folder = counted.facets.find(({ name }) => name === 'folder');
    assert.deepEqual(
      folder?.values.map(({ value, count }) => [value, count]),
      [
        ['My photos', counted.total],
        ['My photos/Summer', 1],
      ],
    );
    assert.ok(!JSON.stringify(counted).includes(small.photos));
  });

  it('tells those that are asked for alone, in their order', async () => {
    const counted = await facets({ names: ['orientation', 'year'] });
    assert.equal(counted.total, PICTURES);
    assert.deepEqual(
      counted.facets.map(({ name }) => name),
      ['orientation', 'year'],
    );
    assert.deepEqual(
      counted.facets[1]?.values.map(({ value, count }) => [value, count]),
      [['2021', 1]],
    );
  });

  it('refuses what it does not know', async () => {
    for (const body of [
      { names: ['colour'] },
      { filter: { colour: 'red' } },
      { q: 'camera:canon' },
      { names: 'year' },
    ]) {
      const answer = await post(server.url, '/v1/facets', body);
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.equal(problemOf(answer).code, 'INVALID_ARGUMENT');
    }
    assert.equal((await ask(server.url, '/v1/facets')).status, 405);
  });
});
