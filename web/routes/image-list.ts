/**
 * The photos of the library, newest first; by filters as one types them, such as `camera:canon taken:2024..`.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { Router } from 'express';
import { z } from 'zod';
import type { Library, ListPlace, PhotoFilter } from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import { filterOf, parseQuery, typedExamples } from '../../query/index.ts';
import { allowOnly, inTime, parseInput } from '../errors.ts';
import { imageDocument } from '../image-document.ts';
import { imageListQuerySchema, type ImageListDocument } from '../schema/image.ts';
import { isLocalOnly } from '../server-state.ts';
import { untilGone } from '../until-gone.ts';

/** Raised when the meaning of the fields changes. */
const CURSOR_VERSION = 1;
const number = z.int().min(1);
const cursorSchema = z.tuple([z.literal(CURSOR_VERSION), z.string().max(40).nullable(), number, number]);

export function imageListRoutes({ library }: { readonly library: Library }): Router {
  const router = Router();
  router
    .route('/v1/images')
    .get(
      inTime(async (request, response) => {
        const { q, cursor, limit } = parseInput(imageListQuerySchema, request.query, 'query');
        const asked = {
          filter: filterFrom(q),
          after: cursor === undefined ? null : placeOf(cursor),
          limit,
          nowMs: Date.now(),
        };
        const page = await untilGone(response, (signal) => library.inquirer.ask('list', asked, signal));
        if (page === undefined) return;
        const { places, isEnd, total } = page;
        const last = places.at(-1);
        const showPath = isLocalOnly(request.app);
        const document: ImageListDocument = {
          images: library.store.images
            .byIds(places.map(({ id }) => id))
            .map((record) => imageDocument(record, { showPath })),
          total,
          cursor: isEnd || last === undefined ? null : cursorOf(last),
        };
        response.json(document);
      }),
    )
    .all(allowOnly('GET', 'HEAD'));
  return router;
}

/** @throws AppError INVALID_ARGUMENT for words, which are no filter */
function filterFrom(typed = ''): PhotoFilter | null {
  if (typed.trim() === '') return null;
  const query = parseQuery(typed);
  if (query.words === '' && query.parts.length === 0) return filterOf(query) ?? null;
  throw new AppError(
    'INVALID_ARGUMENT',
    `q: found words ("${(query.words || query.parts[0]?.text || '').slice(0, 40)}"), expected filters alone, such as ${typedExamples.slice(0, 3).join(', ')}; words are searched for with /v1/search`,
  );
}

/** A place in the order of all photos, whatever filter: the last photo that was shown, so new ones shift nothing. */
function cursorOf({ takenAt, contentId, id }: ListPlace): string {
  const fields: z.infer<typeof cursorSchema> = [CURSOR_VERSION, takenAt, contentId, id];
  return Buffer.from(JSON.stringify(fields)).toString('base64url');
}

function placeOf(cursor: string): ListPlace {
  const [, takenAt, contentId, id] = parseCursor(cursor);
  return { takenAt, contentId, id };
}

function parseCursor(cursor: string): z.infer<typeof cursorSchema> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    value = undefined;
  }
  const read = cursorSchema.safeParse(value);
  if (read.success) return read.data;
  throw new AppError(
    'INVALID_ARGUMENT',
    'cursor: it is none of ours, expected the cursor of the answer before; begin again without a cursor',
  );
}
