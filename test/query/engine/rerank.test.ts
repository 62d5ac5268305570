/**
 * Photos read together with the words: the order within the window, probabilities, stages, and what happens when it fails.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { AppError, isAppError, type Pair } from '../../../model/index.ts';
import { SearchEngine, type SearchRequest, type SearchStage } from '../../../query/index.ts';
import { workbench, writePhoto } from '../../support/photo-folder.ts';
import { colourScore, fusingCalibration, FusingColours } from '../lookup/fusing-colours.ts';
import { allPages } from './made-search.ts';

const PHOTOS = 24;

/** Reds of all kinds, and some blues. */
async function reds(context: TestContext, embedder = new FusingColours()) {
  const bench = await workbench(context);
  for (let index = 0; index < PHOTOS; index += 1) {
    const ground =
      index % 6 === 5 ? ([10, 10, 250] as const) : ([250 - index * 6, index * 4, index * 5] as const);
    await writePhoto(path.join(bench.photos, `${index}.jpg`), index + 1, ground);
  }
  await bench.index();
  const library = await bench.open('read', bench.embedder);
  context.after(() => library.close());
  return { library, embedder, engine: new SearchEngine({ library, embedder }) };
}

async function stagesOf(engine: SearchEngine, request: SearchRequest): Promise<SearchStage[]> {
  const stages: SearchStage[] = [];
  for await (const stage of engine.stream(request)) stages.push(stage);
  return stages;
}

describe('a reranked search', () => {
  it('orders the window by what was read, and leaves the rest as it was', async (context) => {
    const { engine } = await reds(context);
    const plain = await engine.search({ text: 'red' });
    const response = await engine.search({ text: 'red', rerank: { k: 10 } });
    assert.deepEqual(response.reranked, { asked: 10, scored: 10, fromCache: 0 });
    const ids = (hits: typeof plain.hits): number[] => hits.map(({ id }) => id);
    assert.deepEqual(ids(response.hits).slice(10), ids(plain.hits).slice(10));
    assert.deepEqual(new Set(ids(response.hits).slice(0, 10)), new Set(ids(plain.hits).slice(0, 10)));
    const chances = response.hits.slice(0, 10).map(({ pMatch }) => pMatch ?? -1);
    assert.deepEqual(
      chances,
      chances.toSorted((a, b) => b - a),
    );
    assert.ok(chances.every((chance) => chance >= 0));
    assert.ok(response.hits.slice(10).every(({ pMatch, band }) => pMatch === null && band === null));
    const again = await engine.search({ text: 'red', rerank: { k: 10 } });
    assert.deepEqual(again.hits, response.hits);
    assert.equal(again.reranked?.fromCache, 10);
    assert.equal(plain.reranked, null);
  });

  it('tells the probability that the model was fitted for', async (context) => {
    const { engine, library, embedder } = await reds(context);
    const { hits, cutoff, nothingMatches } = await engine.search({ text: 'red', rerank: { k: 1000 } });
    assert.equal(hits.length, PHOTOS);
    for (const { image, pMatch, band, score } of hits) {
      const { preprocess, productPreprocess } = await import('../../../model/index.ts');
      const pixels = await preprocess(image.path, embedder.preprocess, productPreprocess);
      const evidence = colourScore(pixels, 'red') + fusingCalibration.mix.cosine * score;
      const expected = 1 / (1 + Math.exp(-evidence));
      assert.ok(pMatch !== null && Math.abs(pMatch - expected) < 1e-3, `${pMatch} and ${expected}`);
      const bands = {
        certain: expected >= 0.95,
        likely: expected >= 0.7,
        maybe: expected >= 0.3,
        unlikely: true,
      };
      assert.equal(band, Object.entries(bands).find(([, holds]) => holds)?.[0]);
    }
    assert.equal(library.mode, 'read');
    assert.equal(cutoff?.kind, 'pMatch');
    assert.equal(cutoff.hitsAbove, hits.filter(({ pMatch }) => (pMatch ?? 0) >= 0.5).length);
    assert.equal(nothingMatches, false);
  });

  it('leaves out what matches too little, page by page as in one piece', async (context) => {
    const { engine } = await reds(context);
    const all = await engine.search({ text: 'red', rerank: { k: 1000 } });
    for (const minMatch of [0.3, 'default', 0.99] as const) {
      const least = minMatch === 'default' ? 0.5 : minMatch;
      const expected = all.hits.filter(({ pMatch }) => (pMatch ?? 0) >= least).map(({ id }) => id);
      const request = { text: 'red', minMatch, rerank: { k: 1000 } } as const;
      const { hits, cursor } = await engine.search(request);
      assert.deepEqual([hits.map(({ id }) => id), cursor], [expected, null]);
      const paged = await allPages(engine, request, 3);
      assert.deepEqual(
        paged.map(({ id }) => id),
        expected,
      );
    }
  });

  it('says that nothing matches', async (context) => {
    const { engine } = await reds(context);
    const response = await engine.search({ text: 'a yellow thing', rerank: { k: 8 } });
    assert.equal(response.nothingMatches, true);
    assert.ok(response.hits.length > 0);
    assert.deepEqual((await engine.search({ text: 'a yellow thing', minMatch: 'default' })).hits, []);
    assert.equal((await engine.search({ text: 'a yellow thing' })).nothingMatches, null);
  });

  it('is pushed away by unwanted words that fit', async (context) => {
    const { engine } = await reds(context);
    const { hits } = await engine.search({
      text: 'red',
      negative: [{ text: 'blue' }],
      rerank: { k: 1000 },
    });
    const wanted = await engine.search({ text: 'red', rerank: { k: 1000 } });
    const unwanted = await engine.search({ text: 'blue', rerank: { k: 1000 } });
    const chance = (list: typeof hits, id: number): number => list.find((hit) => hit.id === id)?.pMatch ?? -1;
    for (const { id, pMatch } of hits) {
      const expected = chance(wanted.hits, id) * (1 - chance(unwanted.hits, id));
      assert.ok(Math.abs((pMatch ?? -1) - expected) < 1e-6);
    }
  });

  it('comes in stages: first the vectors, then what was read, then the end', async (context) => {
    const { engine } = await reds(context);
    const request = { text: 'red', rerank: { k: 20 }, limit: 12 };
    const plain = await engine.search({ text: 'red', limit: 12 });
    const stages = await stagesOf(engine, request);
    assert.deepEqual([stages[0]?.stage, stages.at(-1)?.stage], ['first', 'done']);
    assert.ok(stages.slice(1, -1).every(({ stage }) => stage === 'reranked'));
    assert.ok(stages.length >= 3);
    assert.deepEqual(stages[0]?.response.hits, plain.hits);
    const scored = stages.map(({ response }) => response.reranked?.scored ?? 0);
    assert.deepEqual(
      scored,
      scored.toSorted((a, b) => a - b),
    );
    assert.deepEqual(stages.at(-1)?.response.hits, (await engine.search(request)).hits);
    assert.deepEqual(
      (await stagesOf(engine, { text: 'red' })).map(({ stage }) => stage),
      ['first', 'done'],
    );
  });

  it('can be left half-way, and then reads no more', async (context) => {
    const { engine, embedder, library } = await reds(context);
    for await (const { stage } of engine.stream({ text: 'red', rerank: { k: 24 } })) {
      assert.equal(stage, 'first');
      break;
    }
    assert.ok(embedder.read < 24, `${embedder.read}`);
    await library.settled();
  });

  it('keeps the first order for what the budget does not reach', async (context) => {
    const { engine } = await reds(context);
    const plain = await engine.search({ text: 'red' });
    const { hits, reranked } = await engine.search({ text: 'red', rerank: { k: 20, budgetMs: 0 } });
    assert.deepEqual(reranked, { asked: 20, scored: 0, fromCache: 0 });
    assert.deepEqual(
      hits.map(({ id }) => id),
      plain.hits.map(({ id }) => id),
    );
  });

  it('is a plain search with a notice where reading fails or cannot be', async (context) => {
    class Failing extends FusingColours {
      override async scorePairs(_pairs: readonly Pair[]): Promise<Float32Array> {
        throw new AppError('INFERENCE_FAILED', 'fusion: out of memory');
      }
    }
    const { engine, library } = await reds(context, new Failing());
    const plain = await engine.search({ text: 'red' });
    const failed = await engine.search({ text: 'red', rerank: {} });
    assert.match(failed.notices.join(), /out of memory/);
    assert.equal(failed.reranked, null);
    assert.deepEqual(failed.hits, plain.hits);
    const withImage = await engine.search({ image: { id: 1 }, rerank: {} });
    assert.match(withImage.notices.join(), /no words/);
    const bare = new SearchEngine({ library, embedder: new FusingColours(null) });
    const uncalibrated = await bare.search({ text: 'red', rerank: {} });
    assert.match(uncalibrated.notices.join(), /calibrat/);
    assert.equal(uncalibrated.reranked?.scored, PHOTOS);
    assert.deepEqual([uncalibrated.cutoff, plain.cutoff?.kind], [null, 'relative']);
    assert.ok(uncalibrated.hits.every(({ pMatch }) => pMatch === null));
    const cut = await bare.search({ text: 'red', minMatch: 'default' });
    const best = cut.hits.reduce((most, { score }) => Math.max(most, score), -1);
    assert.equal(cut.cutoff?.kind, 'relative');
    assert.ok(
      cut.hits.length < PHOTOS && cut.hits.every(({ score }) => score >= (cut.cutoff?.value ?? best)),
    );
  });

  it('sorts by date inside the bands', async (context) => {
    const { engine } = await reds(context);
    const { hits } = await engine.search({ text: 'red', sort: 'date', rerank: { k: 1000 } });
    const order = ['certain', 'likely', 'maybe', 'unlikely'];
    const bands = hits.map(({ band }) => order.indexOf(band ?? ''));
    assert.deepEqual(
      bands,
      bands.toSorted((a, b) => a - b),
    );
    const paged = await allPages(engine, { text: 'red', sort: 'date', rerank: { k: 1000 } }, 5);
    assert.deepEqual(
      paged.map(({ id }) => id),
      hits.map(({ id }) => id),
    );
  });

  it('can be called off while it reads', async (context) => {
    const { engine } = await reds(context);
    const controller = new AbortController();
    const search = engine.search({ text: 'red', rerank: { k: 24 } }, { signal: controller.signal });
    setImmediate(() => controller.abort());
    await assert.rejects(search, (error) => isAppError(error, 'ABORTED'));
  });
});
