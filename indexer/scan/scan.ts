/**
 * Walks folders and finds files that are named like pictures; what they are, their first bytes say later.
 * Source: our own. Deviation: none.
 *
 * Memory is bounded by the depth of the folders, the number of folders on the way, and the number of links: a
 * folder is read entry by entry. Names are read as bytes, because Linux allows names that are no UTF-8; a
 * text cannot hold them, so they are reported, not lost in silence.
 */
import type { BigIntStats, Dirent } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, messageOf, type ErrorCode } from '../../model/index.ts';
import { Exclusions, type ExclusionRules } from './exclusions.ts';

export interface ScanOptions extends ExclusionRules {
  /** The root that the scanned folder lies in, for patterns; default: that folder. */
  readonly base?: string | undefined;
  /** Default: links are left out. Followed, each folder is still walked once only. */
  readonly followSymlinks: boolean;
  /** Known roots and the disks they lay on; an empty one on another disk is an unplugged drive. */
  readonly devices: ReadonlyMap<string, number>;
  /**
   * Folders that were mount points before, default none: an empty one on the disk of the folder above it is an
   * unplugged drive.
   */
  readonly mounts?: ReadonlySet<string> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type ScanEvent =
  | { readonly kind: 'file'; readonly path: string }
  /** Was read to its end. `mounted`: it lies on this other device than the folder above it. */
  | { readonly kind: 'folder'; readonly path: string; readonly mounted: number | null }
  | {
      readonly kind: 'skip';
      /** For people: bytes that are no UTF-8 are written as \xff. */
      readonly path: string;
      readonly code: ErrorCode;
      readonly message: string;
      /** Nothing is known of what lies below; the photos known from there must be kept. */
      readonly isFolder: boolean;
    };

/** Endings of formats that are read, and of pictures that are refused with a remedy. */
const PLAIN = [
  'jpg',
  'jpeg',
  'jpe',
  'jfif',
  'png',
  'webp',
  'gif',
  'tif',
  'tiff',
  'avif',
  'heic',
  'heif',
  'hif',
];
const RAW = ['cr2', 'nef', 'arw', 'dng'];
const REFUSED = ['bmp', 'jxl', 'jp2', 'svg', 'cr3', 'raf', 'orf', 'rw2', 'pef'];
const PICTURE_ENDING = new RegExp(`\\.(${[...PLAIN, ...RAW, ...REFUSED].join('|')})$`, 'i');

/** Whether a scan would take a file of this name for a photo. */
export function looksLikePicture(name: string): boolean {
  return PICTURE_ENDING.test(name) && !name.startsWith('.');
}

/** Entries that are fetched at once. */
const ENTRIES_BUFFERED = 256;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Everything at and below one root, a folder or a file (which may have any name), in no particular order.
 * A root that is not there is one skip.
 * @param root absolute
 */
export async function* scan(root: string, options: ScanOptions): AsyncGenerator<ScanEvent> {
  const status = await statusOf(root);
  if (status instanceof AppError) {
    yield skip(root, status, true);
  } else if (status.isDirectory()) {
    const walk = new Walk(root, options);
    yield* walk.run(status);
  } else if (status.isFile()) {
    yield { kind: 'file', path: root };
  } else {
    yield skip(root, special(root), false);
  }
}

/** @returns the status of what `place` is or links to, or why there is none */
async function statusOf(place: string): Promise<BigIntStats | AppError> {
  try {
    return await stat(place, { bigint: true });
  } catch (error) {
    return unreadable(place, error);
  }
}

/** A folder to be read, and the device of the one above it; null where that does not matter. */
interface Waiting {
  readonly path: string;
  readonly above: bigint | null;
}

class Walk {
  readonly #options: ScanOptions;
  readonly #root: string;
  readonly #exclusions: Exclusions;
  /** Folders still to be read. */
  readonly #folders: Waiting[] = [];
  /** Links wait until all real folders were read: then it does not depend on luck by which path one is met. */
  readonly #links: Waiting[] = [];
  /** Folders that were read, where links are followed. */
  readonly #seen = new Set<string>();

  constructor(root: string, options: ScanOptions) {
    this.#options = options;
    this.#root = root;
    this.#exclusions = new Exclusions(options.base ?? root, options);
  }

  /** @param status of the root */
  async *run(status: BigIntStats): AsyncGenerator<ScanEvent> {
    // A folder inside a root may be a mount point itself, or lie in what is left out.
    const isInside = this.#options.base !== undefined && this.#options.base !== this.#root;
    if (isInside && this.#exclusions.isBehind(this.#root)) return;
    const above = isInside ? await statusOf(path.dirname(this.#root)) : status;
    this.#folders.push({ path: this.#root, above: above instanceof AppError ? null : above.dev });
    yield* this.#walkFolders();
    // A linked folder may hold further links.
    while (this.#links.length > 0) {
      for (const link of this.#links.splice(0).toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
        yield* this.#link(link);
        yield* this.#walkFolders();
      }
    }
  }

  async *#walkFolders(): AsyncGenerator<ScanEvent> {
    for (let folder = this.#folders.pop(); folder !== undefined; folder = this.#folders.pop()) {
      this.#options.signal?.throwIfAborted();
      const status = await statusOf(folder.path);
      if (status instanceof AppError) yield skip(folder.path, status, true);
      else if (!this.#options.followSymlinks || !this.#wasSeen(status))
        yield* this.#folder(folder, status.dev);
    }
  }

  async *#folder({ path: folder, above }: Waiting, device: bigint): AsyncGenerator<ScanEvent> {
    let count = 0;
    try {
      const entries = await opendir(folder, {
        encoding: 'buffer' as BufferEncoding,
        bufferSize: ENTRIES_BUFFERED,
      });
      for await (const entry of entries as AsyncIterable<unknown> as AsyncIterable<Dirent<Buffer>>) {
        count += 1;
        yield* this.#entry(folder, device, entry);
      }
    } catch (error) {
      if (isAbort(error, this.#options.signal)) throw error;
      yield skip(folder, unreadable(folder, error), true);
      return;
    }
    if (count === 0 && this.#isUnplugged(folder, device, above)) {
      yield skip(folder, unplugged(folder), true);
      return;
    }
    const isMounted = above !== null && above !== device;
    yield { kind: 'folder', path: folder, mounted: isMounted ? Number(device) : null };
  }

  #isUnplugged(folder: string, device: bigint, above: bigint | null): boolean {
    const before = this.#options.devices.get(folder);
    const isOther = before !== undefined && before !== Number(device);
    return isOther || (this.#options.mounts?.has(folder) === true && device === above);
  }

  async *#entry(folder: string, device: bigint, entry: Dirent<Buffer>): AsyncGenerator<ScanEvent> {
    const name = decodeName(entry.name);
    if (name === undefined) {
      const shown = path.join(folder, escapeName(entry.name));
      if (entry.isDirectory() || PICTURE_ENDING.test(shown)) {
        yield skip(shown, unrepresentable(shown), entry.isDirectory());
      }
      return;
    }
    const place = path.join(folder, name);
    if (entry.isDirectory()) {
      if (!this.#exclusions.folder(place)) this.#folders.push({ path: place, above: device });
      return;
    }
    if (this.#exclusions.file(place)) return;
    if (entry.isSymbolicLink()) {
      if (this.#options.followSymlinks) this.#links.push({ path: place, above: device });
      else if (PICTURE_ENDING.test(name)) yield* dangling(place);
    } else if (PICTURE_ENDING.test(name)) {
      yield entry.isFile() ? { kind: 'file', path: place } : skip(place, special(place), false);
    }
  }

  async *#link({ path: place, above }: Waiting): AsyncGenerator<ScanEvent> {
    const status = await statusOf(place);
    const isPicture = PICTURE_ENDING.test(path.basename(place));
    if (status instanceof AppError) {
      if (isPicture) yield skip(place, status, false);
    } else if (status.isDirectory()) {
      if (!this.#exclusions.folder(place)) this.#folders.push({ path: place, above });
    } else if (isPicture) {
      if (!status.isFile()) yield skip(place, special(place), false);
      else if (!(await this.#isInSeenFolder(place))) yield { kind: 'file', path: place };
    }
  }

  /** Notes the folder. A link upwards, or two links to one folder, would else be walked again and again. */
  #wasSeen({ dev, ino }: BigIntStats): boolean {
    const key = `${dev}:${ino}`;
    if (this.#seen.has(key)) return true;
    this.#seen.add(key);
    return false;
  }

  /** A link to a file that is found by its own name gives the same photo twice. */
  async #isInSeenFolder(link: string): Promise<boolean> {
    const target = await realpath(link).catch(() => link);
    const status = await statusOf(path.dirname(target));
    return !(status instanceof AppError) && this.#seen.has(`${status.dev}:${status.ino}`);
  }
}

async function* dangling(place: string): AsyncGenerator<ScanEvent> {
  const status = await statusOf(place);
  if (status instanceof AppError) yield skip(place, status, false);
}

/** Whether a file of this name is taken for a picture. */
export function isPictureName(name: string): boolean {
  return PICTURE_ENDING.test(name);
}

/** 0 where it cannot be told. */
export async function deviceOf(place: string): Promise<number> {
  const status = await stat(place).catch(() => undefined);
  return status?.dev ?? 0;
}

function decodeName(name: Buffer): string | undefined {
  try {
    return decoder.decode(name);
  } catch {
    return undefined;
  }
}

/** Printable, and different for different names: every byte above ASCII is written out. */
function escapeName(name: Buffer): string {
  return name
    .toString('latin1')
    .replaceAll(/[\\\u0080-\u00ff]/g, (character) =>
      character === '\\' ? '\\\\' : `\\x${character.charCodeAt(0).toString(16)}`,
    );
}

function isAbort(error: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && error === signal.reason;
}

function skip(place: string, error: AppError, isFolder: boolean): ScanEvent {
  return { kind: 'skip', path: place, code: error.code, message: error.message, isFolder };
}

function special(place: string): AppError {
  return new AppError(
    'FILE_UNREADABLE',
    `${place}: is a pipe, socket or device, expected a photo; move it out of the folder or give it another name`,
  );
}

function unplugged(place: string): AppError {
  return new AppError(
    'FILE_NOT_FOUND',
    `${place}: is empty and lies on another disk than before, expected the photos that were indexed; plug the drive in. What is known of it is kept; to forget it, index with --prune after deleting the empty folder`,
  );
}

function unrepresentable(place: string): AppError {
  return new AppError(
    'FILE_UNREADABLE',
    `${place}: its name is no UTF-8, expected a name that can be shown; rename it`,
  );
}

function unreadable(place: string, error: unknown): AppError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new AppError(
      'FILE_NOT_FOUND',
      `${place}: is not there, expected a photo or a folder; check the path, or plug the drive in. What is known of it is kept; an indexed folder that is gone for good is forgotten with --prune`,
      { cause: error },
    );
  }
  return new AppError(
    'FILE_UNREADABLE',
    `${place}: cannot be read (${messageOf(error)}), expected a readable file or folder; check its permissions and the disk`,
    { cause: error },
  );
}
