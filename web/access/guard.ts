/**
 * Lets a request pass when its key, or the session that a key opened, allows what it asks for.
 * Source: RFC 6750 (bearer tokens and their errors). Deviation: `X-Api-Key` is taken too.
 */
import assert from 'node:assert/strict';
import type { Request, RequestHandler, Response } from 'express';
import type { ApiScope } from '../../indexer/index.ts';
import { HttpProblem } from '../errors.ts';
import type { ApiKeys } from './api-keys.ts';
import { neededScope } from './needed-scope.ts';
import { sessionTokenOf } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

export interface Access {
  readonly keys: ApiKeys;
  readonly sessions: Sessions;
}

interface Grant {
  readonly scope?: ApiScope | undefined;
  /** Why what was sent counts for nothing. */
  readonly problem?: HttpProblem;
}

const GRANTED = 'imglishScope';

/** Without keys, whoever can connect may do everything; who that is, the bound address decides. */
const local: Grant = { scope: 'admin' };

/** Before all routes that are not for everybody. */
export function guard({ keys, sessions }: Access): RequestHandler {
  return (request, response, next) => {
    const { scope = null, problem } = keys.areNeeded ? grantOf(request, keys, sessions) : local;
    const needed = neededScope(request.method, request.path);
    if (problem !== undefined && needed !== null) throw problem;
    response.locals[GRANTED] = scope;
    if (needed !== null) demand(scope, needed, request);
    next();
  };
}

/** For a route that is more than its method and address tell. */
export function requireScope(needed: ApiScope): RequestHandler {
  return (request, response, next) => {
    demand(scopeOf(response), needed, request);
    next();
  };
}

/** What the request is allowed to do; null: nothing. */
export function scopeOf(response: Response): ApiScope | null {
  const granted: unknown = response.locals[GRANTED];
  assert.ok(granted === 'read' || granted === 'admin' || granted === null, 'the guard stands before routes');
  return granted;
}

/** A key that is none is not made good by a cookie beside it. */
function grantOf(request: Request, keys: ApiKeys, sessions: Sessions): Grant {
  const key = keyOf(request);
  if (key !== undefined) {
    const scope = keys.scopeOf(key);
    return scope === undefined ? { problem: wrongKey() } : { scope };
  }
  const token = sessionTokenOf(request);
  if (token === undefined) return {};
  // A key is sent on purpose, a cookie always: behind it must stand a page of this server.
  return mayChange(request) ? { scope: sessions.scopeOf(token) } : { problem: unknownPage() };
}

/** The browser names the page that asks, and `refuseForeignPages` has looked at the name. */
function mayChange(request: Request): boolean {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return isRead || request.get('sec-fetch-site') !== undefined || request.get('origin') !== undefined;
}

function unknownPage(): HttpProblem {
  return new HttpProblem(
    'FOREIGN_PAGE',
    403,
    'Origin: found none beside the cookie of a session, expected the page of this server; programs send a key instead',
  );
}

function keyOf(request: Request): string | undefined {
  const bearer = /^bearer +(\S+) *$/i.exec(request.get('authorization') ?? '')?.[1];
  return bearer ?? request.get('x-api-key');
}

export function wrongKey(): HttpProblem {
  return new HttpProblem(
    'KEY_WRONG',
    401,
    'the key is none of this server; expected one of IMGLISH_API_KEYS, without its "read:" or "admin:"',
    { 'WWW-Authenticate': 'Bearer realm="imglish", error="invalid_token"' },
  );
}

function demand(granted: ApiScope | null, needed: ApiScope, request: Request): void {
  if (granted === 'admin' || granted === needed) return;
  const what = `${request.method} ${request.path}`;
  if (granted === null) {
    throw new HttpProblem(
      'KEY_REQUIRED',
      401,
      `${what}: found no key, expected one with the scope "${needed}"; send "Authorization: Bearer <key>" or "X-Api-Key: <key>", ` +
        'or sign in with POST /v1/session',
      { 'WWW-Authenticate': 'Bearer realm="imglish"' },
    );
  }
  throw new HttpProblem(
    'SCOPE_TOO_SMALL',
    403,
    `${what}: found a key with the scope "${granted}", expected one with "${needed}"`,
    { 'WWW-Authenticate': `Bearer realm="imglish", error="insufficient_scope", scope="${needed}"` },
  );
}
