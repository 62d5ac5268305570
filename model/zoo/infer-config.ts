/**
 * Reads a network's sizes off the names and shapes in a checkpoint.
 * Source: BEIT3.md sections 5 to 7. Deviation: the number of attention heads stands in no tensor; it is
 * width / 64, as in every released model, unless said otherwise.
 */
import { checkConfig, noHeads, type Beit3Config, type HeadsConfig } from '../config.ts';
import { AppError } from '../errors.ts';
import { VISION_POSITION_EXTRA_ROWS } from '../beit3/index.ts';

export interface InferOptions {
  /** H; default width / 64 */
  readonly attentionHeads?: number;
  /** S in pixels; default grid × patch. The vision position table is fitted to it. */
  readonly imageSide?: number;
  /** Heads to leave out although the checkpoint has them. */
  readonly withoutHeads?: readonly (keyof HeadsConfig)[];
}

type Shapes = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/** Width of one attention head in all released models. */
const HEAD_WIDTH = 64;

const layerPattern = /^beit3\.encoder\.layers\.(\d{1,4})\.(.*)$/;

/**
 * @param place the checkpoint's path, for errors
 * @throws AppError CHECKPOINT_MISMATCH where this is no BEiT-3, MODEL_INVALID for impossible sizes
 */
export function inferConfig(tensors: Shapes, place: string, options: InferOptions = {}): Beit3Config {
  const shapeOf = (name: string, rank: number) => shapeOfTensor(tensors, place, name, rank);
  const [vocabularySize = 0, width = 0] = shapeOf('beit3.text_embed.weight', 2);
  const [, , patchSize = 0] = shapeOf('beit3.vision_embed.proj.weight', 4);
  const [positionsA = 0] = shapeOf('beit3.encoder.embed_positions.A.weight', 2);
  const [textPositions = 0] = shapeOf('beit3.encoder.embed_positions.B.weight', 2);
  const [feedForwardWidth = 0] = shapeOf('beit3.encoder.layers.0.ffn.A.fc1.weight', 2);
  const layerParts = partsByLayer(tensors);
  const heads = inferHeads(tensors, new Set(options.withoutHeads));
  const grid = squareRoot(positionsA - VISION_POSITION_EXTRA_ROWS, place);
  const config: Beit3Config = {
    layers: layerParts.size,
    width,
    attentionHeads: options.attentionHeads ?? defaultAttentionHeads(width, place),
    feedForwardWidth,
    imageSide: options.imageSide ?? grid * patchSize,
    patchSize,
    vocabularySize,
    textPositions,
    attention: layerParts.get(0)?.has('self_attn.q_proj.weight') === true ? 'shared' : 'decoupled',
    vlExpertLayers: [...layerParts.values()].filter((parts) => parts.has('ffn.VL.fc1.weight')).length,
    // The reference builds both models without the closing LayerNorm, whatever the checkpoint holds.
    normalizeOutput:
      tensors.has('beit3.encoder.layer_norm.A.weight') && heads.vqa === 0 && heads.classification === 0,
    heads,
  };
  checkConfig(config, place);
  return config;
}

/** The head that a checkpoint has; undefined where it has none or several. */
export function onlyHeadOf(tensors: Shapes): keyof HeadsConfig | undefined {
  const heads = Object.entries(inferHeads(tensors, new Set())).filter(([, value]) => Boolean(value));
  return heads.length === 1 ? (heads[0]?.[0] as keyof HeadsConfig) : undefined;
}

function inferHeads(tensors: Shapes, without: ReadonlySet<keyof HeadsConfig>): HeadsConfig {
  const outputs = (name: string) => tensors.get(name)?.shape[0] ?? 0;
  const found: HeadsConfig = {
    retrieval: tensors.has('vision_head.weight') && tensors.has('language_head.weight'),
    itm: tensors.has('itm_head.weight'),
    mlm: tensors.has('mlm_head.weight'),
    mim: outputs('mim_head.weight'),
    vqa: outputs('head.3.weight'),
    nlvr2: outputs('head.dense2.weight'),
    classification: outputs('head.weight'),
  };
  const kept = Object.entries(found).filter(([head]) => !without.has(head as keyof HeadsConfig));
  return { ...noHeads, ...Object.fromEntries(kept) };
}

function partsByLayer(tensors: Shapes): Map<number, Set<string>> {
  const layers = new Map<number, Set<string>>();
  for (const name of tensors.keys()) {
    const match = layerPattern.exec(name);
    if (match === null) continue;
    const index = Number(match[1]);
    const parts = layers.get(index) ?? new Set();
    parts.add(match[2] ?? '');
    layers.set(index, parts);
  }
  return layers;
}

function defaultAttentionHeads(width: number, place: string): number {
  if (width % HEAD_WIDTH === 0) return width / HEAD_WIDTH;
  throw new AppError(
    'CHECKPOINT_MISMATCH',
    `${place}: width ${width} is no multiple of ${HEAD_WIDTH}, so the number of attention heads cannot be guessed; give it with --attention-heads`,
  );
}

function squareRoot(patches: number, place: string): number {
  const side = Math.round(Math.sqrt(Math.max(0, patches)));
  if (side > 0 && side * side === patches) return side;
  throw new AppError(
    'CHECKPOINT_MISMATCH',
    `${place}: "beit3.encoder.embed_positions.A.weight" has rows for ${patches} patches, expected a square number; this is no BEiT-3 of square images`,
  );
}

function shapeOfTensor(tensors: Shapes, place: string, name: string, rank: number): readonly number[] {
  const shape = tensors.get(name)?.shape;
  if (shape === undefined) {
    const some = [...tensors.keys()].slice(0, 3).join(', ');
    throw new AppError(
      'CHECKPOINT_MISMATCH',
      `${place}: no tensor "${name}" (found ${tensors.size}: ${some}${tensors.size > 3 ? ', …' : ''}); expected a BEiT-3 checkpoint`,
    );
  }
  if (shape.length !== rank || shape.some((size) => size < 1)) {
    throw new AppError(
      'CHECKPOINT_MISMATCH',
      `${place}: "${name}" has shape [${shape.join(', ')}], expected ${rank} axes; expected a BEiT-3 checkpoint`,
    );
  }
  return shape;
}
