/**
 * Why this photo: which parts of it speak for the words, and which parts of the words it fulfils.
 * Source: query/explain. Deviation: none.
 *
 * The network runs some fifty times for one answer, so the traffic control lets one at a time through.
 */
import { Router } from 'express';
import type { Library } from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import {
  clausesOf,
  explainMatch,
  scoreClauses,
  type ClauseScore,
  type EvidenceMap,
  type SearchEngine,
} from '../../query/index.ts';
import { allowOnly, inTime, parseInput } from '../errors.ts';
import {
  explainRequestSchema,
  type ExplainDocument,
  type ExplainRequestDocument,
} from '../schema/explain.ts';
import { untilGone } from '../until-gone.ts';
import { recordOf } from './images.ts';

export interface ExplainRoutesOptions {
  readonly library: Library;
  readonly models: Pick<SearchEngine, 'embedderOf'>;
}

/** Where the request does not say. Longer, and a person has looked at another photo. */
const BUDGET_MS = 10_000;

export function explainRoutes(options: ExplainRoutesOptions): Router {
  const { library } = options;
  const router = Router();
  router
    .route('/v1/images/:id/explain')
    .post(
      inTime(async (request, response) => {
        const { id } = recordOf(library, request.params);
        const wanted = parseInput(explainRequestSchema, request.body, 'body');
        const document = await untilGone(response, (signal) => explain(options, id, wanted, signal));
        if (document !== undefined) response.json(document);
      }),
    )
    .all(allowOnly('POST'));
  return router;
}

async function explain(
  { library, models }: ExplainRoutesOptions,
  id: number,
  { text, grid, budgetMs = BUDGET_MS }: ExplainRequestDocument,
  signal: AbortSignal,
): Promise<ExplainDocument> {
  const start = performance.now();
  return library.search(async ({ generation }) => {
    const embedder = models.embedderOf(generation.modelIdentity);
    if (embedder === undefined) throw noModel(library, generation.modelName);
    const asked = { embedder, photo: { library, id }, text, signal };
    const clauses = clausesOf(text).length > 1 ? (await scoreClauses(asked)).clauses : [];
    const map = await explainMatch({
      ...asked,
      budgetMs: Math.max(0, budgetMs - (performance.now() - start)),
      ...(grid !== undefined && { grid }),
    });
    return explainDocument(map, clauses);
  });
}

function explainDocument(map: EvidenceMap, clauses: readonly ClauseScore[]): ExplainDocument {
  return {
    ...map,
    values: [...map.values],
    clauses: clauses.map(({ text, isNegated, cosine, pMatch, holds }) => ({
      text,
      isNegated,
      score: cosine,
      pMatch,
      holds,
    })),
  };
}

function noModel(library: Library, modelName: string): AppError {
  return new AppError(
    'LIBRARY_MISMATCH',
    `${library.dataFolder}: is searched with model "${modelName}", which this process has not opened; start it again`,
  );
}
