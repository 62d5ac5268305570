/**
 * Words find photos.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Library } from '../../indexer/index.ts';
import { isAppError } from '../../model/index.ts';
import { SearchEngine } from '../../query/index.ts';
import { ColourEmbedder } from '../support/colour-embedder.ts';
import { workbench, writePhoto, type Colour, type Workbench } from '../support/photo-folder.ts';

const grounds: Readonly<Record<string, Colour>> = {
  red: [250, 5, 5],
  green: [5, 250, 5],
  blue: [5, 5, 250],
  white: [250, 250, 250],
};

async function coloured(
  context: TestContext,
  each = 2,
): Promise<{ bench: Workbench; library: Library; engine: SearchEngine }> {
  const bench = await workbench(context);
  let seed = 1;
  for (const [name, ground] of Object.entries(grounds)) {
    for (let index = 0; index < each; index += 1) {
      await writePhoto(path.join(bench.photos, `${name}-${index}.jpg`), seed, ground);
      seed += 1;
    }
  }
  await bench.index();
  const library = await bench.open('write');
  context.after(() => library.close());
  return { bench, library, engine: new SearchEngine({ library, embedder: bench.embedder }) };
}

function namesOf(hits: readonly { readonly image: { readonly path: string } }[]): string[] {
  return hits.map(({ image }) => path.basename(image.path, '.jpg'));
}

describe('a search', () => {
  it('finds photos by words, best first, with rank, cosine and the whole record', async (context) => {
    const { bench, engine } = await coloured(context);
    for (const colour of Object.keys(grounds)) {
      const { hits } = await engine.search({ text: `something ${colour}`, limit: 2 });
      assert.deepEqual(namesOf(hits).toSorted(), [`${colour}-0`, `${colour}-1`]);
    }
    const response = await engine.search({ text: 'red' });
    assert.equal(response.hits.length, 8);
    for (const [index, { rank, score, pMatch, id, image }] of response.hits.entries()) {
      assert.equal(rank, index + 1);
      assert.ok(score <= (response.hits[index - 1]?.score ?? 1.001) && score >= -1.001);
      assert.equal(pMatch, null);
      assert.equal(id, image.id);
      assert.equal(path.dirname(image.path), bench.photos);
      assert.deepEqual([image.width, image.height, image.format, image.root], [64, 48, 'jpeg', bench.photos]);
      assert.match(image.contentHash, /^[0-9a-f]{64}$/);
      assert.ok(image.bytes > 100 && image.modifiedMs > 1e12);
      assert.ok(!Number.isNaN(Date.parse(image.indexedAt)));
    }
    assert.equal(response.generation, 1);
    const { totalMs, ...parts } = response.timings;
    assert.ok(Object.values(parts).every((ms) => ms >= 0));
    assert.ok(Math.abs(Object.values(parts).reduce((sum, ms) => sum + ms, 0) - totalMs) < 0.01);
  });

  it('gives 50 where no limit is named, and up to 1000', async (context) => {
    const { engine } = await coloured(context, 15);
    assert.equal((await engine.search({ text: 'red' })).hits.length, 50);
    assert.equal((await engine.search({ text: 'red', limit: 1000 })).hits.length, 60);
    assert.equal((await engine.search({ text: 'red', limit: 1 })).hits.length, 1);
  });

  it('refuses empty and endless texts and bad limits', async (context) => {
    const { engine } = await coloured(context, 1);
    for (const text of ['', '  \n', '\u0000\u0007', 'x'.repeat(1_000_001)]) {
      await assert.rejects(engine.search({ text }), (error) => isAppError(error, 'TEXT_INVALID'));
    }
    for (const limit of [0, 1001, 1.5, Number.NaN, -1]) {
      await assert.rejects(engine.search({ text: 'red', limit }), (error) =>
        isAppError(error, 'INVALID_ARGUMENT'),
      );
    }
    assert.equal((await engine.search({ text: `red ${'x'.repeat(200)}` })).truncatedText, true);
    assert.equal((await engine.search({ text: 'red '.repeat(10_000) })).truncatedText, true);
    assert.equal((await engine.search({ text: 'red' })).truncatedText, false);
  });

  it('shows both places of the same bytes', async (context) => {
    const { bench, library, engine } = await coloured(context, 1);
    await library.close();
    await cp(path.join(bench.photos, 'red-0.jpg'), path.join(bench.photos, 'copy.jpg'));
    await bench.index();
    const reader = await bench.open('read');
    const { hits } = await new SearchEngine({ library: reader, embedder: bench.embedder }).search({
      text: 'red',
      limit: 2,
      collapse: 'none',
    });
    assert.deepEqual(namesOf(hits).toSorted(), ['copy', 'red-0']);
    await reader.close();
    await assert.rejects(engine.search({ text: 'red' }));
  });

  it('leaves out photos that vanished from the database and fills up with the next', async (context) => {
    const { library, engine } = await coloured(context, 15);
    const { hits } = await engine.search({ text: 'red', limit: 40 });
    // Rows go, the index is not told: as between the commit of a removal and the next look at it.
    library.store.images.remove(hits.slice(0, 38).map(({ id }) => id));
    const after = await engine.search({ text: 'red', limit: 20 });
    assert.equal(after.hits.length, 20);
    const gone = new Set(hits.slice(0, 38).map(({ id }) => id));
    assert.ok(after.hits.every(({ id }) => !gone.has(id)));
    assert.deepEqual(after.hits[0]?.id, hits[38]?.id);
  });

  it('finds nothing in an empty library', async (context) => {
    const bench = await workbench(context);
    const library = await bench.open('write');
    const { hits } = await new SearchEngine({ library, embedder: bench.embedder }).search({ text: 'red' });
    assert.deepEqual(hits, []);
    await library.close();
  });

  it('can be called off', async (context) => {
    const { engine } = await coloured(context, 1);
    await assert.rejects(engine.search({ text: 'red' }, { signal: AbortSignal.abort() }), (error) =>
      isAppError(error, 'ABORTED'),
    );
  });

  it('refuses a model that the library was not indexed with', async (context) => {
    const { library } = await coloured(context, 1);
    const other = new ColourEmbedder({ identity: 'another' });
    assert.throws(
      () => new SearchEngine({ library, embedder: other }),
      (error) => isAppError(error, 'LIBRARY_MISMATCH'),
    );
  });
});
