/**
 * /v1/jobs on a queue in Redis.
 * Source: test/contract/job-routes.ts. Deviation: none.
 */
import { jobRoutesContract } from '../../contract/job-routes.ts';
import { redisBench } from '../../support/job-benches.ts';

jobRoutesContract('Redis', redisBench);
