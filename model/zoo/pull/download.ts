/**
 * Fetches one large file over HTTP: goes on where it stopped, tries again, and never leaves half a file.
 * Source: RFC 9110 (Range, If-Range, Content-Range, Retry-After). Deviation: none.
 */
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, messageOf } from '../../errors.ts';
import { PartialFile } from './partial-file.ts';
import { receive } from './receive.ts';
import { readAnswer, TryFailure } from './response.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface DownloadOptions {
  readonly url: string;
  /** Where the file shall be; it appears whole or not at all. */
  readonly file: string;
  /** A larger file is refused, announced or not. */
  readonly bytesMax: number;
  /** Says what is wrong with the first bytes, or undefined: a web page in place of the file is refused at once. */
  readonly wrongHead: (head: Uint8Array) => string | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number | null) => void;
  /** Told the size of the whole file before the first byte is written; may throw. */
  readonly onSize?: (total: number, missing: number) => Promise<void>;
  /** Default: the global one. */
  readonly fetchImpl?: Fetch;
  /** Pause before the second try; doubled for each further one. Default 1000. */
  readonly backoffMs?: number;
  /** A connection without a byte for so long counts as cut. Default 60,000. */
  readonly stallMs?: number;
}

/** Tries in a row that bring not one new byte. */
const TRIES_WITHOUT_PROGRESS_MAX = 4;
const BACKOFF_MS = 1000;
const STALL_MS = 60_000;
/** A server that asks for more patience than this is better tried by hand, later. */
const RETRY_AFTER_MS_MAX = 60_000;

/**
 * A file that is already there is taken as it is: it got its name only when complete.
 * @throws AppError DOWNLOAD_FAILED, LIMIT_EXCEEDED, DISK_FULL, ABORTED (the part stays and is resumed)
 */
export async function download(options: DownloadOptions): Promise<void> {
  const found = await stat(options.file).catch(() => undefined);
  if (found?.isFile() === true) {
    options.onProgress?.(found.size, found.size);
    return;
  }
  await mkdir(path.dirname(options.file), { recursive: true });
  const partial = new PartialFile(options.file);
  let failures = 0;
  for (;;) {
    const before = await sizeOf(partial.part);
    try {
      await attempt(partial, options);
      return;
    } catch (error) {
      if (options.signal?.aborted === true) throw aborted(options, error);
      if (!(error instanceof TryFailure)) throw asWriteError(error, options);
      if (error.startAnew) await partial.discard();
      failures = (await sizeOf(partial.part)) > before ? 1 : failures + 1;
      if (!error.transient || failures >= TRIES_WITHOUT_PROGRESS_MAX) throw failed(options, error);
      await pause(error, failures, options);
    }
  }
}

/** One request, from where the part ends. @throws TryFailure, or whatever the file system throws */
async function attempt(partial: PartialFile, options: DownloadOptions): Promise<void> {
  const stall = new StallTimer(options.stallMs ?? STALL_MS);
  const signals = [stall.signal, ...(options.signal === undefined ? [] : [options.signal])];
  try {
    const kept = await partial.resumable(options.url);
    const response = await request(options, kept, AbortSignal.any(signals));
    const answer = await readAnswer(response, options.url, kept);
    if (answer.kind === 'complete') {
      await partial.publish();
      options.onProgress?.(answer.total, answer.total);
      return;
    }
    await receive(partial, answer, options, () => stall.restart());
  } catch (error) {
    if (stall.signal.aborted && options.signal?.aborted !== true) {
      throw new TryFailure('no data for too long', { transient: true, cause: error });
    }
    throw error;
  } finally {
    stall.stop();
  }
}

async function request(
  options: DownloadOptions,
  kept: { readonly offset: number; readonly note: { readonly validator: string } } | undefined,
  signal: AbortSignal,
): Promise<Response> {
  const headers: Record<string, string> = {
    // Compressed on the way, neither sizes nor ranges would be those of the file.
    'accept-encoding': 'identity',
  };
  if (kept !== undefined) {
    headers['range'] = `bytes=${kept.offset}-`;
    headers['if-range'] = kept.note.validator;
  }
  try {
    return await (options.fetchImpl ?? fetch)(options.url, { headers, signal, redirect: 'follow' });
  } catch (error) {
    throw new TryFailure(causeOf(error), { transient: true, cause: error });
  }
}

/** Fires its signal unless it is restarted in time. */
class StallTimer {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(ms: number) {
    this.#timer = setTimeout(() => this.#controller.abort(), ms);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }
  restart(): void {
    this.#timer.refresh();
  }
  stop(): void {
    clearTimeout(this.#timer);
  }
}

async function pause(error: TryFailure, failures: number, options: DownloadOptions): Promise<void> {
  const ms = error.retryAfterMs ?? (options.backoffMs ?? BACKOFF_MS) * 2 ** (failures - 1);
  if (ms > RETRY_AFTER_MS_MAX) throw failed(options, error);
  try {
    await delay(ms, undefined, options.signal === undefined ? {} : { signal: options.signal });
  } catch (cause) {
    throw aborted(options, cause);
  }
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

function failed({ url }: DownloadOptions, error: TryFailure): AppError {
  return new AppError('DOWNLOAD_FAILED', `${url}: ${error.message}`, { cause: error });
}

function aborted({ file }: DownloadOptions, cause: unknown): AppError {
  return new AppError(
    'ABORTED',
    `${path.basename(file)}: the download was aborted; what has come so far is kept, give the same command again to go on`,
    { cause },
  );
}

function asWriteError(error: unknown, { file }: DownloadOptions): unknown {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('DISK_FULL', `${file}: ${messageOf(error)}; free space and pull again`, {
      cause: error,
    });
  }
  return new AppError(
    'FILE_UNWRITABLE',
    `${file}: ${messageOf(error)}; check that the models folder can be written`,
    { cause: error },
  );
}

/** `fetch failed` says nothing; what it was caused by does. */
function causeOf(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
}
