/**
 * Every parameter of a BEiT-3 network by its reference name, with its shape.
 * Source: torchscale model/BEiT3.py and component/multiway_network.py, unilm beit3/modeling_finetune.py.
 * Deviation: names for the paper's shared attention (no modality letter) and VL experts
 * (`ffn.VL`, `final_layer_norm.VL`) are ours: no weights with them were ever published.
 */
import { gridSide, type Beit3Config, type Modality } from '../config.ts';

export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The branches that a feed-forward network can have: vision, language, fused. */
export type Expert = Modality | 'VL';

/** The vision position table has two unread rows and one for the class token before the grid. */
export const VISION_POSITION_EXTRA_ROWS = 3;

const modalities: readonly Modality[] = ['A', 'B'];

/** Names of the parameters of layer `i`, as functions of the branch; the graph builder reads by them. */
export function layerNames(config: Beit3Config, layer: number) {
  const prefix = `beit3.encoder.layers.${layer}`;
  // In the paper's network attention and its LayerNorms belong to both modalities, so the letter goes.
  const branch = (modality: Modality) => (config.attention === 'shared' ? '' : `.${modality}`);
  return {
    projection: (which: 'q' | 'k' | 'v' | 'out', modality: Modality) =>
      `${prefix}.self_attn.${which}_proj${branch(modality)}`,
    innerAttentionNorm: (modality: Modality) => `${prefix}.self_attn.inner_attn_ln${branch(modality)}`,
    attentionNorm: (modality: Modality) => `${prefix}.self_attn_layer_norm${branch(modality)}`,
    feedForwardNorm: (expert: Expert) => `${prefix}.final_layer_norm.${expert}`,
    feedForward: (expert: Expert, part: 'fc1' | 'fc2' | 'ffn_layernorm') => `${prefix}.ffn.${expert}.${part}`,
  };
}

/** True where fused input goes through a third feed-forward network instead of the two modal ones. */
export function hasVlExpert(config: Beit3Config, layer: number): boolean {
  return layer >= config.layers - config.vlExpertLayers;
}

/** All parameters, in the order of the reference state dictionary: backbone, then heads. */
export function parametersOf(config: Beit3Config): ParameterSpec[] {
  const specs: ParameterSpec[] = [...embeddingParameters(config)];
  for (let layer = 0; layer < config.layers; layer++) specs.push(...layerParameters(config, layer));
  if (config.normalizeOutput) {
    for (const modality of modalities) {
      specs.push(...layerNorm(`beit3.encoder.layer_norm.${modality}`, config.width));
    }
  }
  specs.push(...headParameters(config));
  return specs;
}

/** Number of scalars in the given parameters. */
export function countParameters(specs: readonly ParameterSpec[]): number {
  let count = 0;
  for (const { shape } of specs) count += shape.reduce((product, size) => product * size, 1);
  return count;
}

function embeddingParameters(config: Beit3Config): ParameterSpec[] {
  const { width: D, patchSize } = config;
  return [
    { name: 'beit3.text_embed.weight', shape: [config.vocabularySize, D] },
    { name: 'beit3.vision_embed.mask_token', shape: [1, 1, D] },
    { name: 'beit3.vision_embed.cls_token', shape: [1, 1, D] },
    { name: 'beit3.vision_embed.proj.weight', shape: [D, 3, patchSize, patchSize] },
    { name: 'beit3.vision_embed.proj.bias', shape: [D] },
    {
      name: 'beit3.encoder.embed_positions.A.weight',
      shape: [gridSide(config) ** 2 + VISION_POSITION_EXTRA_ROWS, D],
    },
    { name: 'beit3.encoder.embed_positions.B.weight', shape: [config.textPositions, D] },
  ];
}

function layerParameters(config: Beit3Config, layer: number): ParameterSpec[] {
  const { width: D, feedForwardWidth: F } = config;
  const names = layerNames(config, layer);
  const attentionBranches: readonly Modality[] = config.attention === 'shared' ? ['A'] : modalities;
  const experts: readonly Expert[] = hasVlExpert(config, layer) ? ['A', 'B', 'VL'] : modalities;
  return [
    attentionBranches.map((modality) => [
      (['k', 'v', 'q', 'out'] as const).flatMap((which) => linear(names.projection(which, modality), D, D)),
      layerNorm(names.innerAttentionNorm(modality), D),
      layerNorm(names.attentionNorm(modality), D),
    ]),
    experts.map((expert) => [
      linear(names.feedForward(expert, 'fc1'), D, F),
      linear(names.feedForward(expert, 'fc2'), F, D),
      layerNorm(names.feedForward(expert, 'ffn_layernorm'), F),
      layerNorm(names.feedForwardNorm(expert), D),
    ]),
  ].flat(3);
}

function headParameters(config: Beit3Config): ParameterSpec[] {
  const { width: D, vocabularySize, heads } = config;
  const specs: ParameterSpec[] = [];
  if (heads.retrieval) {
    specs.push(
      { name: 'vision_head.weight', shape: [D, D] },
      { name: 'language_head.weight', shape: [D, D] },
      { name: 'logit_scale', shape: [] },
    );
  }
  if (heads.itm) specs.push(...linear('itm_head', 2 * D, 2));
  if (heads.mlm) specs.push(...linear('mlm_head', D, vocabularySize));
  if (heads.mim > 0) specs.push(...linear('mim_head', D, heads.mim));
  if (heads.vqa > 0) {
    specs.push(
      ...layerNorm('pooler.norm', D),
      ...linear('pooler.dense', D, D),
      ...linear('head.0', D, 2 * D),
      ...layerNorm('head.1', 2 * D),
      ...linear('head.3', 2 * D, heads.vqa),
    );
  }
  if (heads.nlvr2 > 0) {
    specs.push(
      ...layerNorm('head.norm1', 4 * D),
      ...linear('head.dense1', 4 * D, 2 * D),
      ...layerNorm('head.norm2', 2 * D),
      ...linear('head.dense2', 2 * D, heads.nlvr2),
    );
  }
  if (heads.classification > 0) {
    specs.push(...layerNorm('fc_norm', D), ...linear('head', D, heads.classification));
  }
  return specs;
}

function linear(name: string, inputs: number, outputs: number): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [outputs, inputs] },
    { name: `${name}.bias`, shape: [outputs] },
  ];
}

function layerNorm(name: string, width: number): ParameterSpec[] {
  return [
    { name: `${name}.weight`, shape: [width] },
    { name: `${name}.bias`, shape: [width] },
  ];
}
