/**
 * Words and photos, wanted and unwanted, as one query.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { cosine } from '../../../indexer/index.ts';
import { isAppError } from '../../../model/index.ts';
import { SearchEngine, type QueryPart, type SearchRequest } from '../../../query/index.ts';
import { workbench, writePhoto } from '../../support/photo-folder.ts';
import { contentsOf, madeSearch } from './made-search.ts';

describe('a query', () => {
  it('is the sum of its parts by their weights', async (context) => {
    const made = await madeSearch(context, 300);
    const { engine, embedder, library, vectors } = made;
    const image = library.store.images.byId(17);
    assert.ok(image !== undefined);
    const [blue, green, white] = await embedder.encodeTexts(['blue', 'green', 'white']);
    assert.ok(blue !== undefined && green !== undefined && white !== undefined);
    const own = vectors.get(image.contentId) ?? new Float32Array();
    const cases: [SearchRequest, [Float32Array, number][]][] = [
      [{ image: { id: 17 } }, [[own, 1]]],
      [
        {
          text: 'blue',
          positive: [{ text: 'green', weight: 2 }],
          negative: [{ image: { id: 17 }, weight: 0.3 }],
        },
        [
          [blue.vector, 1],
          [green.vector, 2],
          [own, -0.3],
        ],
      ],
      [{ negative: [{ text: 'white' }] }, [[white.vector, -1]]],
    ];
    for (const [request, parts] of cases) {
      const sum = new Float32Array(embedder.dimension);
      for (const [vector, weight] of parts) {
        for (const [index, value] of vector.entries()) sum[index] = (sum[index] ?? 0) + weight * value;
      }
      const length = Math.hypot(...sum);
      const expected = [...vectors]
        .map(([id, vector]) => ({ id, score: cosine(sum, vector) / length }))
        .toSorted((a, b) => b.score - a.score);
      const { hits } = await engine.search({ ...request, limit: 10 });
      assert.deepEqual(
        contentsOf(hits),
        expected.slice(0, 10).map(({ id }) => id),
      );
      for (const [index, { score }] of hits.entries()) {
        assert.ok(Math.abs(score - (expected[index]?.score ?? 0)) < 1e-5);
      }
    }
  });

  it('may be a picture, as a path or as bytes, which finds itself', async (context) => {
    const bench = await workbench(context);
    for (let seed = 1; seed <= 12; seed += 1) await writePhoto(path.join(bench.photos, `${seed}.jpg`), seed);
    await bench.index();
    const library = await bench.open('read');
    context.after(() => library.close());
    const engine = new SearchEngine({ library, embedder: bench.embedder });
    const file = path.join(bench.photos, '7.jpg');
    for (const picture of [file, await readFile(file)]) {
      const { hits } = await engine.search({ image: { picture }, limit: 3 });
      assert.equal(hits[0]?.image.path, file);
      assert.ok(hits[0].score > 0.9999);
      const { cursor } = await engine.search({ image: { picture }, limit: 3 });
      const next = await engine.search({ image: { picture }, limit: 3, cursor: cursor ?? '' });
      assert.equal(next.hits[0]?.rank, 4);
    }
    const small = new SearchEngine({ library, embedder: bench.embedder, limits: { pixelsMax: 100 } });
    await assert.rejects(small.search({ image: { picture: file } }), (error) =>
      isAppError(error, 'IMAGE_TOO_LARGE'),
    );
    await assert.rejects(engine.search({ image: { picture: Buffer.from('no picture') } }), (error) =>
      isAppError(error, 'IMAGE_INVALID'),
    );
    await assert.rejects(
      engine.search({ image: { picture: path.join(bench.photos, 'gone.jpg') } }),
      (error) => isAppError(error, 'FILE_NOT_FOUND'),
    );
  });

  it('says that it has unwanted parts alone, and refuses parts that cancel each other', async (context) => {
    const { engine } = await madeSearch(context, 20);
    assert.match((await engine.search({ negative: [{ text: 'red' }] })).notices.join(), /unwanted/);
    assert.deepEqual((await engine.search({ text: 'red' })).notices, []);
    await assert.rejects(engine.search({ text: 'red', negative: [{ text: 'red' }] }), (error) =>
      isAppError(error, 'INVALID_ARGUMENT'),
    );
  });

  it('refuses an unknown photo, naming it, and parts that say nothing or too much', async (context) => {
    const { engine } = await madeSearch(context, 20);
    await assert.rejects(engine.search({ image: { id: 4711 } }), (error) => {
      return isAppError(error, 'NOT_FOUND') && error.message.includes('4711');
    });
    const wrong: QueryPart[][] = [
      [{}],
      [{ text: 'red', image: { id: 1 } }],
      [{ text: 'red', weight: 0 }],
      [{ text: 'red', weight: Number.NaN }],
      [{ image: { id: 0 } }],
      Array.from({ length: 17 }, () => ({ text: 'red' })),
    ];
    for (const positive of wrong) {
      await assert.rejects(engine.search({ positive }), (error) => isAppError(error, 'INVALID_ARGUMENT'));
    }
    assert.equal(
      (await engine.search({ positive: Array.from({ length: 16 }, () => ({ text: 'red' })) })).hits.length,
      20,
    );
    await assert.rejects(engine.search({}), (error) => isAppError(error, 'TEXT_INVALID'));
  });
});
