/**
 * A photo to the texts of the library that belong to it: for programs.
 * Source: DESIGN, "HTTP". Deviation: a picture may also be the whole body, which is what a shell sends most easily.
 */
import path from 'node:path';
import { Router, type Request } from 'express';
import { z } from 'zod';
import { textKinds, type Library } from '../../indexer/index.ts';
import type { LookupEngine, LookupRequest, LookupResponse } from '../../query/index.ts';
import { imageInputSchema } from '../../query/index.ts';
import { allowOnly, HttpProblem, inTime, parseInput } from '../errors.ts';
import { pictureUploads, uploadOf } from '../picture-upload.ts';
import { withoutFolders } from '../place-names.ts';
import { isLocalOnly } from '../server-state.ts';
import { untilGone } from '../until-gone.ts';

const COUNT_MAX = 1000;
const TEXT_CHARACTERS_MAX = 10_000;
const countMessage = `expected a whole number from 1 to ${COUNT_MAX}`;
const count = z.int(countMessage).min(1, countMessage).max(COUNT_MAX, countMessage);

const requestSchema = z.strictObject({
  image: imageInputSchema.optional(),
  text: z.string().max(TEXT_CHARACTERS_MAX, `expected at most ${TEXT_CHARACTERS_MAX} characters`).optional(),
  kinds: z.array(z.enum(textKinds, { error: `expected one of ${textKinds.join(', ')}` })).optional(),
  limit: count.optional(),
  own: z.boolean().optional(),
  texts: z.array(z.string()).optional(),
  rerank: z
    .union(
      [z.literal(false), z.strictObject({ k: count.optional(), budgetMs: z.number().min(0).optional() })],
      {
        error: 'expected false or an object with k, budgetMs',
      },
    )
    .optional(),
  minMatch: z
    .union([z.number().min(0).max(1), z.literal('default')], {
      error: 'expected a number from 0 to 1, or "default"',
    })
    .optional(),
});

/** Of the body itself there is no room for wishes: they stand in the address. */
const querySchema = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,4}$/, countMessage)
    .transform(Number)
    .pipe(count)
    .optional(),
});

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
  const query = parseInput(querySchema, request.query, 'query');
  const { image, ...wanted } = parseInput(requestSchema, body, 'body');
  if (picture !== undefined && image !== undefined) {
    throw new HttpProblem('INVALID_ARGUMENT', 400, 'image: found two, one as a file; leave out one of them');
  }
  const all = { ...wanted, ...query, image: picture === undefined ? image : { picture } };
  // What was left out is left out: with zod's `undefined` in its place, exact optional fields are not met.
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as LookupRequest;
}

/** As the engine says it; a path of this machine is for people at this machine. */
function lookupDocument(found: LookupResponse, library: Library, showPath: boolean): LookupResponse {
  const shown = (place: string | null): string | null =>
    place === null || showPath || !path.isAbsolute(place) ? place : path.basename(place);
  return {
    ...found,
    texts: found.texts.map((text) => ({
      ...text,
      links: text.links.map((link) => ({
        ...link,
        source: shown(link.source) ?? '',
        path: shown(link.path),
      })),
    })),
    notices: found.notices.map((notice) => withoutFolders(notice, library)),
  };
}
