/**
 * Documents in the order in which they fit a query.
 * Source: Cohere's API reference, "Rerank". Deviation: see the schema.
 */
import { rankDocuments, type ImageInput } from '../../query/index.ts';
import { parseInput } from '../errors.ts';
import { rerankRequestSchema, type RerankDocument } from '../schema/models.ts';
import { readingOf, servedModel, type ServedModelsOptions } from './served-models.ts';

export async function rerank(
  options: ServedModelsOptions,
  body: unknown,
  requestId: string,
  signal: AbortSignal,
): Promise<RerankDocument> {
  const wanted = parseInput(rerankRequestSchema, body, 'body');
  const served = servedModel(options, wanted.model);
  const ranked = await rankDocuments(wanted.query, wanted.documents, {
    ...readingOf(options, served, signal),
    scorer: options.models.scorer,
  });
  return {
    id: requestId,
    results: ranked.slice(0, wanted.top_n).map(({ index, score, by }) => {
      const document = wanted.documents[index];
      const id = document !== undefined && 'id' in document ? document.id : undefined;
      return {
        index,
        ...(id !== undefined && { id }),
        relevance_score: score,
        by,
        ...(wanted.return_documents && document !== undefined && { document: echoOf(document) }),
      };
    }),
    meta: { model: served.embedder.name },
  };
}

/** Bytes of a picture do not travel back. */
function echoOf(document: { readonly text: string } | { readonly image: ImageInput }): object {
  if ('text' in document) return { text: document.text };
  return 'id' in document.image ? { image: { id: document.image.id } } : {};
}
