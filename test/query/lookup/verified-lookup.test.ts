/**
 * Texts that are read together with the photo: order, probability, budget, cut-off; and a switch of the model meanwhile.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { reEmbed } from '../../../indexer/index.ts';
import { isAppError, preprocess, productPreprocess, type Embedder } from '../../../model/index.ts';
import { FusionScorer, LookupEngine, type LookupResponse } from '../../../query/index.ts';
import { ColourEmbedder } from '../../support/colour-embedder.ts';
import { indexDefaults } from '../../support/photo-folder.ts';
import { colourScore, FusingColours, fusingCalibration } from './fusing-colours.ts';
import { engineOf, filled, grounds, words } from './lookup-bench.ts';

function probabilityOfRed({ texts }: LookupResponse): number {
  return texts.find(({ text }) => text.includes('red'))?.pMatch ?? -1;
}

describe('reading photo and texts together', () => {
  const list = 'a red thing\na yellow thing\na blue thing\na green thing\nsomething else\n';

  it('orders by what it gives, tells how probable each is, and in which band', async (context) => {
    const { bench, library, idOf } = await filled(context, { 't.txt': list });
    const embedder = new FusingColours();
    const engine = engineOf(library, embedder);
    for (const name of Object.keys(grounds)) {
      const { texts, reranked, nothingMatches, cutoff } = await engine.lookup({ image: { id: idOf(name) } });
      assert.equal(texts[0]?.text, `a ${name} thing`);
      assert.deepEqual(
        [reranked, nothingMatches, cutoff],
        [{ asked: 5, scored: 5, fromCache: 0 }, false, null],
      );
      assert.ok((texts[0]?.pMatch ?? 0) > 0.5);
      for (const { pMatch, band } of texts) {
        assert.ok(pMatch !== null);
        assert.equal(
          band,
          pMatch >= 0.95 ? 'certain' : pMatch >= 0.7 ? 'likely' : pMatch >= 0.3 ? 'maybe' : 'unlikely',
        );
      }
      const order = texts.map(({ pMatch }) => pMatch ?? 0);
      assert.deepEqual(
        order,
        order.toSorted((a, b) => b - a),
      );
    }
    const read = embedder.read;
    const again = await engine.lookup({ image: { id: idOf('red') } });
    assert.deepEqual([again.reranked?.fromCache, embedder.read], [5, read]);
    assert.ok(bench.notices.length >= 0);
  });

  it('gives the probabilities that reading each by hand gives', async (context) => {
    const { bench, library, idOf } = await filled(context, { 't.txt': list });
    const embedder = new FusingColours();
    const { texts } = await engineOf(library, embedder).lookup({ image: { id: idOf('red') } });
    const file = path.join(bench.photos, 'red.jpg');
    const pixels = await preprocess(file, embedder.preprocess, productPreprocess);
    assert.equal(texts.length, 5);
    for (const { text, score, pMatch } of texts) {
      const expected = 1 / (1 + Math.exp(-colourScore(pixels, text) - 0.001 * score));
      assert.ok(Math.abs((pMatch ?? -1) - expected) < 1e-3, `${text}: ${pMatch}, expected ${expected}`);
    }
  });

  it('reads only the first k, and what the budget reaches; the rest keeps its order and has no probability', async (context) => {
    const { library, idOf } = await filled(context, { 't.txt': list });
    const embedder = new FusingColours();
    const engine = engineOf(library, embedder);
    const image = { id: idOf('green') };
    const plain = await engine.lookup({ image, rerank: false });
    assert.deepEqual([plain.reranked, embedder.read], [null, 0]);
    const two = await engine.lookup({ image, rerank: { k: 2 } });
    assert.deepEqual([two.reranked?.asked, embedder.read], [2, 2]);
    assert.deepEqual(words(two).slice(2), words(plain).slice(2));
    assert.ok(two.texts.slice(2).every(({ pMatch, band }) => pMatch === null && band === null));
    const none = await engineOf(library, embedder).lookup({ image, rerank: { budgetMs: 0 } });
    assert.deepEqual([none.reranked?.scored, words(none)], [0, words(plain)]);
  });

  it('leaves out what is less probable than wanted, and says where nothing fits', async (context) => {
    const { library, idOf } = await filled(context, { 't.txt': list });
    const engine = engineOf(library, new FusingColours());
    const image = { id: idOf('red') };
    const all = await engine.lookup({ image });
    const kept = await engine.lookup({ image, minMatch: 'default' });
    assert.deepEqual(kept.cutoff, { kind: 'pMatch', value: 0.5 });
    assert.deepEqual(
      words(kept),
      all.texts.filter(({ pMatch }) => (pMatch ?? 0) >= 0.5).map(({ text }) => text),
    );
    const none = await engine.lookup({
      image,
      texts: ['something else', 'nothing at all'],
      minMatch: 'default',
    });
    assert.deepEqual([none.texts, none.nothingMatches], [[], true]);
    // One that was not read is not known to fit.
    assert.equal((await engine.lookup({ image, rerank: { k: 1 }, minMatch: 0 })).texts.length, 1);
  });

  it('without a calibration orders where it is asked to, and gives no probability', async (context) => {
    const { library, idOf } = await filled(context, { 't.txt': list });
    const engine = engineOf(library, new FusingColours(null));
    const image = { id: idOf('yellow') };
    assert.equal((await engine.lookup({ image })).reranked, null);
    const { texts, nothingMatches } = await engine.lookup({ image, rerank: { k: 5 } });
    assert.deepEqual([texts[0]?.text, texts[0]?.pMatch, nothingMatches], ['a yellow thing', null, null]);
    const cut = await engine.lookup({ image, minMatch: 0.9 });
    assert.equal(cut.cutoff?.kind, 'relative');
    assert.match(cut.notices.join(), /no probability is known/);
  });

  it('is told of the background of each text', async (context) => {
    const { library, idOf } = await filled(context, { 't.txt': list });
    const mean = Array.from({ length: 48 }, () => 1 / Math.sqrt(48));
    const shifted = new FusingColours({ ...fusingCalibration, background: { mean, weight: 30 } });
    const plain = await engineOf(library, new FusingColours()).lookup({ image: { id: idOf('red') } });
    const other = await engineOf(library, shifted).lookup({ image: { id: idOf('red') } });
    // Red is darker than grey, so its background is below nought, and its probability rises.
    assert.ok(probabilityOfRed(other) > probabilityOfRed(plain));
  });
});

describe('a switch to another model', () => {
  it('lets lookups go on: each has vectors and model of one generation', async (context) => {
    const { bench, library, idOf } = await filled(context, {
      't.txt': 'a red thing\na blue thing\na green thing\n',
    });
    const other = new ColourEmbedder({ identity: 'colours-2', cells: 2 });
    const models = new Map<string, Embedder>([[bench.embedder.identity, bench.embedder]]);
    const engine = new LookupEngine({
      library,
      embedderOf: (identity) => models.get(identity),
      scorer: new FusionScorer({ library }),
    });
    const generations = new Set<number>();
    const over = new AbortController();
    const looking = Promise.all(
      Object.keys(grounds)
        .filter((name) => name !== 'yellow')
        .map(async (name) => {
          while (!over.signal.aborted) {
            const { texts, generation } = await engine.lookup({ image: { id: idOf(name) } });
            assert.equal(texts[0]?.text, `a ${name} thing`);
            generations.add(generation);
          }
        }),
    );
    models.set(other.identity, other);
    await reEmbed(library, other, indexDefaults);
    for (const id of [1, 2, 1, 2]) await library.switchTo(id);
    over.abort();
    await looking;
    assert.equal((await engine.lookup({ image: { id: idOf('red') } })).generation, 2);
    assert.ok(generations.size > 0);
    models.delete(other.identity);
    await assert.rejects(engine.lookup({ text: 'red' }), (error) => isAppError(error, 'LIBRARY_MISMATCH'));
  });
});
