/**
 * Paints an album into a folder: JPEG files, `captions.jsonl` with the truth about each, `album.json` as its stamp.
 * Whatever is there and sound stays; calling again finishes, repairs, or does nothing.
 * Source: our own. Deviation: none.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError, messageOf } from '../../model/index.ts';
import {
  CAPTIONS_FILE,
  isFinished,
  outdatedFiles,
  pictureFile,
  readStamp,
  sha256,
  STAMP_FILE,
  stampFor,
  type AlbumRequest,
} from './album-stamp.ts';
import { captionsOf } from './caption.ts';
import { paintScene } from './paint/paint.ts';
import { takenAt } from './photo-date.ts';
import { originOf, type PhotoOrigin } from './photo-origin.ts';
import { isPicture, replaceFile, toJpeg, type PictureSize } from './picture-file.ts';
import { sampleScene, SIDE_DEFAULT } from './sample-scene.ts';
import { parseAlbumSeed, type AlbumSeed, type Scene } from './scene.ts';

/** Enough that a search has to choose, few enough to paint in seconds. */
const COUNT_DEFAULT = 240;
const COUNT_MAX = 100_000;
const SIDE_MIN = 64;
const SIDE_MAX = 4096;

/** Drawing runs on threads of the rasteriser while this thread writes the next SVG; more would only wait. */
const AT_ONCE = 3;

/** One line of `captions.jsonl`. */
export interface AlbumLine {
  readonly file: string;
  /** Pixels of the file; boxes of the scene are in units of `scene.width`. */
  readonly width: number;
  readonly height: number;
  /** `YYYY-MM-DDTHH:MM:SS`, also in the EXIF of the file. */
  readonly takenAt: string;
  /** Also in EXIF and XMP. */
  readonly origin: PhotoOrigin;
  readonly captions: readonly string[];
  readonly scene: Scene;
}

export interface AlbumOptions {
  /** Made if missing; must be empty or hold an album of the same seed. */
  readonly folder: string;
  /** Default `demo`. */
  readonly seed?: AlbumSeed;
  /** Pictures, 1 … 100,000, default 240. The first n pictures of a seed are the same at any count. */
  readonly count?: number;
  /** Longer side in pixels, 64 … 4096, default 640. */
  readonly side?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: AlbumProgress) => void;
}

export interface AlbumProgress {
  readonly done: number;
  readonly total: number;
}

export interface AlbumReport {
  readonly folder: string;
  readonly count: number;
  /** Pictures painted by this call; 0 if the album was there already. */
  readonly painted: number;
  readonly seconds: number;
}

/**
 * Use one call per folder at a time.
 * @throws AppError INVALID_ARGUMENT (options; a folder of something else), FILE_UNREADABLE (no icon set, a damaged
 *   stamp), FILE_UNWRITABLE, DISK_FULL, ABORTED (what is painted stays; the next call goes on from there)
 */
export async function renderAlbum(options: AlbumOptions): Promise<AlbumReport> {
  const startedMs = performance.now();
  const request = requestOf(options);
  const { folder, count } = request;
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new AppError(
      'FILE_UNWRITABLE',
      `${folder}: cannot be made (${messageOf(cause)}); name another folder`,
      { cause },
    );
  });
  const stamp = await readStamp(request);
  const files = await soundFiles(request, stamp?.files ?? {}, options);
  const missing = Array.from({ length: count }, (_unused, index) => index).filter(
    (index) => files[pictureFile(request, index)] === undefined,
  );
  const report = (): AlbumReport => {
    return { folder, count, painted: missing.length, seconds: (performance.now() - startedMs) / 1000 };
  };
  const isWhole = missing.length === 0 && files[CAPTIONS_FILE] !== undefined;
  if (isWhole && isFinished(stamp, request)) return report();

  await writeStamp(request, false, files);
  for (const name of await outdatedFiles(request)) await rm(path.join(folder, name), { force: true });
  const painted = await paintPictures(request, missing, options);
  const captions = captionsText(request);
  await replaceFile(folder, CAPTIONS_FILE, captions);
  await writeStamp(request, true, { ...files, ...painted, [CAPTIONS_FILE]: sha256(captions) });
  return report();
}

function requestOf(options: AlbumOptions): AlbumRequest {
  const count = options.count ?? COUNT_DEFAULT;
  const side = options.side ?? SIDE_DEFAULT;
  refuseOutside('count', count, 1, COUNT_MAX);
  refuseOutside('side', side, SIDE_MIN, SIDE_MAX);
  return { folder: path.resolve(options.folder), seed: parseAlbumSeed(options.seed ?? 'demo'), count, side };
}

function refuseOutside(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new AppError(
    'INVALID_ARGUMENT',
    `demo album: ${name} is ${value}, expected a whole number from ${least} to ${most}`,
  );
}

/**
 * The files that may stay, with their checksums. Recorded ones must have their checksum; pictures of an
 * interrupted run have none yet and must be whole.
 */
async function soundFiles(
  request: AlbumRequest,
  recorded: Readonly<Record<string, string>>,
  { signal }: Pick<AlbumOptions, 'signal'>,
): Promise<Record<string, string>> {
  const sound: Record<string, string> = {};
  const captions = await bytesOf(path.join(request.folder, CAPTIONS_FILE));
  if (captions !== null && sha256(captions) === recorded[CAPTIONS_FILE])
    sound[CAPTIONS_FILE] = sha256(captions);
  for (let index = 0; index < request.count; index += 1) {
    refuseAborted(signal);
    const file = pictureFile(request, index);
    const bytes = await bytesOf(path.join(request.folder, file));
    if (bytes === null) continue;
    const checksum = sha256(bytes);
    const expected = recorded[file];
    const isSound =
      expected === undefined
        ? await isPicture(bytes, pictureSize(sceneOf(request, index), request.side))
        : checksum === expected;
    if (isSound) sound[file] = checksum;
  }
  return sound;
}

/** Checksums of what was painted, by file name. After an error no picture is left in the making. */
async function paintPictures(
  request: AlbumRequest,
  missing: readonly number[],
  { signal, onProgress }: Pick<AlbumOptions, 'signal' | 'onProgress'>,
): Promise<Record<string, string>> {
  const checksums: Record<string, string> = {};
  const queue = missing.values();
  let done = request.count - missing.length;
  const isStopped = new AbortController();
  const painter = async (): Promise<void> => {
    for (const index of queue) {
      refuseAborted(signal);
      if (isStopped.signal.aborted) return;
      const file = pictureFile(request, index);
      checksums[file] = await paintPicture(request, index, file);
      done += 1;
      onProgress?.({ done, total: request.count });
    }
  };
  const outcomes = await Promise.allSettled(
    Array.from({ length: AT_ONCE }, () =>
      painter().catch((error: unknown) => {
        isStopped.abort();
        throw error;
      }),
    ),
  );
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return checksums;
}

async function paintPicture(request: AlbumRequest, index: number, file: string): Promise<string> {
  const scene = sceneOf(request, index);
  const size = pictureSize(scene, request.side);
  const notes = { taken: takenAt(scene), ...originOf(scene) };
  const bytes = await toJpeg(paintScene(scene), size, request.side / SIDE_DEFAULT, notes);
  await replaceFile(request.folder, file, bytes);
  return sha256(bytes);
}

/** One `AlbumLine` a line, in the order of the pictures. */
function captionsText(request: AlbumRequest): string {
  const lines = Array.from({ length: request.count }, (_unused, index) => {
    const scene = sceneOf(request, index);
    const { width, height } = pictureSize(scene, request.side);
    const file = pictureFile(request, index);
    const line: AlbumLine = {
      file,
      width,
      height,
      takenAt: takenAt(scene),
      origin: originOf(scene),
      captions: captionsOf(scene),
      scene,
    };
    return `${JSON.stringify(line)}\n`;
  });
  return lines.join('');
}

/** Scenes are always composed for one side and drawn larger or smaller, so that strokes and stars keep their weight. */
function sceneOf(request: AlbumRequest, index: number): Scene {
  return sampleScene(request.seed, index, SIDE_DEFAULT);
}

function pictureSize(scene: Scene, side: number): PictureSize {
  const scale = side / SIDE_DEFAULT;
  return { width: Math.round(scene.width * scale), height: Math.round(scene.height * scale) };
}

async function writeStamp(
  request: AlbumRequest,
  complete: boolean,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  await replaceFile(request.folder, STAMP_FILE, `${JSON.stringify(stampFor(request, complete, files))}\n`);
}

/** null where there is no such file. */
async function bytesOf(file: string): Promise<Uint8Array | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new AppError(
      'FILE_UNREADABLE',
      `${file}: cannot be read (${messageOf(error)}); check its permissions`,
      {
        cause: error,
      },
    );
  }
}

function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new AppError('ABORTED', 'demo album: painting was called off; call again to go on', {
    cause: signal.reason,
  });
}
