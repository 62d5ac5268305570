/**
 * What every request passes first: headers that tell the browser to trust nothing else, and the check that
 * the request was meant for this server.
 * Source: OWASP cheat sheets on HTTP headers and DNS rebinding; Fetch Metadata. Deviation: none.
 */
import type { NextFunction, Request, Response } from 'express';
import { HttpProblem } from './errors.ts';
import { answersTo } from './server-state.ts';

/** The page needs its own scripts, styles, pictures and answers, and nothing from elsewhere. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Cross-Origin-Opener-Policy': 'same-origin',
  // Without it any page in the browser could show (though not read) the photos of a local library.
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

export function securityHeaders(_request: Request, response: Response, next: NextFunction): void {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  response.setHeader('Cache-Control', 'no-store');
  next();
}

/**
 * Refuses names that are not this server's. A page of a stranger may point its own name at 127.0.0.1 and
 * would then count as the same origin; the Host header still tells its name.
 */
export function refuseForeignHosts(request: Request, _response: Response, next: NextFunction): void {
  const hostname = hostnameOf(request.headers.host);
  if (hostname !== undefined && answersTo(request.app, hostname)) return next();
  throw new HttpProblem(
    'HOST_NOT_ALLOWED',
    421,
    `Host: found ${JSON.stringify(request.headers.host ?? '')}, expected localhost or the host this server was ` +
      'started with; open it by that name, or start it with --host and this name',
  );
}

/**
 * Refuses what another site's page asks for behind its visitor's back; following a link stays possible. What may change
 * something must come from a page of this very origin, where it comes from a page at all.
 */
export function refuseForeignPages(request: Request, _response: Response, next: NextFunction): void {
  const site = request.get('sec-fetch-site');
  if (request.method === 'GET' || request.method === 'HEAD') {
    if (site !== 'cross-site' || request.get('sec-fetch-mode') === 'navigate') return next();
    throw foreignPage(
      'Sec-Fetch-Site: found cross-site, expected a request of this page; other sites may link here, not read',
    );
  }
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw foreignPage(`Sec-Fetch-Site: found ${JSON.stringify(site)}, expected same-origin`);
  }
  const origin = request.get('origin');
  // Behind a proxy that ends TLS the scheme differs, and the host does not.
  if (origin !== undefined && hostOf(origin) !== request.headers.host?.toLowerCase()) {
    throw foreignPage(`Origin: found ${JSON.stringify(origin)}, expected a page of this server`);
  }
  next();
}

function foreignPage(detail: string): HttpProblem {
  return new HttpProblem('FOREIGN_PAGE', 403, detail);
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** The name in a Host header, without port and brackets, in small letters; undefined where it is no host. */
function hostnameOf(header: string | undefined): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^[\]:/?#@\\\s]+))(?::\d{1,5})?$/i.exec(header ?? '');
  return (match?.[1] ?? match?.[2])?.toLowerCase().replace(/\.$/, '');
}
