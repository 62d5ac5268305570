/**
 * BEiT-3 as plain loops in float64, one image and one text at a time: slow, obvious, and built from nothing
 * that the graphs are built from. The oracle of the graph tests.
 * Source: BEIT3.md sections 2 to 6; section 12 for shared attention and VL experts. Deviation: none.
 */
import type { Beit3Config } from '../../model/index.ts';

export type Row = readonly number[];

export interface NaiveInput {
  /** float32 [3, S, S] */
  readonly image?: Float32Array;
  /** [P - 1], 1 where the mask token stands in for the patch */
  readonly maskedPatches?: readonly number[];
  readonly ids?: readonly number[];
  /** [T], 1 = padding; default: none */
  readonly padding?: readonly number[];
  readonly causalText?: boolean;
}

export interface NaiveOutput {
  /** [L + 1, N, D] */
  readonly hidden: readonly (readonly Row[])[];
  /** [N, D], after the closing LayerNorm where there is one */
  readonly rows: readonly Row[];
  /** rows that are image tokens */
  readonly imageRows: number;
}

/** Reads a parameter by its reference name. */
export type Parameters = (name: string) => Float32Array;

export function naiveForward(config: Beit3Config, parameters: Parameters, input: NaiveInput): NaiveOutput {
  const images =
    input.image === undefined ? [] : imageTokens(config, parameters, input.image, input.maskedPatches);
  const texts = input.ids === undefined ? [] : textTokens(config, parameters, input.ids, input.padding);
  const imageRows = images.length;
  const branch = (row: number) => (row < imageRows ? 'A' : 'B');
  const padded = (row: number) => row >= imageRows && input.padding?.[row - imageRows] === 1;
  const sees = (query: number, key: number): boolean => {
    if (padded(key)) return false;
    if (input.causalText !== true || key < imageRows) return true;
    return query >= imageRows && key <= query;
  };
  const fused = images.length > 0 && texts.length > 0;

  let x: Row[] = [...images, ...texts];
  const hidden: Row[][] = [x];
  for (let layer = 0; layer < config.layers; layer++) {
    const at = `beit3.encoder.layers.${layer}`;
    const attended = attention(config, parameters, at, x, branch, sees);
    x = x.map((row, index) => add(row, attended[index] ?? []));
    const hasExpert = fused && layer >= config.layers - config.vlExpertLayers;
    x = x.map((row, index) => add(row, feedForward(parameters, at, row, hasExpert ? 'VL' : branch(index))));
    hidden.push(x);
  }
  const rows = config.normalizeOutput
    ? x.map((row, index) => layerNorm(parameters, `beit3.encoder.layer_norm.${branch(index)}`, row))
    : x;
  return { hidden, rows, imageRows };
}

function attention(
  config: Beit3Config,
  parameters: Parameters,
  at: string,
  x: readonly Row[],
  branch: (row: number) => string,
  sees: (query: number, key: number) => boolean,
): Row[] {
  const letter = (row: number) => (config.attention === 'shared' ? '' : `.${branch(row)}`);
  const project = (which: string, rows: readonly Row[]) =>
    rows.map((row, index) => linear(parameters, `${at}.self_attn.${which}_proj${letter(index)}`, row));
  const y = x.map((row, index) => layerNorm(parameters, `${at}.self_attn_layer_norm${letter(index)}`, row));
  const [q, k, v] = [project('q', y), project('k', y), project('v', y)];
  const size = config.width / config.attentionHeads;
  const joined = x.map((_, query) => {
    const row: number[] = [];
    for (let head = 0; head < config.attentionHeads; head++) {
      const part = (all: Row | undefined) => (all ?? []).slice(head * size, (head + 1) * size);
      const scores = x.map((__, key) =>
        sees(query, key) ? dot(part(q[query]), part(k[key])) / Math.sqrt(size) : -Infinity,
      );
      const shares = softmax(scores);
      for (let feature = 0; feature < size; feature++) {
        row.push(shares.reduce((sum, share, key) => sum + share * (v[key]?.[head * size + feature] ?? 0), 0));
      }
    }
    return row;
  });
  const inner = joined.map((row, index) =>
    layerNorm(parameters, `${at}.self_attn.inner_attn_ln${letter(index)}`, row),
  );
  return project('out', inner);
}

function feedForward(parameters: Parameters, at: string, row: Row, expert: string): Row {
  const y = layerNorm(parameters, `${at}.final_layer_norm.${expert}`, row);
  const h = linear(parameters, `${at}.ffn.${expert}.fc1`, y).map(gelu);
  const normed = layerNorm(parameters, `${at}.ffn.${expert}.ffn_layernorm`, h);
  return linear(parameters, `${at}.ffn.${expert}.fc2`, normed);
}

/** Class token, then patches row by row: the convolution, written as its definition. */
function imageTokens(
  config: Beit3Config,
  parameters: Parameters,
  image: Float32Array,
  masked: readonly number[] | undefined,
): Row[] {
  const { imageSide: S, patchSize, width: D } = config;
  const grid = Math.floor(S / patchSize);
  const weight = parameters('beit3.vision_embed.proj.weight');
  const bias = parameters('beit3.vision_embed.proj.bias');
  const tokens: Row[] = [Array.from(parameters('beit3.vision_embed.cls_token'))];
  for (let patchY = 0; patchY < grid; patchY++) {
    for (let patchX = 0; patchX < grid; patchX++) {
      if (masked?.[patchY * grid + patchX] === 1) {
        tokens.push(Array.from(parameters('beit3.vision_embed.mask_token')));
        continue;
      }
      const row: number[] = [];
      for (let feature = 0; feature < D; feature++) {
        let sum = bias[feature] ?? 0;
        for (let channel = 0; channel < 3; channel++) {
          for (let y = 0; y < patchSize; y++) {
            for (let x = 0; x < patchSize; x++) {
              const pixel = image[(channel * S + patchY * patchSize + y) * S + patchX * patchSize + x] ?? 0;
              sum += pixel * (weight[((feature * 3 + channel) * patchSize + y) * patchSize + x] ?? 0);
            }
          }
        }
        row.push(sum);
      }
      tokens.push(row);
    }
  }
  return tokens.map((row, index) =>
    add(row, tableRow(parameters, 'beit3.encoder.embed_positions.A.weight', index + 2, D)),
  );
}

function textTokens(
  config: Beit3Config,
  parameters: Parameters,
  ids: readonly number[],
  padding: readonly number[] | undefined,
): Row[] {
  const { width: D } = config;
  return ids.map((id, index) => {
    if (padding?.[index] === 1) return Array.from({ length: D }, () => 0);
    const position = tableRow(parameters, 'beit3.encoder.embed_positions.B.weight', index + 2, D);
    return add(tableRow(parameters, 'beit3.text_embed.weight', id, D), position);
  });
}

/** head(rows) as the task heads compute it; each takes the rows it is defined on. */
export const naiveHeads = {
  /** @param head vision_head or language_head */
  vector: (parameters: Parameters, head: string, row: Row): Row => {
    const projected = linear(parameters, head, row, false);
    const norm = Math.max(Math.sqrt(dot(projected, projected)), 1e-12);
    return projected.map((value) => value / norm);
  },
  itm: (parameters: Parameters, image: Row, text: Row): Row =>
    linear(parameters, 'itm_head', [...image, ...text]),
  mlm: (parameters: Parameters, row: Row): Row => linear(parameters, 'mlm_head', row),
  mim: (parameters: Parameters, row: Row): Row => linear(parameters, 'mim_head', row),
  vqa: (parameters: Parameters, image: Row): Row => {
    const pooled = linear(parameters, 'pooler.dense', layerNorm(parameters, 'pooler.norm', image)).map(
      Math.tanh,
    );
    const h = layerNorm(parameters, 'head.1', linear(parameters, 'head.0', pooled)).map(gelu);
    return linear(parameters, 'head.3', h);
  },
  nlvr2: (parameters: Parameters, four: Row): Row => {
    const h = linear(parameters, 'head.dense1', layerNorm(parameters, 'head.norm1', four));
    return linear(parameters, 'head.dense2', layerNorm(parameters, 'head.norm2', h).map(gelu));
  },
  classification: (parameters: Parameters, patches: readonly Row[]): Row => {
    const mean = (patches[0] ?? []).map(
      (_, feature) => patches.reduce((sum, row) => sum + (row[feature] ?? 0), 0) / patches.length,
    );
    return linear(parameters, 'head', layerNorm(parameters, 'fc_norm', mean));
  },
};

function linear(parameters: Parameters, name: string, row: Row, hasBias = true): number[] {
  const weight = parameters(`${name}.weight`);
  const outputs = weight.length / row.length;
  const bias = hasBias ? parameters(`${name}.bias`) : new Float32Array(outputs);
  return Array.from({ length: outputs }, (_, output) => {
    let sum = bias[output] ?? 0;
    for (const [input, value] of row.entries()) sum += value * (weight[output * row.length + input] ?? 0);
    return sum;
  });
}

function layerNorm(parameters: Parameters, name: string, row: Row): number[] {
  const weight = parameters(`${name}.weight`);
  const bias = parameters(`${name}.bias`);
  const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
  const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
  return row.map(
    (value, index) =>
      ((value - mean) / Math.sqrt(variance + 1e-5)) * (weight[index] ?? 0) + (bias[index] ?? 0),
  );
}

function softmax(scores: Row): number[] {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function gelu(x: number): number {
  return 0.5 * x * (1 + erf(x / Math.SQRT2));
}

/** To 1e-14: the Taylor series near 0, the asymptotic limit where it is reached. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

function tableRow(parameters: Parameters, name: string, index: number, width: number): number[] {
  return Array.from(parameters(name).subarray(index * width, (index + 1) * width));
}

function dot(a: Row, b: Row): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

function add(a: Row, b: Row): number[] {
  return a.map((value, index) => value + (b[index] ?? 0));
}
