/**
 * Tags that are verified by reading photo and label together.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { labelsOf, tagPhotos } from '../../../indexer/index.ts';
import { preprocess, productPreprocess } from '../../../model/index.ts';
import { pairVerifier } from '../../../query/index.ts';
import { colourScore, FusingColours } from './fusing-colours.ts';
import { filled, grounds } from './lookup-bench.ts';

const list = { name: 'colours', labels: labelsOf(Object.keys(grounds), 'list') };

describe('tags that are verified', () => {
  it('are those whose probability, worked out by hand, is above the cut-off', async (context) => {
    const { bench, library } = await filled(context);
    const embedder = new FusingColours();
    const report = await tagPhotos(library, embedder, {
      list,
      verifier: pairVerifier(library),
      templates: ['{}'],
    });
    assert.deepEqual([report.rule, report.threshold, report.photos], ['pMatch', 0.5, 4]);
    assert.equal(embedder.read, 16);
    for (const { id, path: file } of library.store.images.below(bench.photos, '', 10)) {
      const pixels = await preprocess(file, embedder.preprocess, productPreprocess);
      const expected = Object.keys(grounds).filter((name) => colourScore(pixels, name) > 0);
      const tags = library.store.texts.ofImages([id], 10).map(({ text }) => text);
      assert.deepEqual(tags.toSorted(), expected.toSorted(), file);
      assert.ok(tags.includes(path.basename(file, '.jpg')));
    }
    const again = await tagPhotos(library, embedder, {
      list,
      verifier: pairVerifier(library),
      templates: ['{}'],
    });
    assert.deepEqual([again.photos, embedder.read], [0, 16]);
  });

  it('wait for a photo that cannot be read', async (context) => {
    const { bench, library } = await filled(context);
    await rm(path.join(bench.photos, 'red.jpg'));
    await rm(path.join(bench.data, 'thumbnails'), { recursive: true, force: true });
    const report = await tagPhotos(library, new FusingColours(), { list, verifier: pairVerifier(library) });
    assert.deepEqual([report.photos, report.skipped], [3, 1]);
  });

  it('go by their cosines with a model that gives no probability', async (context) => {
    const { bench, library } = await filled(context);
    assert.equal(pairVerifier(library).cutoffOf(bench.embedder), null);
    assert.equal(pairVerifier(library).cutoffOf(new FusingColours(null)), null);
    const report = await tagPhotos(library, bench.embedder, { list, verifier: pairVerifier(library) });
    assert.equal(report.rule, 'relative');
  });
});
