/**
 * One root under watch: by native events or by surveys, through the time when its disk is unplugged.
 * Source: our own. Deviation: none.
 */
import { stat } from 'node:fs/promises';
import { messageOf } from '../../model/index.ts';
import type { ChangeListener, ChangeSource, WatchRules } from './change-source.ts';
import { isLimit, NativeSource } from './native-source.ts';
import { networkMountOf, readMounts } from './network-mounts.ts';
import { SurveySource } from './survey-source.ts';

export interface RootWatchOptions {
  /** absolute */
  readonly root: string;
  readonly rules: WatchRules;
  /** Time between two surveys; null: native events where they can be had. */
  readonly pollMs: number | null;
  /** The same where events cannot be had. */
  readonly pollDefaultMs: number;
  readonly onChange: (place: string) => void;
  readonly onNotice: (notice: string) => void;
}

export class RootWatch {
  readonly root: string;
  readonly #options: RootWatchOptions;
  #source: ChangeSource | undefined;
  /** Disk and file number of what is watched; another one under the same path is another folder. */
  #identity: string | undefined;
  #isPolled: boolean;
  /** Starting again, which must not be done twice at once. */
  #restarting: Promise<void> | undefined;
  #isClosed = false;

  private constructor(options: RootWatchOptions, isPolled: boolean) {
    this.root = options.root;
    this.#options = options;
    this.#isPolled = isPolled;
  }

  /** The root need not be there yet. */
  static async open(options: RootWatchOptions): Promise<RootWatch> {
    const mount = options.pollMs === null ? networkMountOf(options.root, await readMounts()) : undefined;
    const watch = new RootWatch(options, options.pollMs !== null || mount !== undefined);
    if (mount !== undefined) {
      options.onNotice(
        `${options.root}: ${mount.path} is a network share (${mount.type}), which does not tell of changes by other machines; it is looked through every ${options.pollDefaultMs / 1000} s (--poll sets another time)`,
      );
    }
    watch.#identity = await identityOf(options.root);
    if (watch.#identity === undefined) options.onNotice(`${options.root}: is not there; it is waited for`);
    else await watch.#start();
    return watch;
  }

  /** Whether the folder that is watched is the one that is there now. */
  async isPresent(): Promise<boolean> {
    return this.#identity !== undefined && (await identityOf(this.root)) === this.#identity;
  }

  isUnsettled(file: string): boolean {
    return this.#source?.isUnsettled(file) === true;
  }

  /** Starts again where the root has gone, come back, or been replaced. Never rejects. */
  async check(): Promise<void> {
    if (this.#restarting !== undefined || this.#isClosed) return;
    await this.#exclusively(() => this.#check());
  }

  /** For when events may have been lost. Never rejects. */
  async restart(): Promise<void> {
    await this.#restarting;
    await this.#exclusively(() => this.#restart());
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#end();
  }

  async #exclusively(work: () => Promise<void>): Promise<void> {
    this.#restarting = work().finally(() => {
      this.#restarting = undefined;
    });
    await this.#restarting;
  }

  async #check(): Promise<void> {
    const identity = await identityOf(this.root);
    if (identity === this.#identity && (identity === undefined || this.#source !== undefined)) return;
    const before = this.#identity;
    this.#identity = identity;
    if (identity === undefined) {
      await this.#end();
      this.#options.onNotice(
        `${this.root}: is gone, perhaps unplugged; what is known of it is kept, and it is waited for`,
      );
      return;
    }
    if (before === undefined) this.#options.onNotice(`${this.root}: is there again`);
    await this.#restart();
  }

  async #restart(): Promise<void> {
    await this.#end();
    await this.#start();
    if (!this.#isClosed) this.#options.onChange(this.root);
  }

  async #end(): Promise<void> {
    const source = this.#source;
    this.#source = undefined;
    await source?.close();
  }

  /** Never rejects: where nothing helps, the next check tries again. */
  async #start(): Promise<void> {
    const { root, rules, pollMs, pollDefaultMs, onChange } = this.#options;
    const listener: ChangeListener = { onChange, onFailure: (error) => this.#failed(error) };
    try {
      const source = this.#isPolled
        ? await SurveySource.open(root, rules, pollMs ?? pollDefaultMs, listener)
        : await NativeSource.open(root, rules, listener);
      if (this.#isClosed) await source.close();
      else this.#source = source;
    } catch (error) {
      if (rules.signal.aborted) return;
      if (this.#isPolled || !isLimit(error)) {
        this.#options.onNotice(
          `${root}: cannot be watched at the moment (${messageOf(error)}); trying again`,
        );
        return;
      }
      this.#pollInstead(error);
      await this.#start();
    }
  }

  /** The source has closed itself; the next check starts another, and looks at everything again. */
  #failed(error: unknown): void {
    this.#source = undefined;
    if (!this.#isPolled && isLimit(error)) this.#pollInstead(error);
    else this.#options.onNotice(`${this.root}: watching stopped (${messageOf(error)}); starting again`);
  }

  #pollInstead(error: unknown): void {
    this.#isPolled = true;
    const { code } = error as NodeJS.ErrnoException;
    const remedy =
      code === 'ENOSPC'
        ? 'raise the limit with "sysctl fs.inotify.max_user_watches=1048576"'
        : 'raise the limits with "sysctl fs.inotify.max_user_instances=1024" and "ulimit -n 65536"';
    this.#options.onNotice(
      `${this.root}: the system has no more watches to give (${code}), so the folder is looked through every ${this.#options.pollDefaultMs / 1000} s instead; ${remedy} and start again for changes within a second`,
    );
  }
}

async function identityOf(root: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(root, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
