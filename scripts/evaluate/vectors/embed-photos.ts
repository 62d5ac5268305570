/**
 * Photo files to vectors, for figures of all kinds.
 * Source: our own. Deviation: none.
 */
import path from 'node:path';
import {
  AppError,
  isAppError,
  preprocess,
  productPreprocess,
  readPicture,
  type Embedder,
  type ErrorCode,
  type PreprocessOptions,
} from '../../../model/index.ts';
import type { KeptVectors } from './kept-vectors.ts';

export interface EmbeddingOptions {
  /** Folder with the photos themselves. */
  readonly imagesFolder: string;
  readonly embedder: Pick<
    Embedder,
    'encodeImages' | 'encodeTexts' | 'preprocess' | 'batchSizeMax' | 'dimension'
  >;
  /** Default: the product's own. */
  readonly preprocess?: PreprocessOptions;
  /** Vectors of earlier runs; new ones are added. */
  readonly kept?: KeptVectors;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EvaluationProgress) => void;
}

export interface EvaluationProgress {
  readonly phase: 'photos' | 'captions' | 'comparing' | 'pairs' | 'index' | 'latency' | 'queries';
  readonly done: number;
  readonly total: number;
}

export interface SkippedPhoto {
  readonly photo: string;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Vectors of photos, for figures of other kinds. */
export interface EmbeddedPhotos {
  readonly photos: readonly string[];
  /** float32 [photos, D] */
  readonly images: Float32Array;
  /** not there */
  readonly missing: readonly string[];
  /** cannot be read */
  readonly skipped: readonly SkippedPhoto[];
  /** photos whose vector was kept from an earlier run */
  readonly fromKept: number;
}

/** Photos to vectors; what is not there or cannot be read is left out and listed. */
export async function embedPhotos(
  photos: readonly string[],
  options: EmbeddingOptions,
): Promise<EmbeddedPhotos> {
  const { embedder, signal } = options;
  const found: string[] = [];
  const rows: Float32Array[] = [];
  const missing: string[] = [];
  const skipped: SkippedPhoto[] = [];
  let fromKept = 0;
  // One batch is decoded while the one before is in the network.
  let running: Promise<Float32Array[]> = Promise.resolve([]);
  for (let start = 0; start < photos.length; start += embedder.batchSizeMax) {
    checkSignal(signal);
    const opened = await Promise.all(
      photos.slice(start, start + embedder.batchSizeMax).map((photo) => openOne(photo, options)),
    );
    const batch: Opened[] = [];
    for (const result of opened) {
      if (!('code' in result)) {
        found.push(result.photo);
        batch.push(result);
        if (result.vector !== undefined) fromKept += 1;
      } else if (result.code === 'FILE_NOT_FOUND') missing.push(result.photo);
      else skipped.push(result);
    }
    rows.push(...(await running));
    running = encodeBatch(batch, options);
    // It is awaited one turn later; until then nobody else handles a failure.
    running.catch(() => undefined);
    options.onProgress?.({ phase: 'photos', done: start + opened.length, total: photos.length });
  }
  rows.push(...(await running));
  return { photos: found, images: joinRows(rows, embedder.dimension), missing, skipped, fromKept };
}

/** A photo to be encoded, or with the vector it had. */
interface Opened {
  readonly photo: string;
  readonly bytes?: Uint8Array;
  readonly pixels?: Float32Array;
  readonly vector?: Float32Array;
}

async function openOne(
  photo: string,
  { imagesFolder, embedder, kept, preprocess: how = productPreprocess, signal }: EmbeddingOptions,
): Promise<Opened | SkippedPhoto> {
  const options = { ...how, ...(signal !== undefined && { signal }) };
  const file = path.join(imagesFolder, photo);
  try {
    if (kept === undefined) return { photo, pixels: await preprocess(file, embedder.preprocess, options) };
    const { bytes } = await readPicture(file, options);
    const vector = kept.get('photo', bytes);
    if (vector !== undefined) return { photo, vector };
    const pixels = await preprocess(bytes, embedder.preprocess, { ...options, place: file });
    return { photo, bytes, pixels };
  } catch (error) {
    if (!isAppError(error) || error.code === 'ABORTED') throw error;
    return { photo, code: error.code, message: error.message };
  }
}

async function encodeBatch(
  batch: readonly Opened[],
  { embedder, kept, signal }: EmbeddingOptions,
): Promise<Float32Array[]> {
  const fresh = batch.flatMap(({ pixels }) => (pixels === undefined ? [] : [pixels]));
  const encoded = await embedder.encodeImages(fresh, signal === undefined ? {} : { signal });
  const rows: Float32Array[] = [];
  for (const { vector, bytes } of batch) {
    const row = vector ?? encoded.shift();
    if (row === undefined) throw new Error('the encoder gave no vector for a photo');
    if (bytes !== undefined) await kept?.put('photo', bytes, row);
    rows.push(row);
  }
  return rows;
}

export function joinRows(rows: readonly Float32Array[], width: number): Float32Array {
  const result = new Float32Array(rows.length * width);
  for (const [index, row] of rows.entries()) result.set(row, index * width);
  return result;
}

export function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AppError('ABORTED', 'the evaluation was aborted');
}
