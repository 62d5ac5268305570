/**
 * One file on its way to the network: its bytes, are they known, and if not, what the network and the library need.
 * Source: our own. Deviation: none.
 */
import { webcrypto } from 'node:crypto';
import {
  AppError,
  decodable,
  messageOf,
  preprocess,
  productPreprocess,
  readPicture,
  type DecodablePicture,
  type ErrorCode,
  type PreprocessSpec,
} from '../../model/index.ts';
import type { KnownBytes, Refusal, WorkItem } from './photo-encoder.ts';
import { pictureFacts } from '../photos/picture-facts.ts';
import type { ContentFacts } from '../store/index.ts';
import { isWorthPreview, renderThumbnail } from '../photos/thumbnail.ts';

export interface PrepareOptions {
  readonly preprocess: PreprocessSpec;
  /** Larger files are refused. */
  readonly fileBytesMax: number;
  /** Photos with more pixels are refused. */
  readonly imagePixelsMax: number;
  /** Nothing is decoded. */
  readonly isDryRun: boolean;
  readonly signal: AbortSignal | undefined;
}

/** A photo that was read, before the network. */
export interface PreparedPhoto {
  readonly kind: 'prepared';
  readonly facts: ContentFacts;
  /** float32 [3, S, S]; null in a dry run */
  readonly pixels: Float32Array | null;
  /** WebP */
  readonly preview: Uint8Array | null;
}

/** Because of what is in the file: only another file, or other limits, can change that. */
const contentCodes: ReadonlySet<ErrorCode> = new Set(['IMAGE_INVALID', 'IMAGE_TOO_LARGE', 'UNSUPPORTED']);
/** Because of the world: worth another try next time. */
const worldCodes: ReadonlySet<ErrorCode> = new Set(['FILE_NOT_FOUND', 'FILE_UNREADABLE']);

/**
 * Reads the bytes, and prepares what the network needs unless they are known.
 * @throws AppError for what is not the fault of this file (ABORTED)
 */
export async function preparePhoto(
  item: WorkItem,
  options: PrepareOptions,
): Promise<PreparedPhoto | KnownBytes | Refusal> {
  try {
    return await prepare(item, options);
  } catch (error) {
    if (error instanceof AppError && (contentCodes.has(error.code) || worldCodes.has(error.code))) {
      return refusalOf(error);
    }
    throw error;
  }
}

export function refusalOf(error: AppError): Refusal {
  return {
    kind: 'refusal',
    code: error.code,
    message: messageOf(error),
    isFinal: contentCodes.has(error.code),
  };
}

async function prepare(item: WorkItem, options: PrepareOptions): Promise<PreparedPhoto | KnownBytes> {
  const { fileBytesMax, imagePixelsMax, isDryRun, signal } = options;
  const limits = { bytesMax: fileBytesMax, pixelsMax: imagePixelsMax, place: item.path };
  const picture = await readPicture(item.path, limits);
  const hash = await hashOf(picture.bytes);
  if (item.known.has(hash)) return { kind: 'known', hash };
  const facts = { hash, bytes: picture.bytes.length, ...(await pictureFacts(picture)) };
  if (isDryRun) return { kind: 'prepared', facts, pixels: null, preview: null };
  const decoding = { ...productPreprocess, ...limits, ...(signal !== undefined && { signal }) };
  // A HEIC is decoded here, once for the network and the preview.
  const opened = await decodable(picture, decoding);
  const pixels = await preprocess(opened, options.preprocess, decoding);
  const wantsPreview = item.wantsPreview && isWorthPreview(facts);
  const preview = wantsPreview ? await previewOf(opened, imagePixelsMax) : null;
  return { kind: 'prepared', facts, pixels, preview };
}

/**
 * SHA-256, hexadecimal, as the library knows contents.
 * @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE, IMAGE_INVALID, IMAGE_TOO_LARGE
 */
export async function hashOfFile(path: string, bytesMax: number): Promise<string> {
  return hashOf((await readPicture(path, { bytesMax })).bytes);
}

async function hashOf(bytes: Uint8Array): Promise<string> {
  // In a thread of the pool: hashing 50 megabytes here would stop the world for a tenth of a second.
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
}

/** A preview that fails is made when it is asked for, and its failure is told then. */
async function previewOf(picture: DecodablePicture, pixelsMax: number): Promise<Uint8Array | null> {
  try {
    return await renderThumbnail(picture, 'small', { pixelsMax });
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
