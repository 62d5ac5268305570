/**
 * Pairs scored by guessing masked words, against the slow network and the definition of the score.
 * Source: BEIT3.md section 14; test/support/naive-forward.ts. Deviation: none.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { before, after, test } from 'node:test';
import {
  isAppError,
  maskedHalves,
  noHeads,
  openEmbedder,
  Tokenizer,
  type LocalEmbedder,
  type Pair,
} from '../../../model/index.ts';
import { naiveForward, naiveHeads } from '../../support/naive-forward.ts';
import { withFolder } from '../../support/run-graph.ts';
import { importTinyModel, tinyModelConfig, tinyTokenizer } from '../../support/tiny-model.ts';
import { randomImages, TinyNetwork } from '../../support/tiny-network.ts';

const config = { ...tinyModelConfig, heads: { ...noHeads, retrieval: true, mlm: true } };
const network = new TinyNetwork(config);
const LENGTH_MAX = 12;

/** One word, an even number, an odd number, and more than the model reads. */
const texts = [
  'water',
  'a dog',
  'two children play in the snow',
  'a man with a red hat rides a very long blue boat',
];

/**
 * The graphs compute in float32 and the oracle in float64: a logit differs by up to 3e-5 (see the tests of the graphs),
 * a log-probability by twice that, and up to 10 words of a text are summed, with the image and without it.
 */
const TOLERANCE = 2 * 10 * 6e-5;

let tokenizer: Tokenizer;
let embedder: LocalEmbedder;
let stop: () => void;
let done: Promise<void>;

before(async () => {
  tokenizer = await Tokenizer.load(tinyTokenizer);
  await new Promise<void>((ready, failed) => {
    done = withFolder(async (folder) => {
      const { model } = await importTinyModel(folder, {}, network);
      embedder = await openEmbedder({
        model: model.folder,
        modelsFolder: path.join(folder, 'models'),
        cacheFolder: path.join(folder, 'cache'),
        device: 'cpu',
      });
      ready();
      await new Promise<void>((resolve) => (stop = resolve));
      await embedder.close();
    }).catch(failed);
  });
});

after(async () => {
  stop();
  await done;
});

function pictures(count: number): Float32Array[] {
  const size = 3 * config.imageSide ** 2;
  const all = randomImages(config, count);
  return Array.from({ length: count }, (_, index) => all.slice(index * size, (index + 1) * size));
}

/** The sum over all words of log p(word | the other half of the words, image), one run for each word that is asked for. */
function naivePseudoLikelihood(ids: readonly number[], image: Float32Array | undefined): number {
  let total = 0;
  for (let asked = 1; asked < ids.length - 1; asked += 1) {
    const masked = ids.map((id, position) =>
      position > 0 && position < ids.length - 1 && position % 2 === asked % 2 ? tokenizer.maskId : id,
    );
    const { rows, imageRows } = naiveForward(config, network.parameter, {
      ids: masked,
      ...(image !== undefined && { image }),
    });
    const logits = naiveHeads.mlm(network.parameter, rows[imageRows + asked] ?? []);
    const largest = Math.max(...logits);
    const sum = logits.reduce((part, logit) => part + Math.exp(logit - largest), 0);
    total += (logits[ids[asked] ?? 0] ?? Number.NaN) - largest - Math.log(sum);
  }
  return total;
}

test('is the pseudo-log-likelihood of the words given the image, minus that without it', async () => {
  assert.equal(embedder.fusionKind, 'mlm');
  assert.equal(embedder.canFuse, true);
  const images = pictures(2);
  const pairs = images.flatMap((pixels) => texts.map((text) => ({ pixels, text })));
  const scores = await embedder.scorePairs(pairs);
  assert.equal(scores.length, pairs.length);
  for (const [index, { pixels, text }] of pairs.entries()) {
    const { ids } = tokenizer.encodeRow(text, LENGTH_MAX);
    const expected = naivePseudoLikelihood(ids, pixels) - naivePseudoLikelihood(ids, undefined);
    const found = scores[index] ?? Number.NaN;
    assert.ok(Math.abs(found - expected) < TOLERANCE, `${text}: ${found}, expected ${expected}`);
    assert.ok(Math.abs(expected) > 100 * TOLERANCE, 'the tolerance is small beside the score');
  }
});

test('a pair has the same score alone, in a crowd, and in another order', async () => {
  const pairs: Pair[] = pictures(9).flatMap((pixels) => texts.slice(1).map((text) => ({ pixels, text })));
  const crowd = await embedder.scorePairs(pairs);
  const turned = (await embedder.scorePairs(pairs.toReversed())).toReversed();
  for (const [index, pair] of pairs.entries()) {
    const [alone = Number.NaN] = await embedder.scorePairs([pair]);
    assert.ok(Math.abs(alone - (crowd[index] ?? 0)) < 1e-4, `pair ${index}`);
    assert.ok(Math.abs(alone - (turned[index] ?? 0)) < 1e-4, `pair ${index}`);
  }
  assert.equal((await embedder.scorePairs([])).length, 0);
});

test('stops when told to, and refuses what it cannot read', async () => {
  const [pixels] = pictures(1);
  assert.ok(pixels);
  const controller = new AbortController();
  const many = Array.from({ length: 64 }, () => ({ pixels, text: 'a dog' }));
  const call = embedder.scorePairs(many, { signal: controller.signal });
  controller.abort();
  await assert.rejects(call, (error) => isAppError(error, 'ABORTED'));
  await assert.rejects(embedder.scorePairs([{ pixels, text: ' ' }]), (error) =>
    isAppError(error, 'TEXT_INVALID'),
  );
  await assert.rejects(embedder.scorePairs([{ pixels: new Float32Array(3), text: 'a dog' }]), (error) =>
    isAppError(error, 'INVALID_ARGUMENT'),
  );
  assert.equal((await embedder.scorePairs(many.slice(0, 3))).length, 3);
});

test('masks every word once, half of them at a time, and the same ones each time', () => {
  for (let words = 1; words <= 9; words += 1) {
    const ids = [0, ...Array.from({ length: words }, (_, index) => 10 + index), 2];
    const halves = maskedHalves(ids, 99);
    assert.equal(halves.length, words === 1 ? 1 : 2);
    assert.deepEqual(
      halves.flatMap(({ targets }) => targets).toSorted((a, b) => a - b),
      ids.slice(1, -1),
    );
    for (const { ids: masked, positions, targets } of halves) {
      assert.deepEqual(
        masked.map((id, position) => (id === 99 ? (targets[positions.indexOf(position)] ?? -1) : id)),
        ids,
        'what is put back makes the text again',
      );
      assert.ok(
        positions.every((position) => !positions.includes(position + 1)),
        'neighbours stay in sight',
      );
    }
    assert.deepEqual(maskedHalves(ids, 99), halves);
  }
});

test('a matching head is preferred where a model has both', async () => {
  await withFolder(async (folder) => {
    const both = new TinyNetwork({ ...config, heads: { ...noHeads, retrieval: true, mlm: true, itm: true } });
    const { model } = await importTinyModel(folder, {}, both);
    const opened = await openEmbedder({
      model: model.folder,
      modelsFolder: folder,
      cacheFolder: folder,
      device: 'cpu',
    });
    assert.equal(opened.fusionKind, 'itm');
    await opened.close();
  });
});
