/**
 * The model that ships with the engine, opened by the path that every model takes.
 * Source: test/fixtures/nano-reference.json, computed in float32 by the training code.
 * Deviation: photographs may not be committed, so what needs them runs only where they are.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  builtinFolder,
  checkModelFiles,
  openEmbedder,
  openModelFolder,
  preprocess,
  referencePreprocess,
  Tokenizer,
  type LocalEmbedder,
} from '../../../model/index.ts';
import { fixturesFolder, sharedFolder, skipWithout } from '../../support/paths.ts';
import { cosine, largestDifference, withFolder } from '../../support/run-graph.ts';

interface Reference {
  readonly images: readonly string[];
  readonly captions: readonly string[];
  readonly tokenIds: readonly (readonly number[])[];
  readonly imageEmbeddings: readonly (readonly number[])[];
  readonly textEmbeddings: readonly (readonly number[])[];
  /** [image][caption][no match, match] */
  readonly itmLogits: readonly (readonly (readonly [number, number])[])[];
}

const reference = JSON.parse(
  readFileSync(path.join(fixturesFolder, 'nano-reference.json'), 'utf8'),
) as Reference;

/** The reference is rounded to seven digits; ours differs in the order of float32 sums. Seen: 3e-7 and 2e-6. */
const VECTOR_TOLERANCE = 2e-6;
const LOGIT_TOLERANCE = 2e-5;

let folder = '';
let done: () => void = () => undefined;
let holding: Promise<void>;
let embedder: LocalEmbedder;

/** A cache folder for the whole file. */
before(async () => {
  await new Promise<void>((ready) => {
    holding = withFolder(async (temporary) => {
      folder = temporary;
      ready();
      await new Promise<void>((finish) => (done = finish));
    });
  });
  embedder = await open('fp32');
});

after(async () => {
  await embedder.close();
  done();
  await holding;
});

function open(precision: 'fp32' | 'fp16' | 'int8'): Promise<LocalEmbedder> {
  return openEmbedder({
    model: 'nano',
    modelsFolder: path.join(folder, 'none'),
    cacheFolder: folder,
    device: 'cpu',
    precision,
  });
}

test('is whole: every file has the hash that its config.json states', async () => {
  const model = await openModelFolder(builtinFolder());
  assert.equal(model.config.name, 'nano');
  await checkModelFiles(model);
});

test('has a card beside the weights that names data, licence and limits', () => {
  const card = readFileSync(path.join(builtinFolder(), 'MODEL_CARD.md'), 'utf8');
  for (const heading of ['Limits', 'Data and provenance', 'Licence', 'Biases']) {
    assert.ok(card.includes(`## ${heading}\n`), heading);
  }
});

test('tokenizes captions as in training, whatever their case and spaces', async () => {
  const { config } = embedder.model;
  assert.ok(config.tokenizer);
  const tokenizer = await Tokenizer.load(path.join(builtinFolder(), config.tokenizer.file), config.tokenizer);
  for (const [index, caption] of reference.captions.entries()) {
    const expected = reference.tokenIds[index];
    assert.deepEqual(tokenizer.encodeRow(caption, config.textLengthMax).ids, expected);
    const shouted = `  ${caption.toUpperCase().replaceAll(' ', ' \t ')}\n`;
    assert.deepEqual(tokenizer.encodeRow(shouted, config.textLengthMax).ids, expected);
  }
});

test('gives the vectors of the reference for its captions', async () => {
  const texts = await embedder.encodeTexts(reference.captions);
  for (const [index, { vector, truncated }] of texts.entries()) {
    const expected = reference.textEmbeddings[index] ?? [];
    assert.equal(truncated, false);
    assert.ok(largestDifference(vector, expected) < VECTOR_TOLERANCE, reference.captions[index]);
  }
});

test('cuts long texts to the rows it was built for, and says so', async () => {
  const words = Array.from({ length: 60 }, () => 'dog').join(' ');
  const [long, longer] = await embedder.encodeTexts([words, `${words} ${words}`]);
  assert.equal(long?.truncated, true);
  assert.deepEqual(long?.vector, longer?.vector);
});

describe('with the photographs', { skip: skipWithout('flickr8k/images') }, () => {
  test('gives the vectors of the reference for its pictures', async () => {
    const vectors = await embedder.encodeImages(await pictures());
    for (const [index, vector] of vectors.entries()) {
      const expected = reference.imageEmbeddings[index] ?? [];
      assert.ok(largestDifference(vector, expected) < VECTOR_TOLERANCE, reference.images[index]);
    }
  });

  test('gives the match logits of the reference for every picture beside every caption', async () => {
    const pixels = await pictures();
    const pairs = pixels.flatMap((image) => reference.captions.map((text) => ({ pixels: image, text })));
    const expected = reference.itmLogits.flat().map(([no, yes]) => yes - no);
    const found = await embedder.scorePairs(pairs);
    assert.ok(
      largestDifference(found, expected) < LOGIT_TOLERANCE,
      String(largestDifference(found, expected)),
    );
  });

  for (const [precision, least] of [
    ['fp16', 0.999999],
    ['int8', 0.999],
  ] as const) {
    test(`keeps the direction of its vectors in ${precision}`, async () => {
      const other = await open(precision);
      try {
        const texts = await other.encodeTexts(reference.captions);
        const images = await other.encodeImages(await pictures());
        const cosines = [
          ...texts.map(({ vector }, index) => cosine(vector, reference.textEmbeddings[index] ?? [])),
          ...images.map((vector, index) => cosine(vector, reference.imageEmbeddings[index] ?? [])),
        ];
        assert.ok(Math.min(...cosines) > least, String(Math.min(...cosines)));
      } finally {
        await other.close();
      }
    });
  }
});

async function pictures(): Promise<Float32Array[]> {
  const files = reference.images.map((name) => path.join(sharedFolder, 'flickr8k', 'images', name));
  return Promise.all(files.map((file) => preprocess(file, embedder.preprocess, referencePreprocess)));
}
