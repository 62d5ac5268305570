/**
 * From paths that were touched to those that a run of indexing must look at.
 * Source: our own. Deviation: none.
 */
import type { Stats } from 'node:fs';
import { lstat, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { isPictureName } from '../scan/scan.ts';
import { inParallel } from '../pipeline/stage.ts';
import { isBelow, type Store } from '../store/index.ts';
import type { RootWatch } from './root-watch.ts';

export interface ScopeContext {
  readonly store: Store;
  readonly generationId: number;
  readonly followSymlinks: boolean;
  readonly watches: readonly RootWatch[];
}

/** As many as indexing asks for at once. */
const LOOKS_AHEAD = 16;

/**
 * Leaves out what no run need see: other files than pictures, what came and went before it was known, and what
 * lies in a root that is gone, which will be looked at as a whole when it is back.
 */
export async function scopesOf(paths: readonly string[], context: ScopeContext): Promise<readonly string[]> {
  const present = new Set<string>();
  for (const watch of context.watches) if (await watch.isPresent()) present.add(watch.root);
  const wanted = paths.filter((place) => [...present].some((root) => isBelow(place, root)));
  const scopes = new Set<string>();
  const found = inParallel(listed(wanted), LOOKS_AHEAD, (place) => scopeOf(place, context));
  for await (const scope of found) {
    if (scope === undefined) continue;
    // Where links are followed, what a folder leads to may be found by another way already: only a walk from the
    // root can tell.
    const isAlone = !context.followSymlinks || (await isPlainFile(scope));
    scopes.add(isAlone ? scope : (rootOf(scope, context) ?? scope));
  }
  return [...scopes];
}

async function isPlainFile(place: string): Promise<boolean> {
  const status = await statusOf(place, false);
  if (status === 'gone' || status === 'unreadable') return status === 'gone';
  return status.isFile() && (await realpath(place).catch(() => undefined)) === place;
}

function rootOf(place: string, { watches }: ScopeContext): string | undefined {
  return watches.find(({ root }) => isBelow(place, root))?.root;
}

async function* listed(paths: readonly string[]): AsyncGenerator<string> {
  yield* paths;
}

async function scopeOf(place: string, context: ScopeContext): Promise<string | undefined> {
  const isRoot = context.watches.some(({ root }) => root === place);
  if (isRoot) return place;
  const status = await statusOf(place, context.followSymlinks);
  // A disk that does not answer: the run finds out and reports it.
  if (status === 'unreadable' || (status !== 'gone' && status.isDirectory())) return place;
  if (status === 'gone') return isKnown(place, context) ? place : undefined;
  // A link that took the place of a photo is no photo, where links are not followed; its folder shows that.
  if (status.isSymbolicLink()) return isKnown(place, context) ? path.dirname(place) : undefined;
  return isPictureName(place) ? place : undefined;
}

async function statusOf(place: string, followSymlinks: boolean): Promise<Stats | 'gone' | 'unreadable'> {
  try {
    return await (followSymlinks ? stat(place) : lstat(place));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'gone' : 'unreadable';
  }
}

function isKnown(place: string, { store, generationId }: ScopeContext): boolean {
  return (
    store.images.known(place, generationId) !== undefined ||
    store.images.below(place, '', 1).length > 0 ||
    store.skips.byPath(place) !== undefined ||
    store.skips.below(place, '', 1).length > 0
  );
}
