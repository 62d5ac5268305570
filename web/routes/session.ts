/**
 * Signing in and out with a browser: a key is exchanged for a cookie that scripts cannot read.
 * Source: OWASP cheat sheets on session management and on forged requests. Deviation: none.
 */
import { Router } from 'express';
import {
  clearSessionCookie,
  scopeOf,
  sessionTokenOf,
  setSessionCookie,
  wrongKey,
  type Access,
} from '../access/index.ts';
import { allowOnly, parseInput } from '../errors.ts';
import { newSessionSchema, type SessionDocument } from '../schema/session.ts';

export function sessionRoutes({ keys, sessions }: Access): Router {
  const router = Router();
  router
    .route('/v1/session')
    .get((_request, response) => {
      const document: SessionDocument = { scope: scopeOf(response), needsKey: keys.areNeeded };
      response.json(document);
    })
    .post((request, response) => {
      const { key } = parseInput(newSessionSchema, request.body, 'body');
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
