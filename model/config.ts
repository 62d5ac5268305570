/**
 * BEiT-3 sizes and the shape legend that every graph and docstring of this folder uses.
 * Source: microsoft/unilm beit3 and microsoft/torchscale (released sizes), Wang et al. 2022 (giant).
 * Deviation: `attention: shared` and `vlExpertLayers` describe the paper's network, of which no weights exist.
 *
 * Shape legend: B batch, T text tokens, P patches + 1 (class token first), N P + T, D width,
 * H attention heads, F feed-forward width, S image side in pixels, V vocabulary, G patches per side.
 */
import { AppError } from './errors.ts';

/** A is the vision branch, B the language branch: the reference implementation's letters. */
export type Modality = 'A' | 'B';

/** Sizes and switches that determine the names and shapes of all parameters. */
export interface Beit3Config {
  /** L */
  readonly layers: number;
  /** D */
  readonly width: number;
  /** H; D / 64 in all released models, but not readable off a checkpoint */
  readonly attentionHeads: number;
  /** F */
  readonly feedForwardWidth: number;
  /** S, pixels */
  readonly imageSide: number;
  /** pixels */
  readonly patchSize: number;
  /** V, rows of the text embedding (at least the tokenizer's size) */
  readonly vocabularySize: number;
  /** rows of the text position table; two of them are never read, so the longest text is two shorter */
  readonly textPositions: number;
  /** decoupled: q, k, v, out and all LayerNorms per modality (released); shared: one set for both (paper) */
  readonly attention: 'decoupled' | 'shared';
  /** how many of the top layers have a third feed-forward network for fused input (paper: 3, released: 0) */
  readonly vlExpertLayers: number;
  /** whether the encoder ends in a LayerNorm (false for VQA and image classification) */
  readonly normalizeOutput: boolean;
  readonly heads: HeadsConfig;
}

/** Which task heads the weights contain; a number is the count of classes. */
export interface HeadsConfig {
  /** vision_head, language_head, logit_scale */
  readonly retrieval: boolean;
  /** itm_head: [no match, match] from [image class token ; text <s>] */
  readonly itm: boolean;
  /** mlm_head: vocabulary logits; also used for captioning */
  readonly mlm: boolean;
  /** mim_head: visual token logits, codes */
  readonly mim: number;
  /** pooler.* and head.{0,1,3}.*, answers */
  readonly vqa: number;
  /** head.{norm1,dense1,norm2,dense2}.*, classes */
  readonly nlvr2: number;
  /** fc_norm.* and head.*, classes */
  readonly classification: number;
}

export const noHeads: HeadsConfig = {
  retrieval: false,
  itm: false,
  mlm: false,
  mim: 0,
  vqa: 0,
  nlvr2: 0,
  classification: 0,
};

/** LayerNorm epsilon of every LayerNorm in the released code. */
export const LAYER_NORM_EPSILON = 1e-5;

/** Position tables are read from row 2 on (a habit of fairseq): rows 0 and 1 are never used. */
export const POSITION_OFFSET = 2;

export type SizeName = 'nano' | 'base' | 'large' | 'giant';

const released = {
  patchSize: 16,
  imageSide: 224,
  vocabularySize: 64_010,
  textPositions: 1024,
  attention: 'decoupled',
  vlExpertLayers: 0,
  normalizeOutput: true,
  heads: noHeads,
} as const;

/** The backbone of each named size at its pretraining resolution, without heads. */
export const sizes: Readonly<Record<SizeName, Beit3Config>> = {
  nano: {
    ...released,
    layers: 6,
    width: 192,
    attentionHeads: 3,
    feedForwardWidth: 768,
    imageSide: 128,
    vocabularySize: 5002,
    textPositions: 40,
  },
  base: { ...released, layers: 12, width: 768, attentionHeads: 12, feedForwardWidth: 3072 },
  large: { ...released, layers: 24, width: 1024, attentionHeads: 16, feedForwardWidth: 4096 },
  giant: {
    ...released,
    layers: 40,
    width: 1408,
    attentionHeads: 16,
    feedForwardWidth: 6144,
    patchSize: 14,
    attention: 'shared',
    vlExpertLayers: 3,
  },
};

/** G: patches along one side of the image (integer division, as in the reference). */
export function gridSide(config: Pick<Beit3Config, 'imageSide' | 'patchSize'>): number {
  return Math.floor(config.imageSide / config.patchSize);
}

/** P: patches of an image plus the class token. */
export function visionTokens(config: Pick<Beit3Config, 'imageSide' | 'patchSize'>): number {
  return gridSide(config) ** 2 + 1;
}

/** The longest token row (with <s> and </s>) that the text position table allows. */
export function textLengthMax(config: Pick<Beit3Config, 'textPositions'>): number {
  return config.textPositions - POSITION_OFFSET;
}

/** Larger than any BEiT-3 imagined so far; a config beyond is a mistake or an attack. */
const SIZE_LIMITS = {
  layers: 256,
  width: 16_384,
  attentionHeads: 1024,
  feedForwardWidth: 131_072,
  imageSide: 4096,
  patchSize: 256,
  vocabularySize: 4_000_000,
  textPositions: 1_000_000,
} as const;

/** The longest image sequence for which the attention scores still fit into memory: (1 + 64 × 64) tokens. */
const VISION_TOKENS_MAX = 4097;

/**
 * Refuses sizes that no network can have.
 * @param place named in the error, for example the path of a config.json
 */
export function checkConfig(config: Beit3Config, place: string): void {
  for (const [field, max] of Object.entries(SIZE_LIMITS)) {
    const value = config[field as keyof typeof SIZE_LIMITS];
    if (!Number.isInteger(value) || value < 1 || value > max) {
      throw invalid(place, `"${field}" is ${value}, expected a whole number from 1 to ${max}`);
    }
  }
  if (config.width % config.attentionHeads !== 0) {
    throw invalid(
      place,
      `width ${config.width} cannot be split over ${config.attentionHeads} attention heads; ` +
        `give a number of heads that divides it (released models: ${Math.max(1, Math.round(config.width / 64))})`,
    );
  }
  if (gridSide(config) < 1) {
    throw invalid(place, `an image side of ${config.imageSide} holds no patch of ${config.patchSize} pixels`);
  }
  if (visionTokens(config) > VISION_TOKENS_MAX) {
    throw invalid(
      place,
      `${visionTokens(config)} image tokens, expected at most ${VISION_TOKENS_MAX}; use a smaller image side`,
    );
  }
  if (config.textPositions <= POSITION_OFFSET + 2) {
    throw invalid(place, `"textPositions" is ${config.textPositions}, which leaves no room for a word`);
  }
  if (
    !Number.isInteger(config.vlExpertLayers) ||
    config.vlExpertLayers < 0 ||
    config.vlExpertLayers > config.layers
  ) {
    throw invalid(place, `"vlExpertLayers" is ${config.vlExpertLayers}, expected 0 to ${config.layers}`);
  }
}

function invalid(place: string, what: string): AppError {
  return new AppError('MODEL_INVALID', `${place}: ${what}`);
}
