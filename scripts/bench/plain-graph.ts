/**
 * A BEiT-3 tower in float32 as an exporter of PyTorch writes it down: what our own graphs are compared with.
 * Source: torchscale multihead_attention.py and encoder.py, operator by operator.
 * Deviation: patches are cut and multiplied, which a runtime does with a convolution too; Gelu and LayerNorm
 * are single operators, which the runtime makes of an exporter's several.
 *
 * Left as the exporter leaves it: q, k and v are three products, q is scaled at run time, k is transposed by
 * a node of its own, and every row of the last layer is computed.
 */
import {
  textLengthMax,
  visionTokens,
  GraphBuilder,
  type Beit3Config,
  type GraphValue,
  type Weights,
} from '../../model/index.ts';

/** The first two rows of a position table are never read. */
const POSITION_OFFSET = 2;
const FORBIDDEN = -1e9;

/** Inputs and output as `buildGraph` for the output `vector`. @param weights in fp32 */
export function buildPlainGraph(
  config: Beit3Config,
  weights: Weights,
  tower: 'vision' | 'text',
): GraphBuilder {
  const g = new GraphBuilder();
  const letter = tower === 'vision' ? 'A' : 'B';
  const { x: embedded, bias } =
    tower === 'vision' ? embedImage(g, config, weights) : embedText(g, config, weights);
  let x = embedded;
  for (let layer = 0; layer < config.layers; layer++) {
    x = block(g.in(`layers/${layer}`), { config, weights, letter, bias }, layer, x);
  }
  x = weights.layerNorm(g, x, `beit3.encoder.layer_norm.${letter}`, config.width);
  const first = g.gather(x, g.int64(0), 1); // [B, D]
  const head = tower === 'vision' ? 'vision_head' : 'language_head';
  const projected = weights.head(g, first, config.width, head, config.width, { bias: false });
  g.output('vector', g.div(projected, g.max(g.reduceL2(projected), g.float32(1e-12))), ['B', config.width]);
  return g;
}

interface Block {
  readonly config: Beit3Config;
  readonly weights: Weights;
  readonly letter: 'A' | 'B';
  readonly bias: GraphValue | undefined;
}

function block(g: GraphBuilder, at: Block, layer: number, x: GraphValue): GraphValue {
  const { config, weights, letter } = at;
  const { width: D, feedForwardWidth: F } = config;
  const prefix = `beit3.encoder.layers.${layer}`;
  const linear = (rows: GraphValue, name: string, inputs: number, outputs: number) =>
    weights.linear(g, rows, inputs, [{ name: `${prefix}.${name}`, outputs }]);
  const norm = (rows: GraphValue, name: string, width: number) =>
    weights.layerNorm(g, rows, `${prefix}.${name}`, width);

  const normed = norm(x, `self_attn_layer_norm.${letter}`, D);
  const [q, k, v] = (['q', 'k', 'v'] as const).map((which) =>
    linear(normed, `self_attn.${which}_proj.${letter}`, D, D),
  ) as [GraphValue, GraphValue, GraphValue];
  const mixed = attend(g, at, q, k, v);
  const attended = linear(
    norm(mixed, `self_attn.inner_attn_ln.${letter}`, D),
    `self_attn.out_proj.${letter}`,
    D,
    D,
  );
  const residual = g.add(x, attended);

  const h = linear(norm(residual, `final_layer_norm.${letter}`, D), `ffn.${letter}.fc1`, D, F);
  const inner = norm(g.gelu(h), `ffn.${letter}.ffn_layernorm`, F);
  return g.add(residual, linear(inner, `ffn.${letter}.fc2`, F, D));
}

/** [B, N, D] each → [B, N, D] */
function attend(
  g: GraphBuilder,
  { config, bias }: Block,
  q: GraphValue,
  k: GraphValue,
  v: GraphValue,
): GraphValue {
  const { width: D, attentionHeads: H } = config;
  const heads = (value: GraphValue) => g.transpose(g.reshape(value, [0, 0, H, D / H]), [0, 2, 1, 3]);
  const scaled = g.mul(q, g.float32((D / H) ** -0.5));
  let scores = g.matMul(heads(scaled), g.transpose(heads(k), [0, 1, 3, 2])); // [B, H, N, N]
  if (bias !== undefined) scores = g.add(scores, bias);
  const mixed = g.matMul(g.softmax(scores), heads(v)); // [B, H, N, D / H]
  return g.reshape(g.transpose(mixed, [0, 2, 1, 3]), [0, 0, D]);
}

interface Embedded {
  readonly x: GraphValue;
  readonly bias: GraphValue | undefined;
}

function embedImage(g: GraphBuilder, config: Beit3Config, weights: Weights): Embedded {
  const { width: D, patchSize, imageSide } = config;
  const grid = imageSide / patchSize;
  const image = g.input('image', 'float32', ['B', 3, imageSide, imageSide]);
  const cut = g.transpose(g.reshape(image, [-1, 3, grid, patchSize, grid, patchSize]), [0, 2, 4, 1, 3, 5]);
  const rows = g.reshape(cut, [-1, grid * grid, 3 * patchSize ** 2]);
  const patches = weights.linear(g, rows, 3 * patchSize ** 2, [
    { name: 'beit3.vision_embed.proj', outputs: D },
  ]);
  const token = weights.parameter(g, 'beit3.vision_embed.cls_token', [1, 1, D]);
  const tokens = g.expand(token, g.concat([g.shape(image, 0, 1), g.int64([1, D])], 0));
  const table = weights.parameter(
    g,
    'beit3.encoder.embed_positions.A.weight',
    [visionTokens(config), D],
    POSITION_OFFSET * D,
  );
  return { x: g.add(g.concat([tokens, patches], 1), table), bias: undefined };
}

function embedText(g: GraphBuilder, config: Beit3Config, weights: Weights): Embedded {
  const { width: D } = config;
  const ids = g.input('input_ids', 'int64', ['B', 'T']);
  const mask = g.input('padding_mask', 'int64', ['B', 'T']);
  const tokens = weights.lookup(g, 'beit3.text_embed.weight', config.vocabularySize, D, ids);
  const table = weights.parameter(
    g,
    'beit3.encoder.embed_positions.B.weight',
    [textLengthMax(config), D],
    POSITION_OFFSET * D,
  );
  const positions = g.slice(table, 0, 0, g.shape(ids, 1, 2));
  const padding = g.cast(mask, 'float32');
  const keep = g.sub(g.float32(1), padding);
  return {
    x: g.mul(g.add(tokens, positions), g.unsqueeze(keep, [2])),
    bias: g.unsqueeze(g.mul(padding, g.float32(FORBIDDEN)), [1, 2]),
  };
}
