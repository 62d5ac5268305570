/**
 * Whole graphs: a tower, its inputs, and the outputs somebody asks for.
 * Source: unilm beit3/modeling_finetune.py (heads and which rows they read), BEiT3Wrapper.forward.
 * Deviation: one graph may have several outputs; `itm_logits` is our own head, no such was released.
 */
import { AppError } from '../errors.ts';
import { textLengthMax, visionTokens, type Beit3Config, type HeadsConfig } from '../config.ts';
import { GraphBuilder, type Value } from '../onnx/index.ts';
import { embedImage, embedText } from './embeddings.ts';
import { encode, joined, type Streams } from './encoder.ts';
import { answerLogits, classLogits, matchLogits, pairLogits, retrievalVector } from './heads.ts';
import type { Weights } from './weights.ts';

export type Tower = 'vision' | 'text' | 'fusion';

/**
 * vector: float32 [B, D], unit length (retrieval head).
 * itm_logits: float32 [B, 2]; vqa_logits, nlvr2_logits, classification_logits: float32 [B, classes].
 * mlm_logits: float32 [M, V] at `positions`; mlm_log_probs: float32 [M], log-probability of `targets` there; mim_logits: float32 [B, P - 1, codes].
 * encoder_out: float32 [B, N, D]; hidden: float32 [L + 1, B, N, D], before the closing LayerNorm.
 */
export type OutputName =
  | 'vector'
  | 'itm_logits'
  | 'mlm_logits'
  | 'mlm_log_probs'
  | 'mim_logits'
  | 'vqa_logits'
  | 'nlvr2_logits'
  | 'classification_logits'
  | 'encoder_out'
  | 'hidden';

export interface GraphRequest {
  readonly tower: Tower;
  readonly outputs: readonly OutputName[];
  /** Captioning: a text row sees the image and the text up to itself, an image row sees no text. */
  readonly causalText?: boolean;
  /** Adds the input `masked_patches`, float32 [B, P - 1]. */
  readonly maskedPatches?: boolean;
}

/**
 * Inputs by tower: vision `image` float32 [B, 3, S, S]; text `input_ids`, `padding_mask` int64 [B, T];
 * fusion all three. `nlvr2_logits` adds `image2`, `mlm_logits` adds `positions` int64 [M, 2] (batch, text row),
 * `mlm_log_probs` that and `targets` int64 [M] (token ids).
 */
export function buildGraph(config: Beit3Config, weights: Weights, request: GraphRequest): GraphBuilder {
  checkRequest(config, request);
  const g = new GraphBuilder();
  const vision = request.tower === 'text' ? undefined : imageInput(g, config, request);
  const text = request.tower === 'vision' ? undefined : textInput(g);

  const twice = request.outputs.includes('nlvr2_logits');
  const ids = text && (twice ? g.concat([text.inputIds, text.inputIds], 0) : text.inputIds);
  const mask = text && (twice ? g.concat([text.paddingMask, text.paddingMask], 0) : text.paddingMask);
  const streams: Streams = {
    ...(vision && { A: embedImage(g, config, weights, vision.image, vision.maskedPatches) }),
    ...(ids && mask && { B: embedText(g, config, weights, ids, mask) }),
  };
  const bias = mask && attentionBias(g, config, mask, streams.A, request.causalText === true);

  const hidden: Value[] = [];
  const wantsHidden = request.outputs.includes('hidden');
  const encoded = encode(g, config, weights, streams, {
    ...(bias && { scoreBias: bias }),
    firstRowsOnly: request.outputs.every((output) => firstRowOutputs.has(output)),
    ...(wantsHidden && { onHidden: (value: Value) => hidden.push(g.unsqueeze(value, [0])) }),
  });

  const context = { g, config, weights, ...(readsTokens(request) && { positions: positionsInput(g) }) };
  for (const output of request.outputs) addOutput(context, output, encoded, hidden);
  return g;
}

/** Outputs that read only the first row of each stream (class token, <s>). */
const firstRowOutputs: ReadonlySet<OutputName> = new Set([
  'vector',
  'itm_logits',
  'vqa_logits',
  'nlvr2_logits',
]);

interface Context {
  readonly g: GraphBuilder;
  readonly config: Beit3Config;
  readonly weights: Weights;
  /** int64 [M, 2]: batch and text row of the tokens to be guessed */
  readonly positions?: Value;
}

function readsTokens({ outputs }: GraphRequest): boolean {
  return outputs.includes('mlm_logits') || outputs.includes('mlm_log_probs');
}

function positionsInput(g: GraphBuilder): Value {
  return g.input('positions', 'int64', ['M', 2]);
}

function addOutput(context: Context, name: OutputName, encoded: Streams, hidden: readonly Value[]): void {
  const { g, config } = context;
  const emit = (value: Value, shape: readonly (number | string)[]) => {
    g.output(name, g.cast(value, 'float32'), shape);
  };
  switch (name) {
    case 'vector':
      emit(retrievalVector(context, encoded), ['B', config.width]);
      return;
    case 'itm_logits':
      emit(matchLogits(context, encoded), ['B', 2]);
      return;
    case 'vqa_logits':
      emit(answerLogits(context, encoded), ['B', config.heads.vqa]);
      return;
    case 'nlvr2_logits':
      emit(pairLogits(context, encoded), ['B', config.heads.nlvr2]);
      return;
    case 'classification_logits':
      emit(classLogits(context, encoded), ['B', config.heads.classification]);
      return;
    case 'mlm_logits':
      emit(tokenLogits(context, encoded), ['M', config.vocabularySize]);
      return;
    case 'mlm_log_probs':
      emit(tokenLogProbs(context, encoded), ['M']);
      return;
    case 'mim_logits':
      emit(visualTokenLogits(context, encoded), ['B', visionTokens(config) - 1, config.heads.mim]);
      return;
    case 'encoder_out':
      emit(joined(g, encoded), ['B', 'N', config.width]);
      return;
    case 'hidden':
      emit(g.concat(hidden, 0), [config.layers + 1, 'B', 'N', config.width]);
      return;
  }
}

function imageInput(g: GraphBuilder, config: Beit3Config, request: GraphRequest) {
  const shape = ['B', 3, config.imageSide, config.imageSide] as const;
  const first = g.input('image', 'float32', shape);
  const image = request.outputs.includes('nlvr2_logits')
    ? g.concat([first, g.input('image2', 'float32', shape)], 0) // [2 B, 3, S, S]: all first, then all second
    : first;
  if (request.maskedPatches !== true) return { image };
  return { image, maskedPatches: g.input('masked_patches', 'float32', ['B', visionTokens(config) - 1]) };
}

function textInput(g: GraphBuilder) {
  return {
    inputIds: g.input('input_ids', 'int64', ['B', 'T']),
    paddingMask: g.input('padding_mask', 'int64', ['B', 'T']),
  };
}

/** So small that exp underflows to 0 in float32, as with the reference's -inf, but 0 × it is no NaN. */
const FORBIDDEN = -1e9;

/** float32 [B, 1, 1, N], or [B, 1, N, N] for captioning: 0 where attention is allowed. */
function attentionBias(
  g: GraphBuilder,
  config: Beit3Config,
  paddingMask: Value,
  image: Value | undefined,
  causalText: boolean,
): Value {
  const at = g.in('attention_bias');
  let padding = at.cast(paddingMask, 'float32'); // [B, T]
  const imageRows = image === undefined ? 0 : visionTokens(config);
  if (imageRows > 0) {
    const shape = at.concat([at.shape(paddingMask, 0, 1), at.int64([imageRows])], 0);
    padding = at.concat([at.expand(at.float32(0), shape), padding], 1); // [B, N]
  }
  const bias = at.unsqueeze(at.mul(padding, at.float32(FORBIDDEN)), [1, 2]); // [B, 1, 1, N]
  if (!causalText) return bias;
  const index = at.range(at.squeeze(at.shape(padding, 1, 2))); // [N]
  // Row i may look at columns up to itself, and every row at the whole image.
  const last = at.max(index, at.int64(imageRows - 1));
  const ahead = at.greater(at.unsqueeze(index, [0]), at.unsqueeze(last, [1])); // [N, N]
  return at.add(bias, at.mul(at.cast(ahead, 'float32'), at.float32(FORBIDDEN)));
}

function tokenLogits({ g, config, weights, positions }: Context, encoded: Streams): Value {
  if (encoded.B === undefined || positions === undefined) throw new Error('mlm_logits without text');
  const rows = g.in('mlm').gatherNd(encoded.B, positions); // [M, D]
  return weights.head(g, rows, config.width, 'mlm_head', config.vocabularySize, { bias: true });
}

/** [M]. Here and not by the caller: of V numbers a token one is wanted, and V is 64,010 in the released models. */
function tokenLogProbs(context: Context, encoded: Streams): Value {
  const at = context.g.in('mlm');
  const logits = at.cast(tokenLogits(context, encoded), 'float32'); // [M, V]
  const targets = context.g.input('targets', 'int64', ['M']);
  const chosen = at.gatherElements(logits, at.unsqueeze(targets, [1])); // [M, 1]
  return at.reshape(at.sub(chosen, at.reduceLogSumExp(logits)), [-1]);
}

function visualTokenLogits({ g, config, weights }: Context, encoded: Streams): Value {
  if (encoded.A === undefined) throw new Error('mim_logits without image');
  const at = g.in('mim');
  const patches = visionTokens(config) - 1;
  const rows = at.reshape(at.slice(encoded.A, 1, 1, patches + 1), [-1, config.width]);
  const logits = weights.head(g, rows, config.width, 'mim_head', config.heads.mim, { bias: true });
  return at.reshape(logits, [-1, patches, config.heads.mim]);
}

/** Which head an output needs, and in which towers it makes sense. */
const outputRules: Readonly<
  Record<OutputName, { readonly head?: keyof HeadsConfig; readonly towers: readonly Tower[] }>
> = {
  vector: { head: 'retrieval', towers: ['vision', 'text'] },
  itm_logits: { head: 'itm', towers: ['fusion'] },
  mlm_logits: { head: 'mlm', towers: ['text', 'fusion'] },
  mlm_log_probs: { head: 'mlm', towers: ['text', 'fusion'] },
  mim_logits: { head: 'mim', towers: ['vision', 'fusion'] },
  vqa_logits: { head: 'vqa', towers: ['fusion'] },
  nlvr2_logits: { head: 'nlvr2', towers: ['fusion'] },
  classification_logits: { head: 'classification', towers: ['vision'] },
  encoder_out: { towers: ['vision', 'text', 'fusion'] },
  hidden: { towers: ['vision', 'text', 'fusion'] },
};

function checkRequest(config: Beit3Config, request: GraphRequest): void {
  for (const output of request.outputs) {
    const { head, towers } = outputRules[output];
    if (!towers.includes(request.tower)) {
      throw new AppError(
        'UNSUPPORTED',
        `the ${request.tower} tower has no "${output}"; it belongs to: ${towers.join(', ')}`,
      );
    }
    if (head !== undefined && !config.heads[head]) {
      throw new AppError(
        'UNSUPPORTED',
        `"${output}" needs the ${head} head, which these weights do not have; import a checkpoint that was tuned for it`,
      );
    }
  }
  if (request.causalText === true && request.tower !== 'fusion') {
    throw new AppError('UNSUPPORTED', `captioning needs the fusion tower, found ${request.tower}`);
  }
  if (request.tower !== 'vision' && textLengthMax(config) < 1) {
    throw new AppError('UNSUPPORTED', 'this model has no text positions');
  }
}
