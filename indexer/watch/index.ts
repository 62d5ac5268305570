/**
 * Keeps a library up to date with its folders while they change.
 * Source: our own. Deviation: none.
 */
export {
  watchRoots,
  type Watcher,
  type WatchBatch,
  type WatchOptions,
  type WatchStatus,
} from './watch-roots.ts';
