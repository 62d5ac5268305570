/**
 * Who may do what: keys, sessions, scopes.
 * Source: our own. Deviation: none.
 */
export { ApiKeys } from './api-keys.ts';
export { guard, requireScope, scopeOf, wrongKey, type Access } from './guard.ts';
export { neededScope } from './needed-scope.ts';
export { clearSessionCookie, sessionTokenOf, setSessionCookie } from './session-cookie.ts';
export { Sessions, type SessionOptions } from './sessions.ts';
