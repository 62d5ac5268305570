/**
 * Listens, and stops listening without cutting anybody off.
 * Source: Node's http module. Deviation: none.
 */
import { createServer, type Server as HttpServer, type ServerResponse } from 'node:http';
import { isIPv6, type AddressInfo } from 'node:net';
import type { Express } from 'express';
import { AppError, messageOf } from '../model/index.ts';
import { asksForKeys, isLoopback, setAllowedHosts, setBoundHost, setClosing } from './server-state.ts';

export interface ServeOptions {
  /** An address or name of this machine; 127.0.0.1 for this machine only. */
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Other names by which it is reached, in small letters; default none. */
  readonly allowedHosts?: readonly string[];
  /** Let others than people at this machine connect without a key; default false. */
  readonly isInsecure?: boolean;
  /** How long requests may go on after `close`, milliseconds, from 0, default 10,000. */
  readonly graceMs?: number;
}

export interface Server {
  /** Where a browser finds it; never a wildcard address. */
  readonly url: string;
  /** Lets requests in flight finish, then closes. Safe to call twice. */
  close(): Promise<void>;
}

const GRACE_MS = 10_000;
/** A request is small; who takes longer to send one is stuck or means harm. */
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
const HEADER_BYTES_MAX = 16_384;

/** @throws AppError INVALID_ARGUMENT where the address cannot be bound, or others could connect without a key */
export async function serve(app: Express, options: ServeOptions): Promise<Server> {
  refuseStrangers(asksForKeys(app), options);
  setBoundHost(app, options.host);
  setAllowedHosts(app, options.allowedHosts ?? []);
  const inFlight = new Set<ServerResponse>();
  const server = createServer(
    {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
    },
    (request, response) => {
      inFlight.add(response);
      response.once('close', () => {
        inFlight.delete(response);
        // A kept-alive connection would otherwise hold a closing server open until it times out.
        if (!server.listening) setImmediate(() => server.closeIdleConnections());
      });
      app(request, response);
    },
  );
  const address = await listen(server, options);
  let closing: Promise<void> | undefined;
  return {
    url: urlOf(options.host, address.port),
    close() {
      setClosing(app);
      closing ??= closeGracefully(server, inFlight, options.graceMs ?? GRACE_MS);
      return closing;
    },
  };
}

/**
 * A library of private photos is not opened to a network by one flag.
 * @throws AppError INVALID_ARGUMENT where others than people at this machine could connect without a key
 */
export function refuseStrangers(
  asksKeys: boolean,
  { host, allowedHosts = [], isInsecure = false }: Pick<ServeOptions, 'host' | 'allowedHosts' | 'isInsecure'>,
): void {
  if (isInsecure || asksKeys || (isLoopback(host) && allowedHosts.length === 0)) return;
  const found = isLoopback(host) ? `--allow-host ${allowedHosts.join(',')}` : `--host ${host}`;
  throw new AppError(
    'INVALID_ARGUMENT',
    `${found}: others than people at this machine could connect, and no key is asked for; set IMGLISH_API_KEYS=admin:<key> ` +
      '(make one with: openssl rand -hex 24), or say --insecure where the network itself keeps strangers out',
  );
}

function listen(server: HttpServer, { host, port }: ServeOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, host, port)));
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      resolve(server.address() as AddressInfo);
    });
  });
}

function closeGracefully(
  server: HttpServer,
  inFlight: ReadonlySet<ServerResponse>,
  graceMs: number,
): Promise<void> {
  for (const response of inFlight) {
    if (!response.headersSent) response.setHeader('Connection', 'close');
  }
  return new Promise((resolve) => {
    const impatience = setTimeout(() => server.closeAllConnections(), graceMs);
    // Its only error is "not running", which is what was asked for.
    server.close(() => {
      clearTimeout(impatience);
      resolve();
    });
  });
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): AppError {
  const place = `${host}:${port}`;
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `${place}: another program listens there; stop it, or choose another port with --port (0 takes any free one)`,
    EACCES: `${place}: this user may not listen there; choose a port from 1024 with --port`,
    EADDRNOTAVAIL: `${place}: this machine has no such address; choose one it has with --host, or 0.0.0.0 for all`,
    ENOTFOUND: `${place}: no address is known by this name; choose another with --host`,
  };
  const reason =
    reasons[error.code ?? ''] ??
    `${place}: cannot listen (${messageOf(error)}); choose another --host or --port`;
  return new AppError('INVALID_ARGUMENT', reason, { cause: error });
}

function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${isIPv6(reachable) ? `[${reachable}]` : reachable}:${port}`;
}
