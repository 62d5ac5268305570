/**
 * Which folders a run walks, and which roots they belong to.
 * Source: our own. Deviation: none.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../model/index.ts';
import type { Library } from '../library/library.ts';
import { exists } from '../pipeline/photo-ledger.ts';
import { deviceOf } from './scan.ts';
import { isBelow, type RootRecord } from '../store/index.ts';

/** What a run walks: a root, or a part of one. */
export interface ScanScope {
  /** absolute */
  readonly path: string;
  /** It is not there, its root is: nothing is walked, and what is known of it goes. */
  readonly isGone: boolean;
}

export interface PrepareRootsOptions {
  readonly isDryRun: boolean;
  /** Whether paths below a root may be gone; else they are taken for unplugged, and what is known is kept. */
  readonly dropsVanished: boolean;
}

export interface PreparedRoots {
  /** None lies in another. */
  readonly scopes: readonly ScanScope[];
  /** All roots of the library, new ones included. */
  readonly roots: readonly RootRecord[];
}

/** Stands for a root that a dry run does not add. */
const NO_ID = 0;

/**
 * Adds new roots. A path inside a folder that is a root already is only a part of it; so is one that lies
 * in another given path.
 * @param given none: every root of the library
 * @throws AppError INVALID_ARGUMENT where there is nothing to walk, FILE_NOT_FOUND where a new root does not exist
 */
export async function prepareRoots(
  library: Library,
  given: readonly string[],
  { isDryRun, dropsVanished }: PrepareRootsOptions,
): Promise<PreparedRoots> {
  const before = library.store.roots.all();
  const wanted =
    given.length > 0 ? given.map((place) => path.resolve(place)) : before.map((root) => root.path);
  if (wanted.length === 0) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `${library.dataFolder}: no folder was indexed before, expected at least one; name it: imglish index <folder>`,
    );
  }
  const added: RootRecord[] = [];
  const scopes = outermost(wanted);
  // All are looked at before the first is added: a misspelt one must not leave half of them behind.
  for (const place of scopes) {
    if (!isPartOf(place, before)) added.push(await newRoot(place));
  }
  const checked: ScanScope[] = [];
  for (const place of scopes) {
    checked.push({ path: place, isGone: dropsVanished && (await isGone(place, before)) });
  }
  if (isDryRun) return { scopes: checked, roots: [...before, ...added] };
  for (const { path: place, kind, device } of added) library.store.roots.add(place, kind, device);
  return { scopes: checked, roots: library.store.roots.all() };
}

/** The outermost root that holds the path, which patterns begin from; the path itself without one. */
export function baseOf(place: string, roots: readonly RootRecord[]): string {
  const holders = roots.filter((root) => isBelow(place, root.path)).map((root) => root.path);
  return holders.reduce((base, holder) => (holder.length < base.length ? holder : base), place);
}

/** True only where every root that holds the path is a folder on the disk it was on when it was last read whole. */
async function isGone(place: string, roots: readonly RootRecord[]): Promise<boolean> {
  const holders = roots.filter((root) => place !== root.path && isBelow(place, root.path));
  if (holders.length === 0 || roots.some((root) => root.path === place) || (await exists(place)))
    return false;
  for (const { path: holder, device, scannedAt } of holders) {
    const status = await stat(holder).catch(() => undefined);
    if (status?.isDirectory() !== true || (scannedAt !== null && status.dev !== device)) return false;
  }
  return true;
}

/** A watcher names thousands of files at once, so each is compared with its folders only. */
function outermost(places: readonly string[]): string[] {
  const unique = new Set(places);
  return [...unique].filter((place) => {
    for (let inner = place; ;) {
      const folder = path.dirname(inner);
      if (folder === inner) return true;
      if (unique.has(folder)) return false;
      inner = folder;
    }
  });
}

function isPartOf(place: string, roots: readonly RootRecord[]): boolean {
  return roots.some((root) => place === root.path || (root.kind === 'folder' && isBelow(place, root.path)));
}

async function newRoot(place: string): Promise<RootRecord> {
  const status = await stat(place).catch((error: unknown) => {
    throw new AppError(
      'FILE_NOT_FOUND',
      `${place}: is not there, expected a folder of photos or a photo; check the path`,
      { cause: error },
    );
  });
  const kind = status.isDirectory() ? 'folder' : 'file';
  return { id: NO_ID, path: place, kind, device: await deviceOf(place), scannedAt: null };
}
