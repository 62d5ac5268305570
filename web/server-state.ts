/**
 * What the application learns from the server that runs it: the host it is bound to, and that it closes.
 * Source: Express application settings. Deviation: none.
 */
import { isIP } from 'node:net';
import type { Application } from 'express';

const HOST = 'imglish bound host';
const CLOSING = 'imglish closing';

/** Names of this machine that no name server can give to a stranger. */
const LOCAL_NAMES: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);
/** Addresses that mean "every address of this machine". */
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

export function setBoundHost(app: Application, host: string): void {
  app.set(HOST, host.toLowerCase());
}

export function setClosing(app: Application): void {
  app.set(CLOSING, true);
}

export function isClosing(app: Application): boolean {
  return app.get(CLOSING) === true;
}

/**
 * Whether only people at this machine can connect, so that they may see absolute paths.
 * An application that nobody told its host is taken for local: it answers to local names only.
 */
export function isLocalOnly(app: Application): boolean {
  const bound = boundHost(app);
  return bound === undefined || LOCAL_NAMES.has(bound);
}

/** @param hostname without port and brackets, in small letters */
export function answersTo(app: Application, hostname: string): boolean {
  if (LOCAL_NAMES.has(hostname)) return true;
  const bound = boundHost(app);
  if (bound === undefined) return false;
  // A bare address cannot be rebound: only names go through a name server.
  return hostname === bound || (WILDCARDS.has(bound) && isIP(hostname) !== 0);
}

function boundHost(app: Application): string | undefined {
  const host: unknown = app.get(HOST);
  return typeof host === 'string' ? host : undefined;
}
