/**
 * Words and photos to photos: GET for people, POST for a whole request, both also as a stream of stages.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Library } from '../../indexer/index.ts';
import {
  collapseModes,
  searchRequestSchema,
  sortOrders,
  wordsModes,
  type SearchEngine,
  type SearchHit,
  type SearchRequest,
  type SearchResponse,
  type SearchStage,
} from '../../query/index.ts';
import { allowOnly, HttpProblem, inTime, parseInput, problemOf, type ReportError } from '../errors.ts';
import { imageDocument, type ImageDocument } from '../image-document.ts';
import { pictureUploads, uploadOf } from '../picture-upload.ts';
import { withoutFolders } from '../place-names.ts';
import { sendEvents, type ServerEvent } from '../server-events.ts';
import { isLocalOnly } from '../server-state.ts';
import { untilGone } from '../until-gone.ts';

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
const minMatchMessage = 'expected a number from 0 to 1, or default';
const rerankMessage = `expected how many photos are read again, 0 to ${LIMIT_MAX}`;
const querySchema = z.strictObject({
  q: text,
  collapse,
  cursor: z.string({ error: 'expected a cursor, once' }).min(1).max(2000).optional(),
  sort: z.enum(sortOrders, { error: `expected one of ${sortOrders.join(', ')}` }).optional(),
  words: z.enum(wordsModes, { error: `expected one of ${wordsModes.join(', ')}` }).optional(),
  minMatch: z
    .union(
      [
        z.literal('default'),
        z
          .string()
          .regex(/^(0|1|0?\.\d{1,9}|1\.0+)$/)
          .transform(Number),
      ],
      {
        error: minMatchMessage,
      },
    )
    .optional(),
  rerank: z
    .string(rerankMessage)
    .regex(/^\d{1,4}$/, rerankMessage)
    .transform(Number)
    .pipe(z.int(rerankMessage).max(LIMIT_MAX, rerankMessage))
    .optional(),
  limit: z
    .string(limitMessage)
    .regex(/^\d{1,4}$/, limitMessage)
    .transform(Number)
    .pipe(limit)
    .optional(),
});

export function searchRoutes(options: {
  readonly library: Library;
  readonly engine: Pick<SearchEngine, 'search' | 'stream'>;
  readonly uploadBytesMax?: number;
  readonly onError?: ReportError;
}): Router {
  const router = Router();
  const uploads = pictureUploads(options.uploadBytesMax);
  const documentOf = (request: Request, found: SearchResponse): SearchDocument => {
    const notices = found.notices.map((notice) => withoutFolders(notice, options.library));
    return searchDocument({ ...found, notices }, isLocalOnly(request.app));
  };
  const answer = async (request: Request, response: Response, wanted: SearchRequest): Promise<void> => {
    const found = await untilGone(response, (signal) => options.engine.search(wanted, { signal }));
    if (found !== undefined) response.json(documentOf(request, found));
  };
  const stream = (request: Request, response: Response, wanted: SearchRequest): Promise<void> =>
    sendEvents(
      response,
      (signal) => eventsOf(options.engine.stream(wanted, { signal }), request, documentOf),
      (error) => problemOf(error, request, response, options),
    );
  router
    .route('/v1/search')
    .get(inTime((request, response) => answer(request, response, fromAddress(request))))
    .post(
      uploads,
      inTime((request, response) => answer(request, response, fromBody(request))),
    )
    .all(allowOnly('GET', 'HEAD', 'POST'));
  router
    .route('/v1/search/stream')
    .get(inTime((request, response) => stream(request, response, fromAddress(request))))
    .post(
      uploads,
      inTime((request, response) => stream(request, response, fromBody(request))),
    )
    .all(allowOnly('GET', 'POST'));
  return router;
}

/** `first`, then `reranked` as photos are read, then `done`; each with the whole answer so far. */
async function* eventsOf(
  stages: AsyncIterable<SearchStage>,
  request: Request,
  documentOf: (request: Request, found: SearchResponse) => SearchDocument,
): AsyncGenerator<ServerEvent> {
  for await (const { stage, response } of stages) yield { event: stage, data: documentOf(request, response) };
}

function fromAddress(request: Request): SearchRequest {
  const { q, rerank, ...query } = parseInput(querySchema, request.query, 'query');
  const wanted = {
    text: q,
    ...query,
    ...(rerank !== undefined && { rerank: rerank === 0 ? false : { k: rerank } }),
  };
  // What was left out is left out: with zod's `undefined` in its place, exact optional fields are not met.
  return Object.fromEntries(
    Object.entries(wanted).filter(([, value]) => value !== undefined),
  ) as SearchRequest;
}

/** A picture beside the JSON is what is looked for. */
function fromBody(request: Request): SearchRequest {
  const { picture, body } = uploadOf(request);
  if (picture === undefined) return parseInput(searchRequestSchema, body, 'body');
  const fields = typeof body === 'object' && body !== null ? body : {};
  if ('image' in fields) {
    throw new HttpProblem('INVALID_ARGUMENT', 400, 'image: found two, one as a file; leave out one of them');
  }
  // A request is for something; the check does not see the file, so it is shown a photo in its place.
  const checked = parseInput(searchRequestSchema, { ...fields, image: { id: 1 } }, 'request');
  return { ...checked, image: { picture } };
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
