/**
 * Captions of a small model: against the slow network, word by word; when a model may write them; what is refused.
 * Source: unilm beit3 (captioning evaluation); test/support/naive-forward.ts. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import {
  beamSearch,
  isAppError,
  noHeads,
  openEmbedder,
  openModelFolder,
  Tokenizer,
  type HeadsConfig,
  type LocalEmbedder,
} from '../../../model/index.ts';
import { naiveForward, naiveHeads } from '../../support/naive-forward.ts';
import { withFolder } from '../../support/run-graph.ts';
import { importTinyModel, tinyModelConfig, tinyTokenizer } from '../../support/tiny-model.ts';
import { randomImages, TinyNetwork } from '../../support/tiny-network.ts';

const withHeads = (heads: Partial<HeadsConfig>) => ({ ...tinyModelConfig, heads: { ...noHeads, ...heads } });
const main = new TinyNetwork(withHeads({ retrieval: true }));
const captioning = new TinyNetwork(withHeads({ mlm: true }), 5);

/** A retrieval model with a captioning checkpoint for fusion. */
async function withCaptioner(
  work: (embedder: LocalEmbedder, folder: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const fusionCheckpoint = path.join(folder, 'captioning.safetensors');
    await captioning.write(fusionCheckpoint);
    const { model } = await importTinyModel(folder, { fusionCheckpoint }, main);
    const embedder = await openEmbedder({
      model: model.folder,
      modelsFolder: path.join(folder, 'models'),
      cacheFolder: path.join(folder, 'cache'),
      device: 'cpu',
    });
    try {
      await work(embedder, model.folder);
    } finally {
      await embedder.close();
    }
  });
}

function pictures(count: number): Float32Array[] {
  const size = 3 * tinyModelConfig.imageSide ** 2;
  const all = randomImages(tinyModelConfig, count);
  return Array.from({ length: count }, (_, index) => all.slice(index * size, (index + 1) * size));
}

/** Logits at the last position of a row. */
function naiveNextWord(image: Float32Array, ids: readonly number[]): Float32Array {
  const { rows } = naiveForward(captioning.config, captioning.parameter, { image, ids, causalText: true });
  return Float32Array.from(naiveHeads.mlm(captioning.parameter, rows.at(-1) ?? []));
}

test('writes what the slow network writes, for several images at once', async () => {
  await withCaptioner(async (embedder) => {
    assert.equal(embedder.canCaption, true);
    const tokenizer = await Tokenizer.load(tinyTokenizer);
    const images = pictures(5);
    for (const [beams, lengthMax] of [
      [1, 7],
      [3, 6],
    ] as const) {
      const found = await embedder.caption(images, { beams, lengthMax, lengthPenalty: 0.6 });
      assert.equal(found.length, images.length);
      for (const [index, image] of images.entries()) {
        const { ids, score, isWhole } = await beamSearch(
          async (rows) => rows.map((row) => naiveNextWord(image, row)),
          { beams, lengthMax, lengthPenalty: 0.6, maskId: tokenizer.maskId },
        );
        const text = tokenizer.decode(ids.filter((id) => id > 3 && id < tokenizer.maskId));
        assert.equal(found[index]?.text, text, `image ${index}, ${beams} beams`);
        assert.equal(found[index]?.isWhole, isWhole);
        // float32 sums in another order, once for each word.
        assert.ok(Math.abs((found[index]?.score ?? 0) - score) < 1e-3);
      }
      assert.ok(new Set(found.map(({ text }) => text)).size > 1, 'the pictures matter');
    }
    assert.deepEqual(await embedder.caption([]), []);
  });
});

test('refuses settings out of range and pictures of another size, and stops when told to', async () => {
  await withCaptioner(async (embedder) => {
    const images = pictures(1);
    for (const options of [
      { beams: 0 },
      { beams: 17 },
      { beams: 1.5 },
      { lengthMax: 3 },
      { lengthMax: 13 },
      { lengthPenalty: -1 },
      { lengthPenalty: Number.NaN },
    ]) {
      await assert.rejects(
        embedder.caption(images, options),
        (error) =>
          isAppError(error, 'INVALID_ARGUMENT') && error.message.includes(Object.keys(options)[0] ?? '?'),
        JSON.stringify(options),
      );
    }
    await assert.rejects(embedder.caption([new Float32Array(1)]), (error) =>
      isAppError(error, 'INVALID_ARGUMENT'),
    );
    const controller = new AbortController();
    const call = embedder.caption(pictures(6), { signal: controller.signal });
    controller.abort();
    await assert.rejects(call, (error) => isAppError(error, 'ABORTED'));
    assert.equal((await embedder.caption(images, { beams: 1, lengthMax: 4 })).length, 1);
  });
});

test('a checkpoint is taken for a captioning one where guessing words is all it can, or where one says so', async () => {
  await withFolder(async (folder) => {
    const isCaptioning = async (name: string, heads: Partial<HeadsConfig>, options = {}) => {
      const network = new TinyNetwork(withHeads(heads));
      return (await importTinyModel(folder, { name, ...options }, network)).model.config.captioning;
    };
    assert.equal(await isCaptioning('tuned', { mlm: true }), true);
    assert.equal(await isCaptioning('pretrained', { mlm: true, mim: 8 }), false);
    assert.equal(await isCaptioning('dropped', { mlm: true, mim: 8 }, { withoutHeads: ['mim'] }), false);
    assert.equal(await isCaptioning('nothing-left', { mlm: true }, { withoutHeads: ['mlm'] }), false);
    assert.equal(await isCaptioning('retrieval', { retrieval: true }), false);
    assert.equal(await isCaptioning('told', { mlm: true, retrieval: true }, { captioning: true }), true);
    assert.equal(await isCaptioning('told-not', { mlm: true }, { captioning: false }), false);
    await assert.rejects(isCaptioning('no-head', { retrieval: true }, { captioning: true }), (error) =>
      isAppError(error, 'MODEL_INVALID'),
    );
  });
});

test('a model that does not say so writes no captions, and one of an older version does not', async () => {
  await withCaptioner(async (_, folder) => {
    const file = path.join(folder, 'config.json');
    const { captioning: says, ...older } = JSON.parse(await readFile(file, 'utf8')) as {
      captioning: boolean;
    };
    assert.equal(says, true);
    const { identity } = await openModelFolder(folder);
    await writeFile(file, JSON.stringify(older));
    const model = await openModelFolder(folder);
    assert.equal(model.config.captioning, false);
    assert.equal(model.identity, identity, 'vectors stay the same');
    const embedder = await openEmbedder({
      model: folder,
      modelsFolder: folder,
      cacheFolder: folder,
      device: 'cpu',
    });
    assert.equal(embedder.canCaption, false);
    assert.equal(embedder.fusionKind, 'mlm');
    await assert.rejects(
      embedder.caption(pictures(1)),
      (error) => isAppError(error, 'UNSUPPORTED') && error.message.includes('--fusion'),
    );
    await embedder.close();
  });
});
