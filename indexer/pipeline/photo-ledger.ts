/**
 * What the library knows of a file before it is read, and what is written of it afterwards.
 * Source: our own. Deviation: none.
 */
import { lstat, stat } from 'node:fs/promises';
import { AppError, isAppError, preprocessVersion } from '../../model/index.ts';
import type { Library } from '../library/library.ts';
import type { KnownContents, PhotoOutcome, Refusal, WorkItem } from './photo-encoder.ts';
import { factsReader } from '../photos/picture-facts.ts';
import {
  isBelow,
  type CommitEntry,
  type ContentFacts,
  type KnownImage,
  type Place,
  type RootRecord,
  type SkipEntry,
  type SkipRecord,
} from '../store/index.ts';
import { storeThumbnail, thumbnailFile } from '../photos/thumbnail.ts';

export interface LedgerOptions {
  readonly library: Library;
  /** Which vectors count; 0 for those of a model that the library has not met. */
  readonly generationId: number;
  readonly fileBytesMax: number;
  readonly imagePixelsMax: number;
}

/** A file that was looked at and must be read: its status, and what is known of its path. */
export interface FoundFile extends WorkItem {
  readonly kind: 'found';
  readonly rootId: number;
  readonly knownImage: KnownImage | undefined;
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

/** A photo, ready to be written. */
export interface SettledPhoto {
  readonly kind: 'photo';
  readonly file: FoundFile;
  readonly movedFrom: number | null;
  /** `contentId`: the library has its vector. `vector`: float32 [D], null in a dry run. */
  readonly content:
    { readonly contentId: number } | { readonly facts: ContentFacts; readonly vector: Float32Array | null };
}

export type Settled = SettledPhoto | SkipEntry;

/** Places of the same bytes that are looked at to find the one a photo was moved from. */
const PLACES_MAX = 32;

export class PhotoLedger {
  readonly #options: LedgerOptions;
  readonly #roots: () => readonly RootRecord[];
  readonly #rules: string;
  /** Images that were found to have moved in this run: each moves once. */
  readonly #claimed = new Set<number>();

  constructor(options: LedgerOptions, roots: () => readonly RootRecord[]) {
    this.#options = options;
    this.#roots = roots;
    // Refusals hold under the rules they were made by: a later reader or a higher limit tries again.
    this.#rules = [factsReader, preprocessVersion, options.fileBytesMax, options.imagePixelsMax].join(' ');
  }

  /** One stat and one question to the database; for most files of a second run that is all. */
  async look(path: string, rootId: number): Promise<FoundFile | KnownFile | KnownSkip | SkipEntry> {
    const { library, generationId } = this.#options;
    const { store } = library;
    const known = store.images.known(path, generationId);
    const status = await stat(path).catch((error: unknown) => vanished(path, error));
    if (status instanceof AppError) {
      const { code, message } = status;
      return this.#skip({ kind: 'refusal', code, message, isFinal: false }, { path });
    }
    const { size: bytes, mtimeMs: modifiedMs } = status;
    const isUnchanged = known?.bytes === bytes && known.modifiedMs === modifiedMs;
    if (isUnchanged && known.hasVector) return { kind: 'known', image: known, rootId };
    const skip = store.skips.byPath(path);
    if (skip?.bytes === bytes && skip.modifiedMs === modifiedMs && skip.rules === this.#rules) {
      return { kind: 'known-skip', skip };
    }
    return {
      kind: 'found',
      path,
      rootId,
      bytes,
      modifiedMs,
      knownImage: known,
      known: this.#contentsOf(bytes),
      wantsPreview: !(isUnchanged && (await this.#hasPreview(known.id))),
    };
  }

  /**
   * What is to be written of a file. Its preview is kept before that, so that no photo is without one.
   * @throws AppError DISK_FULL, FILE_UNREADABLE (the folder of the library)
   */
  async settle(file: FoundFile, outcome: PhotoOutcome): Promise<Settled> {
    const { library, generationId } = this.#options;
    if (outcome.kind === 'refusal') return this.#skip(outcome, file);
    const hash = outcome.kind === 'known' ? outcome.hash : outcome.facts.hash;
    const content = library.store.images.content(hash, generationId);
    const movedFrom = await this.#movedFrom(file, content?.id);
    // Also where a copy of it came through the network a moment ago.
    if (content?.hasVector === true) {
      return { kind: 'photo', file, movedFrom, content: { contentId: content.id } };
    }
    if (outcome.kind === 'known') {
      // Its last place was removed since it was looked up.
      const message = `${file.path}: a copy of it was removed while it was read; index again`;
      return this.#skip({ kind: 'refusal', code: 'FILE_UNREADABLE', message, isFinal: false }, file);
    }
    const { facts, vector, preview } = outcome;
    if (preview !== null) await storeThumbnail(thumbnailFile(library.dataFolder, hash, 'small'), preview);
    return { kind: 'photo', file, movedFrom, content: { facts, vector } };
  }

  #contentsOf(bytes: number): KnownContents {
    const { library, generationId } = this.#options;
    const { images } = library.store;
    return {
      has: (hash) => images.content(hash, generationId)?.hasVector === true,
      ofSameSize: (limit) => {
        const hashes = images.hashesOfSize(bytes, generationId, limit + 1);
        return hashes.length > limit ? null : hashes;
      },
    };
  }

  /** Of a photo that is embedded for another model, or whose refusal was lifted. */
  async #hasPreview(imageId: number): Promise<boolean> {
    const { library } = this.#options;
    const hash = library.store.images.byId(imageId)?.contentHash;
    return hash !== undefined && exists(thumbnailFile(library.dataFolder, hash, 'small'));
  }

  /** The image with these bytes whose file is gone from a root that is still there, if any. */
  async #movedFrom(file: FoundFile, contentId: number | undefined): Promise<number | null> {
    if (contentId === undefined || file.knownImage !== undefined) return null;
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

  #skip(refusal: Refusal, file: { readonly path: string } | FoundFile): SkipEntry {
    const { code, message, isFinal } = refusal;
    const isKnown = 'kind' in file && file.knownImage !== undefined;
    const retry =
      isFinal && 'kind' in file
        ? { bytes: file.bytes, modifiedMs: file.modifiedMs, rules: this.#rules }
        : null;
    return { kind: 'skip', path: file.path, code, message, retry, dropsImage: isFinal && isKnown };
  }
}

/** @returns undefined for a photo of a dry run, of which nothing is written */
export function commitEntry(settled: Settled): CommitEntry | undefined {
  if (settled.kind === 'skip') return settled;
  const { file, movedFrom, content } = settled;
  const { path, rootId, bytes, modifiedMs } = file;
  const place = { kind: 'photo', path, rootId, bytes, modifiedMs, movedFrom } as const;
  if ('contentId' in content) return { ...place, content };
  const { facts, vector } = content;
  return vector === null ? undefined : { ...place, content: { facts, vector } };
}

/** The innermost root that holds the file. */
export function rootOf(file: string, roots: readonly RootRecord[]): RootRecord | undefined {
  let best: RootRecord | undefined;
  for (const root of roots) {
    if (isBelow(file, root.path) && root.path.length > (best?.path.length ?? -1)) best = root;
  }
  return best;
}

/** False only where the disk says so. */
export async function exists(path: string): Promise<boolean> {
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
