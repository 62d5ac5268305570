/**
 * Recognises keys without telling by the time it takes how much of one was right.
 * Source: OWASP cheat sheet on authentication; Node's crypto.timingSafeEqual. Deviation: none.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { ApiKey, ApiScope } from '../../indexer/index.ts';

/** What is kept in memory of each key. */
interface KnownKey {
  readonly digest: Buffer;
  readonly scope: ApiScope;
}

export class ApiKeys {
  readonly #known: readonly KnownKey[];

  constructor(keys: readonly ApiKey[]) {
    this.#known = keys.map(({ key, scope }) => ({ digest: digestOf(key), scope }));
  }

  /** Without keys everybody who can connect may do everything. */
  get areNeeded(): boolean {
    return this.#known.length > 0;
  }

  /** What the key allows; undefined: nobody gave it out. */
  scopeOf(key: string): ApiScope | undefined {
    const digest = digestOf(key);
    let scope: ApiScope | undefined;
    // All of them are compared, whichever it is: digests have one length, so each comparison takes the same time.
    for (const known of this.#known) if (timingSafeEqual(known.digest, digest)) scope = known.scope;
    return scope;
  }
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
