/**
 * The folders and single files that a library was made from.
 * Source: our own. Deviation: none.
 */
import type { Connection, Query } from './connection.ts';

export interface RootRecord {
  readonly id: number;
  /** absolute */
  readonly path: string;
  readonly kind: 'folder' | 'file';
  /** Of the disk it lay on when it was last scanned to the end. */
  readonly device: number;
  /** ISO 8601; null before the first complete scan */
  readonly scannedAt: string | null;
}

export class Roots {
  readonly #all: Query<RootRecord>;
  readonly #add: Query<{ id: number }>;
  readonly #scanned: Query<unknown>;
  readonly #adopt: Query<unknown>;
  readonly #remove: Query<unknown>;
  readonly #now: () => string;

  constructor(connection: Connection, now: () => string) {
    this.#now = now;
    this.#all = connection.prepare(
      'SELECT id, path, kind, device, scanned_at AS scannedAt FROM roots ORDER BY path',
    );
    this.#add = connection.prepare(`
      INSERT INTO roots (path, kind, device, added_at) VALUES (?, ?, ?, ?)
      ON CONFLICT (path) DO UPDATE SET kind = excluded.kind RETURNING id`);
    this.#scanned = connection.prepare('UPDATE roots SET scanned_at = ?, device = ? WHERE id = ?');
    this.#remove = connection.prepare(
      'DELETE FROM roots WHERE id = ? AND NOT EXISTS (SELECT 1 FROM images WHERE root_id = roots.id)',
    );
    this.#adopt = connection.prepare('UPDATE images SET root_id = ? WHERE id = ?');
  }

  /** By path. */
  all(): RootRecord[] {
    return this.#all.all();
  }

  /** @returns its id, also where it is known already */
  add(path: string, kind: 'folder' | 'file', device: number): number {
    const row = this.#add.get(path, kind, device, this.#now());
    if (row === undefined) throw new Error('RETURNING gave no row');
    return row.id;
  }

  /** Notes the end of a complete scan. */
  scanned(id: number, device: number): void {
    this.#scanned.run(this.#now(), device, id);
  }

  /** Forgets a root, unless a photo still belongs to it. */
  remove(id: number): void {
    this.#remove.run(id);
  }

  /** A photo was met under another root than the one it came in by. */
  adopt(imageId: number, rootId: number): void {
    this.#adopt.run(rootId, imageId);
  }
}
