/**
 * A library under watch, and a way to wait for what it reports.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import {
  watchRoots,
  type Library,
  type WatchBatch,
  type Watcher,
  type WatchOptions,
} from '../../../indexer/index.ts';
import { indexDefaults, pathsIn, workbench, type Workbench } from '../../support/photo-folder.ts';

/** Short, so that tests are quick; long against the milliseconds between two writes of one file here. */
export const SETTLE_MS = 150;

const PATIENCE_TO_WAIT_MS = 20_000;

export interface WatchBench extends Workbench {
  readonly library: Library;
  readonly watcher: Watcher;
  readonly batches: WatchBatch[];
  readonly said: string[];
  /** Paths in the library, relative to the photo folder. */
  paths(): string[];
  /** Resolves when it holds; looked at after every batch and every notice. */
  until(what: string, holds: () => boolean): Promise<void>;
}

/** With what `prepare` puts into the folder. Returns when the first run is through. */
export async function watchBench(
  context: TestContext,
  prepare: (bench: Workbench) => Promise<void>,
  options: Partial<WatchOptions> | ((bench: Workbench) => Partial<WatchOptions>) = {},
): Promise<WatchBench> {
  const bench = await workbench(context);
  await prepare(bench);
  const library = await bench.open('write');
  const batches: WatchBatch[] = [];
  const said: string[] = [];
  const listeners = new Set<() => void>();
  const told = (): void => {
    for (const listener of listeners) listener();
  };
  const watcher = await watchRoots(library, bench.embedder, {
    ...indexDefaults,
    roots: [bench.photos],
    pollSeconds: null,
    settleMs: SETTLE_MS,
    rootCheckMs: 50,
    onBatch: (batch) => {
      batches.push(batch);
      told();
    },
    onNotice: (notice) => {
      said.push(notice);
      told();
    },
    ...(typeof options === 'function' ? options(bench) : options),
  });
  context.after(async () => {
    await watcher.close();
    await library.close();
  });
  const paths = (): string[] => pathsIn(library, bench.photos);
  const until: WatchBench['until'] = async (what, holds) => {
    if (holds()) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        listeners.delete(listener);
        reject(new assert.AssertionError({ message: `waited in vain for ${what}; ${said.join('; ')}` }));
      }, PATIENCE_TO_WAIT_MS);
      const listener = (): void => {
        if (!holds()) return;
        clearTimeout(timer);
        listeners.delete(listener);
        resolve();
      };
      listeners.add(listener);
    });
  };
  const all: WatchBench = { ...bench, library, watcher, batches, said, paths, until };
  await until('the first run', () => batches.length > 0);
  return all;
}
