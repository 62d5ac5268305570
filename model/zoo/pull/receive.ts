/**
 * Writes the body of an answer behind the part that is there, within limits.
 * Source: our own. Deviation: none.
 */
import type { FileHandle } from 'node:fs/promises';
import { AppError, messageOf } from '../../errors.ts';
import type { DownloadOptions } from './download.ts';
import type { PartialFile } from './partial-file.ts';
import { TryFailure, type Answer } from './response.ts';

type Body = Extract<Answer, { kind: 'body' }>;

/** Bytes by which a file is told from something else. */
const HEAD_BYTES = 512;

/**
 * Publishes the file when the last byte is on disk.
 * @param onData called for every piece that arrives
 * @throws TryFailure where the body ends early or is something else; AppError LIMIT_EXCEEDED, DISK_FULL
 */
export async function receive(
  partial: PartialFile,
  answer: Body,
  options: DownloadOptions,
  onData: () => void,
): Promise<void> {
  const { offset, total } = answer;
  if (total !== null) {
    checkSize(total, options);
    await options.onSize?.(total, total - offset);
  }
  const file = offset > 0 ? await partial.append() : await partial.start(answer.note);
  try {
    const size = await writeBody(file, answer, options, onData);
    if (total !== null && size !== total) {
      const far = size > total;
      throw new TryFailure(`${size} bytes have come, expected ${total}`, { transient: true, startAnew: far });
    }
  } finally {
    await file.sync();
    await file.close();
  }
  await partial.publish();
}

async function writeBody(
  file: FileHandle,
  answer: Body,
  options: DownloadOptions,
  onData: () => void,
): Promise<number> {
  let size = answer.offset;
  const head = new HeadCheck(options, answer.offset);
  options.onProgress?.(size, answer.total);
  for await (const chunk of chunksOf(answer.body)) {
    onData();
    checkSize(size + chunk.byteLength, options);
    head.look(chunk);
    await file.writeFile(chunk);
    size += chunk.byteLength;
    options.onProgress?.(size, answer.total);
  }
  // What was cut short says nothing about what the rest would have been.
  if (answer.total === null || size >= answer.total) head.end();
  return size;
}

/** The connection's errors, apart from the file system's. */
async function* chunksOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw new TryFailure(`the connection was cut (${messageOf(error)})`, { transient: true, cause: error });
  }
}

/** Judges the first bytes as soon as there are enough, before more is fetched. */
class HeadCheck {
  readonly #options: DownloadOptions;
  #head: Uint8Array | undefined;

  /** A part that is resumed was looked at when it began. */
  constructor(options: DownloadOptions, offset: number) {
    this.#options = options;
    this.#head = offset === 0 ? new Uint8Array(0) : undefined;
  }

  look(chunk: Uint8Array): void {
    if (this.#head === undefined) return;
    this.#head = Buffer.concat([this.#head, chunk.subarray(0, HEAD_BYTES)]);
    if (this.#head.byteLength >= HEAD_BYTES) this.end();
  }

  end(): void {
    if (this.#head === undefined) return;
    const wrong = this.#options.wrongHead(this.#head);
    this.#head = undefined;
    if (wrong !== undefined) throw new TryFailure(wrong, { transient: false, startAnew: true });
  }
}

function checkSize(size: number, { url, bytesMax }: DownloadOptions): void {
  if (size <= bytesMax) return;
  throw new AppError(
    'LIMIT_EXCEEDED',
    `${url}: ${size} bytes or more, expected at most ${bytesMax}; this is not the file it should be`,
  );
}
