/**
 * Workers on other machines: the owner's side, and theirs. Nothing here loads the packages for Redis before it is used.
 * Source: our own. Deviation: none.
 */
export { openRemoteEncoder, startWorker } from './on-demand.ts';
export { parsePathRule, type PathRule } from './path-map.ts';
export type { RemoteEncoderOptions } from './remote-encoder.ts';
export type { WorkerOptions, WorkerProgress } from './run-worker.ts';
