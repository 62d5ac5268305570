/**
 * The cookie of somebody who signed in: out of reach for scripts and for other sites.
 * Source: RFC 6265; draft-ietf-httpbis-rfc6265bis (SameSite). Deviation: none.
 */
import type { Request, Response } from 'express';

/** Cookies do not know ports; without the port in its name a second server on this machine would overwrite it. */
function nameOf(request: Request): string {
  return `imglish_session_${request.socket.localPort ?? 0}`;
}

export function sessionTokenOf(request: Request): string | undefined {
  const start = `${nameOf(request)}=`;
  const cookies = (request.headers.cookie ?? '').split(';').map((one) => one.trim());
  return cookies.find((one) => one.startsWith(start))?.slice(start.length);
}

export function setSessionCookie(
  request: Request,
  response: Response,
  token: string,
  lifetimeMs: number,
): void {
  response.cookie(nameOf(request), token, { ...flagsOf(request), maxAge: lifetimeMs });
}

export function clearSessionCookie(request: Request, response: Response): void {
  response.clearCookie(nameOf(request), flagsOf(request));
}

function flagsOf(request: Request) {
  return {
    httpOnly: true,
    sameSite: 'strict',
    path: '/',
    // A proxy in front says whether the browser came by TLS. Who lies about it only loses the own cookie.
    secure: request.get('x-forwarded-proto') === 'https',
  } as const;
}
