/**
 * What a library holds, counted by root, by format and by generation: for whoever looks at it, again and again.
 * Source: our own. Deviation: none.
 *
 * Counting 100,000 photos takes a fifth of a second, so it goes by pages, between which the thread serves others. What is
 * committed meanwhile may be counted or not.
 */
import { setImmediate } from 'node:timers/promises';
import type { Connection, Query } from './connection.ts';

export interface Holdings {
  /** By path. */
  readonly roots: readonly { readonly path: string; readonly images: number }[];
  /** Most photos first. */
  readonly formats: readonly { readonly format: string; readonly count: number; readonly bytes: number }[];
  readonly texts: number;
  /** By id, oldest first. */
  readonly generations: readonly HeldGeneration[];
}

export interface HeldGeneration {
  readonly id: number;
  readonly modelName: string;
  readonly dimension: number;
  /** Photos that have a vector in it. */
  readonly images: number;
  readonly isCurrent: boolean;
  /** ISO 8601 */
  readonly createdAt: string;
}

/** Photos of a page: some 10 ms. */
const PAGE_IDS = 5000;

/** While a large library grows, it is not counted all the time: counting takes at most this share of it. */
const SHARE_MAX = 0.05;
/** Below this, counting again costs nobody anything. */
const QUICK_MS = 20;

interface Known {
  readonly version: string;
  readonly tookMs: number;
  readonly at: number;
  readonly holdings: Holdings;
}

interface GenerationRow {
  readonly id: number;
  readonly modelName: string;
  readonly dimension: number;
  readonly isCurrent: number;
  readonly createdAt: string;
}

export class HoldingsCounter {
  readonly #last: Query<{ id: number | null }>;
  readonly #roots: Query<{ id: number; path: string }>;
  readonly #photos: Query<{ rootId: number; format: string; count: number; bytes: number }>;
  readonly #embedded: Query<{ count: number }>;
  readonly #texts: Query<{ count: number }>;
  readonly #generations: Query<GenerationRow>;
  readonly #version: () => string;
  #known: Known | undefined;
  #underWay: Promise<Holdings> | undefined;

  /** @param version gives another text when anything was committed */
  constructor(connection: Connection, version: () => string) {
    this.#version = version;
    this.#last = connection.prepare('SELECT max(id) AS id FROM images');
    this.#roots = connection.prepare('SELECT id, path FROM roots ORDER BY path');
    this.#photos = connection.prepare(`
      SELECT i.root_id AS rootId, c.format, count(*) AS count, sum(i.bytes) AS bytes
      FROM images i CROSS JOIN contents c ON c.id = i.content_id
      WHERE i.id > ? AND i.id <= ? GROUP BY i.root_id, c.format`);
    // Of contents with several places each place is a photo.
    this.#embedded = connection.prepare(`
      SELECT count(*) AS count FROM images i WHERE i.id > ? AND i.id <= ? AND EXISTS
        (SELECT 1 FROM vectors v WHERE v.generation_id = ? AND v.content_id = i.content_id)`);
    this.#texts = connection.prepare('SELECT count(*) AS count FROM texts');
    this.#generations = connection.prepare(`
      SELECT id, model_name AS modelName, dimension, state = 'active' AS isCurrent, created_at AS createdAt
      FROM generations ORDER BY id`);
  }

  /** Counted again when something was committed, unless that takes long and was done a moment ago. */
  async count(): Promise<Holdings> {
    const version = this.#version();
    const known = this.#known;
    if (known !== undefined) {
      const isFresh = known.tookMs > QUICK_MS && performance.now() - known.at < known.tookMs / SHARE_MAX;
      if (known.version === version || isFresh) return known.holdings;
    }
    this.#underWay ??= this.#countNow(version).finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #countNow(version: string): Promise<Holdings> {
    const start = performance.now();
    const roots = new Map(this.#roots.all().map(({ id, path }) => [id, { path, images: 0 }]));
    const formats = new Map<string, { format: string; count: number; bytes: number }>();
    const generations = this.#generations.all();
    const embedded = new Map(generations.map(({ id }) => [id, 0]));
    const last = this.#last.get()?.id ?? 0;
    for (let after = 0; after < last; after += PAGE_IDS) {
      for (const { rootId, format, count, bytes } of this.#photos.all(after, after + PAGE_IDS)) {
        const root = roots.get(rootId);
        if (root !== undefined) root.images += count;
        const known = formats.get(format) ?? { format, count: 0, bytes: 0 };
        formats.set(format, { format, count: known.count + count, bytes: known.bytes + bytes });
      }
      for (const { id } of generations) {
        const { count } = this.#embedded.get(after, after + PAGE_IDS, id) ?? { count: 0 };
        embedded.set(id, (embedded.get(id) ?? 0) + count);
      }
      await setImmediate();
    }
    const holdings: Holdings = {
      roots: [...roots.values()],
      formats: [...formats.values()].toSorted((a, b) => b.count - a.count || (a.format < b.format ? -1 : 1)),
      texts: this.#texts.get()?.count ?? 0,
      generations: generations.map(({ id, modelName, dimension, isCurrent, createdAt }) => ({
        id,
        modelName,
        dimension,
        images: embedded.get(id) ?? 0,
        isCurrent: isCurrent === 1,
        createdAt,
      })),
    };
    const at = performance.now();
    this.#known = { version, at, tookMs: at - start, holdings };
    return holdings;
  }
}
