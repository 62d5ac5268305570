/**
 * A process that works on a queue, made to be killed: `node job-child.js <data> [<redis url>]`. Prints each step.
 * Source: our own. Deviation: none.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedJobQueue } from '../../indexer/jobs/embedded/job-queue.ts';
import { RedisJobQueue } from '../../indexer/jobs/redis/job-queue.ts';
import { TEST_LOCK_MS } from '../support/job-benches.ts';

const [dataFolder = '', url] = process.argv.slice(2);
const queue =
  url === undefined
    ? EmbeddedJobQueue.open({ dataFolder })
    : await RedisJobQueue.open({ dataFolder, url, lockMs: TEST_LOCK_MS });
await queue.work(async ({ parameters }, { progress, signal }) => {
  const total = Number(parameters['count']);
  for (let done = 1; done <= total; done += 1) {
    await delay(100, undefined, { signal });
    progress({ phase: 'counting', done, total, skipped: 0, itemsPerSecond: 10, etaSeconds: null });
    console.log(done);
  }
  return {};
});
