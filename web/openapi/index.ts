/**
 * What the HTTP interface is, for programs and people.
 * Source: our own. Deviation: none.
 */
export { openApiDocument, templateOf, type OpenApiDocument } from './document.ts';
export { operations } from './operations.ts';
export type { Operation } from './operation.ts';
