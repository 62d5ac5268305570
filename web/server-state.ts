/**
 * What the application learns from the server that runs it: the host it is bound to, and that it closes.
 * Source: Express application settings. Deviation: none.
 */
import { setMaxListeners } from 'node:events';
import { BlockList, isIP } from 'node:net';
import type { Application } from 'express';
import type { FetchUrl } from './picture-urls/index.ts';

const HOST = 'imglish bound host';
const NAMES = 'imglish allowed hosts';
const KEYED = 'imglish asks for keys';
const FETCH_URL = 'imglish fetches addresses';
const CLOSING = 'imglish closing';

/** Names of this machine that no name server can give to a stranger. */
const LOCAL_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);
const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Addresses that mean "every address of this machine". */
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

export function setBoundHost(app: Application, host: string): void {
  app.set(HOST, host.toLowerCase());
}

/** @param names in small letters */
export function setAllowedHosts(app: Application, names: readonly string[]): void {
  app.set(NAMES, names);
}

export function setAsksForKeys(app: Application, asks: boolean): void {
  app.set(KEYED, asks);
}

/** @param fetchUrl null: addresses of pictures are not fetched */
export function setFetchUrl(app: Application, fetchUrl: FetchUrl | null): void {
  app.set(FETCH_URL, fetchUrl);
}

export function fetchUrlOf(app: Application): FetchUrl | null {
  return (app.get(FETCH_URL) as FetchUrl | null | undefined) ?? null;
}

export function asksForKeys(app: Application): boolean {
  return app.get(KEYED) === true;
}

/** Whether what listens on it can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  const kind = isIP(host);
  if (kind === 0) return host.toLowerCase() === 'localhost';
  return loopback.check(host, kind === 4 ? 'ipv4' : 'ipv6');
}

export function setClosing(app: Application): void {
  closingOf(app).abort();
}

export function isClosing(app: Application): boolean {
  return closingOf(app).signal.aborted;
}

/** Aborted when the server closes: what has no end of its own, such as a stream, ends then. */
export function closingSignal(app: Application): AbortSignal {
  return closingOf(app).signal;
}

/**
 * Whether only people at this machine can connect, so that they may see absolute paths.
 * An application that nobody told its host is taken for local: it answers to local names only.
 */
export function isLocalOnly(app: Application): boolean {
  const bound = boundHost(app);
  // A name for others means that a proxy lets them in.
  return (bound === undefined || isLoopback(bound)) && allowedHosts(app).length === 0;
}

/** @param hostname without port and brackets, in small letters */
export function answersTo(app: Application, hostname: string): boolean {
  if (LOCAL_NAMES.has(hostname) || allowedHosts(app).includes(hostname)) return true;
  const bound = boundHost(app);
  if (bound === undefined) return false;
  // A bare address cannot be rebound: only names go through a name server.
  return hostname === bound || (WILDCARDS.has(bound) && isIP(hostname) !== 0);
}

function closingOf(app: Application): AbortController {
  const known = app.get(CLOSING) as AbortController | undefined;
  if (known !== undefined) return known;
  const controller = new AbortController();
  // It lives as long as the application, and each open stream listens.
  setMaxListeners(0, controller.signal);
  app.set(CLOSING, controller);
  return controller;
}

function allowedHosts(app: Application): readonly string[] {
  return (app.get(NAMES) as readonly string[] | undefined) ?? [];
}

function boundHost(app: Application): string | undefined {
  const host: unknown = app.get(HOST);
  return typeof host === 'string' ? host : undefined;
}
