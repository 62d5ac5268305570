/**
 * After a complete scan: what is gone from the folders goes from the library.
 * Source: our own. Deviation: none.
 *
 * Nothing is removed on suspicion. A root that is gone (an unplugged drive), a folder that cannot be read, and a
 * root inside another that was not reached keep all their photos.
 */
import { rm } from 'node:fs/promises';
import type { IndexRun } from './index-run.ts';
import type { Library } from './library.ts';
import type { ScanScope } from './root-scopes.ts';
import { deviceOf } from './scan.ts';
import { isBelow, type Place } from './store/index.ts';
import { thumbnailFile, thumbnailSizes } from './thumbnail.ts';

/** Rows that are looked at, or deleted, at once: a millisecond or two. */
const ROWS_PER_PAGE = 500;

/** @returns how many photos were removed (or would be, in a dry run) */
export async function removeVanished(
  library: Library,
  scopes: readonly ScanScope[],
  run: IndexRun,
  isDryRun: boolean,
): Promise<number> {
  let removed = 0;
  for (const { path } of scopes) {
    if (run.unreadable.includes(path)) continue;
    removed += await sweepImages(library, path, run, isDryRun);
    if (!isDryRun) await sweepSkips(library, path, run);
  }
  if (!isDryRun) {
    await noteRoots(library, run);
    await removeOrphans(library);
  }
  return removed;
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
