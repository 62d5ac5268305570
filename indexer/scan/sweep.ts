/**
 * After a complete scan: what is gone from the folders goes from the library.
 * Source: our own. Deviation: none.
 *
 * Nothing is removed on suspicion. A root that is gone (an unplugged drive), a folder that cannot be read, and a
 * root inside another that was not reached keep all their photos.
 */
import { rm } from 'node:fs/promises';
import type { IndexRun } from '../pipeline/index-run.ts';
import type { Library } from '../library/library.ts';
import type { ScanScope } from './root-scopes.ts';
import { deviceOf } from './scan.ts';
import { isBelow, type Place } from '../store/index.ts';
import { thumbnailFile, thumbnailSizes } from '../photos/thumbnail.ts';

/** Rows that are looked at, or deleted, at once: a millisecond or two. */
const ROWS_PER_PAGE = 500;

export interface SweepOptions {
  readonly isDryRun: boolean;
  /** Photos whose file is gone stay, wherever they lay. */
  readonly keepMissing: boolean;
  /** Mount points that were not met are taken for gone, not for unplugged. */
  readonly prune: boolean;
  /** Whether a folder is left out on purpose. */
  readonly isLeftOut: (folder: string) => boolean;
}

/** @returns how many photos were removed (or would be, in a dry run) */
export async function removeVanished(
  library: Library,
  scopes: readonly ScanScope[],
  run: IndexRun,
  options: SweepOptions,
): Promise<number> {
  const { isDryRun, keepMissing } = options;
  const goneMounts = missedMounts(scopes, run, options);
  let removed = 0;
  for (const { path } of scopes) {
    if (run.unreadable.includes(path)) continue;
    if (!keepMissing) {
      removed += await sweepImages(library, path, run, isDryRun);
      removed += sweepItself(library, path, run, isDryRun);
    }
    if (!isDryRun) await sweepSkips(library, path, run);
  }
  if (!isDryRun) {
    library.store.mounts.update(run.mounts, [...run.mountsNoMore, ...goneMounts]);
    await noteRoots(library, run);
    await removeOrphans(library);
  }
  return removed;
}

/**
 * A mount point that the walk did not meet: its folder went with its disk, as some systems do it. What lies below
 * is marked as unknown.
 * @returns those that are to be forgotten
 */
function missedMounts(
  scopes: readonly ScanScope[],
  run: IndexRun,
  { prune, isLeftOut }: SweepOptions,
): string[] {
  const walked = scopes.filter(({ path }) => !run.unreadable.includes(path));
  const met = new Set([...run.mounts.keys(), ...run.mountsNoMore]);
  const missed = [...run.mountsBefore].filter(
    (mount) => !met.has(mount) && walked.some(({ path }) => isBelow(mount, path)) && !isUnknown(mount, run),
  );
  const forgotten = missed.filter((mount) => prune || isLeftOut(mount));
  for (const path of missed) {
    if (forgotten.includes(path)) continue;
    const message = `${path}: is not there, expected the disk that was mounted there; plug it in. What is known of it is kept; to forget it, index with --prune`;
    run.skippedByScan({ kind: 'skip', path, code: 'FILE_NOT_FOUND', message, isFolder: true });
  }
  return forgotten;
}

async function sweepImages(
  library: Library,
  scope: string,
  run: IndexRun,
  isDryRun: boolean,
): Promise<number> {
  const { images } = library.store;
  // Roots inside the scope that the walk did not reach: hidden, excluded, or on a drive that is gone.
  const unreached = new Set(
    run.roots
      .filter((root) => root.path !== scope && isBelow(root.path, scope) && !run.walkedRoots.has(root.path))
      .map(({ id }) => id),
  );
  const isGone = ({ id, path, rootId }: Place): boolean =>
    !run.seenImages.has(id) && !unreached.has(rootId) && !isUnknown(path, run);
  let removed = 0;
  for await (const page of pages((after) => images.below(scope, after, ROWS_PER_PAGE))) {
    const gone = page.filter(isGone).map(({ id }) => id);
    if (!isDryRun) images.remove(gone);
    removed += gone.length;
  }
  return removed;
}

/** A scope that is a single file, or was one: it does not lie below itself. */
function sweepItself(library: Library, scope: string, run: IndexRun, isDryRun: boolean): number {
  const known = library.store.images.known(scope, library.generation.id);
  if (known === undefined || run.seenImages.has(known.id)) return 0;
  if (!isDryRun) library.store.images.remove([known.id]);
  return 1;
}

/** A skip whose file was not met again is healed or gone. */
async function sweepSkips(library: Library, scope: string, run: IndexRun): Promise<void> {
  const { skips } = library.store;
  for await (const page of pages((after) => skips.below(scope, after, ROWS_PER_PAGE))) {
    const gone = page.filter(({ id, path }) => !run.seenSkips.has(id) && !isUnknown(path, run));
    skips.remove(gone.map(({ id }) => id));
  }
  // The scope itself may have been refused before, when it could not be read.
  const own = skips.byPath(scope);
  if (own !== undefined && !run.seenSkips.has(own.id)) skips.remove([own.id]);
}

async function noteRoots(library: Library, run: IndexRun): Promise<void> {
  for (const root of run.roots) {
    if (run.walkedRoots.has(root.path)) library.store.roots.scanned(root.id, await deviceOf(root.path));
  }
}

/** Contents that lie nowhere any more: their vectors, and their previews. */
async function removeOrphans(library: Library): Promise<void> {
  let after = 0;
  for (;;) {
    const orphans = library.store.images.removeOrphans(after, ROWS_PER_PAGE);
    const last = orphans.at(-1);
    if (last === undefined) return;
    after = last.id;
    const files = orphans.flatMap(({ hash }) =>
      thumbnailSizes.map((size) => thumbnailFile(library.dataFolder, hash, size)),
    );
    // One that stays costs a few kilobytes, nothing else.
    await Promise.all(files.map((file) => rm(file, { force: true }).catch(() => undefined)));
  }
}

function isUnknown(path: string, run: IndexRun): boolean {
  return run.unreadable.some((folder) => isBelow(path, folder));
}

/** Pages of rows in order of their paths, with a look at the event loop between two. */
async function* pages<Row extends { readonly path: string }>(
  read: (after: string) => Row[],
): AsyncGenerator<Row[]> {
  let after = '';
  for (;;) {
    const page = read(after);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last.path;
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}
