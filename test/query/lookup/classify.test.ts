/**
 * Choosing among labels.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { labelsOf, promptTemplates } from '../../../indexer/index.ts';
import { isAppError, preprocess, productPreprocess } from '../../../model/index.ts';
import { Classifier, pictureVector, type ClassifyOptions } from '../../../query/index.ts';
import { ColourEmbedder } from '../../support/colour-embedder.ts';
import { photoBytes } from '../../support/photo-folder.ts';

const labels = labelsOf(['red', 'a green thing', 'blue'], 'list');

describe('classifying a photo', () => {
  it('gives the softmax over the cosines of the labels, best first, as the formula says', async () => {
    const embedder = new ColourEmbedder();
    const bytes = await photoBytes(1, [0, 255, 0]);
    const vector = await pictureVector(embedder, bytes);
    const [expected] = await embedder.encodeImages([
      await preprocess(bytes, embedder.preprocess, productPreprocess),
    ]);
    assert.deepEqual(vector, expected);
    const result = await new Classifier().classify(embedder, [vector], labels, { temperature: 0.5 });
    assert.deepEqual([result.temperature, result.templates, result.labels], [0.5, promptTemplates, 3]);
    const [photo = []] = result.photos;
    assert.equal(photo[0]?.label, 'green thing');
    const cosines = (await embedder.encodeTexts(['red', 'green', 'blue'])).map(({ vector: text }) =>
      text.reduce((sum, value, index) => sum + value * (vector[index] ?? 0), 0),
    );
    const sum = cosines.reduce((total, cosine) => total + Math.exp(cosine / 0.5), 0);
    for (const { label, score, probability } of photo) {
      const cosine = cosines[['red', 'green thing', 'blue'].indexOf(label)] ?? 0;
      assert.ok(Math.abs(score - cosine) < 1e-5);
      assert.ok(Math.abs(probability - Math.exp(cosine / 0.5) / sum) < 1e-5);
    }
    assert.ok(Math.abs(photo.reduce((total, { probability }) => total + probability, 0) - 1) < 1e-9);
  });

  it('tells as many labels as wanted, and encodes a list once', async () => {
    const embedder = new ColourEmbedder();
    let encoded = 0;
    const counting = Object.assign(Object.create(embedder) as ColourEmbedder, {
      dimension: embedder.dimension,
      identity: embedder.identity,
      encodeTexts: (texts: readonly string[]) => {
        encoded += texts.length;
        return embedder.encodeTexts(texts);
      },
    });
    const classifier = new Classifier();
    const vector = new Float32Array(48).fill(1 / Math.sqrt(48));
    const { photos } = await classifier.classify(counting, [vector, vector], labels, { top: 1 });
    assert.deepEqual(
      photos.map((own) => own.length),
      [1, 1],
    );
    const once = encoded;
    await classifier.classify(counting, [vector], labels, { temperature: 1 });
    assert.equal(encoded, once);
    await classifier.classify(counting, [vector], labels, { templates: ['{}'] });
    assert.equal(encoded, once + 3);
  });

  const wrong: readonly (readonly [string, ClassifyOptions])[] = [
    ['a temperature of nought', { temperature: 0 }],
    ['a temperature that is no number', { temperature: Number.NaN }],
    ['no label to tell', { top: 0 }],
    ['a prompt without a place for the label', { templates: ['hm'] }],
  ];
  for (const [name, options] of wrong) {
    it(`refuses ${name}`, async () => {
      const classifier = new Classifier();
      const embedder = new ColourEmbedder();
      await assert.rejects(classifier.classify(embedder, [], labels, options), (error) =>
        isAppError(error, 'INVALID_ARGUMENT'),
      );
      await assert.rejects(classifier.classify(embedder, [], []), (error) =>
        isAppError(error, 'INVALID_ARGUMENT'),
      );
      assert.deepEqual((await classifier.classify(embedder, [], labels)).photos, []);
    });
  }
});
