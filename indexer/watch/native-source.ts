/**
 * Changes as the operating system tells them: one watch for each folder, none for files.
 * Source: node:fs `watch`; inotify(7). Deviation: none.
 *
 * An event is only a hint that a path may have changed; what is true, the scan finds out. So it does no harm
 * when one comes twice, or for a file that is gone again. What must not happen is a folder without a watch:
 * each is watched before it is read, and read again until nothing new is in it.
 */
import { watch, type FSWatcher } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import path from 'node:path';
import { Exclusions } from '../scan/exclusions.ts';
import { isPictureName, scan } from '../scan/scan.ts';
import { isBelow } from '../store/index.ts';
import type { ChangeListener, ChangeSource, WatchRules } from './change-source.ts';

/** There are no more watches, or no more file handles, to be had. */
const LIMIT_CODES: ReadonlySet<string> = new Set(['ENOSPC', 'EMFILE', 'ENFILE']);

/** These systems watch a whole tree with one handle; and on Windows a watched folder keeps its parents in place. */
const WATCHES_TREES = process.platform === 'darwin' || process.platform === 'win32';

export class NativeSource implements ChangeSource {
  readonly #root: string;
  readonly #rules: WatchRules;
  readonly #listener: ChangeListener;
  readonly #exclusions: Exclusions;
  readonly #watches = new Map<string, FSWatcher>();
  /** Names that came or went and are still to be looked at. */
  readonly #pending = new Set<string>();
  readonly #stop = new AbortController();
  readonly #walking: AbortSignal;
  #looking: Promise<void> | undefined;

  private constructor(root: string, rules: WatchRules, listener: ChangeListener) {
    this.#root = root;
    this.#rules = rules;
    this.#walking = AbortSignal.any([this.#stop.signal, rules.signal]);
    this.#exclusions = new Exclusions(rules.base, rules);
    this.#listener = listener;
  }

  /**
   * @param root absolute, a folder or a single file, must be there
   * @throws the system's error where its limit of watches or file handles is reached, or the root is not there
   */
  static async open(root: string, rules: WatchRules, listener: ChangeListener): Promise<NativeSource> {
    const source = new NativeSource(root, rules, listener);
    try {
      await source.#start();
      return source;
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  isUnsettled(): boolean {
    return false;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    for (const watcher of this.#watches.values()) watcher.close();
    this.#watches.clear();
    await this.#looking;
  }

  async #start(): Promise<void> {
    if ((await stat(this.#root)).isDirectory()) {
      this.#watch(this.#root, { mustWork: true });
      if (!WATCHES_TREES) await this.#cover(this.#root);
    } else {
      // Programs save a file by putting another in its place, so the file's own watch would not last.
      this.#watch(path.dirname(this.#root), { mustWork: true });
    }
  }

  /** Watches every folder below. One that comes between being read and being watched is found the second time. */
  async #cover(folder: string): Promise<void> {
    let isNew = true;
    while (isNew) {
      isNew = false;
      const options = { ...this.#rules, devices: new Map(), signal: this.#walking };
      for await (const event of scan(folder, options)) {
        if (event.kind === 'folder' && this.#watch(event.path)) isNew = true;
      }
    }
  }

  /** @returns whether there was no watch before */
  #watch(folder: string, { mustWork = false } = {}): boolean {
    if (this.#watches.has(folder) || this.#walking.aborted) return false;
    try {
      const watcher = watch(folder, { recursive: WATCHES_TREES });
      watcher.on('change', (kind, name) => this.#heard(folder, kind, name));
      watcher.on('error', (error) => this.#lost(folder, error));
      this.#watches.set(folder, watcher);
      return true;
    } catch (error) {
      if (mustWork || isLimit(error)) throw error;
      // It is gone again, or may not be read, which the scan reports.
      return false;
    }
  }

  #heard(folder: string, kind: string, name: string | Buffer | null): void {
    // Without a name anything in the folder may have changed.
    const place = name === null ? folder : path.join(folder, name.toString());
    if (this.#isOutside(place)) return;
    if (place === this.#root || place === folder || isPictureName(place)) this.#listener.onChange(place);
    if (kind === 'change') return;
    this.#pending.add(place);
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
  }

  /** What a scan does not come to; and the folder of a root that is a single file holds others. */
  #isOutside(place: string): boolean {
    if (place === this.#root) return false;
    return !isBelow(place, this.#root) || this.#exclusions.isBehind(place);
  }

  /** What came under a name may be a folder, which must be watched; what went may have been one. */
  async #look(): Promise<void> {
    for (const place of this.#pending) {
      this.#pending.delete(place);
      try {
        const status = await (this.#rules.followSymlinks ? stat(place) : lstat(place)).catch(() => undefined);
        if (this.#walking.aborted) return;
        if (status !== undefined && !status.isDirectory()) continue;
        // Its watches may be those of another folder that had the name before.
        if (place !== this.#root) this.#unwatchBelow(place);
        this.#listener.onChange(place);
        if (status === undefined || WATCHES_TREES || !this.#watch(place)) continue;
        // Links may lead anywhere, and a walk from the root comes to each folder by one way only.
        await this.#cover(this.#rules.followSymlinks ? this.#root : place);
      } catch (error) {
        if (this.#walking.aborted) return;
        this.#fail(error);
        return;
      }
    }
  }

  #unwatchBelow(place: string): void {
    for (const [folder, watcher] of this.#watches) {
      if (!isBelow(folder, place)) continue;
      watcher.close();
      this.#watches.delete(folder);
    }
  }

  /** A single watch that broke, such as that of a folder that was deleted under Windows. */
  #lost(folder: string, error: Error): void {
    if (folder === this.#root || isLimit(error)) {
      this.#fail(error);
      return;
    }
    this.#unwatchBelow(folder);
    this.#listener.onChange(folder);
  }

  #fail(error: unknown): void {
    if (this.#walking.aborted) return;
    void this.close();
    this.#listener.onFailure(error);
  }
}

/** Whether the system has no more watches or handles to give; asking less often does not need them. */
export function isLimit(error: unknown): boolean {
  return LIMIT_CODES.has((error as NodeJS.ErrnoException).code ?? '');
}
