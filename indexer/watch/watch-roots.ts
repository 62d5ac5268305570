/**
 * Watches folders and brings the library up to date whenever they have been quiet for a moment.
 * Source: our own. Deviation: none.
 *
 * What changed is collected (dirty-paths.ts) and indexed in one run, so that a file that was moved is gone from
 * its old place and there at its new one, and keeps its vector. Everything goes through `indexPhotos`, by the
 * paths that changed: what is true is what the disk says then, not what an event said.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, isAppError, messageOf, type Embedder, type ErrorCode } from '../../model/index.ts';
import type { IndexReport } from '../pipeline/index-report.ts';
import type { Library } from '../library/library.ts';
import { indexPhotos, type IndexOptions } from '../pipeline/pipeline.ts';
import { baseOf } from '../scan/root-scopes.ts';
import { isBelow } from '../store/index.ts';
import { scopesOf } from './changed-scopes.ts';
import { DirtyPaths, type Taken } from './dirty-paths.ts';
import { RootWatch } from './root-watch.ts';

export interface WatchOptions extends Omit<IndexOptions, 'dryRun' | 'prune' | 'watched'> {
  /** Looks through all folders this often, 0.1 to 86400; null: only where the system tells of no changes. */
  readonly pollSeconds: number | null;
  /** How often where the system does not tell; default 5. */
  readonly pollWhereNeededSeconds?: number;
  /** A file that nobody writes to for so long is taken to be whole; default 1000. */
  readonly settleMs?: number;
  /** While files keep coming, those that are whole are indexed this often; default 10000. */
  readonly patienceMs?: number;
  /** How often it is asked whether a root is still there; default 2000. */
  readonly rootCheckMs?: number;
  /** Paths that are kept at most; above, folders stand for them; default 16384. */
  readonly pathsMax?: number;
  /** After each run. */
  readonly onBatch?: (batch: WatchBatch) => void;
  /** Told of what a person should know. Nothing of it ends the watch. */
  readonly onNotice?: (notice: string) => void;
}

export interface WatchBatch {
  /** Paths that were looked at: files, or folders with everything below them. */
  readonly paths: number;
  readonly report: IndexReport;
  /** It was the first, or something changed: a file that was touched only, or a folder that was made, is no news. */
  readonly isNews: boolean;
}

export type WatchStatus = 'idle' | 'indexing' | 'waiting';

export interface Watcher {
  /** absolute; none lies in another */
  readonly roots: readonly string[];
  /** `waiting`: something changed and has not settled yet, or a run failed and will be tried again. */
  readonly status: WatchStatus;
  /** Resolves after `close`. @throws AppError where trying again is of no use: LIBRARY_CORRUPT, LIBRARY_MISMATCH */
  readonly finished: Promise<void>;
  /** Stops a run that is under way; what it has committed stays. Safe to call twice; never rejects. */
  close(): Promise<void>;
}

const SETTLE_MS = 1000;
const PATIENCE_MS = 10_000;
const ROOT_CHECK_MS = 2000;
/** Some 4 megabytes of paths. */
const PATHS_MAX = 16_384;
const POLL_WHERE_NEEDED_SECONDS = 5;

/** The settling of paths is looked at so many times in the time it takes. */
const TICKS_PER_SETTLE = 4;

/** A run that failed is tried again after 1, 2, 4, … seconds, at most a minute. */
const RETRY_FIRST_MS = 1000;
const RETRY_MAX_MS = 60_000;

/**
 * The queue of the system holds 16,384 events and then drops some without a word. After half as many between two
 * runs everything is looked at once more.
 */
const EVENTS_TRUSTED = 8192;

/** Only a person can put these right, and not by waiting. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set(['LIBRARY_CORRUPT', 'LIBRARY_MISMATCH', 'INVALID_ARGUMENT']);

/**
 * Starts with one run over everything, then follows the changes until it is closed. Resolves when all folders are
 * under watch; the first run goes on behind it. Its signal closes it.
 * @param library open for writing
 * @throws AppError INVALID_ARGUMENT (nothing to watch, a number out of range), FILE_NOT_FOUND (a new root that is
 *   not there)
 */
export async function watchRoots(
  library: Library,
  embedder: Embedder,
  options: WatchOptions,
): Promise<Watcher> {
  const roots = await checkedRoots(library, options);
  const watch = new Watch(library, embedder, options, roots);
  const close = (): void => void watch.close();
  options.signal?.addEventListener('abort', close, { once: true });
  if (options.signal?.aborted === true) close();
  await watch.start();
  return watch;
}

class Watch implements Watcher {
  readonly roots: readonly string[];
  readonly #library: Library;
  readonly #embedder: Embedder;
  readonly #options: WatchOptions;
  readonly #settleMs: number;
  readonly #dirty: DirtyPaths;
  readonly #stop = new AbortController();
  readonly #watches: RootWatch[] = [];
  /** The first run, and one after events may have been lost, is over everything. */
  #isAllDirty = true;
  #isIndexing = false;
  #hasReported = false;
  #events = 0;
  #failures = 0;
  #wake: () => void = () => undefined;
  #checking: NodeJS.Timeout | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(library: Library, embedder: Embedder, options: WatchOptions, roots: readonly string[]) {
    this.#library = library;
    this.#embedder = embedder;
    this.#options = options;
    this.roots = roots;
    this.#settleMs = options.settleMs ?? SETTLE_MS;
    this.#dirty = new DirtyPaths({
      settleMs: this.#settleMs,
      patienceMs: options.patienceMs ?? PATIENCE_MS,
      pathsMax: options.pathsMax ?? PATHS_MAX,
      roots: new Set(roots),
    });
  }

  get finished(): Promise<void> {
    return this.#loop;
  }

  get status(): WatchStatus {
    if (this.#isIndexing) return 'indexing';
    return this.#isAllDirty || this.#dirty.size > 0 || this.#failures > 0 ? 'waiting' : 'idle';
  }

  async start(): Promise<void> {
    const { excludeFolders, excludeGlobs, followSymlinks, pollSeconds } = this.#options;
    const { onNotice = () => undefined } = this.#options;
    const excludePaths = [this.#library.dataFolder];
    const { signal } = this.#stop;
    const rules = { excludeFolders, excludeGlobs, excludePaths, followSymlinks, signal };
    const known = this.#library.store.roots.all();
    for (const root of this.roots) {
      const watch = await RootWatch.open({
        root,
        rules: { ...rules, base: baseOf(root, known) },
        pollMs: pollSeconds === null ? null : pollSeconds * 1000,
        pollDefaultMs: (this.#options.pollWhereNeededSeconds ?? POLL_WHERE_NEEDED_SECONDS) * 1000,
        onChange: (place) => this.#changed(place),
        onNotice,
      });
      this.#watches.push(watch);
    }
    this.#checking = setInterval(() => {
      for (const watch of this.#watches) void watch.check();
    }, this.#options.rootCheckMs ?? ROOT_CHECK_MS);
    this.#loop = this.#runUntilClosed();
    // Nobody need wait for it.
    this.#loop.catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake();
    await this.#unwatch();
    await this.#loop.catch(() => undefined);
  }

  async #unwatch(): Promise<void> {
    clearInterval(this.#checking);
    await Promise.all(this.#watches.map((watch) => watch.close()));
  }

  #changed(place: string): void {
    this.#events += 1;
    this.#dirty.add(place, performance.now());
    this.#wake();
  }

  async #runUntilClosed(): Promise<void> {
    try {
      await this.#run();
    } finally {
      await this.#unwatch();
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#waitForChange();
      if (signal.aborted) return;
      const taken = this.#dirty.take(performance.now());
      if (taken.isQuiet && this.#events > EVENTS_TRUSTED) await this.#lookAtAll();
      const isFirst = this.#isAllDirty;
      const scopes = isFirst ? this.roots : await scopesOf(taken.paths, this.#scopeContext());
      this.#isAllDirty = false;
      if (scopes.length > 0) await this.#index(scopes, taken, isFirst);
    }
  }

  /** Until something may be ready; at most a tick where something is on its way. */
  async #waitForChange(): Promise<void> {
    if (this.#isAllDirty) return;
    if (this.#dirty.size > 0) {
      await delay(this.#settleMs / TICKS_PER_SETTLE, undefined, { signal: this.#stop.signal }).catch(
        () => undefined,
      );
      return;
    }
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (this.#stop.signal.aborted) resolve();
    });
  }

  async #lookAtAll(): Promise<void> {
    for (const watch of this.#watches) await watch.restart();
    this.#events = 0;
    this.#isAllDirty = true;
  }

  async #index(scopes: readonly string[], { restless }: Taken, isFirst: boolean): Promise<void> {
    this.#isIndexing = true;
    try {
      const report = await indexPhotos(this.#library, this.#embedder, {
        ...this.#options,
        roots: scopes,
        watched: { isUnsettled: (file) => !restless.has(file) && this.#isUnsettled(file) },
        signal: this.#stop.signal,
      });
      this.#failures = 0;
      if (this.#dirty.size === 0) this.#events = 0;
      // Later runs are small, and leave the snapshot to the library.
      if (isFirst) await this.#library.saveIndex();
      this.#report(scopes.length, report);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      if (isAppError(error) && HOPELESS.has(error.code)) throw error;
      if (isFirst) this.#isAllDirty = true;
      else for (const scope of scopes) this.#dirty.add(scope, performance.now());
      this.#isIndexing = false;
      await this.#pause(error);
    } finally {
      this.#isIndexing = false;
    }
  }

  #isUnsettled(file: string): boolean {
    return (
      this.#dirty.isUnsettled(file, performance.now()) ||
      this.#watches.some((watch) => watch.isUnsettled(file))
    );
  }

  #report(paths: number, report: IndexReport): void {
    const { added, updated, moved, removed, skipped } = report;
    const isNews = !this.#hasReported || added + updated + moved + removed + skipped.length > 0;
    this.#hasReported = true;
    this.#options.onBatch?.({ paths, report, isNews });
  }

  async #pause(failure: unknown): Promise<void> {
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** this.#failures);
    this.#failures += 1;
    // Another job of this process indexes, and will be done.
    if (!isAppError(failure, 'BUSY')) {
      this.#options.onNotice?.(`${messageOf(failure)}; trying again in ${waitMs / 1000} s`);
    }
    await delay(waitMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  #scopeContext(): Parameters<typeof scopesOf>[1] {
    return {
      store: this.#library.store,
      generationId: this.#library.generation.id,
      followSymlinks: this.#options.followSymlinks,
      watches: this.#watches,
    };
  }
}

async function checkedRoots(library: Library, options: WatchOptions): Promise<readonly string[]> {
  const { pollSeconds } = options;
  if (pollSeconds !== null && !(pollSeconds >= 0.1 && pollSeconds <= 86_400)) {
    throw new AppError('INVALID_ARGUMENT', `pollSeconds: found ${pollSeconds}, expected 0.1 to 86400`);
  }
  const known = library.store.roots.all().map((root) => root.path);
  const wanted = new Set(
    options.roots.length > 0 ? options.roots.map((place) => path.resolve(place)) : known,
  );
  if (wanted.size === 0) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `${library.dataFolder}: no folder was indexed before, expected at least one; name it: imglish watch <folder>`,
    );
  }
  for (const place of wanted) {
    if (known.some((root) => isBelow(place, root))) continue;
    await stat(place).catch((error: unknown) => {
      throw new AppError(
        'FILE_NOT_FOUND',
        `${place}: is not there, expected a folder of photos; check the path, or plug the drive in`,
        { cause: error },
      );
    });
  }
  return [...wanted].filter(
    (place) => ![...wanted].some((other) => other !== place && isBelow(place, other)),
  );
}
