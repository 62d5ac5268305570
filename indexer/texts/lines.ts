/**
 * Lines of a text file, with their numbers, in bounded memory whatever the file holds.
 * Source: our own. Deviation: none.
 */
import { createReadStream } from 'node:fs';
import { AppError, messageOf, type ErrorCode } from '../../model/index.ts';

/** A line that can be read, or why it cannot. */
export type Line =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly code: ErrorCode; readonly problem: string };

/** A line of JSON with some metadata takes a kilobyte; a megabyte in one line is no list of texts. */
export const LINE_BYTES_MAX = 1_048_576;

const CHUNK_BYTES = 262_144;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const UTF16_MARKS = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

/**
 * @returns the lines of one piece of the file at a time, without their ends; a byte order mark is left out
 * @throws AppError TEXT_INVALID (UTF-16), FILE_UNREADABLE, ABORTED
 */
export async function* readLines(
  file: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<readonly Line[]> {
  const splitter = new LineSplitter();
  let isFirst = true;
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
      if (options.signal?.aborted === true) throw new AppError('ABORTED', `${file}: reading was stopped`);
      const bytes = chunk as Buffer;
      if (isFirst) refuseUtf16(file, bytes);
      yield splitter.push(isFirst && bytes.subarray(0, 3).equals(UTF8_MARK) ? bytes.subarray(3) : bytes);
      isFirst = false;
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError(
      'FILE_UNREADABLE',
      `${file}: ${messageOf(error)}; check the permissions of the file and its disk`,
      { cause: error },
    );
  }
  yield splitter.end();
}

class LineSplitter {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** Of the line that has not ended yet. */
  #parts: Buffer[] = [];
  #bytes = 0;
  #number = 1;

  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start);
      if (end === -1) break;
      this.#append(chunk.subarray(start, end));
      lines.push(this.#finish());
      start = end + 1;
    }
    this.#append(chunk.subarray(start));
    return lines;
  }

  /** The last line, where the file does not end in a line feed. */
  end(): Line[] {
    return this.#bytes === 0 ? [] : [this.#finish()];
  }

  #append(part: Buffer): void {
    this.#bytes += part.length;
    // What is too long is only counted.
    if (this.#bytes <= LINE_BYTES_MAX && part.length > 0) this.#parts.push(part);
  }

  #finish(): Line {
    const number = this.#number;
    const size = this.#bytes;
    const [first] = this.#parts;
    const bytes = this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    this.#number += 1;
    if (size > LINE_BYTES_MAX) {
      const problem = `the line has ${size} bytes, expected at most ${LINE_BYTES_MAX}; check that the file is a list of texts with line ends`;
      return { number, code: 'LIMIT_EXCEEDED', problem };
    }
    try {
      const isCrLf = bytes.at(-1) === CARRIAGE_RETURN;
      return { number, text: this.#decoder.decode(isCrLf ? bytes.subarray(0, -1) : bytes) };
    } catch {
      const problem = 'the line holds bytes that are not UTF-8, expected UTF-8; save the file as UTF-8';
      return { number, code: 'TEXT_INVALID', problem };
    }
  }
}

function refuseUtf16(file: string, bytes: Buffer): void {
  if (!UTF16_MARKS.some((mark) => bytes.subarray(0, 2).equals(mark))) return;
  throw new AppError(
    'TEXT_INVALID',
    `${file}: is UTF-16, expected UTF-8; save it as UTF-8 (a spreadsheet calls it "CSV UTF-8")`,
  );
}
