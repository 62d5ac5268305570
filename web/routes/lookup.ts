/**
 * A photo to the texts of the library that belong to it: for programs.
 * Source: DESIGN, "HTTP". Deviation: see the schema.
 */
import path from 'node:path';
import { Router, type Request } from 'express';
import type { Library } from '../../indexer/index.ts';
import type { LookupEngine, LookupRequest, LookupResponse } from '../../query/index.ts';
import { allowOnly, HttpProblem, inTime, parseInput } from '../errors.ts';
import { pictureUploads, uploadOf } from '../picture-upload.ts';
import { withoutFolders } from '../place-names.ts';
import { lookupQuerySchema, lookupRequestSchema, type LookupDocument } from '../schema/lookup.ts';
import { isLocalOnly } from '../server-state.ts';
import { untilGone } from '../until-gone.ts';

export function lookupRoutes(options: {
  readonly library: Library;
  readonly lookup: Pick<LookupEngine, 'lookup'>;
  readonly uploadBytesMax?: number;
}): Router {
  const router = Router();
  router
    .route('/v1/lookup')
    .post(
      pictureUploads(options.uploadBytesMax),
      inTime(async (request, response) => {
        const wanted = requestOf(request);
        const found = await untilGone(response, (signal) => options.lookup.lookup(wanted, { signal }));
        if (found === undefined) return;
        response.json(lookupDocument(found, options.library, isLocalOnly(request.app)));
      }),
    )
    .all(allowOnly('POST'));
  return router;
}

function requestOf(request: Request): LookupRequest {
  const { picture, body } = uploadOf(request);
  const query = parseInput(lookupQuerySchema, request.query, 'query');
  const { image, ...wanted } = parseInput(lookupRequestSchema, body, 'body');
  if (picture !== undefined && image !== undefined) {
    throw new HttpProblem('INVALID_ARGUMENT', 400, 'image: found two, one as a file; leave out one of them');
  }
  const all = { ...wanted, ...query, image: picture === undefined ? image : { picture } };
  // What was left out is left out: with zod's `undefined` in its place, exact optional fields are not met.
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as LookupRequest;
}

/** As the engine says it; a path of this machine is for people at this machine. */
function lookupDocument(found: LookupResponse, library: Library, showPath: boolean): LookupDocument {
  const shown = (place: string | null): string | null =>
    place === null || showPath || !path.isAbsolute(place) ? place : path.basename(place);
  return {
    ...found,
    texts: found.texts.map((text) => ({
      ...text,
      kinds: [...text.kinds],
      links: text.links.map((link) => ({
        ...link,
        source: shown(link.source) ?? '',
        path: shown(link.path),
      })),
    })),
    notices: found.notices.map((notice) => withoutFolders(notice, library)),
  };
}
