/**
 * Where an export goes: a file that is there whole or not at all, or a stream.
 * Source: our own. Deviation: none.
 */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { AppError, messageOf } from '../../model/index.ts';

export interface Output {
  write(bytes: Uint8Array | string): Promise<void>;
}

/** A slow reader holds the export back. */
export class StreamOutput implements Output {
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  async write(bytes: Uint8Array | string): Promise<void> {
    if (!this.#stream.write(bytes)) await once(this.#stream, 'drain');
  }
}

/** Written under another name, and renamed at the end: whoever looks sees the old file or the whole new one. */
export class FileOutput implements Output {
  readonly file: string;
  readonly #handle: FileHandle;
  readonly #temporary: string;
  readonly #force: boolean;
  #isOpen = true;

  private constructor(file: string, temporary: string, handle: FileHandle, force: boolean) {
    this.file = file;
    this.#temporary = temporary;
    this.#handle = handle;
    this.#force = force;
  }

  /** @throws AppError NAME_TAKEN, FILE_UNWRITABLE, DISK_FULL */
  static async open(file: string, options: { readonly force: boolean }): Promise<FileOutput> {
    refuseTaken(file, options.force);
    const temporary = `${file}.${process.pid}.tmp`;
    try {
      return new FileOutput(file, temporary, await open(temporary, 'w'), options.force);
    } catch (error) {
      throw unwritable(file, error);
    }
  }

  async write(bytes: Uint8Array | string): Promise<void> {
    try {
      await this.#handle.writeFile(bytes);
    } catch (error) {
      throw unwritable(this.file, error);
    }
  }

  async commit(): Promise<void> {
    try {
      await this.#handle.sync();
      await this.#close();
      refuseTaken(this.file, this.#force);
      await rename(this.#temporary, this.file);
    } catch (error) {
      throw error instanceof AppError ? error : unwritable(this.file, error);
    }
  }

  /** Takes back what was not committed. Safe to call after `commit`. */
  async discard(): Promise<void> {
    await this.#close();
    await rm(this.#temporary, { force: true });
  }

  async #close(): Promise<void> {
    if (this.#isOpen) await this.#handle.close();
    this.#isOpen = false;
  }
}

function refuseTaken(file: string, force: boolean): void {
  if (force || !existsSync(file)) return;
  throw new AppError(
    'NAME_TAKEN',
    `${file}: is there already; choose another name, or overwrite it with --force`,
  );
}

function unwritable(file: string, error: unknown): AppError {
  const isFull = (error as NodeJS.ErrnoException).code === 'ENOSPC';
  return new AppError(
    isFull ? 'DISK_FULL' : 'FILE_UNWRITABLE',
    `${file}: cannot be written (${messageOf(error)}); ${isFull ? 'free some space' : 'choose another place with --out'}`,
    { cause: error },
  );
}
