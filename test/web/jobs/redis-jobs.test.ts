/**
 * /v1/jobs on a queue in Redis.
 * Source: test/contract/job-routes.ts. Deviation: none.
 */
import { jobRoutesContract } from '../../contract/job-routes.ts';
import { redisBench } from '../../support/job-benches.ts';

/** Nothing dies here, and a worker that indexes on a busy machine is not to be taken for dead. */
const LOCK_MS = 30_000;

jobRoutesContract('Redis', (context) => redisBench(context, LOCK_MS));
