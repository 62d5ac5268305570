/**
 * The log of a server on stderr: JSON lines for programs, or lines for people. It names routes, never what somebody searched
 * for, and no key.
 * Source: pino's documentation. Deviation: lines for people are made here; pino's own way needs another package.
 */
import pino, { type DestinationStream, type Logger } from 'pino';
import type { Settings } from '../../indexer/index.ts';
import { prettyLines } from './pretty-lines.ts';
import type { RequestRecord } from './request-record.ts';

export interface LogOptions {
  /** `auto`: for people where stderr is a terminal. Default auto. */
  readonly form?: Settings['logForm'];
  /** Default info; for people warn, as what they want to know is noted anyway. */
  readonly level?: Settings['logLevel'];
  /** Default: stderr. */
  readonly destination?: DestinationStream;
}

const STDERR = 2;
/** While nobody reads stderr, so many bytes are kept, and lines behind them are lost. */
const BUFFER_BYTES_MAX = 1_000_000;
/** An overloaded server must not spend its time on telling so. */
const SHED_TOLD_MS = 10_000;

export class ServerLog {
  /** Whether lines are JSON. */
  readonly isJson: boolean;
  readonly #logger: Logger;
  readonly #close: () => void;
  #shed = 0;
  #shedToldAt = Number.NEGATIVE_INFINITY;

  constructor({ form = 'auto', level = null, destination }: LogOptions = {}) {
    this.isJson = form === 'json' || (form === 'auto' && !process.stderr.isTTY);
    const stderr =
      destination === undefined
        ? pino.destination({ dest: STDERR, sync: false, maxLength: BUFFER_BYTES_MAX })
        : undefined;
    this.#close = () => stderr?.flushSync();
    const out = destination ?? stderr ?? process.stderr;
    const options = {
      level: level ?? (this.isJson ? 'info' : 'warn'),
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
    };
    this.#logger = pino(options, this.isJson ? out : prettyLines(out));
  }

  request(record: RequestRecord): void {
    if (record.status === 429) return this.#wasShed();
    const line = { ...record, ms: Math.round(record.ms * 10) / 10 };
    if (record.status >= 500 && record.status !== 503) this.#logger.error(line, 'request');
    // A page of results asks for a hundred of these.
    else if (isSmall(record)) this.#logger.debug(line, 'request');
    else this.#logger.info(line, 'request');
  }

  /** An error that nobody foresaw. @param request method, path and id */
  error(error: unknown, request: string): void {
    this.#logger.error({ err: error instanceof Error ? error : new Error(String(error)), request }, 'error');
  }

  /** What a person should know. */
  notice(text: string): void {
    this.#logger.info(text.trim());
  }

  /** Writes what is not written yet. */
  close(): void {
    this.#close();
  }

  #wasShed(): void {
    this.#shed += 1;
    const now = performance.now();
    if (now - this.#shedToldAt < SHED_TOLD_MS) return;
    this.#logger.warn({ status: 429, count: this.#shed }, 'too busy: requests were sent away');
    this.#shed = 0;
    this.#shedToldAt = now;
  }
}

function isSmall({ route, status }: RequestRecord): boolean {
  const isQuiet = route === 'page' || route.endsWith('/thumbnail') || quiet.has(route);
  return isQuiet && status < 400;
}

/** Asked every few seconds by whoever watches. */
const quiet: ReadonlySet<string> = new Set(['/health', '/ready', '/metrics', '/v1/status']);
