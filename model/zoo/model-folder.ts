/**
 * A model folder: config.json beside weights and tokenizer, checked when it is opened.
 * Source: our own format (DESIGN, "Model folder"). Deviation: none.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { checkConfig, textLengthMax, type Beit3Config } from '../config.ts';
import { AppError, messageOf } from '../errors.ts';
import { preprocessVersion, type PreprocessSpec } from '../image/index.ts';

export const CONFIG_FILE = 'config.json';
export const WEIGHTS_FILE = 'model.safetensors';
export const FUSION_FILE = 'fusion.safetensors';
export const TOKENIZER_FILE = 'tokenizer.spm';

/** Raised when a reader of the old number would misread the file. */
const FORMAT = 1;

/** A config is a page of text; a larger file is something else. */
const CONFIG_BYTES_MAX = 1_048_576;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');
/** Files stand in the folder itself: no path leads out of it. */
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'expected a plain file name');
const count = z.int().nonnegative();

const headsSchema = z.strictObject({
  retrieval: z.boolean(),
  itm: z.boolean(),
  mlm: z.boolean(),
  mim: count,
  vqa: count,
  nlvr2: count,
  classification: count,
});

const beit3Schema = z.strictObject({
  layers: count,
  width: count,
  attentionHeads: count,
  feedForwardWidth: count,
  imageSide: count,
  patchSize: count,
  vocabularySize: count,
  textPositions: count,
  attention: z.enum(['decoupled', 'shared']),
  vlExpertLayers: count,
  normalizeOutput: z.boolean(),
  heads: headsSchema,
});

const fileSchema = z.strictObject({ file: fileName, bytes: count, sha256 });
const triple = z.tuple([z.number(), z.number(), z.number()]).readonly();

const configSchema = z.strictObject({
  format: z.literal(FORMAT),
  name: z.string().min(1),
  beit3: beit3Schema,
  weights: fileSchema,
  /** A second set of weights for fusion, where one set cannot do both. */
  fusion: z.strictObject({ ...fileSchema.shape, beit3: beit3Schema }).nullable(),
  tokenizer: z
    .strictObject({ ...fileSchema.shape, lowercase: z.boolean(), collapseWhitespace: z.boolean() })
    .nullable(),
  /** tokens of the longest row, <s> and </s> included */
  textLengthMax: z.int().min(3),
  /** Whether the mlm head of the fusion weights was tuned to write captions word by word. */
  captioning: z.boolean().default(false),
  preprocess: z.strictObject({
    side: count,
    resize: z.enum(['stretch', 'shorter-side-crop']),
    mean: triple,
    std: triple,
  }),
  /** What `auto` means for this model on a CPU. */
  precision: z.enum(['auto', 'fp32', 'fp16', 'int8']),
  provenance: z.strictObject({
    source: z.string(),
    description: z.string(),
    licence: z.string(),
  }),
});

type FileEntry = z.infer<typeof fileSchema>;

/** config.json, as it stands on disk. */
export type ModelConfig = z.infer<typeof configSchema> & {
  readonly beit3: Beit3Config;
  readonly preprocess: PreprocessSpec;
};

/** A folder that was opened and whose files are all there. */
export interface ModelFolder {
  readonly folder: string;
  readonly config: ModelConfig;
  /** See `Embedder.identity`. */
  readonly identity: string;
}

/**
 * Reads and checks config.json, and that every file it names is there with the right size.
 * @throws AppError MODEL_NOT_FOUND, MODEL_INVALID
 */
export async function openModelFolder(folder: string): Promise<ModelFolder> {
  const file = path.join(folder, CONFIG_FILE);
  const config = parseConfig(await readConfig(file), file);
  for (const entry of filesOf(config)) await checkSize(folder, entry);
  return { folder, config, identity: identityOf(config) };
}

/**
 * Reads every file again and compares its SHA-256 with config.json.
 * @throws AppError MODEL_INVALID naming the first file that differs
 */
export async function checkModelFiles(model: ModelFolder): Promise<void> {
  for (const entry of filesOf(model.config)) {
    const file = path.join(model.folder, entry.file);
    const found = await hashFile(file);
    if (found !== entry.sha256) {
      throw new AppError(
        'MODEL_INVALID',
        `${file}: SHA-256 is ${found}, expected ${entry.sha256}; the file was changed, import the model again`,
      );
    }
  }
}

/** Hash and size of a file, as config.json wants them. */
export async function describeFile(folder: string, file: string): Promise<FileEntry> {
  const full = path.join(folder, file);
  const { size } = await stat(full);
  return { file, bytes: size, sha256: await hashFile(full) };
}

/** @throws AppError MODEL_INVALID naming the field */
export function parseConfig(json: unknown, place: string): ModelConfig {
  const parsed = configSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = issue === undefined || issue.path.length === 0 ? 'the file' : `"${issue.path.join('.')}"`;
    throw new AppError(
      'MODEL_INVALID',
      `${place}: ${field}: ${issue?.message ?? 'invalid'}; this is no config.json of this version, import the model again`,
    );
  }
  const config = parsed.data;
  checkConfig(config.beit3, place);
  if (config.fusion !== null) checkConfig(config.fusion.beit3, place);
  if (config.textLengthMax > textLengthMax(config.beit3)) {
    throw new AppError(
      'MODEL_INVALID',
      `${place}: "textLengthMax" is ${config.textLengthMax}, expected at most ${textLengthMax(config.beit3)} (the text position table)`,
    );
  }
  if (config.captioning && !(config.fusion ?? config).beit3.heads.mlm) {
    throw new AppError(
      'MODEL_INVALID',
      `${place}: "captioning" is true, but the weights for it have no mlm head; import the model again`,
    );
  }
  if (config.preprocess.side !== config.beit3.imageSide) {
    throw new AppError(
      'MODEL_INVALID',
      `${place}: pictures are prepared with side ${config.preprocess.side}, expected ${config.beit3.imageSide} as in "beit3"`,
    );
  }
  return config;
}

/**
 * Everything that decides what a vector is. Name, provenance and precision do not: vectors of two
 * precisions may be compared.
 */
function identityOf(config: ModelConfig): string {
  const { beit3, textLengthMax: lengthMax, preprocess, tokenizer, weights } = config;
  const parts = [
    beit3,
    lengthMax,
    preprocess,
    tokenizer && [tokenizer.sha256, tokenizer.lowercase, tokenizer.collapseWhitespace],
    weights.sha256,
    preprocessVersion,
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function filesOf(config: ModelConfig): FileEntry[] {
  return [config.weights, config.fusion, config.tokenizer].filter((entry) => entry !== null);
}

async function readConfig(file: string): Promise<unknown> {
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > CONFIG_BYTES_MAX) {
      throw new AppError('MODEL_INVALID', `${file}: ${size} bytes, expected at most ${CONFIG_BYTES_MAX}`);
    }
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError(
      'MODEL_NOT_FOUND',
      `${file}: ${messageOf(error)}; expected a model folder, see "imglish model list"`,
      { cause: error },
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError('MODEL_INVALID', `${file}: no JSON (${messageOf(error)}); import the model again`, {
      cause: error,
    });
  }
}

async function checkSize(folder: string, entry: FileEntry): Promise<void> {
  const file = path.join(folder, entry.file);
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() === true && found.size === entry.bytes) return;
  const what = found === undefined ? 'is missing' : `has ${found.size} bytes`;
  throw new AppError(
    'MODEL_INVALID',
    `${file} ${what}, expected ${entry.bytes} bytes; import the model again`,
  );
}

async function hashFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1_048_576 }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}
