/**
 * Chooses the queue: the embedded one, or Redis where somebody named a server.
 * Source: DESIGN, "jobs". Deviation: none.
 */
import { mkdir } from 'node:fs/promises';
import { AppError, messageOf } from '../../model/index.ts';
import { EmbeddedJobQueue } from './embedded/job-queue.ts';
import type { JobQueue } from './job-queue.ts';

export interface JobQueueOptions {
  /** absolute; made where it is missing */
  readonly dataFolder: string;
  /** null: the embedded queue; nothing dials any port. */
  readonly redisUrl: string | null;
  /** Told of what a person should know, such as a server that went away. */
  readonly onNotice?: (notice: string) => void;
}

/** @throws AppError REDIS_UNAVAILABLE, INVALID_ARGUMENT, LIBRARY_CORRUPT, LIBRARY_MISMATCH, FILE_UNREADABLE, DISK_FULL */
export async function openJobQueue({ redisUrl, ...options }: JobQueueOptions): Promise<JobQueue> {
  await makeFolder(options.dataFolder);
  if (redisUrl === null) return EmbeddedJobQueue.open(options);
  // Loaded only where it is asked for: without the setting not even the code that could dial is there.
  const { RedisJobQueue } = await import('./redis/job-queue.ts');
  return RedisJobQueue.open({ ...options, url: redisUrl });
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new AppError(
      'FILE_UNREADABLE',
      `${folder}: cannot be made (${messageOf(error)}), expected a folder for the jobs; choose another one with --data`,
      { cause: error },
    );
  }
}
