/**
 * Fetches an official checkpoint with its tokenizer and imports it.
 * Source: our own. Deviation: none.
 */
import { mkdir, rm, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { AppError, isAppError, messageOf } from '../../errors.ts';
import { importModel, type ImportResult } from '../import-model.ts';
import { download, type DownloadOptions, type Fetch } from './download.ts';
import {
  addressOf,
  fileNameOf,
  OFFICIAL_LICENCE,
  officialModels,
  RELEASE_ADDRESS,
  TOKENIZER_NAME,
  type OfficialModel,
} from './official-models.ts';

export interface PullProgress {
  readonly phase: 'download' | 'import';
  /** name of the file that is fetched or read */
  readonly file: string;
  /** bytes */
  readonly done: number;
  /** bytes; null where the server does not say */
  readonly total: number | null;
}

export interface PullOptions {
  /** One of `officialModels`. */
  readonly name: string;
  /** Folder that the model folder is made in; the files lie in `.downloads` there until they are imported. */
  readonly modelsFolder: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: PullProgress) => void;
  /** Address of a folder with the same file names. Default: the official release. */
  readonly mirror?: string;
  readonly fetchImpl?: Fetch;
  /** See `DownloadOptions`. */
  readonly backoffMs?: number;
  readonly stallMs?: number;
}

/** The largest official file is below 2 GB; in float32 with optimizer state it would be six times that. */
const CHECKPOINT_BYTES_MAX = 16_000_000_000;
/** beit3.spm has about a megabyte. */
const TOKENIZER_BYTES_MAX = 64_000_000;

const DOWNLOADS_FOLDER = '.downloads';

/** Space that must stay free for everybody else. */
const SPARE_BYTES = 200_000_000;

/**
 * Interrupted at any point, the same call goes on where it stopped. The files are deleted after the import.
 * @throws AppError NOT_FOUND, NAME_TAKEN, DOWNLOAD_FAILED (naming addresses and the command that imports the
 *   files by hand), LIMIT_EXCEEDED, DISK_FULL, ABORTED, and what `importModel` throws
 */
export async function pullModel(options: PullOptions): Promise<ImportResult> {
  const model = officialModels.find(({ name }) => name === options.name);
  if (model === undefined) throw unknownModel(options.name);
  await checkNameFree(model, options.modelsFolder);
  const folder = path.join(options.modelsFolder, DOWNLOADS_FOLDER);
  await mkdir(folder, { recursive: true });
  const tokenizer = path.join(folder, TOKENIZER_NAME);
  const checkpoint = path.join(folder, fileNameOf(model));
  try {
    // The small file first: whoever has no way to the server learns it at once.
    await download({
      ...downloadOptions(tokenizer, options),
      bytesMax: TOKENIZER_BYTES_MAX,
      wrongHead: wrongTokenizerHead,
    });
    await download({
      ...downloadOptions(checkpoint, options),
      bytesMax: CHECKPOINT_BYTES_MAX,
      wrongHead: wrongCheckpointHead,
      onSize: (total, missing) => checkSpace(folder, missing + total),
    });
  } catch (error) {
    throw isAppError(error, 'DOWNLOAD_FAILED') ? withManualWay(error, model, options) : error;
  }
  return importFiles(model, checkpoint, tokenizer, options);
}

async function importFiles(
  model: OfficialModel,
  checkpoint: string,
  tokenizer: string,
  options: PullOptions,
): Promise<ImportResult> {
  const { size } = await stat(checkpoint);
  const file = path.basename(checkpoint);
  try {
    const result = await importModel({
      checkpoint,
      tokenizer,
      modelsFolder: options.modelsFolder,
      name: model.name,
      provenance: { source: model.url, description: model.description, licence: OFFICIAL_LICENCE },
      ...(options.signal !== undefined && { signal: options.signal }),
      onProgress: (done, total) =>
        options.onProgress?.({
          phase: 'import',
          file,
          done: Math.round((size * done) / Math.max(1, total)),
          total: size,
        }),
    });
    await removeDownloads(checkpoint, tokenizer);
    return result;
  } catch (error) {
    // A file that cannot be read would be in the way of every further try; for other reasons it is kept.
    const useless = error instanceof AppError && /^(CHECKPOINT|TOKENIZER)_/.test(error.code);
    if (!useless) throw error;
    await removeDownloads(checkpoint, tokenizer);
    throw new AppError(error.code, `${error.message}. The downloaded files were removed; pull again`, {
      cause: error,
    });
  }
}

async function removeDownloads(...files: readonly string[]): Promise<void> {
  await Promise.all(files.map((file) => rm(file, { force: true })));
}

function downloadOptions(
  file: string,
  { mirror, signal, onProgress, fetchImpl, backoffMs, stallMs }: PullOptions,
): Omit<DownloadOptions, 'bytesMax' | 'wrongHead'> {
  const name = path.basename(file);
  return {
    url: addressOf(name, mirror),
    file,
    onProgress: (done, total) => onProgress?.({ phase: 'download', file: name, done, total }),
    ...(signal !== undefined && { signal }),
    ...(fetchImpl !== undefined && { fetchImpl }),
    ...(backoffMs !== undefined && { backoffMs }),
    ...(stallMs !== undefined && { stallMs }),
  };
}

/** Before gigabytes are fetched for nothing; the import checks again. */
async function checkNameFree({ name }: OfficialModel, modelsFolder: string): Promise<void> {
  const folder = path.join(modelsFolder, name);
  if ((await stat(folder).catch(() => undefined)) === undefined) return;
  throw new AppError(
    'NAME_TAKEN',
    `${folder}: this model is there already; delete the folder to fetch it anew`,
  );
}

async function checkSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes + SPARE_BYTES) return;
  throw new AppError(
    'DISK_FULL',
    `${folder}: ${free} bytes free, expected ${bytes + SPARE_BYTES} for the file and the imported model; free space, or choose another models folder`,
  );
}

/** PyTorch's .pth is a zip file. */
function wrongCheckpointHead(head: Uint8Array): string | undefined {
  if (head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4) return undefined;
  return `the server sent ${describeHead(head)} in place of a .pth file`;
}

/** A SentencePiece model is a protobuf message that begins with its first piece. */
function wrongTokenizerHead(head: Uint8Array): string | undefined {
  return head[0] === 0x0a
    ? undefined
    : `the server sent ${describeHead(head)} in place of a SentencePiece model`;
}

function describeHead(head: Uint8Array): string {
  if (head.byteLength === 0) return 'nothing';
  const text = Buffer.from(head.subarray(0, 64)).toString('latin1');
  if (/^\s*<(!doctype|html)/i.test(text)) return 'a web page';
  return `something that begins with "${text.slice(0, 16).replaceAll(/[^\u0020-\u007e]/g, '?')}"`;
}

function unknownModel(name: string): AppError {
  const known = officialModels.map((model) => model.name).join(', ');
  return new AppError('NOT_FOUND', `no official model "${name}"; there are: ${known}`);
}

function withManualWay(error: AppError, model: OfficialModel, { mirror }: PullOptions): AppError {
  const file = fileNameOf(model);
  const addresses = [file, TOKENIZER_NAME].map((name) => addressOf(name, mirror ?? RELEASE_ADDRESS));
  return new AppError(
    'DOWNLOAD_FAILED',
    `${messageOf(error)}; run the same command again to go on, or fetch ${addresses.join(' and ')} by hand and run ` +
      `"imglish model import ${file} --tokenizer ${TOKENIZER_NAME} --name ${model.name}"`,
    { cause: error },
  );
}
