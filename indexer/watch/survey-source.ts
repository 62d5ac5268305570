/**
 * Changes found by looking: for network shares, and where the system has no more watches to give.
 * Source: our own. Deviation: none.
 *
 * Each survey reads all folders and asks for the status of every file, as an incremental run of indexing does;
 * what is kept of it is one number for each folder. A folder is told of when two surveys running found it the
 * same, so a file that is still being copied is not read half.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { scan, type ScanEvent } from '../scan/scan.ts';
import { inParallel } from '../pipeline/stage.ts';
import { isBelow } from '../store/index.ts';
import type { ChangeListener, ChangeSource, WatchRules } from './change-source.ts';

/** As many as indexing asks for at once. */
const LOOKS_AHEAD = 16;

/** A survey that takes long is not started again at once: a third of the time is spent in it at most. */
const REST_FACTOR = 2;

/** Sums stay below it, so that adding two is exact. */
const SUMS = 2 ** 52;

/** Stands for a folder that is not there. */
const GONE = -1;

interface Survey {
  /** By folder: a number that changes with the names, sizes and times of its files. */
  readonly sums: ReadonlyMap<string, number>;
  /** Nothing is known of what lies below them. */
  readonly unreadable: readonly string[];
}

export class SurveySource implements ChangeSource {
  readonly #root: string;
  readonly #rules: WatchRules;
  readonly #intervalMs: number;
  readonly #listener: ChangeListener;
  readonly #stop = new AbortController();
  readonly #walking: AbortSignal;
  /** As the listener knows the folders. */
  readonly #told = new Map<string, number>();
  /** Folders that differ from that, as the last survey saw them. */
  #differing: ReadonlyMap<string, number> = new Map();
  #running: Promise<void> = Promise.resolve();

  private constructor(root: string, rules: WatchRules, intervalMs: number, listener: ChangeListener) {
    this.#root = root;
    this.#rules = rules;
    this.#walking = AbortSignal.any([this.#stop.signal, rules.signal]);
    this.#intervalMs = intervalMs;
    this.#listener = listener;
  }

  /** @param root absolute; it need not be there */
  static async open(
    root: string,
    rules: WatchRules,
    intervalMs: number,
    listener: ChangeListener,
  ): Promise<SurveySource> {
    const source = new SurveySource(root, rules, intervalMs, listener);
    const { sums } = await source.#survey();
    for (const [folder, sum] of sums) source.#told.set(folder, sum);
    source.#running = source.#repeat();
    return source;
  }

  isUnsettled(file: string): boolean {
    return this.#differing.has(path.dirname(file));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Never rejects. */
  async #repeat(): Promise<void> {
    const signal = this.#walking;
    let tookMs = 0;
    try {
      for (;;) {
        await delay(Math.max(this.#intervalMs, tookMs * REST_FACTOR), undefined, { signal });
        const startMs = performance.now();
        this.#compare(await this.#survey());
        tookMs = performance.now() - startMs;
      }
    } catch (error) {
      if (!signal.aborted) this.#listener.onFailure(error);
    }
  }

  #compare({ sums, unreadable }: Survey): void {
    const differing = new Map<string, number>();
    for (const [folder, sum] of sums) if (this.#told.get(folder) !== sum) differing.set(folder, sum);
    for (const folder of this.#told.keys()) {
      if (!sums.has(folder) && !unreadable.some((place) => isBelow(folder, place)))
        differing.set(folder, GONE);
    }
    for (const [folder, sum] of differing) {
      if (this.#differing.get(folder) !== sum) continue;
      differing.delete(folder);
      if (sum === GONE) this.#told.delete(folder);
      else this.#told.set(folder, sum);
      // A root that is a single file lies outside itself.
      this.#listener.onChange(isBelow(folder, this.#root) ? folder : this.#root);
    }
    this.#differing = differing;
  }

  async #survey(): Promise<Survey> {
    const sums = new Map<string, number>();
    const unreadable: string[] = [];
    const options = { ...this.#rules, devices: new Map(), signal: this.#walking };
    const found = inParallel(scan(this.#root, options), LOOKS_AHEAD, async (event) => ({
      event,
      sum: await sumOf(event),
    }));
    for await (const { event, sum } of found) {
      if (event.kind === 'skip' && event.isFolder) unreadable.push(event.path);
      // Addition does not mind in which order a disk lists its files.
      const folder = event.kind === 'folder' ? event.path : path.dirname(event.path);
      sums.set(folder, ((sums.get(folder) ?? 0) + sum) % SUMS);
    }
    for (const place of unreadable) sums.delete(place);
    return { sums, unreadable };
  }
}

/** A whole number below SUMS from what tells one state of a file from another. */
async function sumOf(event: ScanEvent): Promise<number> {
  if (event.kind === 'folder') return 0;
  const status = event.kind === 'file' ? await stat(event.path).catch(() => undefined) : undefined;
  const text = `${event.path}\n${status?.size}\n${status?.mtimeMs}`;
  // FNV-1a twice, from two starts: one alone would miss a change in four thousand million.
  return (fnv(text, 0x81_1c_9d_c5) & 0xf_ff_ff) * 4_294_967_296 + (fnv(text, 0x5b_d1_e9_95) >>> 0);
}

function fnv(text: string, start: number): number {
  let hash = start;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 16_777_619);
  }
  return hash;
}
