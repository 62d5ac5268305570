/**
 * The texts that a lookup finds: list, add, remove.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { json, Router } from 'express';
import { addTexts, removeText, type GivenText, type Library, type TextPage } from '../../indexer/index.ts';
import { AppError, type Embedder } from '../../model/index.ts';
import type { SearchEngine } from '../../query/index.ts';
import { allowOnly, inTime, parseInput } from '../errors.ts';
import {
  NEW_TEXTS_BYTES_MAX,
  newTextsSchema,
  textListQuerySchema,
  textParamsSchema,
  type AddedTextsDocument,
  type TextListDocument,
} from '../schema/texts.ts';
import { untilGone } from '../until-gone.ts';

export interface TextRoutesOptions {
  readonly library: Library;
  /** Without it no texts are added: they need vectors. */
  readonly models?: Pick<SearchEngine, 'embedderOf'>;
}

/** Reads bodies itself: a list of texts is longer than a query. */
export function textRoutes(options: TextRoutesOptions): Router {
  const { library } = options;
  const router = Router();
  const texts = router.route('/v1/texts');
  texts.get(
    inTime(async (request, response) => {
      const { q = '', kind, cursor, limit } = parseInput(textListQuerySchema, request.query, 'query');
      const words = q.split(/\s+/).filter((word) => word !== '');
      const asked = { words, kind: kind ?? null, after: cursor ?? 0, limit };
      const page = await untilGone(response, (signal) => library.inquirer.ask('texts', asked, signal));
      if (page !== undefined) response.json(listDocument(library, page));
    }),
  );
  const { models } = options;
  if (models !== undefined) {
    texts.post(
      json({ limit: NEW_TEXTS_BYTES_MAX, strict: true }),
      inTime(async (request, response) => {
        const { texts: given } = parseInput(newTextsSchema, request.body, 'body');
        const embedder = embedderFor(library, models);
        const { added, ids } = await addTexts(library, embedder, given satisfies readonly GivenText[]);
        const document: AddedTextsDocument = { added, known: given.length - added, ids: [...ids] };
        response.status(201).json(document);
      }),
    );
  }
  texts.all(allowOnly('GET', 'HEAD', ...(models === undefined ? [] : ['POST'])));
  router
    .route('/v1/texts/:id')
    .delete(
      inTime(async (request, response) => {
        const { id } = parseInput(textParamsSchema, request.params, 'address');
        await removeText(library, id);
        response.status(204).end();
      }),
    )
    .all(allowOnly('DELETE'));
  return router;
}

function listDocument(library: Library, { texts, next, total }: TextPage): TextListDocument {
  return {
    texts: texts.map(({ id, kind, text }) => ({
      id,
      kind,
      text,
      linkCount: library.store.textLookup.sayingCount(id),
    })),
    total,
    cursor: next === null ? null : String(next),
  };
}

function embedderFor(library: Library, models: Pick<SearchEngine, 'embedderOf'>): Embedder {
  const { modelIdentity, modelName } = library.generation;
  const embedder = models.embedderOf(modelIdentity);
  if (embedder !== undefined) return embedder;
  throw new AppError(
    'LIBRARY_MISMATCH',
    `${library.dataFolder}: is searched with model "${modelName}", which this process has not opened; start it again`,
  );
}
