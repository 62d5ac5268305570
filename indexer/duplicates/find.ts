/**
 * Photos that are versions of one another: smaller, cropped, brighter, with a line of text, out of the same burst.
 * Source: our own. Deviation: none.
 */
import { AppError } from '../../model/index.ts';
import type { JobProgress } from '../jobs/job-queue.ts';
import type { Library } from '../library/library.ts';
import { WorkMeter } from '../pipeline/work-meter.ts';
import { compareNew } from './compare.ts';
import { makeGroups } from './group.ts';
import { nearThresholdDefault, NEAR_THRESHOLD_MIN } from './look-alike.ts';
import { nearState } from './near-state.ts';

export interface FindNearDuplicatesOptions {
  /** Cosine from which photos may be alike, from 0.5 to 1, default 0.9; see picture-shape.ts. */
  readonly threshold?: number;
  readonly signal?: AbortSignal;
  /** Counts contents: photos with the same bytes are one. */
  readonly onProgress?: (progress: JobProgress) => void;
}

export interface NearDuplicatesReport {
  /** id of the generation that was compared */
  readonly generation: number;
  readonly threshold: number;
  /** contents that were compared now; the others were before */
  readonly compared: number;
  /** of contents that look alike, in all */
  readonly pairs: number;
  readonly groups: number;
  readonly seconds: number;
}

/**
 * Compares what is new in the generation that is searched, and groups what looks alike. Contents that were compared
 * under this generation and a threshold that is not higher are not compared again. Memory does not grow with the library.
 * @throws AppError INVALID_ARGUMENT (read mode, threshold), ABORTED (what was compared stays), DISK_FULL, LIBRARY_CORRUPT
 */
export async function findNearDuplicates(
  library: Library,
  options: FindNearDuplicatesOptions = {},
): Promise<NearDuplicatesReport> {
  const threshold = checkThreshold(options.threshold ?? nearThresholdDefault);
  if (library.mode !== 'write') {
    throw new AppError('INVALID_ARGUMENT', `${library.dataFolder}: is open for reading, expected writing`);
  }
  try {
    return await find(library, threshold, options);
  } catch (error) {
    if (options.signal?.aborted !== true) throw error;
    throw new AppError(
      'ABORTED',
      'looking for look-alikes was stopped; what was compared is kept, run it again to go on',
      { cause: error },
    );
  }
}

/** @throws AppError INVALID_ARGUMENT */
export function checkThreshold(threshold: number): number {
  if (threshold >= NEAR_THRESHOLD_MIN && threshold <= 1) return threshold;
  throw new AppError(
    'INVALID_ARGUMENT',
    `threshold: ${threshold}, expected a cosine from ${NEAR_THRESHOLD_MIN} to 1`,
  );
}

async function find(
  library: Library,
  threshold: number,
  { signal, onProgress }: FindNearDuplicatesOptions,
): Promise<NearDuplicatesReport> {
  const startMs = performance.now();
  const { store } = library;
  const meter = new WorkMeter(onProgress);
  let total = nearState(library, threshold).pending;
  const compared = await compareNew(library, {
    floor: threshold,
    signal,
    onPage: (done) => {
      total = Math.max(total, done);
      meter.update('comparing', { done, total });
    },
  });
  // The generation may have been switched since; what is compared then is the new one.
  const { generation } = library;
  const sequence = store.nearDuplicates.comparison(generation.id)?.sequence ?? 0;
  const current = store.nearGroups.current(generation.id);
  if (current?.threshold !== threshold || current.sequence !== sequence) {
    meter.update('grouping', { done: compared, total, isLast: true });
    await makeGroups(library, { generation, threshold, sequence, signal });
  }
  const grouping = store.nearGroups.current(generation.id);
  return {
    generation: generation.id,
    threshold,
    compared,
    pairs: store.nearDuplicates.count(generation.id, threshold),
    groups: grouping === undefined ? 0 : store.nearGroups.totals(grouping.id).groups,
    seconds: (performance.now() - startMs) / 1000,
  };
}
