/**
 * Makes a model folder out of a checkpoint and a tokenizer, tensor by tensor.
 * Source: unilm beit3 (key names, loading rules). Deviation: strict where the reference is lenient: every
 * expected tensor must be there with its exact shape; what is left over is listed.
 */
import { chmod, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parametersOf, VISION_POSITION_EXTRA_ROWS, type ParameterSpec } from '../beit3/index.ts';
import {
  openCheckpoint,
  writeSafetensors,
  type Checkpoint,
  type SafetensorsEntry,
} from '../checkpoint/index.ts';
import { gridSide, textLengthMax, type Beit3Config, type HeadsConfig } from '../config.ts';
import { AppError, messageOf } from '../errors.ts';
import type { PreprocessSpec } from '../image/index.ts';
import { Tokenizer } from '../text/index.ts';
import { inferConfig, onlyHeadOf } from './infer-config.ts';
import { fitPositionTable } from './position-table.ts';
import {
  CONFIG_FILE,
  describeFile,
  FUSION_FILE,
  openModelFolder,
  parseConfig,
  TOKENIZER_FILE,
  WEIGHTS_FILE,
  type ModelConfig,
  type ModelFolder,
} from './model-folder.ts';

export interface ImportOptions {
  /** .pth or .safetensors */
  readonly checkpoint: string;
  /** .spm; without one the model can only encode images */
  readonly tokenizer?: string;
  /** A second checkpoint of the same sizes, used for fusion only. */
  readonly fusionCheckpoint?: string;
  /** Folder that the model folder is made in. */
  readonly modelsFolder: string;
  /** Name of the model and its folder; default: the checkpoint's file name without ending. */
  readonly name?: string;
  readonly attentionHeads?: number;
  /** pixels; default: the checkpoint's own */
  readonly imageSide?: number;
  readonly withoutHeads?: readonly (keyof HeadsConfig)[];
  /** tokens of the longest row, <s> and </s> included; default 64, or what the position table allows */
  readonly textLengthMax?: number;
  /** For tokenizers that do neither themselves; both default to false. */
  readonly lowercase?: boolean;
  readonly collapseWhitespace?: boolean;
  /**
   * Whether the weights for fusion were tuned to write captions. Default: true where the mlm head is their only one, as
   * in the released captioning checkpoints; those of the pretraining have others beside it.
   */
  readonly captioning?: boolean;
  /** Default auto. */
  readonly precision?: ModelConfig['precision'];
  readonly provenance?: Partial<ModelConfig['provenance']>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void;
}

export interface ImportResult {
  readonly model: ModelFolder;
  /** Tensors of the checkpoint that no part of this model reads. */
  readonly unused: readonly string[];
}

/** The official data sets cut captions to this many tokens. */
const TEXT_LENGTH_DEFAULT = 64;

/** The official embedding has 8 rows more than its tokenizer has pieces; a larger gap is another tokenizer. */
const SPARE_VOCABULARY_ROWS_MAX = 64;

/** Elements of a tensor that are copied at a time. */
const COPY_ELEMENTS = 4_194_304;

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * The folder appears whole or not at all.
 * @throws AppError NAME_TAKEN, CHECKPOINT_*, TOKENIZER_INVALID, MODEL_INVALID, DISK_FULL, ABORTED
 */
export async function importModel(options: ImportOptions): Promise<ImportResult> {
  const name = options.name ?? path.parse(options.checkpoint).name;
  if (!namePattern.test(name)) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `model name "${name}": expected letters, digits, ".", "_" and "-", starting with a letter or digit; give one with --name`,
    );
  }
  const folder = path.join(options.modelsFolder, name);
  if ((await stat(folder).catch(() => undefined)) !== undefined) {
    throw nameTaken(folder);
  }
  await mkdir(options.modelsFolder, { recursive: true });
  const temporary = await mkdtemp(path.join(options.modelsFolder, `.${name}.part-`));
  try {
    const unused = await fill(temporary, name, options);
    // A temporary folder is its maker's alone; a model is as readable as the folder it stands in.
    await chmod(temporary, (await stat(options.modelsFolder)).mode & 0o777);
    options.signal?.throwIfAborted();
    await rename(temporary, folder);
    return { model: await openModelFolder(folder), unused };
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw asImportError(error, folder, options.signal);
  }
}

async function fill(folder: string, name: string, options: ImportOptions): Promise<string[]> {
  const main = await copyWeights(options.checkpoint, path.join(folder, WEIGHTS_FILE), options, undefined);
  const fusion =
    options.fusionCheckpoint === undefined
      ? undefined
      : await copyWeights(options.fusionCheckpoint, path.join(folder, FUSION_FILE), {}, main.config);
  const tokenizer = await copyTokenizer(folder, main.config, options);
  const config = parseConfig(
    {
      format: 1,
      name,
      beit3: main.config,
      weights: await describeFile(folder, WEIGHTS_FILE),
      fusion:
        fusion === undefined ? null : { ...(await describeFile(folder, FUSION_FILE)), beit3: fusion.config },
      tokenizer,
      captioning: options.captioning ?? isCaptioning(fusion ?? main),
      textLengthMax: options.textLengthMax ?? Math.min(TEXT_LENGTH_DEFAULT, textLengthMax(main.config)),
      preprocess: preprocessOf(main.config),
      precision: options.precision ?? 'auto',
      provenance: {
        source: path.basename(options.checkpoint),
        description: '',
        licence: 'unknown',
        ...options.provenance,
      },
    } satisfies ModelConfig,
    options.checkpoint,
  );
  await writeFile(path.join(folder, CONFIG_FILE), `${JSON.stringify(config, null, 2)}\n`, { flush: true });
  return [...main.unused, ...(fusion?.unused ?? [])];
}

/** Left out by the caller, the head is no longer in the configuration. */
function isCaptioning({ config, onlyHead }: CopiedWeights): boolean {
  return onlyHead === 'mlm' && config.heads.mlm;
}

interface CopiedWeights {
  readonly config: Beit3Config;
  readonly unused: readonly string[];
  /** of the checkpoint, left out or not; undefined where it has none or several */
  readonly onlyHead: keyof HeadsConfig | undefined;
}

async function copyWeights(
  source: string,
  target: string,
  options: Omit<ImportOptions, 'checkpoint' | 'modelsFolder'>,
  like: Beit3Config | undefined,
): Promise<CopiedWeights> {
  const checkpoint = await openCheckpoint(source);
  try {
    const config = inferConfig(checkpoint.tensors, source, like ? inferLike(like) : options);
    if (like !== undefined) checkSameSizes(config, like, source);
    const specs = parametersOf(config);
    const unused = checkTensors(checkpoint, config, specs);
    const progress = progressCounter(specs, options.onProgress);
    const entries = specs.map((spec) => entryOf(checkpoint, config, spec, progress, options.signal));
    await writeSafetensors(target, entries, { format: 'pt' });
    return { config, unused, onlyHead: onlyHeadOf(checkpoint.tensors) };
  } finally {
    await checkpoint.close();
  }
}

function inferLike(like: Beit3Config) {
  return {
    attentionHeads: like.attentionHeads,
    imageSide: like.imageSide,
    withoutHeads: ['retrieval'] as const,
  };
}

/** Pictures and token rows are prepared once, for both sets of weights. */
const SIZES_IN_COMMON = [
  'layers',
  'width',
  'feedForwardWidth',
  'patchSize',
  'vocabularySize',
  'textPositions',
  'attention',
  'vlExpertLayers',
] as const;

function checkSameSizes(config: Beit3Config, like: Beit3Config, source: string): void {
  for (const field of SIZES_IN_COMMON) {
    if (config[field] === like[field]) continue;
    throw new AppError(
      'CHECKPOINT_MISMATCH',
      `${source}: "${field}" is ${config[field]}, expected ${like[field]} as in the main checkpoint`,
    );
  }
}

/** @returns the names that are left over */
function checkTensors(
  checkpoint: Checkpoint,
  config: Beit3Config,
  specs: readonly ParameterSpec[],
): string[] {
  const expected = new Set<string>();
  for (const { name, shape } of specs) {
    expected.add(name);
    const found = checkpoint.tensors.get(name);
    const wanted = name === POSITION_TABLE ? [found?.shape[0] ?? 0, config.width] : shape;
    if (found === undefined) {
      throw new AppError(
        'CHECKPOINT_MISMATCH',
        `${checkpoint.path}: "${name}" is missing, expected shape [${shape.join(', ')}]; the file is incomplete or no BEiT-3 checkpoint`,
      );
    }
    if (found.shape.join() !== wanted.join()) {
      throw new AppError(
        'CHECKPOINT_MISMATCH',
        `${checkpoint.path}: "${name}" has shape [${found.shape.join(', ')}], expected [${wanted.join(', ')}] for a network of width ${config.width} with ${config.layers} layers`,
      );
    }
    if (!['float32', 'float16', 'bfloat16', 'float64'].includes(found.dtype)) {
      throw new AppError(
        'CHECKPOINT_MISMATCH',
        `${checkpoint.path}: "${name}" holds ${found.dtype}, expected floating-point numbers; quantized checkpoints cannot be imported, use the original`,
      );
    }
  }
  return [...checkpoint.tensors.keys()].filter((name) => !expected.has(name));
}

const POSITION_TABLE = 'beit3.encoder.embed_positions.A.weight';

function entryOf(
  checkpoint: Checkpoint,
  config: Beit3Config,
  { name, shape }: ParameterSpec,
  progress: (elements: number) => void,
  signal: AbortSignal | undefined,
): SafetensorsEntry {
  const info = checkpoint.tensors.get(name);
  if (info === undefined) throw new Error(`${name} was checked before`);
  const rows = info.shape[0] ?? 0;
  if (name === POSITION_TABLE && rows !== shape[0]) {
    return {
      name,
      dtype: 'float32',
      shape,
      async *chunks() {
        const before = Math.round(Math.sqrt(rows - VISION_POSITION_EXTRA_ROWS));
        const table = await checkpoint.readFloat32(name);
        const fitted = fitPositionTable(table, config.width, before, gridSide(config));
        progress(fitted.length);
        yield new Uint8Array(fitted.buffer, fitted.byteOffset, fitted.byteLength);
      },
    };
  }
  return {
    name,
    dtype: info.dtype,
    shape,
    async *chunks() {
      for (let start = 0; start < info.elementCount; start += COPY_ELEMENTS) {
        signal?.throwIfAborted();
        const elements = Math.min(COPY_ELEMENTS, info.elementCount - start);
        yield await checkpoint.readBytes(name, { start, count: elements });
        progress(elements);
      }
    },
  };
}

function progressCounter(
  specs: readonly ParameterSpec[],
  onProgress: ImportOptions['onProgress'],
): (elements: number) => void {
  const total = specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  let done = 0;
  return (elements) => {
    done += elements;
    onProgress?.(done, total);
  };
}

async function copyTokenizer(
  folder: string,
  config: Beit3Config,
  options: ImportOptions,
): Promise<ModelConfig['tokenizer']> {
  if (options.tokenizer === undefined) return null;
  const tokenizer = await Tokenizer.load(options.tokenizer);
  const spare = config.vocabularySize - tokenizer.vocabularySize;
  if (spare < 0 || spare > SPARE_VOCABULARY_ROWS_MAX) {
    throw new AppError(
      'TOKENIZER_INVALID',
      `${options.tokenizer}: ${tokenizer.vocabularySize} tokens, expected ${config.vocabularySize - SPARE_VOCABULARY_ROWS_MAX} to ${config.vocabularySize} for this checkpoint; give the .spm that came with it`,
    );
  }
  // Bytes, not the file: its permissions (perhaps read-only) stay behind.
  await writeFile(path.join(folder, TOKENIZER_FILE), await readFile(options.tokenizer), { flush: true });
  return {
    ...(await describeFile(folder, TOKENIZER_FILE)),
    lowercase: options.lowercase ?? false,
    collapseWhitespace: options.collapseWhitespace ?? false,
  };
}

/** Image classification was trained on centre crops with ImageNet's statistics, everything else on squashed squares. */
function preprocessOf(config: Beit3Config): PreprocessSpec {
  const half = [0.5, 0.5, 0.5] as const;
  if (config.heads.classification === 0) {
    return { side: config.imageSide, resize: 'stretch', mean: half, std: half };
  }
  return {
    side: config.imageSide,
    resize: 'shorter-side-crop',
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  };
}

function nameTaken(folder: string): AppError {
  return new AppError(
    'NAME_TAKEN',
    `${folder}: there is a model of this name; choose another with --name, or delete the folder`,
  );
}

function asImportError(error: unknown, folder: string, signal: AbortSignal | undefined): unknown {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('DISK_FULL', `${folder}: ${messageOf(error)}; free space and import again`, {
      cause: error,
    });
  }
  if (code === 'ENOTEMPTY' || code === 'EEXIST') return nameTaken(folder);
  // A signal may carry any reason, an AbortError or not.
  if (signal?.aborted === true) {
    return new AppError('ABORTED', `${folder}: the import was aborted`, { cause: error });
  }
  return error;
}
