/**
 * The Multiway Transformer: pre-LayerNorm blocks with sub-LayerNorm, one softmax over image and text.
 * Source: torchscale architecture/encoder.py and component/multihead_attention.py, feedforward_network.py;
 * Wang et al. 2022 for shared attention and VL experts.
 * Deviation: image rows and text rows stay two tensors that meet only inside attention, so nothing is
 * split and joined around every LayerNorm; where only the first row of a stream is asked for, the last
 * layer computes that row alone.
 */
import { visionTokens, type Beit3Config, type Modality } from '../config.ts';
import type { GraphBuilder, Value } from '../onnx/index.ts';
import { hasVlExpert, layerNames, type Expert } from './parameters.ts';
import type { Weights } from './weights.ts';

/** Hidden states of what is present: image only, text only, or both (fusion). */
export interface Streams {
  /** vision, [B, P, D] */
  readonly A?: Value;
  /** language, [B, T, D] */
  readonly B?: Value;
}

export interface EncoderOptions {
  /** added to the attention scores before the softmax: float32, broadcast to [B, H, N, N] */
  readonly scoreBias?: Value;
  /** true: the result holds only the first row of each stream, [B, 1, D] */
  readonly firstRowsOnly?: boolean;
  /** called with the input of the first layer, then with the output of each */
  readonly onHidden?: (hidden: Value) => void;
}

/** What one layer needs to know. */
interface Layer {
  readonly g: GraphBuilder;
  readonly config: Beit3Config;
  readonly weights: Weights;
  readonly index: number;
  readonly scoreBias: Value | undefined;
  /** queries, and so the layer's output, are the first rows only */
  readonly firstRowsOnly: boolean;
}

/** @returns the last hidden states, after the closing LayerNorm where the model has one */
export function encode(
  g: GraphBuilder,
  config: Beit3Config,
  weights: Weights,
  streams: Streams,
  options: EncoderOptions = {},
): Streams {
  let x = streams;
  options.onHidden?.(joined(g, x));
  for (let index = 0; index < config.layers; index++) {
    const firstRowsOnly = options.firstRowsOnly === true && index === config.layers - 1;
    x = layer({ g, config, weights, index, scoreBias: options.scoreBias, firstRowsOnly }, x);
    options.onHidden?.(joined(g, x));
  }
  if (!config.normalizeOutput) return x;
  return eachStream(x, (rows, modality) =>
    weights.layerNorm(g, rows, `beit3.encoder.layer_norm.${modality}`, config.width),
  );
}

/** Image rows, then text rows: [B, N, D]. */
export function joined(g: GraphBuilder, streams: Streams): Value {
  const [only, other] = present(streams);
  if (only === undefined) throw new Error('neither image nor text');
  return other === undefined ? only[1] : g.concat([only[1], other[1]], 1);
}

function layer(at: Layer, x: Streams): Streams {
  const attended = attention(at, x);
  const rows = at.firstRowsOnly ? eachStream(x, (value) => at.g.slice(value, 1, 0, 1)) : x;
  const residual = addStreams(at.g, rows, attended);
  return addStreams(at.g, residual, feedForward(at, residual));
}

function attention(at: Layer, x: Streams): Streams {
  const { config, weights } = at;
  const g = at.g.in(`encoder/layers/${at.index}/self_attn`);
  const names = layerNames(config, at.index);
  const normed = eachStream(x, (rows, modality) =>
    weights.layerNorm(g, rows, names.attentionNorm(modality), config.width),
  );
  const { q, k, v } = projections(at, g, normed);

  let scores = g.matMul(q, k); // [B, H, N, N], or [B, H, first rows, N]
  // The reference computes the softmax in float32 also in a half-precision model.
  scores = g.cast(scores, 'float32');
  if (at.scoreBias !== undefined) scores = g.add(scores, at.scoreBias);
  const weightsOfValues = g.cast(g.softmax(scores), v.type);
  const heads = g.transpose(g.matMul(weightsOfValues, v), [0, 2, 1, 3]); // [B, N, H, D / H]
  const together = g.reshape(heads, [0, 0, config.width]); // [B, N, D]

  return eachStream(apart(g, config, x, together, at.firstRowsOnly), (rows, modality) => {
    const inner = weights.layerNorm(g, rows, names.innerAttentionNorm(modality), config.width);
    return weights.linear(g, inner, config.width, [
      { name: names.projection('out', modality), outputs: config.width },
    ]);
  });
}

/** q [B, H, N, D / H] (scaled), k [B, H, D / H, N], v [B, H, N, D / H] over the rows of both streams. */
function projections(at: Layer, g: GraphBuilder, normed: Streams): { q: Value; k: Value; v: Value } {
  const { config, weights } = at;
  const { width: D, attentionHeads: H } = config;
  const names = layerNames(config, at.index);
  const part = (which: 'q' | 'k' | 'v', modality: Modality) => ({
    name: names.projection(which, modality),
    outputs: D,
    // d^-0.5 belongs to q after its bias; folded into weight and bias it costs nothing at run time.
    scale: which === 'q' ? (D / H) ** -0.5 : 1,
  });
  const project = (rows: Streams, which: readonly ('q' | 'k' | 'v')[]) =>
    joined(
      g,
      eachStream(rows, (value, modality) =>
        weights.linear(
          g,
          value,
          D,
          which.map((one) => part(one, modality)),
        ),
      ),
    );
  const heads = (value: Value, permutation: readonly number[]) =>
    g.transpose(g.reshape(value, [0, 0, H, D / H]), permutation);

  let parts: Value[];
  if (at.firstRowsOnly) {
    const first = eachStream(normed, (rows) => g.slice(rows, 1, 0, 1));
    parts = [project(first, ['q']), ...g.split(project(normed, ['k', 'v']), 2, 2)];
  } else {
    parts = g.split(project(normed, ['q', 'k', 'v']), 3, 2);
  }
  const [q, k, v] = parts;
  if (q === undefined || k === undefined || v === undefined) throw new Error('q, k, v are three');
  return { q: heads(q, [0, 2, 1, 3]), k: heads(k, [0, 2, 3, 1]), v: heads(v, [0, 2, 1, 3]) };
}

function feedForward(at: Layer, x: Streams): Streams {
  const g = at.g.in(`encoder/layers/${at.index}/ffn`);
  const fused = x.A !== undefined && x.B !== undefined;
  if (fused && hasVlExpert(at.config, at.index)) {
    const rows = expert(at, g, joined(g, x), 'VL');
    return apart(g, at.config, x, rows, at.firstRowsOnly);
  }
  return eachStream(x, (rows, modality) => expert(at, g, rows, modality));
}

function expert(at: Layer, g: GraphBuilder, x: Value, which: Expert): Value {
  const { config, weights } = at;
  const { width: D, feedForwardWidth: F } = config;
  const names = layerNames(config, at.index);
  let h = weights.layerNorm(g, x, names.feedForwardNorm(which), D);
  h = weights.linear(g, h, D, [{ name: names.feedForward(which, 'fc1'), outputs: F }]); // [B, N, F]
  h = g.cast(g.gelu(g.cast(h, 'float32')), h.type);
  h = weights.layerNorm(g, h, names.feedForward(which, 'ffn_layernorm'), F);
  return weights.linear(g, h, F, [{ name: names.feedForward(which, 'fc2'), outputs: D }]); // [B, N, D]
}

/** Undoes `joined`: the streams that `like` has, cut out of rows [B, N, D]. */
function apart(
  g: GraphBuilder,
  config: Beit3Config,
  like: Streams,
  rows: Value,
  firstRowsOnly: boolean,
): Streams {
  if (like.A === undefined) return { B: rows };
  if (like.B === undefined) return { A: rows };
  const border = firstRowsOnly ? 1 : visionTokens(config);
  return { A: g.slice(rows, 1, 0, border), B: g.slice(rows, 1, border, END) };
}

/** A slice's end that means "to the end of the axis". */
const END = Number.MAX_SAFE_INTEGER;

function present(streams: Streams): [Modality, Value][] {
  const list: [Modality, Value][] = [];
  if (streams.A !== undefined) list.push(['A', streams.A]);
  if (streams.B !== undefined) list.push(['B', streams.B]);
  return list;
}

function eachStream(streams: Streams, change: (rows: Value, modality: Modality) => Value): Streams {
  return Object.fromEntries(present(streams).map(([modality, rows]) => [modality, change(rows, modality)]));
}

function addStreams(g: GraphBuilder, x: Streams, y: Streams): Streams {
  return eachStream(x, (rows, modality) => {
    const other = y[modality];
    if (other === undefined) throw new Error(`no ${modality} rows to add`);
    return g.add(rows, other);
  });
}
