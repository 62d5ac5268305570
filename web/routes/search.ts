/**
 * Words and photos to photos: GET for people, POST for a whole request, both also as a stream of stages.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { Router, type Request, type Response } from 'express';
import type { Library } from '../../indexer/index.ts';
import {
  searchRequestSchema,
  type SearchEngine,
  type SearchHit,
  type SearchRequest,
  type SearchResponse,
  type SearchStage,
} from '../../query/index.ts';
import { allowOnly, HttpProblem, inTime, parseInput, problemOf, type ReportError } from '../errors.ts';
import { imageDocument } from '../image-document.ts';
import { pictureUploads, uploadOf } from '../picture-upload.ts';
import { withoutFolders } from '../place-names.ts';
import { searchQuerySchema, type HitDocument, type SearchDocument } from '../schema/search.ts';
import { sendEvents, type ServerEvent } from '../server-events.ts';
import { isLocalOnly } from '../server-state.ts';
import { readLine, withTypedLine } from '../typed-search.ts';
import { untilGone } from '../until-gone.ts';

export function searchRoutes(options: {
  readonly library: Library;
  readonly engine: Pick<SearchEngine, 'search' | 'stream'>;
  readonly uploadBytesMax?: number;
  readonly onError?: ReportError;
}): Router {
  const router = Router();
  const uploads = pictureUploads(options.uploadBytesMax);
  const documentOf = (request: Request, found: SearchResponse, { notices }: Wanted): SearchDocument =>
    searchDocument(
      { ...found, notices: [...notices, ...found.notices] },
      options.library,
      isLocalOnly(request.app),
    );
  const answer = async (request: Request, response: Response, wanted: Wanted): Promise<void> => {
    const found = await untilGone(response, (signal) => options.engine.search(wanted.request, { signal }));
    if (found !== undefined) response.json(documentOf(request, found, wanted));
  };
  const stream = (request: Request, response: Response, wanted: Wanted): Promise<void> =>
    sendEvents(
      response,
      (signal) =>
        eventsOf(options.engine.stream(wanted.request, { signal }), (found) =>
          documentOf(request, found, wanted),
        ),
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
  documentOf: (found: SearchResponse) => SearchDocument,
): AsyncGenerator<ServerEvent> {
  for await (const { stage, response } of stages) yield { event: stage, data: documentOf(response) };
}

/** A request that was checked, and what a person should know of how it was read. */
interface Wanted {
  readonly request: SearchRequest;
  readonly notices: readonly string[];
}

function fromAddress(request: Request): Wanted {
  const { q, rerank, ...query } = parseInput(searchQuerySchema, request.query, 'query');
  const line = readLine(q);
  const wanted = {
    ...line.request,
    ...query,
    ...(rerank !== undefined && { rerank: rerank === 0 ? false : { k: rerank } }),
  };
  // What was left out is left out: with zod's `undefined` in its place, exact optional fields are not met.
  const known = Object.entries(wanted).filter(([, value]) => value !== undefined);
  return { request: Object.fromEntries(known) as SearchRequest, notices: line.notices };
}

/** A picture beside the JSON is what is looked for. */
function fromBody(request: Request): Wanted {
  const { picture, body } = uploadOf(request);
  const { fields, notices } = withTypedLine(body);
  if (picture === undefined) {
    const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
    return { request: parseInput(searchRequestSchema, isObject ? fields : body, 'body'), notices };
  }
  if ('image' in fields) {
    throw new HttpProblem('INVALID_ARGUMENT', 400, 'image: found two, one as a file; leave out one of them');
  }
  // A request is for something; the check does not see the file, so it is shown a photo in its place.
  const checked = parseInput(searchRequestSchema, { ...fields, image: { id: 1 } }, 'request');
  return { request: { ...checked, image: { picture } }, notices };
}

export function searchDocument(found: SearchResponse, library: Library, showPath: boolean): SearchDocument {
  const { timings } = found;
  return {
    hits: found.hits.map((hit) => hitDocument(hit, showPath)),
    truncatedText: found.truncatedText,
    timings: { ...timings, searchMs: timings.filterMs + timings.annMs + timings.wordsMs },
    generation: found.generation,
    nothingMatches: found.nothingMatches,
    cutoff: found.cutoff,
    reranked: found.reranked,
    cursor: found.cursor,
    notices: found.notices.map((notice) => withoutFolders(notice, library)),
  };
}

function hitDocument(hit: SearchHit, showPath: boolean): HitDocument {
  const { id, score, pMatch, band, rank, matched, image, copies, alike, stackSize } = hit;
  return {
    id,
    score,
    pMatch,
    band,
    rank,
    matched: {
      vector: matched.vector,
      words: matched.words.map(({ field, terms }) => ({ field, terms: [...terms] })),
    },
    image: imageDocument(image, { showPath }),
    copies: copies.map((copy) => imageDocument(copy, { showPath })),
    alike: alike.map((one) => ({
      id: one.id,
      score: one.score,
      image: imageDocument(one.image, { showPath }),
    })),
    stackSize,
  };
}
