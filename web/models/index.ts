/**
 * The network for programs, as they ask over HTTP.
 * Source: our own. Deviation: none.
 */
export { classify } from './classify.ts';
export { embeddings } from './embeddings.ts';
export { rerank } from './rerank.ts';
export { modelDocument, servedModels, type ServedModelsOptions } from './served-models.ts';
