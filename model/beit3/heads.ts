/**
 * Task heads on the rows of the encoder.
 * Source: unilm beit3/modeling_finetune.py. Deviation: itm_head is ours.
 */
import assert from 'node:assert/strict';
import type { Beit3Config } from '../config.ts';
import type { GraphBuilder, Value } from '../onnx/index.ts';
import type { Streams } from './encoder.ts';
import type { Weights } from './weights.ts';

interface Context {
  readonly g: GraphBuilder;
  readonly config: Beit3Config;
  readonly weights: Weights;
}

/** Below this length the reference does not divide: torch's `normalize` epsilon. */
const NORM_MIN = 1e-12;

/** [B, D] of unit length, from the class token of an image or the <s> of a text. */
export function retrievalVector({ g, config, weights }: Context, encoded: Streams): Value {
  const [rows, name] =
    encoded.A === undefined
      ? [firstRow(g, encoded.B), 'language_head']
      : [firstRow(g, encoded.A), 'vision_head'];
  const projected = weights.head(g, rows, config.width, name, config.width, { bias: false });
  const at = g.in('normalize');
  // In half precision a squared norm overflows at 256 per feature, and 1e-12 is 0.
  const x = at.cast(projected, 'float32');
  return at.div(x, at.max(at.reduceL2(x), at.float32(NORM_MIN)));
}

/** [B, 2]: [no match, match] from [image class token ; text <s>] */
export function matchLogits({ g, config, weights }: Context, encoded: Streams): Value {
  const both = g.in('itm').concat([firstRow(g, encoded.A), firstRow(g, encoded.B)], 1); // [B, 2 D]
  return weights.head(g, both, 2 * config.width, 'itm_head', 2, { bias: true });
}

/** [B, answers]: pooler on the image class token, then a two-layer classifier */
export function answerLogits({ g, config, weights }: Context, encoded: Streams): Value {
  const { width: D } = config;
  let x = weights.layerNorm(g, firstRow(g, encoded.A), 'pooler.norm', D);
  x = g.in('pooler').tanh(weights.head(g, x, D, 'pooler.dense', D, { bias: true }));
  x = weights.head(g, x, D, 'head.0', 2 * D, { bias: true });
  x = gelu(g.in('head'), weights.layerNorm(g, x, 'head.1', 2 * D));
  return weights.head(g, x, 2 * D, 'head.3', config.heads.vqa, { bias: true });
}

/** [B, classes] from a batch of 2 B: all first images, then all second ones, each beside the same text */
export function pairLogits({ g, config, weights }: Context, encoded: Streams): Value {
  const { width: D } = config;
  const at = g.in('pair');
  const rows = at.concat([firstRow(g, encoded.A), firstRow(g, encoded.B)], 1); // [2 B, 2 D]
  let x = at.concat(at.split(rows, 2, 0), 1); // [B, 4 D]
  x = weights.layerNorm(g, x, 'head.norm1', 4 * D);
  x = weights.head(g, x, 4 * D, 'head.dense1', 2 * D, { bias: true });
  x = gelu(at, weights.layerNorm(g, x, 'head.norm2', 2 * D));
  return weights.head(g, x, 2 * D, 'head.dense2', config.heads.nlvr2, { bias: true });
}

/** [B, classes] from the mean over the patches, class token left out */
export function classLogits({ g, config, weights }: Context, encoded: Streams): Value {
  assert(encoded.A !== undefined);
  const at = g.in('classification');
  const mean = at.reduceMean(at.slice(encoded.A, 1, 1, Number.MAX_SAFE_INTEGER), 1); // [B, D]
  const x = weights.layerNorm(g, mean, 'fc_norm', config.width);
  return weights.head(g, x, config.width, 'head', config.heads.classification, { bias: true });
}

function gelu(g: GraphBuilder, x: Value): Value {
  return g.cast(g.gelu(g.cast(x, 'float32')), x.type);
}

/** [B, N, D] → [B, D] */
function firstRow(g: GraphBuilder, rows: Value | undefined): Value {
  assert(rows !== undefined, 'a head was asked for a modality that is not there');
  return g.in('first_row').gather(rows, g.int64(0), 1);
}
