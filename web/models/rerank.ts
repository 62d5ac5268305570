/**
 * Documents in the order in which they fit a query.
 * Source: Cohere's API reference, "Rerank". Deviation: see the schema.
 */
import type { z } from 'zod';
import { rankDocuments, type ImageInput, type RankedDocument } from '../../query/index.ts';
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
    results: ranked
      .slice(0, wanted.top_n)
      .map((one) => resultOf(one, wanted.documents[one.index], wanted.return_documents)),
    meta: { model: served.embedder.name },
  };
}

type Given = z.infer<typeof rerankRequestSchema>['documents'][number];

function resultOf(
  { index, score, by }: RankedDocument,
  given: Given | undefined,
  isEchoed: boolean,
): RerankDocument['results'][number] {
  const id = given !== undefined && 'id' in given ? given.id : undefined;
  return {
    index,
    ...(id !== undefined && { id }),
    relevance_score: score,
    by,
    ...(isEchoed && given !== undefined && { document: echoOf(given) }),
  };
}

/** Bytes of a picture do not travel back. */
function echoOf(document: { readonly text: string } | { readonly image: ImageInput }): object {
  if ('text' in document) return { text: document.text };
  return 'id' in document.image ? { image: { id: document.image.id } } : {};
}
