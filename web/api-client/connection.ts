/**
 * One request after the other to a server, with its key, and again where the server was too busy.
 * Source: the fetch standard; RFC 9110 (Retry-After). Deviation: none.
 */
import { errorOf, ImglishError } from './imglish-error.ts';

export interface ImglishOptions {
  /** Where the server is; default http://127.0.0.1:3210 */
  readonly url?: string | URL;
  /** Where the server asks for keys: `read` to search, `admin` to start jobs. */
  readonly apiKey?: string;
  /** How often a request is sent again that the server was too busy for, from 0, default 2. */
  readonly retries?: number;
  /** Default: that of the platform. */
  readonly fetch?: typeof globalThis.fetch;
}

export interface CallOptions {
  /** Ends the call, and the work of the server for it. */
  readonly signal?: AbortSignal;
}

export interface Call extends CallOptions {
  readonly method?: 'GET' | 'POST';
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** JSON, or a form. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const RETRIES = 2;
/** Nobody waits longer for a server that is busy. */
const WAIT_SECONDS_MAX = 30;

export class Connection {
  readonly #url: string;
  readonly #apiKey: string | undefined;
  readonly #retries: number;
  readonly #fetch: typeof globalThis.fetch;

  constructor({ url = 'http://127.0.0.1:3210', apiKey, retries, fetch }: ImglishOptions) {
    // A path in front, as behind a proxy, is kept.
    this.#url = String(url).replace(/\/+$/, '');
    this.#apiKey = apiKey;
    this.#retries = retries ?? RETRIES;
    // A browser's fetch must not be called as a method of something else.
    this.#fetch = fetch ?? ((...given) => globalThis.fetch(...given));
  }

  /** @throws ImglishError; what the signal says */
  async json<T>(path: string, call: Call = {}): Promise<T> {
    const response = await this.response(path, call);
    try {
      return (await response.json()) as T;
    } catch (error) {
      call.signal?.throwIfAborted();
      throw new ImglishError('ANSWER_INVALID', `${path}: the answer is no JSON; check the address`, {
        status: response.status,
        cause: error,
      });
    }
  }

  /** A success, whose body is still to be read. @throws as `json` */
  async response(path: string, call: Call = {}): Promise<Response> {
    for (let left = this.#retries; ; left -= 1) {
      const response = await this.#send(path, call);
      if (response.ok) return response;
      const error = await errorOf(response);
      if (left <= 0 || error.retryAfterSeconds === null) throw error;
      await pause(Math.min(error.retryAfterSeconds, WAIT_SECONDS_MAX) * 1000, call.signal);
    }
  }

  async #send(path: string, call: Call): Promise<Response> {
    const { method = 'GET', query = {}, body, headers = {}, signal } = call;
    const address = new URL(this.#url + path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) address.searchParams.set(name, String(value));
    }
    const isForm = body instanceof FormData;
    try {
      return await this.#fetch(address, {
        method,
        headers: {
          ...(this.#apiKey !== undefined && { Authorization: `Bearer ${this.#apiKey}` }),
          ...(body !== undefined && !isForm && { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
        ...(signal !== undefined && { signal }),
      });
    } catch (error) {
      signal?.throwIfAborted();
      const reason = error instanceof Error ? (reasonOf(error.cause) ?? error.message) : String(error);
      throw new ImglishError(
        'UNREACHABLE',
        `${address.origin}: cannot be reached (${reason}), expected an Imglish server; start one with "imglish serve"`,
        { cause: error },
      );
    }
  }
}

/** @throws what the signal says */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal?.addEventListener('abort', wake);
  });
  signal?.throwIfAborted();
}

/** Node hides the reason one level down. */
function reasonOf(cause: unknown): string | undefined {
  return cause instanceof Error && cause.message !== '' ? cause.message : undefined;
}
