/**
 * Fetches a picture that a request names by its address, and nothing that the server alone can reach.
 * Source: OWASP cheat sheet on server-side request forgery; Node's http module. Deviation: none.
 *
 * What counts is the address that is connected to: a name is looked up once for each connection, which then knows nothing but
 * the addresses that were looked at. So a name that points elsewhere a moment later (DNS rebinding) gains nothing, and a
 * redirect is a new connection.
 */
import type { LookupAddress } from 'node:dns';
import { lookup as lookupName } from 'node:dns/promises';
import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { AppError, isAppError, messageOf } from '../../model/index.ts';
import { isPublicAddress } from './public-address.ts';

export interface FetchPictureOptions {
  readonly signal?: AbortSignal;
  /** Default 8,000,000. */
  readonly bytesMax?: number;
  /** Of everything together, milliseconds, default 10,000. */
  readonly timeoutMs?: number;
  /** Which addresses may be connected to; default `isPublicAddress`. */
  readonly isAllowed?: (address: string) => boolean;
  /** The addresses of a name; default: those that the system knows. */
  readonly resolve?: (hostname: string) => Promise<readonly LookupAddress[]>;
}

/** As base64 inside JSON that is as much as a body of JSON may hold. */
const BYTES_MAX = 8_000_000;
const TIMEOUT_MS = 10_000;
const REDIRECTS_MAX = 3;
const URL_CHARACTERS_MAX = 2000;
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const headers = { accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'imglish' };

/** @throws AppError INVALID_ARGUMENT (an address that is not fetched), DOWNLOAD_FAILED, LIMIT_EXCEEDED, UNSUPPORTED, ABORTED */
export async function fetchPicture(address: string, options: FetchPictureOptions = {}): Promise<Uint8Array> {
  const { signal, timeoutMs = TIMEOUT_MS } = options;
  const timeout = AbortSignal.timeout(timeoutMs);
  const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  let url = checkedUrl(address);
  try {
    for (let hop = 0; hop <= REDIRECTS_MAX; hop += 1) {
      const response = await ask(url, options, either);
      const target = redirectOf(response, url);
      if (target === undefined) return await read(response, url, options.bytesMax ?? BYTES_MAX);
      response.destroy();
      url = target;
    }
  } catch (error) {
    if (isAppError(error)) throw error;
    if (signal?.aborted === true) throw new AppError('ABORTED', 'image.url: the request was aborted');
    const reason = timeout.aborted ? `took longer than ${timeoutMs} ms` : messageOf(error);
    throw new AppError('DOWNLOAD_FAILED', `${shown(url)}: ${reason}; send the picture itself`, {
      cause: error,
    });
  }
  throw new AppError(
    'DOWNLOAD_FAILED',
    `${shown(url)}: led on more than ${REDIRECTS_MAX} times; send the picture itself`,
  );
}

function checkedUrl(address: string, base?: URL): URL {
  if (address.length > URL_CHARACTERS_MAX || !URL.canParse(address, base?.href)) {
    throw refused('image.url', 'is not an address, expected http:// or https://');
  }
  const url = new URL(address, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw refused(shown(url), `found ${url.protocol}, expected http: or https:`);
  }
  if (url.username !== '' || url.password !== '') throw refused(shown(url), 'holds a user name or password');
  return url;
}

function redirectOf({ statusCode = 0, headers: { location } }: IncomingMessage, from: URL): URL | undefined {
  if (!redirects.has(statusCode) || location === undefined) return undefined;
  const url = checkedUrl(location, from);
  if (from.protocol === 'https:' && url.protocol === 'http:') {
    throw refused(shown(url), 'an encrypted address led to one that is not');
  }
  return url;
}

async function ask(url: URL, options: FetchPictureOptions, signal: AbortSignal): Promise<IncomingMessage> {
  const { isAllowed = isPublicAddress } = options;
  const addresses = await allowedAddresses(url, options);
  const request: RequestOptions = {
    method: 'GET',
    headers,
    signal,
    // A connection of its own: none that was made for somebody else, with another check.
    agent: false,
    lookup: only(addresses),
  };
  return new Promise((resolve, reject) => {
    const { get } = url.protocol === 'https:' ? https : http;
    const outgoing = get(url, request, resolve);
    outgoing.once('error', reject);
    outgoing.once('socket', (socket) => {
      // The last word: what the system connected to, whatever was looked up.
      socket.once('connect', () => {
        if (!isAllowed(socket.remoteAddress ?? '')) outgoing.destroy(notPublic(url));
      });
    });
  });
}

/** All addresses of a name must be allowed: one that is both public and not is a trap. */
async function allowedAddresses(
  url: URL,
  { isAllowed = isPublicAddress, resolve = systemAddresses }: FetchPictureOptions,
): Promise<readonly LookupAddress[]> {
  const literal = url.hostname.replaceAll(/^\[|\]$/g, '');
  const family = isIP(literal);
  const addresses = family === 0 ? await resolve(literal) : [{ address: literal, family }];
  if (addresses.length === 0) throw new Error('the name has no address');
  if (!addresses.every(({ address }) => isAllowed(address))) throw notPublic(url);
  return addresses;
}

/** A lookup that knows one answer: the addresses that were looked at. */
function only(addresses: readonly LookupAddress[]): LookupFunction {
  return (_hostname, { all }, callback) => {
    const [first] = addresses;
    if (all === true) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family);
  };
}

async function systemAddresses(hostname: string): Promise<readonly LookupAddress[]> {
  try {
    return await lookupName(hostname, { all: true });
  } catch (error) {
    throw new Error('the name cannot be looked up', { cause: error });
  }
}

async function read(response: IncomingMessage, url: URL, bytesMax: number): Promise<Uint8Array> {
  try {
    checkHead(response, url, bytesMax);
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax) throw tooLarge(url, bytesMax);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    response.destroy();
  }
}

function checkHead({ statusCode, headers: head }: IncomingMessage, url: URL, bytesMax: number): void {
  if (statusCode !== 200) {
    throw new AppError('DOWNLOAD_FAILED', `${shown(url)}: answered ${statusCode ?? 0}, expected 200`);
  }
  const type = (head['content-type'] ?? '').toLowerCase();
  if (!/^image\/[\w.+-]+/.test(type)) {
    throw new AppError(
      'UNSUPPORTED',
      `${shown(url)}: is not a picture (Content-Type ${JSON.stringify(type.slice(0, 100))}), expected image/…`,
    );
  }
  const encoding = head['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new AppError('UNSUPPORTED', `${shown(url)}: came compressed, which was not asked for`);
  }
  if (Number(head['content-length'] ?? 0) > bytesMax) throw tooLarge(url, bytesMax);
}

/** Queries of addresses hold keys at times. */
function shown({ origin, pathname }: URL): string {
  return `${origin}${pathname}`.slice(0, 200);
}

function refused(place: string, what: string): AppError {
  return new AppError('INVALID_ARGUMENT', `${place}: ${what}; send the picture itself`);
}

function notPublic(url: URL): AppError {
  return refused(shown(url), 'is not on the public internet');
}

function tooLarge(url: URL, bytesMax: number): AppError {
  return new AppError(
    'LIMIT_EXCEEDED',
    `${shown(url)}: expected at most ${bytesMax} bytes; send a smaller picture`,
  );
}
