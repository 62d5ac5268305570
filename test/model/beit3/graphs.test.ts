/**
 * Graphs in the runtime against the same network as plain float64 loops.
 * Source: test/support/naive-forward.ts. Deviation: none.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  buildGraph,
  isAppError,
  noHeads,
  visionTokens,
  Weights,
  type Beit3Config,
  type GraphRequest,
  type OutputName,
} from '../../../model/index.ts';
import {
  naiveForward,
  naiveHeads,
  type NaiveInput,
  type NaiveOutput,
  type Row,
} from '../../support/naive-forward.ts';
import {
  imageFeed,
  integerFeed,
  largestDifference,
  runGraph,
  valuesOf,
  withGraph,
} from '../../support/run-graph.ts';
import { randomImages, randomTexts, tinyConfig, TinyNetwork } from '../../support/tiny-network.ts';

/**
 * float32 against float64 on values of order 1 to 10: seen up to 5e-6. A position row off by one changes
 * outputs by more than 1, a LayerNorm epsilon of 1e-3 by 3e-3.
 */
const TOLERANCE = 3e-5;

const everyHead = { ...noHeads, retrieval: true, itm: true, mlm: true, mim: 7 };

const configs: readonly [string, Beit3Config][] = [
  ['a decoupled network', { ...tinyConfig, heads: everyHead }],
  ['one head and one layer', { ...tinyConfig, attentionHeads: 1, layers: 1, heads: everyHead }],
  ['as many heads as features allow', { ...tinyConfig, attentionHeads: 12, layers: 3, heads: everyHead }],
  ['a side that is no multiple of the patch', { ...tinyConfig, imageSide: 15, heads: everyHead }],
  ['one patch', { ...tinyConfig, imageSide: 7, patchSize: 5, heads: everyHead }],
  ['no closing LayerNorm', { ...tinyConfig, normalizeOutput: false, heads: everyHead }],
  [
    'a feed-forward network narrower than the width',
    { ...tinyConfig, feedForwardWidth: 8, heads: everyHead },
  ],
  ['shared attention', { ...tinyConfig, attention: 'shared', heads: everyHead }],
  ['two VL experts of three layers', { ...tinyConfig, layers: 3, vlExpertLayers: 2, heads: everyHead }],
  [
    'shared attention and a VL expert in every layer',
    { ...tinyConfig, layers: 3, attention: 'shared', vlExpertLayers: 3, heads: everyHead },
  ],
];

/** Three texts of different lengths, so that padding is at work. */
const LENGTHS = [7, 3, 5];

/** A batch of images and texts, and what the naive network makes of each item. */
class Batch {
  readonly network: TinyNetwork;
  readonly images: Float32Array;
  readonly ids: number[][];
  readonly padding: number[][];

  constructor(config: Beit3Config, lengths: readonly number[] = LENGTHS) {
    this.network = new TinyNetwork(config);
    this.images = randomImages(config, lengths.length);
    const { ids, padding } = randomTexts(config, lengths);
    this.ids = ids;
    this.padding = padding;
  }

  image(index: number): Float32Array {
    const size = 3 * this.network.config.imageSide ** 2;
    return this.images.slice(index * size, (index + 1) * size);
  }

  naive(modalities: 'image' | 'text' | 'both', changes: Partial<NaiveInput> = {}): NaiveOutput[] {
    return this.ids.map((ids, index) =>
      naiveForward(this.network.config, this.network.parameter, {
        ...(modalities !== 'text' && { image: this.image(index) }),
        ...(modalities !== 'image' && { ids, padding: this.padding[index] ?? [] }),
        ...changes,
      }),
    );
  }

  get imageFeed() {
    return imageFeed(this.network.config, this.images);
  }

  get feeds() {
    return { input_ids: integerFeed(this.ids), padding_mask: integerFeed(this.padding) };
  }

  async output(
    request: Omit<GraphRequest, 'outputs'>,
    name: OutputName,
    extra: Parameters<typeof runGraph>[2] = {},
  ): Promise<Float32Array> {
    const feeds = {
      ...(request.tower !== 'text' && { image: this.imageFeed }),
      ...(request.tower !== 'vision' && this.feeds),
      ...extra,
    };
    return valuesOf(await runGraph(this.network, { ...request, outputs: [name] }, feeds), name);
  }
}

function near(found: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  const difference = largestDifference(found, expected);
  assert.ok(difference < TOLERANCE, `${what}: ${difference}`);
}

/** [L + 1, B, N, D] from one result an item */
function hiddenOf(outputs: readonly NaiveOutput[]): number[] {
  const layers = outputs[0]?.hidden.length ?? 0;
  return Array.from({ length: layers }, (_, layer) =>
    outputs.flatMap(({ hidden }) => (hidden[layer] ?? []).flat()),
  ).flat();
}

function rowsOf(outputs: readonly NaiveOutput[]): number[] {
  return outputs.flatMap(({ rows }) => rows.flat());
}

function rowAt({ rows }: NaiveOutput, index: number): Row {
  const row = rows[index];
  assert.ok(row !== undefined);
  return row;
}

for (const [name, config] of configs) {
  describe(name, () => {
    const batch = new Batch(config);
    const { parameter } = batch.network;

    test('gives the hidden states of image, text and both, padded rows included', async () => {
      for (const [tower, modalities] of [
        ['vision', 'image'],
        ['text', 'text'],
        ['fusion', 'both'],
      ] as const) {
        const expected = batch.naive(modalities);
        near(await batch.output({ tower }, 'hidden'), hiddenOf(expected), `${tower} hidden`);
        near(await batch.output({ tower }, 'encoder_out'), rowsOf(expected), `${tower} encoder_out`);
      }
    });

    test('gives the vectors of images and texts', async () => {
      const images = batch
        .naive('image')
        .map((one) => naiveHeads.vector(parameter, 'vision_head', rowAt(one, 0)));
      const texts = batch
        .naive('text')
        .map((one) => naiveHeads.vector(parameter, 'language_head', rowAt(one, 0)));
      near(await batch.output({ tower: 'vision' }, 'vector'), images.flat(), 'image vectors');
      near(await batch.output({ tower: 'text' }, 'vector'), texts.flat(), 'text vectors');
    });

    test('gives the logits of pairs, masked words and patches', async () => {
      const fused = batch.naive('both');
      const pairs = fused.map((one) => naiveHeads.itm(parameter, rowAt(one, 0), rowAt(one, one.imageRows)));
      near(await batch.output({ tower: 'fusion' }, 'itm_logits'), pairs.flat(), 'itm_logits');
      const patches = fused.map((one) =>
        one.rows.slice(1, one.imageRows).map((row) => naiveHeads.mim(parameter, row)),
      );
      near(await batch.output({ tower: 'fusion' }, 'mim_logits'), patches.flat(2), 'mim_logits');
      const positions = [[0, 6], [0, 1], [2, 0]]; // prettier-ignore
      const words = positions.map(([item = 0, position = 0]) => {
        const one = fused[item];
        assert.ok(one !== undefined);
        return naiveHeads.mlm(parameter, rowAt(one, one.imageRows + position));
      });
      const extra = { positions: integerFeed(positions) };
      near(await batch.output({ tower: 'fusion' }, 'mlm_logits', extra), words.flat(), 'mlm_logits');
    });

    test('captioning: words see the image and the words before, the image sees no word', async () => {
      const request = { tower: 'fusion', causalText: true } as const;
      near(
        await batch.output(request, 'encoder_out'),
        rowsOf(batch.naive('both', { causalText: true })),
        'causal',
      );
    });

    test('puts the mask token in the place of masked patches', async () => {
      const patches = visionTokens(config) - 1;
      const maskedPatches = Array.from({ length: patches }, (_, index) => (index % 2 === 0 ? 1 : 0));
      const extra = {
        masked_patches: {
          data: Float32Array.from(LENGTHS.flatMap(() => maskedPatches)),
          dims: [LENGTHS.length, patches],
        },
      };
      const expected = rowsOf(batch.naive('both', { maskedPatches }));
      near(
        await batch.output({ tower: 'fusion', maskedPatches: true }, 'encoder_out', extra),
        expected,
        'masked',
      );
    });
  });
}

test('answers questions, compares two images and classifies as the naive heads do', async () => {
  const answers = new Batch({ ...tinyConfig, normalizeOutput: false, heads: { ...noHeads, vqa: 5 } });
  const expectedAnswers = answers
    .naive('both')
    .map((one) => naiveHeads.vqa(answers.network.parameter, rowAt(one, 0)));
  near(await answers.output({ tower: 'fusion' }, 'vqa_logits'), expectedAnswers.flat(), 'vqa_logits');

  const classes = new Batch({
    ...tinyConfig,
    normalizeOutput: false,
    heads: { ...noHeads, classification: 6 },
  });
  const expectedClasses = classes
    .naive('image')
    .map((one) => naiveHeads.classification(classes.network.parameter, one.rows.slice(1)));
  near(await classes.output({ tower: 'vision' }, 'classification_logits'), expectedClasses.flat(), 'classes');

  const pairs = new Batch({ ...tinyConfig, heads: { ...noHeads, nlvr2: 3 } });
  const first = pairs.naive('both');
  const second = pairs.images.toReversed();
  const size = second.length / LENGTHS.length;
  const expectedPairs = first.map((one, index) => {
    const other = naiveForward(pairs.network.config, pairs.network.parameter, {
      image: second.slice(index * size, (index + 1) * size),
      ids: pairs.ids[index] ?? [],
      padding: pairs.padding[index] ?? [],
    });
    const four = [one, other].flatMap((each) => [rowAt(each, 0), rowAt(each, each.imageRows)].flat());
    return naiveHeads.nlvr2(pairs.network.parameter, four);
  });
  const extra = { image2: imageFeed(pairs.network.config, second) };
  near(await pairs.output({ tower: 'fusion' }, 'nlvr2_logits', extra), expectedPairs.flat(), 'nlvr2_logits');
});

test('one graph takes any batch size and any text length', async () => {
  const config = { ...tinyConfig, heads: everyHead };
  const request = { tower: 'text', outputs: ['vector'] } as const;
  await withGraph(new TinyNetwork(config), request, 'fp32', async (run) => {
    // 12 is the longest row that 14 text positions allow.
    for (const lengths of [[3], [12], [2, 12, 5, 3], [4, 4]]) {
      const batch = new Batch(config, lengths);
      const expected = batch
        .naive('text')
        .map((one) => naiveHeads.vector(batch.network.parameter, 'language_head', rowAt(one, 0)));
      near(valuesOf(await run(batch.feeds), 'vector'), expected.flat(), `lengths ${lengths.join()}`);
    }
  });
});

test('several outputs of one graph are the same as one by one', async () => {
  const batch = new Batch({ ...tinyConfig, heads: everyHead });
  const outputs = ['vector', 'encoder_out', 'hidden'] as const;
  const together = await runGraph(batch.network, { tower: 'vision', outputs }, { image: batch.imageFeed });
  for (const output of outputs) {
    near(valuesOf(together, output), await batch.output({ tower: 'vision' }, output), output);
  }
});

test('refuses outputs that the weights or the tower do not have, and takes those they have', () => {
  const network = new TinyNetwork({ ...tinyConfig, heads: { ...noHeads, retrieval: true } });
  const build = (request: GraphRequest) => buildGraph(network.config, new Weights(network, 'fp32'), request);
  assert.throws(
    () => build({ tower: 'fusion', outputs: ['itm_logits'] }),
    (error) => isAppError(error, 'UNSUPPORTED') && error.message.includes('itm'),
  );
  assert.throws(
    () => build({ tower: 'fusion', outputs: ['vector'] }),
    (error) => isAppError(error, 'UNSUPPORTED') && error.message.includes('vision, text'),
  );
  assert.throws(
    () => build({ tower: 'text', outputs: ['encoder_out'], causalText: true }),
    (error) => isAppError(error, 'UNSUPPORTED'),
  );
  assert.ok(build({ tower: 'vision', outputs: ['vector'] }).nodes.length > 10);
});

test('names nodes as paths of the network', () => {
  const network = new TinyNetwork({ ...tinyConfig, heads: { ...noHeads, retrieval: true } });
  const graph = buildGraph(network.config, new Weights(network, 'fp32'), {
    tower: 'vision',
    outputs: ['vector'],
  });
  const names = graph.nodes.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.includes('encoder/layers/1/self_attn/Softmax'), names.join('\n'));
});
