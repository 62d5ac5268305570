/**
 * The part of a download that is there, and the note beside it that says what it is a part of.
 * Source: our own. Deviation: none.
 */
import { open, readFile, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/** A note of a few lines; a longer file is not ours. */
const NOTE_BYTES_MAX = 16_384;

const noteSchema = z.strictObject({
  url: z.string(),
  /** strong ETag, or Last-Modified where there is none: what `If-Range` takes */
  validator: z.string().min(1),
  /** bytes of the whole file, null where the server did not say */
  total: z.int().nonnegative().nullable(),
});

/** What the server said about the file of which a part is there. */
export type PartNote = z.infer<typeof noteSchema>;

/** `<file>.part` and `<file>.part.json`. */
export class PartialFile {
  readonly file: string;
  readonly part: string;
  readonly #noteFile: string;

  constructor(file: string) {
    this.file = file;
    this.part = `${file}.part`;
    this.#noteFile = `${file}.part.json`;
  }

  /** Bytes that may be kept and what they belong to; undefined where a download must start anew. */
  async resumable(url: string): Promise<{ readonly offset: number; readonly note: PartNote } | undefined> {
    const size = (await stat(this.part).catch(() => undefined))?.size ?? 0;
    const note = await this.#readNote();
    if (size === 0 || note?.url !== url) return undefined;
    return note.total !== null && size > note.total ? undefined : { offset: size, note };
  }

  /** The note is written first, so bytes never lie beside the note of another file. */
  async start(note: PartNote | undefined): Promise<FileHandle> {
    await this.discard();
    if (note !== undefined) await writeFile(this.#noteFile, JSON.stringify(note), { flush: true });
    return open(this.part, 'wx');
  }

  append(): Promise<FileHandle> {
    return open(this.part, 'a');
  }

  async discard(): Promise<void> {
    await rm(this.part, { force: true });
    await rm(this.#noteFile, { force: true });
  }

  /** The complete part, already on disk, takes the file's name. */
  async publish(): Promise<void> {
    await rename(this.part, this.file);
    await rm(this.#noteFile, { force: true });
    await syncFolder(path.dirname(this.file));
  }

  async #readNote(): Promise<PartNote | undefined> {
    const found = await stat(this.#noteFile).catch(() => undefined);
    if (found === undefined || found.size > NOTE_BYTES_MAX) return undefined;
    try {
      return noteSchema.parse(JSON.parse(await readFile(this.#noteFile, 'utf8')));
    } catch {
      // Half written or not ours: the download starts anew.
      return undefined;
    }
  }
}

/** Makes a rename last through a power failure; Windows cannot open folders and does not need to. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (handle === undefined) return;
  try {
    await handle.sync().catch(() => undefined);
  } finally {
    await handle.close();
  }
}
