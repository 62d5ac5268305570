/**
 * Signing in and out with a browser: a key is exchanged for a cookie that scripts cannot read.
 * Source: OWASP cheat sheets on session management and on forged requests. Deviation: none.
 */
import { Router } from 'express';
import { z } from 'zod';
import type { ApiScope } from '../../indexer/index.ts';
import {
  clearSessionCookie,
  scopeOf,
  sessionTokenOf,
  setSessionCookie,
  wrongKey,
  type Access,
} from '../access/index.ts';
import { allowOnly, parseInput } from '../errors.ts';

export interface SessionDocument {
  /** What may be done with what was sent; null: nothing before signing in. */
  readonly scope: ApiScope | null;
  /** Whether this server asks for keys at all. */
  readonly needsKey: boolean;
}

const KEY_CHARACTERS_MAX = 1000;

const keySchema = z.strictObject({
  key: z.string('expected a key').min(1, 'expected a key').max(KEY_CHARACTERS_MAX, 'is too long for a key'),
});

export function sessionRoutes({ keys, sessions }: Access): Router {
  const router = Router();
  router
    .route('/v1/session')
    .get((_request, response) => {
      const document: SessionDocument = { scope: scopeOf(response), needsKey: keys.areNeeded };
      response.json(document);
    })
    .post((request, response) => {
      const { key } = parseInput(keySchema, request.body, 'body');
      if (keys.areNeeded) {
        const scope = keys.scopeOf(key);
        if (scope === undefined) throw wrongKey();
        // A session is never carried over from one key to another.
        sessions.close(sessionTokenOf(request) ?? '');
        setSessionCookie(request, response, sessions.open(scope), sessions.lifetimeMs);
      }
      response.status(204).end();
    })
    .delete((request, response) => {
      sessions.close(sessionTokenOf(request) ?? '');
      clearSessionCookie(request, response);
      response.status(204).end();
    })
    .all(allowOnly('GET', 'HEAD', 'POST', 'DELETE'));
  return router;
}
