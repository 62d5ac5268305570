/**
 * Chosen photos, in one answer: what is known of them as JSON, or their files as a ZIP.
 * Source: our own. Deviation: none.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Router, type Request, type Response } from 'express';
import type { ImageRecord, Library } from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import { allowOnly, inTime, parseInput } from '../errors.ts';
import { imageDetailsDocument } from '../image-document.ts';
import { photoArchive } from '../photo-archive.ts';
import { exportQuerySchema } from '../schema/export.ts';
import { isLocalOnly } from '../server-state.ts';

const LISTENERS_MAX = 30;

interface Chosen {
  readonly records: readonly ImageRecord[];
  /** Those asked for that are not in the library. */
  readonly missing: readonly number[];
}

export function exportRoutes({ library }: { readonly library: Library }): Router {
  const router = Router();
  router
    .route('/v1/export')
    .get(
      inTime(async (request, response) => {
        const { ids, as } = parseInput(exportQuerySchema, request.query, 'query');
        const chosen = chosenOf(library, ids);
        response.attachment(`photos.${as}`);
        response.setHeader('Cache-Control', 'no-store');
        if (as === 'json') await send(request, response, jsonOf(library, chosen, isLocalOnly(request.app)));
        else await send(request, response, photoArchive(library, chosen));
      }),
    )
    .all(allowOnly('GET', 'HEAD'));
  return router;
}

/** @throws AppError NOT_FOUND where none is there */
function chosenOf(library: Library, ids: readonly number[]): Chosen {
  const records = library.store.images.byIds(ids);
  const known = new Set(records.map(({ id }) => id));
  const missing = ids.filter((id) => !known.has(id));
  if (records.length > 0) return { records, missing };
  throw new AppError(
    'NOT_FOUND',
    `ids: none of the ${ids.length} photos is in the library; search again, they may have been removed`,
  );
}

/** As fast as the client reads; once it is gone, nothing more is read for it. */
async function send(request: Request, response: Response, parts: AsyncGenerator<Uint8Array | string>) {
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  // Everything that a request passes through waits for its end, and so do the parts of a pipeline.
  response.setMaxListeners(LISTENERS_MAX);
  try {
    await pipeline(Readable.from(parts, { objectMode: false }), response);
  } catch (error) {
    // Half an answer cannot be taken back: the connection ends, and with it the download fails visibly.
    if (response.destroyed) return;
    throw error;
  }
}

/** An `ExportDocument`, photo by photo: a thousand with all their texts would hold up others. */
async function* jsonOf(
  library: Library,
  { records, missing }: Chosen,
  showPath: boolean,
): AsyncGenerator<string> {
  yield '{"images":[';
  for (const [index, record] of records.entries()) {
    yield (index === 0 ? '' : ',') + JSON.stringify(imageDetailsDocument(library, record, { showPath }));
  }
  yield `],"missing":${JSON.stringify(missing)}}`;
}
