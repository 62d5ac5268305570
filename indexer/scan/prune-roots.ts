/**
 * Forgets roots that are gone altogether. Done only when asked for: a root that is not there is far more often a
 * disk that is not plugged in.
 * Source: our own. Deviation: none.
 */
import path from 'node:path';
import type { Library } from '../library/library.ts';
import { exists } from '../pipeline/photo-ledger.ts';
import { isBelow, type RootRecord } from '../store/index.ts';

const ROWS_PER_PAGE = 500;

export interface Pruned {
  /** Photos that were removed, or would be. */
  readonly removed: number;
  /** What is left to be walked of the given paths; null: nothing is. */
  readonly left: readonly string[] | null;
}

/** @param given as in `IndexOptions.roots`; only roots among them are pruned, or all where it is empty */
export async function pruneRoots(
  library: Library,
  given: readonly string[],
  isDryRun: boolean,
): Promise<Pruned> {
  const { roots } = library.store;
  const wanted = new Set(given.map((place) => path.resolve(place)));
  const gone: RootRecord[] = [];
  const there: string[] = [];
  for (const root of roots.all()) {
    if (wanted.size > 0 && !wanted.has(root.path)) continue;
    if (await exists(root.path)) there.push(root.path);
    else gone.push(root);
  }
  let removed = 0;
  for (const root of gone) removed += await forget(library, root, isDryRun);
  const pruned = new Set(gone.map((root) => root.path));
  const left = wanted.size > 0 ? [...wanted].filter((place) => !pruned.has(place)) : there;
  return { removed, left: left.length > 0 ? left : null };
}

async function forget(library: Library, root: RootRecord, isDryRun: boolean): Promise<number> {
  const { images, skips, roots, mounts } = library.store;
  let removed = 0;
  const own = images.known(root.path, library.generation.id);
  if (own !== undefined) {
    if (!isDryRun) images.remove([own.id]);
    removed += 1;
  }
  for (let after = ''; ;) {
    const page = images.below(root.path, after, ROWS_PER_PAGE);
    const last = page.at(-1);
    if (last === undefined) break;
    if (!isDryRun) images.remove(page.map(({ id }) => id));
    removed += page.length;
    after = last.path;
    // Searches go on meanwhile.
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
  if (isDryRun) return removed;
  for (let page = skips.below(root.path, '', ROWS_PER_PAGE); page.length > 0;) {
    skips.remove(page.map(({ id }) => id));
    page = skips.below(root.path, page.at(-1)?.path ?? '', ROWS_PER_PAGE);
  }
  const skip = skips.byPath(root.path);
  if (skip !== undefined) skips.remove([skip.id]);
  mounts.update(
    new Map(),
    mounts.all().filter((mount) => isBelow(mount, root.path)),
  );
  roots.remove(root.id);
  return removed;
}
