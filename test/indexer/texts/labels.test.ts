/**
 * Lists of labels, and the vectors of labels.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { checkTemplates, labelsOf, labelVectors, openLabelList, softmax } from '../../../indexer/index.ts';
import { everydayLabels } from '../../../indexer/texts/everyday-labels.ts';
import { isAppError } from '../../../model/index.ts';
import { randomNumbers, temporaryFolder } from '../../support/photo-folder.ts';
import { randomVector } from './random-texts.ts';

describe('a list of labels', () => {
  it('that comes with the engine has some hundred, each once, with tags that have no article', async () => {
    const { name, labels } = await openLabelList('everyday');
    assert.equal(name, 'everyday');
    const written = [...everydayLabels.values()].flat();
    assert.ok(labels.length >= 300);
    assert.equal(labels.length, written.length);
    assert.equal(new Set(labels.map(({ tag }) => tag)).size, labels.length);
    for (const { tag, phrase } of labels) {
      assert.doesNotMatch(tag, /^(?:an?|the) /);
      assert.ok(phrase.endsWith(tag));
      assert.match(phrase, /^[A-Za-z -]+$/);
    }
  });

  it('of a file: one a line, tags apart from what is seen where the line says so, remarks passed over', async (context) => {
    const file = path.join(await temporaryFolder(context), 'mine.txt');
    await writeFile(
      file,
      '\uFEFF# my own\r\nan apple tree\r\n\r\nRex = a brown dog\r\n  The sea \nan Apple Tree\n',
    );
    assert.deepEqual(await openLabelList(file), {
      name: 'mine',
      labels: [
        { tag: 'Apple Tree', phrase: 'an Apple Tree' },
        { tag: 'Rex', phrase: 'a brown dog' },
        { tag: 'sea', phrase: 'The sea' },
      ],
    });
  });

  for (const [what, lines, code, message] of [
    ['without any label', ['', '# nothing'], 'TEXT_INVALID', /list:? *.*holds no label/],
    ['with a label that is no text', ['dog', 'c\0t'], 'TEXT_INVALID', /list:2: is no label/],
    ['with a label as long as a story', ['d'.repeat(201)], 'TEXT_INVALID', /list:1: is no label.*200/],
    ['with a tag without a meaning', ['Rex ='], 'TEXT_INVALID', /list:1: .*nothing on one side/],
    [
      'with more labels than anybody reads',
      Array.from({ length: 10_001 }, (_, index) => `label ${index}`),
      'LIMIT_EXCEEDED',
      /10001 labels, expected at most 10000/,
    ],
  ] as const) {
    it(`is refused ${what}`, () => {
      const given = lines.map((line) => (line.startsWith('#') ? '' : line));
      assert.throws(
        () => labelsOf(given, 'list'),
        (error) => {
          assert.ok(isAppError(error, code), String(error));
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  it('that is not there is refused, by name and as a file', async (context) => {
    const folder = await temporaryFolder(context);
    await assert.rejects(openLabelList('evryday'), (error) => {
      assert.ok(isAppError(error, 'NOT_FOUND'));
      assert.match(error.message, /expected one of everyday or a file/);
      return true;
    });
    await assert.rejects(openLabelList(path.join(folder, 'no.txt')), (error) =>
      isAppError(error, 'FILE_NOT_FOUND'),
    );
    await assert.rejects(openLabelList(`${folder}/`), (error) => isAppError(error, 'FILE_UNREADABLE'));
  });
});

describe('the vector of a label', () => {
  it('is the mean of its prompts, of unit length again', async () => {
    const random = randomNumbers(5);
    const known = new Map<string, Float32Array>();
    const embedder = {
      dimension: 16,
      encodeTexts: async (texts: readonly string[]) =>
        texts.map((text) => {
          const vector = known.get(text) ?? randomVector(random, 16);
          known.set(text, vector);
          return { vector, truncated: false };
        }),
    };
    const templates = ['{}', 'a photo of {}', '{} at $& night'];
    const labels = labelsOf(
      Array.from({ length: 50 }, (_, index) => `a thing ${index}`),
      'list',
    );
    const vectors = await labelVectors(embedder, labels, { templates });
    assert.equal(vectors.length, 50);
    assert.ok(known.has('a thing 7 at $& night'));
    for (const [index, vector] of vectors.entries()) {
      const prompts = ['', 'a photo of ', ''].map((before, place) =>
        known.get(`${before}a thing ${index}${place === 2 ? ' at $& night' : ''}`),
      );
      const sum = Array.from({ length: 16 }, (_, place) =>
        prompts.reduce((total, prompt) => total + (prompt?.[place] ?? 0), 0),
      );
      const length = Math.hypot(...sum);
      for (const [place, value] of vector.entries()) {
        assert.ok(Math.abs(value - (sum[place] ?? 0) / length) < 1e-6);
      }
    }
  });

  it('needs prompts with one place for the label', () => {
    assert.deepEqual(checkTemplates(['{}']), ['{}']);
    for (const templates of [[], ['a photo'], ['{} and {}'], Array.from({ length: 101 }, () => '{}')]) {
      assert.throws(
        () => checkTemplates(templates),
        (error) => isAppError(error, 'INVALID_ARGUMENT'),
      );
    }
  });

  it('makes probabilities that sum to one, whatever the temperature', () => {
    const scores = [0.5, 0.3, -0.2, 0.49];
    for (const temperature of [0.001, 0.07, 1, 100]) {
      const probabilities = softmax(scores, temperature);
      const slow = scores.map((score) => Math.exp((score - 0.5) / temperature));
      const sum = slow.reduce((total, part) => total + part, 0);
      for (const [index, probability] of probabilities.entries()) {
        assert.ok(Math.abs(probability - (slow[index] ?? 0) / sum) < 1e-12);
      }
      assert.ok(Math.abs(probabilities.reduce((total, part) => total + part, 0) - 1) < 1e-9);
    }
    assert.ok((softmax(scores, 0.001)[0] ?? 0) > 0.99);
  });
});
