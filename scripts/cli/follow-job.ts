/**
 * Work for a library that another process holds: asks that process to do it, and follows to the end.
 * Source: our own. Deviation: none.
 */
import { setTimeout as delay } from 'node:timers/promises';
import {
  openJobQueue,
  type JobKind,
  type JobParameters,
  type JobQueue,
  type JobRecord,
  type JobSkip,
  type Settings,
} from '../../indexer/index.ts';
import { AppError, isAppError } from '../../model/index.ts';
import { using } from './context.ts';
import { nameOf, progressLine } from './job-report.ts';
import { note, printable, type ProgressLine } from './terminal.ts';

export interface FollowedJob {
  readonly job: JobRecord;
  /** The first of them. */
  readonly skips: readonly JobSkip[];
}

export interface WantedJob {
  readonly kind: JobKind;
  readonly parameters: () => JobParameters;
  readonly line: ProgressLine;
  /** That are asked for at the end. */
  readonly skipsMax: number;
}

const POLL_MS = 300;

/**
 * Does `work`, or, where another process that works on jobs has the library open, has that one do the job.
 * @returns undefined where `work` was done here
 * @throws what `work` throws; AppError of the job where that failed; ABORTED where somebody cancelled it, or stopped
 *   following it, which leaves it running
 */
export async function orInOtherProcess(
  settings: Settings,
  wanted: WantedJob,
  work: () => Promise<void>,
): Promise<FollowedJob | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!isAppError(error, 'LIBRARY_LOCKED')) throw error;
    const { dataFolder, redisUrl } = settings;
    const queue = await openJobQueue({ dataFolder, redisUrl, onNotice: note });
    return await using([queue], async () => {
      if (!(await queue.isWorked())) throw error;
      const job = await queue.add(wanted.kind, wanted.parameters());
      note(
        `Another process has this library open and does it: ${nameOf(job)}. Ctrl-C stops following, not the job.`,
      );
      return follow(queue, job.id, wanted);
    });
  }
}

async function follow(queue: JobQueue, id: string, { line, skipsMax }: WantedJob): Promise<FollowedJob> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    for (;;) {
      const job = await queue.get(id);
      if (job === undefined) throw new AppError('NOT_FOUND', `job ${id}: was deleted meanwhile`);
      const ended = endOf(job);
      if (ended instanceof AppError) throw ended;
      if (ended) return { job, skips: await queue.skips(id, { offset: 0, limit: skipsMax }) };
      if (stop.signal.aborted) {
        throw new AppError(
          'ABORTED',
          `${nameOf(job)}: goes on in the other process; see "imglish jobs show ${id}"`,
        );
      }
      if (job.progress !== null && job.state === 'running') line.show(progressLine(job.progress));
      else if (job.error !== null) line.show(`to be tried again: ${printable(job.error.message)}`);
      await delay(POLL_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  } finally {
    line.clear();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** @returns true: done; false: not yet; an error: it will not be */
function endOf(job: JobRecord): boolean | AppError {
  const { state, error } = job;
  if (state === 'failed' && error !== null && error.code !== 'INTERNAL')
    return new AppError(error.code, error.message);
  if (state === 'failed') {
    return new AppError(
      'INFERENCE_FAILED',
      `${nameOf(job)}: ${error?.message ?? 'failed'}; please report this`,
    );
  }
  if (state === 'cancelled') {
    return new AppError(
      'ABORTED',
      `${nameOf(job)}: was cancelled; "imglish jobs retry ${job.id}" does it after all`,
    );
  }
  if (state === 'paused') {
    return new AppError(
      'ABORTED',
      `${nameOf(job)}: was paused; "imglish jobs resume ${job.id}" goes on with it`,
    );
  }
  return state === 'done';
}
