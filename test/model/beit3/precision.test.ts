/**
 * Half precision and 8-bit graphs in the runtime, against the float32 graph of the same network.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildGraph,
  noHeads,
  Weights,
  type Beit3Config,
  type GraphPrecision,
  type GraphRequest,
  type OutputName,
} from '../../../model/index.ts';
import {
  cosine,
  imageFeed,
  integerFeed,
  largestDifference,
  runGraph,
  valuesOf,
  withGraph,
} from '../../support/run-graph.ts';
import { randomImages, randomTexts, tinyConfig, TinyNetwork } from '../../support/tiny-network.ts';

/** Wide enough that rounding errors average out as they do in a real network. */
const config: Beit3Config = {
  ...tinyConfig,
  width: 96,
  attentionHeads: 4,
  feedForwardWidth: 192,
  layers: 4,
  imageSide: 20,
  heads: { ...noHeads, retrieval: true, itm: true, mlm: true, mim: 9 },
};
const network = new TinyNetwork(config);
const images = randomImages(config, 4);
const texts = randomTexts(config, [9, 4, 12, 6]);

const requests: readonly (GraphRequest & { readonly outputs: readonly [OutputName] })[] = [
  { tower: 'vision', outputs: ['vector'] },
  { tower: 'text', outputs: ['vector'] },
  { tower: 'fusion', outputs: ['itm_logits'] },
  { tower: 'fusion', outputs: ['mim_logits'] },
  { tower: 'fusion', outputs: ['hidden'] },
  { tower: 'fusion', causalText: true, outputs: ['encoder_out'] },
];

function feedsOf({ tower }: GraphRequest, count = 4) {
  const size = 3 * config.imageSide ** 2;
  return {
    ...(tower !== 'text' && { image: imageFeed(config, images.slice(0, count * size)) }),
    ...(tower !== 'vision' && {
      input_ids: integerFeed(texts.ids.slice(0, count)),
      padding_mask: integerFeed(texts.padding.slice(0, count)),
    }),
  };
}

async function outputOf(
  request: GraphRequest & { readonly outputs: readonly [OutputName] },
  precision: GraphPrecision,
): Promise<Float32Array> {
  return valuesOf(await runGraph(network, request, feedsOf(request), precision), request.outputs[0]);
}

for (const request of requests) {
  const name = `${request.tower} ${request.outputs[0]}${request.causalText === true ? ' (captioning)' : ''}`;

  test(`fp16 ${name} differs from fp32 only by rounding`, async () => {
    const found = await outputOf(request, 'fp16');
    const expected = await outputOf(request, 'fp32');
    // 11 bits of mantissa, 2^-11 an operation; over four layers 1e-3 of a value's size is what adds up.
    assert.ok(cosine(found, expected) > 0.9999, String(cosine(found, expected)));
    assert.ok(largestDifference(found, expected) > 0, 'half precision cannot give the very same numbers');
  });

  test(`int8 ${name} keeps the direction of fp32`, async () => {
    const found = await outputOf(request, 'int8');
    const expected = await outputOf(request, 'fp32');
    // A weight is off by up to 1/254 of its row's largest, an activation by 1/510 of its tensor's range:
    // about 1 % of the length of a product of Gaussian vectors, over ten products one after another.
    const found8 = cosine(found, expected);
    assert.ok(found8 > 0.995, String(found8));
    assert.ok(found8 < 0.999999, 'eight bits cannot give the very same numbers');
  });
}

test('an 8-bit graph stores its linear layers and token table in a quarter of the bytes', () => {
  // The head, scales, biases and LayerNorms stay wide.
  assert.ok(bytesOf('int8') < 0.35 * bytesOf('fp32'));
  assert.ok(bytesOf('fp16') < 0.51 * bytesOf('fp32'));
});

test('a row of zero weights survives 8-bit quantization', async () => {
  const zeroed = new TinyNetwork(config);
  zeroed.parameter('beit3.encoder.layers.0.ffn.A.fc1.weight').fill(0, 0, config.width * 3);
  zeroed.parameter('beit3.text_embed.weight').fill(0, config.width, 2 * config.width);
  for (const request of requests.slice(0, 2)) {
    const [output] = request.outputs;
    const found = valuesOf(await runGraph(zeroed, request, feedsOf(request), 'int8'), output);
    const expected = valuesOf(await runGraph(zeroed, request, feedsOf(request)), output);
    assert.ok(cosine(found, expected) > 0.995);
  }
});

for (const precision of ['fp32', 'fp16', 'int8'] as const) {
  test(`${precision} vectors do not depend on what else is in the batch`, async (context) => {
    for (const request of requests.slice(0, 2)) {
      await withGraph(network, request, precision, async (run) => {
        const together = valuesOf(await run(feedsOf(request)), 'vector');
        const alone = valuesOf(await run(feedsOf(request, 1)), 'vector');
        const first = together.slice(0, config.width);
        const difference = largestDifference(first, alone);
        context.diagnostic(`${precision} ${request.tower}: ${difference}, cosine ${cosine(first, alone)}`);
        assert.ok(difference <= BATCH_TOLERANCE[precision], `${request.tower}: ${difference}`);
      });
    }
  });
}

/** Matrix products of other heights may sum in another order; half precision rounds that up to its last place. */
const BATCH_TOLERANCE = { fp32: 1e-6, fp16: 1e-3, int8: 1e-6 } as const;

/** Stored with a text graph of the network. */
function bytesOf(precision: GraphPrecision): number {
  const sizes = { float32: 4, float16: 2, int8: 1, int64: 8, int32: 4, uint8: 1, bool: 1 };
  const graph = buildGraph(config, new Weights(network, precision), { tower: 'text', outputs: ['vector'] });
  let bytes = 0;
  for (const { type, shape } of graph.initializers) bytes += sizes[type] * shape.reduce((a, b) => a * b, 1);
  return bytes;
}
