/**
 * What can be seen of a running server from outside.
 * Source: our own. Deviation: none.
 */
export { ServerLog, type LogOptions } from './log.ts';
export { Metrics, type MetricsOptions } from './metrics.ts';
export { isMeasured, noteRequests, pastPage, type RequestRecord } from './request-record.ts';
export { watchLookups, watchSearches } from './watch-engines.ts';
