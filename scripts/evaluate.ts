/**
 * Recall of a model on captioned photos, in the form of the Flickr8k release: `imglish eval`.
 * Source: unilm beit3 (RetrievalHandler) for the figures; Hodosh, Young, Hockenmaier 2013 for the files.
 * Deviation: none.
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import {
  AppError,
  isAppError,
  messageOf,
  preprocess,
  productPreprocess,
  recallAtK,
  type Embedder,
  type ErrorCode,
  type PreprocessOptions,
  type RecallFigures,
} from '../model/index.ts';

export interface EvaluationOptions {
  /** Folder with the photos themselves. */
  readonly imagesFolder: string;
  /** Lines `photo.jpg#0<TAB>caption` (Flickr8k.token.txt). */
  readonly captionsFile: string;
  /** Lines `photo.jpg`: the photos to use. Without one: every photo that has a caption. */
  readonly splitFile?: string;
  readonly embedder: Pick<
    Embedder,
    'encodeImages' | 'encodeTexts' | 'preprocess' | 'batchSizeMax' | 'dimension'
  >;
  /** Default: the product's own. */
  readonly preprocess?: PreprocessOptions;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EvaluationProgress) => void;
}

export interface EvaluationProgress {
  readonly phase: 'photos' | 'captions';
  readonly done: number;
  readonly total: number;
}

export interface EvaluationReport extends RecallFigures {
  /** photos and captions that were used */
  readonly photos: number;
  readonly captions: number;
  /** photos of the list that are not there, or have no caption; they count for nothing */
  readonly missing: readonly string[];
  readonly skipped: readonly { readonly photo: string; readonly code: ErrorCode; readonly message: string }[];
  /** captions longer than the model reads */
  readonly truncatedCaptions: number;
  readonly seconds: number;
  /** from file to vector; includes decoding */
  readonly photosPerSecond: number;
  readonly captionsPerSecond: number;
}

/** Vectors of photos and captions that belong together, for figures of other kinds. */
export interface EmbeddedPhotos {
  readonly photos: readonly string[];
  /** float32 [photos, D] */
  readonly images: Float32Array;
  readonly missing: readonly string[];
  readonly skipped: EvaluationReport['skipped'];
}

/** Lists of captions are megabytes; a larger file is something else. */
const LIST_BYTES_MAX = 256_000_000;

/** Captions handed to the embedder at a time: its queue is bounded. */
const CAPTIONS_AT_ONCE = 512;

/**
 * @throws AppError FILE_NOT_FOUND (a list, or every photo), INVALID_ARGUMENT (a line), ABORTED, and whatever
 *   the embedder throws. A photo that cannot be read is skipped and listed.
 */
export async function evaluateFlickr(options: EvaluationOptions): Promise<EvaluationReport> {
  const start = performance.now();
  const captionsOf = await readCaptions(options.captionsFile);
  const wanted = options.splitFile === undefined ? [...captionsOf.keys()] : await readList(options.splitFile);
  const captioned = wanted.filter((photo) => captionsOf.has(photo));
  const embedded = await embedPhotos(captioned, options);
  const imagesDone = performance.now();
  if (embedded.photos.length === 0) {
    throw new AppError(
      'FILE_NOT_FOUND',
      `${options.imagesFolder}: none of ${wanted.length} photos with captions can be used; give the folder that holds them with --images`,
    );
  }
  const captions: string[] = [];
  const captionImageIds: number[] = [];
  for (const [id, photo] of embedded.photos.entries()) {
    for (const caption of captionsOf.get(photo) ?? []) {
      captions.push(caption);
      captionImageIds.push(id);
    }
  }
  const { texts, truncated } = await embedCaptions(captions, options);
  const end = performance.now();
  const figures = recallAtK({
    images: embedded.images,
    texts,
    imageIds: embedded.photos.map((_, id) => id),
    captionImageIds,
  });
  return {
    ...figures,
    photos: embedded.photos.length,
    captions: captions.length,
    missing: [...wanted.filter((photo) => !captionsOf.has(photo)), ...embedded.missing],
    skipped: embedded.skipped,
    truncatedCaptions: truncated,
    seconds: (performance.now() - start) / 1000,
    photosPerSecond: (1000 * embedded.photos.length) / (imagesDone - start),
    captionsPerSecond: (1000 * captions.length) / (end - imagesDone),
  };
}

/** Photos to vectors; what is not there or cannot be read is left out and listed. */
export async function embedPhotos(
  photos: readonly string[],
  options: Pick<EvaluationOptions, 'imagesFolder' | 'embedder' | 'preprocess' | 'signal' | 'onProgress'>,
): Promise<EmbeddedPhotos> {
  const { embedder, signal } = options;
  const found: string[] = [];
  const rows: Float32Array[] = [];
  const missing: string[] = [];
  const skipped: EvaluationReport['skipped'][number][] = [];
  // One batch is decoded while the one before is in the network.
  let running: Promise<Float32Array[]> = Promise.resolve([]);
  for (let start = 0; start < photos.length; start += embedder.batchSizeMax) {
    checkSignal(signal);
    const decoded = await Promise.all(
      photos.slice(start, start + embedder.batchSizeMax).map((photo) => decodeOne(photo, options)),
    );
    const batch: Float32Array[] = [];
    for (const result of decoded) {
      if ('pixels' in result) {
        found.push(result.photo);
        batch.push(result.pixels);
      } else if (result.code === 'FILE_NOT_FOUND') missing.push(result.photo);
      else skipped.push(result);
    }
    rows.push(...(await running));
    running = embedder.encodeImages(batch, signal === undefined ? {} : { signal });
    // It is awaited one turn later; until then nobody else handles a failure.
    running.catch(() => undefined);
    options.onProgress?.({ phase: 'photos', done: start + decoded.length, total: photos.length });
  }
  rows.push(...(await running));
  return { photos: found, images: joinRows(rows, embedder.dimension), missing, skipped };
}

type Decoded =
  { readonly photo: string; readonly pixels: Float32Array } | EvaluationReport['skipped'][number];

async function decodeOne(
  photo: string,
  { imagesFolder, embedder, preprocess: how = productPreprocess, signal }: Parameters<typeof embedPhotos>[1],
): Promise<Decoded> {
  const options = { ...how, ...(signal !== undefined && { signal }) };
  try {
    return { photo, pixels: await preprocess(path.join(imagesFolder, photo), embedder.preprocess, options) };
  } catch (error) {
    if (!isAppError(error) || error.code === 'ABORTED') throw error;
    return { photo, code: error.code, message: error.message };
  }
}

async function embedCaptions(
  captions: readonly string[],
  { embedder, signal, onProgress }: EvaluationOptions,
): Promise<{ texts: Float32Array; truncated: number }> {
  const rows: Float32Array[] = [];
  let truncated = 0;
  for (let start = 0; start < captions.length; start += CAPTIONS_AT_ONCE) {
    const part = captions.slice(start, start + CAPTIONS_AT_ONCE);
    for (const encoded of await embedder.encodeTexts(part, signal === undefined ? {} : { signal })) {
      rows.push(encoded.vector);
      if (encoded.truncated) truncated += 1;
    }
    onProgress?.({ phase: 'captions', done: rows.length, total: captions.length });
  }
  return { texts: joinRows(rows, embedder.dimension), truncated };
}

/** Captions by photo, in the order of the file. @throws AppError INVALID_ARGUMENT naming the line */
export async function readCaptions(file: string): Promise<Map<string, string[]>> {
  const captions = new Map<string, string[]>();
  for (const [index, line] of (await readLines(file)).entries()) {
    if (line === '') continue;
    const match = /^([^\t]+)#\d+\t(.*\S.*)$/.exec(line);
    const [, photo, caption] = match ?? [];
    if (photo === undefined || caption === undefined) {
      throw new AppError(
        'INVALID_ARGUMENT',
        `${file}:${index + 1}: found "${line.slice(0, 60)}", expected "photo.jpg#0", a tab and a caption`,
      );
    }
    const list = captions.get(photo) ?? [];
    list.push(caption.trim());
    captions.set(photo, list);
  }
  return captions;
}

/** The photos of a split, each once. */
export async function readList(file: string): Promise<string[]> {
  const lines = (await readLines(file)).map((line) => line.trim());
  return [...new Set(lines.filter((line) => line !== ''))];
}

async function readLines(file: string): Promise<string[]> {
  try {
    const { size } = await stat(file);
    if (size > LIST_BYTES_MAX) {
      throw new AppError('LIMIT_EXCEEDED', `${file}: ${size} bytes, expected at most ${LIST_BYTES_MAX}`);
    }
    return (await readFile(file, 'utf8')).split(/\r?\n/);
  } catch (error) {
    if (error instanceof AppError) throw error;
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new AppError(
      missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      `${file}: ${messageOf(error)}; give a list of photos or captions`,
      {
        cause: error,
      },
    );
  }
}

function joinRows(rows: readonly Float32Array[], width: number): Float32Array {
  const result = new Float32Array(rows.length * width);
  for (const [index, row] of rows.entries()) result.set(row, index * width);
  return result;
}

function checkSignal(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AppError('ABORTED', 'the evaluation was aborted');
}
