/**
 * Page after page: the same list as in one piece, with no hit twice and none lost.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isAppError } from '../../../model/index.ts';
import { SearchEngine, type SearchRequest } from '../../../query/index.ts';
import { addContents } from '../../indexer/duplicates/made-library.ts';
import { near } from '../../indexer/vectors/clustered-vectors.ts';
import { ColourEmbedder } from '../../support/colour-embedder.ts';
import { randomNumbers } from '../../support/photo-folder.ts';
import { allPages, contentsOf, madeSearch, naiveList } from './made-search.ts';

const isBad = (error: unknown): boolean => isAppError(error, 'INVALID_ARGUMENT');

describe('pages', () => {
  it('are the one long list, whatever is one hit and however it is filtered', async (context) => {
    const made = await madeSearch(context, 400, { places: 2 });
    const requests: SearchRequest[] = [
      { text: 'red' },
      { text: 'red', collapse: 'none' },
      { text: 'red', collapse: 'near' },
      { text: 'red', filter: { bytes: { min: 1100, max: 1350 } } },
      { text: 'red', filter: { bytes: { min: 1390 } }, collapse: 'none' },
      { text: 'red', sort: 'date' },
      { filter: { bytes: { max: 1200 } } },
      { negative: [{ text: 'red' }] },
    ];
    for (const request of requests) {
      const { hits, cursor } = await made.engine.search({ ...request, limit: 1000 });
      assert.equal(cursor, null);
      assert.ok(hits.length > 10, JSON.stringify(request));
      for (const limit of [7, 64]) {
        const paged = await allPages(made.engine, request, limit);
        assert.deepEqual(
          paged.map(({ id, score, stackSize }) => [id, score, request.collapse === 'near' ? 0 : stackSize]),
          hits.map(({ id, score, stackSize }) => [id, score, request.collapse === 'near' ? 0 : stackSize]),
          `${JSON.stringify(request)} by ${limit}`,
        );
      }
    }
  });

  it('go on to the last photo of a library, in the exact order', async (context) => {
    const made = await madeSearch(context, 3000);
    const paged = await allPages(made.engine, { text: 'red' }, 250);
    assert.deepEqual(contentsOf(paged), naiveList(made));
  });

  it('can be asked for by another engine, which remembers nothing', async (context) => {
    const made = await madeSearch(context, 300);
    for (const request of [
      { text: 'red' },
      { text: 'red', collapse: 'near' },
      { text: 'red', sort: 'date' },
    ] as const) {
      const whole = await made.engine.search({ ...request, limit: 1000 });
      const seen: number[] = [];
      let cursor: string | null = null;
      do {
        const { library, embedder } = made;
        const page: Awaited<ReturnType<SearchEngine['search']>> = await new SearchEngine({
          library,
          embedder,
        }).search({
          ...request,
          limit: 40,
          ...(cursor !== null && { cursor }),
        });
        seen.push(...page.hits.map(({ id }) => id));
        ({ cursor } = page);
      } while (cursor !== null);
      assert.deepEqual(
        seen,
        whole.hits.map(({ id }) => id),
      );
    }
  });

  it('show what stays once each while photos come and go', async (context) => {
    const made = await madeSearch(context, 600);
    const { library, engine, red } = made;
    const random = randomNumbers(3);
    const images = library.store.images.below('/made-up', '', 10_000);
    const gone = new Set<number>();
    let added = 0;
    const paged = await allPages(engine, { text: 'red' }, 50, async () => {
      const fresh = Array.from({ length: 5 }, () => ({
        name: `late ${(added += 1)}`,
        vector: near(red, 0.2 + random() * 3, random),
        grid: null,
      }));
      addContents(library, fresh);
      for (let index = 0; index < 5; index += 1) {
        const image = images[Math.floor(random() * images.length)];
        if (image !== undefined) gone.add(image.id);
      }
      library.store.images.remove([...gone]);
      await library.catchUp();
    });
    const ids = paged.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    const shown = new Set(ids);
    const lost = images.filter(({ id }) => !gone.has(id) && !shown.has(id));
    assert.ok(added > 20 && gone.size > 20);
    assert.deepEqual(lost, []);
  });

  it('may be of another length each', async (context) => {
    const { engine } = await madeSearch(context, 60);
    const first = await engine.search({ text: 'red', limit: 10 });
    const rest = await engine.search({ text: 'red', limit: 1000, cursor: first.cursor ?? '' });
    assert.deepEqual([first.hits.length, rest.hits.length, rest.cursor], [10, 50, null]);
  });

  it('refuses a cursor that is none, of another request, or of another generation', async (context) => {
    const { engine, library } = await madeSearch(context, 60);
    const { cursor } = await engine.search({ text: 'red', limit: 10 });
    assert.ok(cursor !== null);
    assert.equal((await engine.search({ text: 'red', limit: 10, cursor })).hits[0]?.rank, 11);
    const fields = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const broken = [
      '',
      'x',
      '%%%',
      cursor.slice(1),
      'a'.repeat(5000),
      ...fields.flatMap((_, index) =>
        [null, -1, 'x', 1.5, {}].map((wrong) =>
          Buffer.from(JSON.stringify(fields.with(index, wrong))).toString('base64url'),
        ),
      ),
    ];
    // A key of null is a cursor, too: that of the start of the ranking.
    for (const text of broken.filter((one) => !isHarmless(one))) {
      await assert.rejects(engine.search({ text: 'red', cursor: text }), isBad, text);
    }
    for (const request of [
      { text: 'blue' },
      { text: 'red', filter: { bytes: { min: 1 } } },
      { image: { id: 1 } },
    ]) {
      await assert.rejects(engine.search({ ...request, cursor }), isBad);
    }
    const other = new ColourEmbedder({ identity: 'colours-2' });
    const { id } = library.generationFor(other);
    engine.use(other);
    await library.switchTo(id);
    await assert.rejects(engine.search({ text: 'red', cursor }), /generation/);
  });
});

function isHarmless(text: string): boolean {
  try {
    const fields = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[];
    return fields[6] === null || fields[8] === null
      ? fields[1] === 1 && typeof fields[2] === 'string' && isWhole(fields)
      : false;
  } catch {
    return false;
  }
}

function isWhole(fields: readonly unknown[]): boolean {
  return (
    fields[0] === 1 &&
    String(fields[2]).length === 16 &&
    [3, 4, 5, 7].every((place) => Number.isInteger(fields[place]) && Number(fields[place]) >= 0) &&
    (fields[6] === null || Array.isArray(fields[6])) &&
    fields[8] === null
  );
}
