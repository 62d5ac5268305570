/**
 * What goes over HTTP: one schema for the checks, the OpenAPI document, and the types of the page and the client.
 * Source: our own. Deviation: none.
 */
export * from './common.ts';
export * from './duplicates.ts';
export * from './explain.ts';
export * from './export.ts';
export * from './facets.ts';
export * from './health.ts';
export * from './image.ts';
export * from './jobs.ts';
export * from './library.ts';
export * from './lookup.ts';
export * from './models.ts';
export * from './parameters.ts';
export * from './problem.ts';
export * from './search.ts';
export * from './session.ts';
export * from './texts.ts';
