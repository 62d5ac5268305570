/**
 * What the routes of jobs are given in tests.
 * Source: our own. Deviation: none.
 */
import type { JobQueue } from '../../../indexer/index.ts';
import type { AppOptions } from '../../../web/index.ts';

/** @param allowed folders, in place of the home folder */
export function jobOptions(
  queue: JobQueue,
  allowed: readonly string[],
  home: string | null = null,
): NonNullable<AppOptions['jobs']> {
  return {
    queue,
    settings: {
      model: null,
      fileBytesMax: 50_000_000,
      imagePixelsMax: 50_000_000,
      excludeFolders: ['@eaDir'],
      excludeGlobs: [],
      followSymlinks: false,
      keepMissing: false,
      nearThreshold: 0.9,
    },
    folders: { allowed, home },
  };
}
