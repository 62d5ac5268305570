/**
 * Pictures and token rows become the first hidden states.
 * Source: torchscale component/embedding.py (VisionEmbedding, TextEmbedding, PositionalEmbedding), BEiT3.forward.
 * Deviation: the patch convolution is written as its matrix product over cut-out patches, which is the
 * same sum in another order and lets the patch weights be quantized like any other.
 */
import { gridSide, POSITION_OFFSET, textLengthMax, visionTokens, type Beit3Config } from '../config.ts';
import type { GraphBuilder, Value } from '../onnx/index.ts';
import type { Weights } from './weights.ts';

/**
 * @param image float32 [B, 3, S, S]
 * @param maskedPatches float32 [B, P - 1], 1 where the patch is replaced by the mask token
 * @returns [B, P, D], class token first, positions added
 */
export function embedImage(
  g: GraphBuilder,
  config: Beit3Config,
  weights: Weights,
  image: Value,
  maskedPatches?: Value,
): Value {
  const { width: D } = config;
  const at = g.in('vision_embed');
  const patches = cutPatches(at, config, weights.precision === 'fp16' ? at.cast(image, 'float16') : image);
  let x = weights.linear(g, patches, 3 * config.patchSize ** 2, [
    { name: 'beit3.vision_embed.proj', outputs: D },
  ]); // [B, P - 1, D]
  if (maskedPatches !== undefined) {
    const maskToken = weights.parameter(at, 'beit3.vision_embed.mask_token', [1, 1, D]);
    const mask = at.unsqueeze(at.cast(maskedPatches, x.type), [2]); // [B, P - 1, 1]
    x = at.add(x, at.mul(mask, at.sub(maskToken, x))); // x (1 - m) + token m
  }
  const classToken = weights.parameter(at, 'beit3.vision_embed.cls_token', [1, 1, D]);
  const batch = at.shape(image, 0, 1);
  const classTokens = at.expand(classToken, at.concat([batch, at.int64([1, D])], 0)); // [B, 1, D]
  const tokens = at.concat([classTokens, x], 1); // [B, P, D]
  const positions = weights.parameter(
    at,
    'beit3.encoder.embed_positions.A.weight',
    [visionTokens(config), D],
    POSITION_OFFSET * D,
  ); // [P, D]
  return at.add(tokens, positions);
}

/**
 * @param inputIds int64 [B, T]
 * @param paddingMask int64 [B, T], 1 = padding; padded rows are zeroed
 * @returns [B, T, D], positions added; they count from 0 in text alone and in fusion
 */
export function embedText(
  g: GraphBuilder,
  config: Beit3Config,
  weights: Weights,
  inputIds: Value,
  paddingMask: Value,
): Value {
  const { width: D } = config;
  const at = g.in('text_embed');
  const tokens = weights.lookup(at, 'beit3.text_embed.weight', config.vocabularySize, D, inputIds);
  const table = weights.parameter(
    at,
    'beit3.encoder.embed_positions.B.weight',
    [textLengthMax(config), D],
    POSITION_OFFSET * D,
  );
  const positions = at.slice(table, 0, 0, at.shape(inputIds, 1, 2)); // [T, D]
  const keep = at.cast(at.sub(at.int64(1), paddingMask), tokens.type); // [B, T]
  return at.mul(at.add(tokens, positions), at.unsqueeze(keep, [2]));
}

/** [B, 3, S, S] → [B, G · G, 3 · patch · patch], row-major patches, features in the order of a convolution. */
function cutPatches(g: GraphBuilder, config: Beit3Config, image: Value): Value {
  const grid = gridSide(config);
  const patch = config.patchSize;
  let x = image;
  if (grid * patch !== config.imageSide) {
    // A side that is no multiple of the patch: the convolution never reaches the last pixels.
    x = g.slice(g.slice(x, 2, 0, grid * patch), 3, 0, grid * patch);
  }
  x = g.reshape(x, [-1, 3, grid, patch, grid, patch]); // [B, 3, G, p, G, p]
  x = g.transpose(x, [0, 2, 4, 1, 3, 5]); // [B, G, G, 3, p, p]
  return g.reshape(x, [-1, grid * grid, 3 * patch * patch]);
}
