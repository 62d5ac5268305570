/**
 * Both job queues in temporary places, for the contract suite and the tests of their own.
 * Source: our own. Deviation: none.
 */
import type { TestContext } from 'node:test';
import type { JobQueue } from '../../indexer/index.ts';
import { EmbeddedJobQueue } from '../../indexer/jobs/embedded/job-queue.ts';
import { RedisJobQueue } from '../../indexer/jobs/redis/job-queue.ts';
import type { QueueBench } from '../contract/queue-bench.ts';
import { startRedis, type RedisServer } from './redis-server.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A dead worker is missed so soon; half a minute in earnest. */
export const TEST_LOCK_MS = 1500;

export interface EmbeddedBench extends QueueBench {
  readonly dataFolder: string;
}

export async function embeddedBench(context: TestContext): Promise<EmbeddedBench> {
  const opened = closing(context);
  const dataFolder = await temporaryFolder(context);
  return {
    dataFolder,
    childArguments: [dataFolder],
    open: async () => opened(EmbeddedJobQueue.open({ dataFolder })),
  };
}

export interface RedisBench extends QueueBench {
  readonly dataFolder: string;
  readonly server: RedisServer;
  /** What the queues said. */
  readonly notices: string[];
}

/** null: the test was skipped, for want of a server */
export async function redisBench(context: TestContext, lockMs = TEST_LOCK_MS): Promise<RedisBench | null> {
  const opened = closing(context);
  const server = await startRedis(context);
  if (server === null) return null;
  const dataFolder = await temporaryFolder(context);
  const notices: string[] = [];
  const onNotice = (notice: string): void => void notices.push(notice);
  return {
    dataFolder,
    server,
    notices,
    childArguments: [dataFolder, server.url],
    open: async () => opened(await RedisJobQueue.open({ dataFolder, url: server.url, lockMs, onNotice })),
  };
}

/** Closes queues at the end of a test, before what they stand on: hooks run in the order of their making. */
function closing(context: TestContext): (queue: JobQueue) => JobQueue {
  const queues: JobQueue[] = [];
  context.after(async () => {
    for (const queue of queues) await queue.close();
  });
  return (queue) => {
    queues.push(queue);
    return queue;
  };
}
