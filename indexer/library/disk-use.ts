/**
 * What the derived files of a library take on the disk, and what is left there.
 * Source: our own. Deviation: none.
 */
import { opendir, stat, statfs } from 'node:fs/promises';
import path from 'node:path';

/** bytes */
export interface DiskUsage {
  /** Snapshots of the vector indexes. */
  readonly indexBytes: number;
  /** null until they were looked at for the first time */
  readonly thumbnailBytes: number | null;
  /** For this user, on the disk where the library lies. */
  readonly freeBytes: number;
}

/** Each preview is a file: a walk through 100,000 of them takes seconds, in other threads. */
const THUMBNAILS_AGE_MS_MAX = 600_000;
/** Who asks waits so long for the first walk, which is enough for some thousand. */
const THUMBNAILS_WAIT_MS = 200;

/** One for each library that is served. Only one walk goes on at a time. */
export class DiskUse {
  readonly #dataFolder: string;
  #thumbnails: { readonly bytes: number; readonly at: number } | undefined;
  #walk: Promise<void> | undefined;

  /** @param dataFolder absolute */
  constructor(dataFolder: string) {
    this.#dataFolder = dataFolder;
  }

  async measure(): Promise<DiskUsage> {
    this.#lookAtThumbnails();
    const [indexBytes, free] = await Promise.all([
      bytesBelow(path.join(this.#dataFolder, 'vectors')),
      statfs(this.#dataFolder),
    ]);
    if (this.#thumbnails === undefined && this.#walk !== undefined) {
      await Promise.race([this.#walk, patience()]);
    }
    return {
      indexBytes,
      thumbnailBytes: this.#thumbnails?.bytes ?? null,
      freeBytes: free.bavail * free.bsize,
    };
  }

  #lookAtThumbnails(): void {
    const { at } = this.#thumbnails ?? { at: Number.NEGATIVE_INFINITY };
    if (this.#walk !== undefined || performance.now() - at < THUMBNAILS_AGE_MS_MAX) return;
    this.#walk = this.#walkThumbnails().finally(() => {
      this.#walk = undefined;
    });
  }

  async #walkThumbnails(): Promise<void> {
    const bytes = await bytesBelow(path.join(this.#dataFolder, 'thumbnails'));
    this.#thumbnails = { bytes, at: performance.now() };
  }
}

function patience(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, THUMBNAILS_WAIT_MS).unref();
  });
}

/** 0 where there is no such folder; what goes while it is read is not counted. */
async function bytesBelow(folder: string): Promise<number> {
  let bytes = 0;
  try {
    for await (const entry of await opendir(folder, { recursive: true })) {
      if (!entry.isFile()) continue;
      const status = await stat(path.join(entry.parentPath, entry.name)).catch(() => undefined);
      bytes += status?.size ?? 0;
    }
  } catch {
    // The folder is made with its first file, and may be deleted at any time.
  }
  return bytes;
}
