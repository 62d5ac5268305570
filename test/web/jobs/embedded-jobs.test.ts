/**
 * /v1/jobs on the queue of the data folder.
 * Source: test/contract/job-routes.ts. Deviation: none.
 */
import { jobRoutesContract } from '../../contract/job-routes.ts';
import { embeddedBench } from '../../support/job-benches.ts';

jobRoutesContract('jobs.sqlite', embeddedBench);
