/**
 * What is asked for: the check of a request, and the line that people type.
 * Source: our own. Deviation: none.
 */
export { formatQuery } from './format-query.ts';
export { parseQuery, type ParseOptions } from './parse-query.ts';
export { PARTS_MAX, plainText } from './query-text.ts';
export { checkLocalRequest, imageInputSchema, searchRequestSchema } from './search-request-schema.ts';
export { typedExamples, typedFields } from './typed-filters.ts';
export {
  filterOf,
  toSearchRequest,
  type TypedFilter,
  type TypedPart,
  type TypedQuery,
} from './typed-query.ts';
