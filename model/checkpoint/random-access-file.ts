/**
 * A file that is read at given positions, with its own failures turned into typed errors.
 * Source: our own. Deviation: none.
 */
import { open, stat, type FileHandle } from 'node:fs/promises';
import { AppError, messageOf } from '../errors.ts';
import { damaged } from './checkpoint-error.ts';

/** One system call; the kernel takes at most 2 GiB. */
const READ_BYTES_MAX = 64 * 1024 * 1024;

export class RandomAccessFile {
  readonly path: string;
  readonly size: number;
  readonly #handle: FileHandle;
  #closing: Promise<void> | undefined;

  private constructor(path: string, size: number, handle: FileHandle) {
    this.path = path;
    this.size = size;
    this.#handle = handle;
  }

  /** @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE (also for folders, pipes and devices) */
  static async open(path: string): Promise<RandomAccessFile> {
    let handle: FileHandle | undefined;
    try {
      // Opening a pipe would wait for a writer, so its kind is asked before.
      const kind = await stat(path);
      if (!kind.isFile()) {
        throw new AppError(
          'FILE_UNREADABLE',
          `${path}: found a ${kind.isDirectory() ? 'folder' : 'special file'}, expected a checkpoint file`,
        );
      }
      handle = await open(path, 'r');
      const { size } = await handle.stat();
      return new RandomAccessFile(path, size, handle);
    } catch (error) {
      await handle?.close();
      throw asFileError(path, error);
    }
  }

  /**
   * Fills the whole of `target` from `position`.
   * @throws AppError CHECKPOINT_CORRUPT where the file ends before, FILE_UNREADABLE
   */
  async readInto(target: Uint8Array, position: number): Promise<void> {
    // Also false for NaN and for positions that came out of a hostile 64-bit field.
    if (!(position >= 0 && position + target.byteLength <= this.size)) {
      throw damaged(
        this.path,
        `${target.byteLength} bytes were to be read at byte ${position}, the file has ${this.size}`,
      );
    }
    let done = 0;
    while (done < target.byteLength) {
      const length = Math.min(READ_BYTES_MAX, target.byteLength - done);
      const bytesRead = await this.#readSome(target, done, length, position + done);
      if (bytesRead === 0) {
        throw damaged(
          this.path,
          `ends at byte ${position + done}, it had ${this.size} bytes when it was opened`,
        );
      }
      done += bytesRead;
    }
  }

  /** `length` bytes, which the caller has compared with a limit. */
  async read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const target = new Uint8Array(length);
    await this.readInto(target, position);
    return target;
  }

  close(): Promise<void> {
    this.#closing ??= this.#handle.close();
    return this.#closing;
  }

  async #readSome(target: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    try {
      return (await this.#handle.read(target, offset, length, position)).bytesRead;
    } catch (error) {
      throw asFileError(this.path, error);
    }
  }
}

function asFileError(path: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new AppError('FILE_NOT_FOUND', `${path}: there is no such file; check the path`, { cause: error });
  }
  return new AppError('FILE_UNREADABLE', `${path}: cannot be read (${messageOf(error)})`, { cause: error });
}
