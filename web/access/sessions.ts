/**
 * Who signed in with a browser: random names that stand for a scope, in memory, for a limited time.
 * Source: OWASP cheat sheet on session management. Deviation: a restart of the server signs everybody out.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { ApiScope } from '../../indexer/index.ts';

export interface SessionOptions {
  /** How long one lasts, milliseconds, default 7 days. */
  readonly lifetimeMs?: number;
  /** More are not remembered: the oldest is signed out. Default 1,000. */
  readonly sessionsMax?: number;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

interface Session {
  readonly scope: ApiScope;
  readonly endsAt: number;
}

const LIFETIME_MS = 7 * 24 * 3_600_000;
const SESSIONS_MAX = 1000;
/** 256 random bits cannot be guessed. */
const TOKEN_BYTES = 32;

export class Sessions {
  readonly lifetimeMs: number;
  /** By the hash of its token, oldest first: whoever reads this memory cannot sign in with it. */
  readonly #sessions = new Map<string, Session>();
  readonly #sessionsMax: number;
  readonly #now: () => number;

  constructor({ lifetimeMs = LIFETIME_MS, sessionsMax = SESSIONS_MAX, now = Date.now }: SessionOptions = {}) {
    this.lifetimeMs = lifetimeMs;
    this.#sessionsMax = sessionsMax;
    this.#now = now;
  }

  get count(): number {
    return this.#sessions.size;
  }

  /** @returns the token for the browser, which is told nowhere else */
  open(scope: ApiScope): string {
    const token = randomBytes(TOKEN_BYTES).toString('base64url');
    this.#forgetEnded();
    this.#sessions.set(hashOf(token), { scope, endsAt: this.#now() + this.lifetimeMs });
    return token;
  }

  /** What its owner may do; undefined: there is none, or it has ended. */
  scopeOf(token: string): ApiScope | undefined {
    const session = this.#sessions.get(hashOf(token));
    return session !== undefined && session.endsAt > this.#now() ? session.scope : undefined;
  }

  close(token: string): void {
    this.#sessions.delete(hashOf(token));
  }

  /** All last equally long, so those that end first stand first. */
  #forgetEnded(): void {
    for (const [hash, { endsAt }] of this.#sessions) {
      if (endsAt > this.#now() && this.#sessions.size < this.#sessionsMax) return;
      this.#sessions.delete(hash);
    }
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
