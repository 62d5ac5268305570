/**
 * Folders below a root that were met as mount points: disks that may be unplugged.
 * Source: our own. Deviation: none.
 */
import type { Connection, Query } from './connection.ts';

export class Mounts {
  readonly #connection: Connection;
  readonly #all: Query<{ path: string }>;
  readonly #note: Query<unknown>;
  readonly #forget: Query<unknown>;
  readonly #now: () => string;

  constructor(connection: Connection, now: () => string) {
    this.#connection = connection;
    this.#now = now;
    this.#all = connection.prepare('SELECT path FROM mounts ORDER BY path');
    this.#note = connection.prepare(`
      INSERT INTO mounts (path, device, seen_at) VALUES (?, ?, ?)
      ON CONFLICT (path) DO UPDATE SET device = excluded.device, seen_at = excluded.seen_at`);
    this.#forget = connection.prepare('DELETE FROM mounts WHERE path = ?');
  }

  /** Absolute paths. */
  all(): string[] {
    return this.#all.all().map(({ path }) => path);
  }

  /** @param seen mount points with their devices @param gone folders that are none any more */
  update(seen: ReadonlyMap<string, number>, gone: readonly string[]): void {
    if (seen.size === 0 && gone.length === 0) return;
    this.#connection.transaction(() => {
      for (const path of gone) this.#forget.run(path);
      for (const [path, device] of seen) this.#note.run(path, device, this.#now());
    });
  }
}
