/**
 * One file on its way into the library: is it known, was it moved, and if not, what does the network need.
 * Source: our own. Deviation: none.
 */
import { webcrypto } from 'node:crypto';
import { lstat, stat } from 'node:fs/promises';
import {
  AppError,
  isAppError,
  preprocess,
  preprocessVersion,
  productPreprocess,
  readPicture,
  type ErrorCode,
  type PreprocessSpec,
} from '../model/index.ts';
import { factsReader, pictureFacts } from './picture-facts.ts';
import type { Library } from './library.ts';
import type { ContentFacts, KnownImage, Place, RootRecord, SkipEntry, SkipRecord } from './store/index.ts';
import { isBelow } from './store/index.ts';
import { isWorthPreview, makeThumbnail, thumbnailFile } from './thumbnail.ts';

export interface PrepareOptions {
  readonly library: Library;
  readonly preprocess: PreprocessSpec;
  readonly fileBytesMax: number;
  readonly imagePixelsMax: number;
  readonly isDryRun: boolean;
  readonly signal: AbortSignal | undefined;
}

/** A file that was looked at: its status, and what is known of its path. */
export interface FoundFile {
  readonly path: string;
  readonly rootId: number;
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly known: KnownImage | undefined;
}

/** A photo whose bytes were read. */
export interface ReadPhoto {
  readonly kind: 'photo';
  readonly file: FoundFile;
  readonly movedFrom: number | null;
  /** `contentId`: the library has its vector. `pixels`: float32 [3, S, S] for the network, null in a dry run. */
  readonly content:
    { readonly contentId: number } | { readonly facts: ContentFacts; readonly pixels: Float32Array | null };
}

/** Nothing to do: size and time are those of the last visit. */
export interface KnownFile {
  readonly kind: 'known';
  readonly image: KnownImage;
  readonly rootId: number;
}

/** Refused before, and nothing has changed. */
export interface KnownSkip {
  readonly kind: 'known-skip';
  readonly skip: SkipRecord;
}

export type Prepared = ReadPhoto | KnownFile | KnownSkip | SkipEntry;

/** Because of what is in the file: only another file, or other limits, can change that. */
const contentCodes: ReadonlySet<ErrorCode> = new Set(['IMAGE_INVALID', 'IMAGE_TOO_LARGE', 'UNSUPPORTED']);
/** Because of the world: worth another try next time. */
const worldCodes: ReadonlySet<ErrorCode> = new Set(['FILE_NOT_FOUND', 'FILE_UNREADABLE']);

/** Places of the same bytes that are looked at to find the one a photo was moved from. */
const PLACES_MAX = 32;

export class PhotoReader {
  readonly #options: PrepareOptions;
  readonly #roots: () => readonly RootRecord[];
  readonly #rules: string;
  /** Images that were found to have moved in this run: each moves once. */
  readonly #claimed = new Set<number>();

  constructor(options: PrepareOptions, roots: () => readonly RootRecord[]) {
    this.#options = options;
    this.#roots = roots;
    // Refusals hold under the rules they were made by: a later reader or a higher limit tries again.
    this.#rules = [factsReader, preprocessVersion, options.fileBytesMax, options.imagePixelsMax].join(' ');
  }

  /** One stat and one question to the database; for most files of a second run that is all. */
  async look(path: string, rootId: number): Promise<FoundFile | KnownFile | KnownSkip | SkipEntry> {
    const { store, generation } = this.#options.library;
    const known = store.images.known(path, generation.id);
    const status = await stat(path).catch((error: unknown) => vanished(path, error));
    if (status instanceof AppError) return this.#skip(path, status, null, known);
    const { size: bytes, mtimeMs: modifiedMs } = status;
    if (known?.bytes === bytes && known.modifiedMs === modifiedMs && known.hasVector) {
      return { kind: 'known', image: known, rootId };
    }
    const skip = store.skips.byPath(path);
    if (skip?.bytes === bytes && skip.modifiedMs === modifiedMs && skip.rules === this.#rules) {
      return { kind: 'known-skip', skip };
    }
    return { path, rootId, bytes, modifiedMs, known };
  }

  /** Reads the bytes, and prepares what the network needs unless they are known. */
  async read(file: FoundFile): Promise<ReadPhoto | SkipEntry> {
    try {
      return await this.#read(file);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (contentCodes.has(error.code)) return this.#skip(file.path, error, file, file.known);
      if (worldCodes.has(error.code)) return this.#skip(file.path, error, null, file.known);
      throw error;
    }
  }

  /** A photo that was read well but that the network fails on. */
  refuse(file: FoundFile, error: AppError): SkipEntry {
    return this.#skip(file.path, error, file, file.known);
  }

  async #read(file: FoundFile): Promise<ReadPhoto> {
    const { library, fileBytesMax, imagePixelsMax, isDryRun, signal } = this.#options;
    const limits = { bytesMax: fileBytesMax, pixelsMax: imagePixelsMax, place: file.path };
    const picture = await readPicture(file.path, limits);
    // In a thread of the pool: hashing 50 megabytes here would stop the world for a tenth of a second.
    const digest = await webcrypto.subtle.digest('SHA-256', picture.bytes);
    const hash = Buffer.from(digest).toString('hex');
    const content = library.store.images.content(hash, library.generation.id);
    const movedFrom = await this.#movedFrom(file, content?.id);
    if (content?.hasVector === true) {
      return { kind: 'photo', file, movedFrom, content: { contentId: content.id } };
    }
    const pixels = isDryRun
      ? null
      : await preprocess(picture.bytes, this.#options.preprocess, {
          ...productPreprocess,
          ...limits,
          ...(signal !== undefined && { signal }),
        });
    const facts = await pictureFacts(picture);
    if (!isDryRun && isWorthPreview(facts)) await this.#preview(picture.bytes, hash, file.path);
    const { bytes } = picture.bytes.length === file.bytes ? file : { bytes: picture.bytes.length };
    return {
      kind: 'photo',
      file,
      movedFrom,
      content: { facts: { hash, bytes, reader: factsReader, ...facts }, pixels },
    };
  }

  /** A preview that fails is made when it is asked for, and its failure is told then. */
  async #preview(bytes: Uint8Array, hash: string, place: string): Promise<void> {
    const { library, imagePixelsMax } = this.#options;
    const target = thumbnailFile(library.dataFolder, hash, 'small');
    try {
      await makeThumbnail(bytes, target, 'small', { place, pixelsMax: imagePixelsMax });
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'DISK_FULL') throw error;
    }
  }

  /** The image with these bytes whose file is gone from a root that is still there, if any. */
  async #movedFrom(file: FoundFile, contentId: number | undefined): Promise<number | null> {
    if (contentId === undefined || file.known !== undefined) return null;
    for (const place of this.#options.library.store.images.places(contentId, PLACES_MAX)) {
      if (this.#claimed.has(place.id) || !(await this.#isGone(place))) continue;
      // Asked again, because another file may have claimed it while the disk was asked.
      if (this.#claimed.has(place.id)) continue;
      this.#claimed.add(place.id);
      return place.id;
    }
    return null;
  }

  async #isGone(place: Place): Promise<boolean> {
    if (await exists(place.path)) return false;
    const root = this.#roots().find(({ id }) => id === place.rootId);
    return root !== undefined && root.kind === 'folder' && exists(root.path);
  }

  #skip(path: string, error: AppError, status: FoundFile | null, known: KnownImage | undefined): SkipEntry {
    const { code, message } = error;
    const isFinal = contentCodes.has(code);
    const retry =
      isFinal && status !== null
        ? { bytes: status.bytes, modifiedMs: status.modifiedMs, rules: this.#rules }
        : null;
    return { kind: 'skip', path, code, message, retry, dropsImage: isFinal && known !== undefined };
  }
}

/** The innermost root that holds the file. */
export function rootOf(file: string, roots: readonly RootRecord[]): RootRecord | undefined {
  let best: RootRecord | undefined;
  for (const root of roots) {
    if (isBelow(file, root.path) && root.path.length > (best?.path.length ?? -1)) best = root;
  }
  return best;
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A disk that does not answer has not lost the photo.
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}

function vanished(path: string, error: unknown): AppError {
  if (isAppError(error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new AppError(
      'FILE_NOT_FOUND',
      `${path}: vanished during the scan, expected a photo; index again`,
      { cause: error },
    );
  }
  return new AppError(
    'FILE_UNREADABLE',
    `${path}: cannot be read (${message}), expected a readable file; check its permissions and the disk`,
    { cause: error },
  );
}
