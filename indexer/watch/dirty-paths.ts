/**
 * Paths that were seen to change, until they have been quiet long enough to be read.
 * Source: our own. Deviation: none.
 *
 * Memory is bounded: above a limit, paths are replaced by their folders. A file that is still being copied is
 * touched again and again, so it stays here; what has settled meanwhile need not wait for it.
 */
import path from 'node:path';
import { isBelow } from '../store/index.ts';

export interface DirtyPathsOptions {
  /** A path that nobody touched for so long is taken to be written whole. */
  readonly settleMs: number;
  /** What has settled waits so long for the rest at most, so that a long copy is indexed as it goes on. */
  readonly patienceMs: number;
  /** Above this many, paths are replaced by their folders. */
  readonly pathsMax: number;
  /** They are never replaced by the folder above. */
  readonly roots: ReadonlySet<string>;
}

/** What is to be read now. */
export interface Taken {
  readonly paths: readonly string[];
  /** Those of them that never came to rest. */
  readonly restless: ReadonlySet<string>;
  /** Nothing else is waiting. */
  readonly isQuiet: boolean;
}

interface Touch {
  readonly firstMs: number;
  lastMs: number;
}

/** A path that never comes to rest (a picture of a web camera) is read after so many times the patience. */
const PATIENCE_FACTOR = 6;

export class DirtyPaths {
  readonly #options: DirtyPathsOptions;
  readonly #touches = new Map<string, Touch>();
  /** Folders that stand for what lies below them, because there was too much of it. */
  readonly #crowded = new Set<string>();

  constructor(options: DirtyPathsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#touches.size;
  }

  /**
   * @param place absolute
   * @param nowMs of a clock that never goes back
   */
  add(place: string, nowMs: number): void {
    const target = this.#crowdedFolderOf(place) ?? place;
    const touch = this.#touches.get(target);
    if (touch === undefined) this.#touches.set(target, { firstMs: nowMs, lastMs: nowMs });
    else touch.lastMs = nowMs;
    while (this.#touches.size > this.#options.pathsMax && this.#crowd());
  }

  /** Whether the path was touched so lately that it may be half-written. */
  isUnsettled(place: string, nowMs: number): boolean {
    const touch = this.#touches.get(place);
    return touch !== undefined && nowMs - touch.lastMs < this.#options.settleMs;
  }

  /**
   * Takes out what is to be read now: everything once all is quiet; what has settled once something has waited
   * too long; nothing else.
   */
  take(nowMs: number): Taken {
    const { settleMs, patienceMs } = this.#options;
    const isOld = ({ firstMs }: Touch, factor: number): boolean => nowMs - firstMs >= patienceMs * factor;
    const touches = [...this.#touches];
    const settled = touches.filter(([, { lastMs }]) => nowMs - lastMs >= settleMs);
    const isQuiet = settled.length === touches.length;
    const none: Taken = { paths: [], restless: new Set(), isQuiet };
    if (!isQuiet && !touches.some(([, touch]) => isOld(touch, 1))) return none;
    const restless = touches.filter(
      ([, touch]) => nowMs - touch.lastMs < settleMs && isOld(touch, PATIENCE_FACTOR),
    );
    const paths = [...settled, ...restless].map(([place]) => place);
    for (const place of paths) {
      this.#touches.delete(place);
      this.#crowded.delete(place);
    }
    return { paths, restless: new Set(restless.map(([place]) => place)), isQuiet };
  }

  #crowdedFolderOf(place: string): string | undefined {
    if (this.#crowded.size === 0) return undefined;
    for (let inner = place; ;) {
      if (this.#crowded.has(inner)) return inner;
      const folder = path.dirname(inner);
      if (folder === inner) return undefined;
      inner = folder;
    }
  }

  /** Replaces the paths in the fullest folder by that folder. @returns whether there was one */
  #crowd(): boolean {
    const counts = new Map<string, number>();
    for (const place of this.#touches.keys()) {
      if (this.#options.roots.has(place)) continue;
      const folder = path.dirname(place);
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }
    const [fullest] = [...counts].toSorted(([, a], [, b]) => b - a);
    if (fullest === undefined) return false;
    const [folder] = fullest;
    let firstMs = Number.POSITIVE_INFINITY;
    let lastMs = 0;
    for (const [place, touch] of this.#touches) {
      if (!isBelow(place, folder)) continue;
      firstMs = Math.min(firstMs, touch.firstMs);
      lastMs = Math.max(lastMs, touch.lastMs);
      this.#touches.delete(place);
      this.#crowded.delete(place);
    }
    this.#touches.set(folder, { firstMs, lastMs });
    this.#crowded.add(folder);
    return true;
  }
}
