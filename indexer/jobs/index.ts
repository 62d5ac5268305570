/**
 * Work that outlives a process.
 * Source: our own. Deviation: none.
 */
export { checkJobParameters, createJobHandler, jobParameters, type JobHost } from './handlers.ts';
export {
  jobKinds,
  jobStates,
  type JobContext,
  type JobErrorCode,
  type JobHandler,
  type JobKind,
  type JobProgress,
  type JobQueue,
  type JobRecord,
  type JobSkip,
  type JobState,
  type JobWorker,
} from './job-queue.ts';
export {
  duplicatesParameters,
  embedParameters,
  existing,
  indexParameters,
  modelParameter,
  type JobParameters,
  type JobSettings,
} from './job-parameters.ts';
export { openJobQueue, type JobQueueOptions } from './open-job-queue.ts';
