/**
 * Words and photos to photos: GET for people, POST for a whole request.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Library } from '../../indexer/index.ts';
import { isAppError } from '../../model/index.ts';
import {
  collapseModes,
  searchRequestSchema,
  type SearchEngine,
  type SearchHit,
  type SearchRequest,
  type SearchResponse,
} from '../../query/index.ts';
import { allowOnly, HttpProblem, inTime, parseInput } from '../errors.ts';
import { imageDocument, type ImageDocument } from '../image-document.ts';
import { withoutFolders } from '../place-names.ts';
import { isLocalOnly } from '../server-state.ts';

export interface SearchDocument {
  readonly hits: readonly {
    readonly id: number;
    /** cosine */
    readonly score: number;
    /** probability, or null before a calibration exists */
    readonly pMatch: number | null;
    /** null where `pMatch` is */
    readonly band: SearchHit['band'];
    /** from 1 */
    readonly rank: number;
    /** What found it. */
    readonly matched: SearchHit['matched'];
    readonly image: ImageDocument;
    /** Other places of the same bytes, at most 100; see `collapse`. */
    readonly copies: readonly ImageDocument[];
    /** Photos that look like this one and fit less well, at most 100. */
    readonly alike: readonly { readonly id: number; readonly score: number; readonly image: ImageDocument }[];
    /** Photos in this hit, itself included. */
    readonly stackSize: number;
  }[];
  /** Whether the words were more than the model reads; the rest was ignored. */
  readonly truncatedText: boolean;
  /** `searchMs`: filter, index and words together */
  readonly timings: SearchResponse['timings'] & { readonly searchMs: number };
  readonly generation: number;
  /** Whether even the best is below the model's cut-off; null: it cannot be told */
  readonly nothingMatches: boolean | null;
  readonly cutoff: SearchResponse['cutoff'];
  readonly reranked: SearchResponse['reranked'];
  /** Ask the same again with it for the hits after these; null: there are none. */
  readonly cursor: string | null;
  readonly notices: readonly string[];
}

/** Far more than any model here reads. */
const TEXT_CHARACTERS_MAX = 2000;
const LIMIT_MAX = 1000;

const text = z
  .string({ error: 'expected words to search for, once' })
  .trim()
  .min(1, 'expected at least one word')
  .max(TEXT_CHARACTERS_MAX, `expected at most ${TEXT_CHARACTERS_MAX} characters`);
const limitMessage = `expected a whole number from 1 to ${LIMIT_MAX}`;
const limit = z.int(limitMessage).min(1, limitMessage).max(LIMIT_MAX, limitMessage);
const collapse = z
  .enum(collapseModes, { error: `expected one of ${collapseModes.join(', ')}` })
  .default('exact');
const querySchema = z.strictObject({
  q: text,
  collapse,
  limit: z
    .string(limitMessage)
    .regex(/^\d{1,4}$/, limitMessage)
    .transform(Number)
    .pipe(limit)
    .optional(),
});

export function searchRoutes(options: {
  readonly library: Library;
  readonly engine: Pick<SearchEngine, 'search'>;
}): Router {
  const router = Router();
  const answer = async (request: Request, response: Response, wanted: SearchRequest): Promise<void> => {
    const found = await untilGone(response, (signal) => options.engine.search(wanted, { signal }));
    if (found === undefined) return;
    const notices = found.notices.map((notice) => withoutFolders(notice, options.library));
    response.json(searchDocument({ ...found, notices }, isLocalOnly(request.app)));
  };
  router
    .route('/v1/search')
    .get(
      inTime(async (request, response) => {
        const query = parseInput(querySchema, request.query, 'query');
        await answer(request, response, {
          text: query.q,
          collapse: query.collapse,
          ...(query.limit !== undefined && { limit: query.limit }),
        });
      }),
    )
    .post(
      inTime(async (request, response) => {
        if (request.is('application/json') === false) {
          throw new HttpProblem('MEDIA_TYPE_UNSUPPORTED', 415, 'Content-Type: expected application/json');
        }
        await answer(request, response, parseInput(searchRequestSchema, request.body, 'body'));
      }),
    )
    .all(allowOnly('GET', 'HEAD', 'POST'));
  return router;
}

/** Work that stops when the client goes away. @returns undefined where it did */
async function untilGone<T>(
  response: Response,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const controller = new AbortController();
  const gone = (): void => controller.abort();
  response.once('close', gone);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (controller.signal.aborted && isAppError(error, 'ABORTED')) return undefined;
    throw error;
  } finally {
    response.off('close', gone);
  }
}

function searchDocument(found: SearchResponse, showPath: boolean): SearchDocument {
  const { timings } = found;
  return {
    hits: found.hits.map(({ id, score, pMatch, band, rank, matched, image, copies, alike, stackSize }) => ({
      id,
      score,
      pMatch,
      band,
      rank,
      matched,
      image: imageDocument(image, { showPath }),
      copies: copies.map((copy) => imageDocument(copy, { showPath })),
      alike: alike.map((one) => ({
        id: one.id,
        score: one.score,
        image: imageDocument(one.image, { showPath }),
      })),
      stackSize,
    })),
    truncatedText: found.truncatedText,
    timings: { ...timings, searchMs: timings.filterMs + timings.annMs + timings.wordsMs },
    generation: found.generation,
    nothingMatches: found.nothingMatches,
    cutoff: found.cutoff,
    reranked: found.reranked,
    cursor: found.cursor,
    notices: found.notices,
  };
}
