/**
 * One photo: what is known of it, its thumbnails, its file. Files are found by the id of an indexed photo;
 * no part of a path ever comes from a request.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { Router } from 'express';
import { thumbnailOf, type ImageRecord, type Library } from '../../indexer/index.ts';
import { AppError } from '../../model/index.ts';
import { allowOnly, inTime, parseInput } from '../errors.ts';
import { imageDetailsDocument, versionOf } from '../image-document.ts';
import { openOriginal } from '../open-original.ts';
import { pictureTypes } from '../picture-types.ts';
import { imageParamsSchema, thumbnailQuerySchema } from '../schema/image.ts';
import { noQuerySchema } from '../schema/parameters.ts';
import { sendFile } from '../send-file.ts';
import { isLocalOnly } from '../server-state.ts';

/** The address contains the hash of the photo, so that what is behind it never changes. */
const CACHE_FOR_EVER = 'private, max-age=31536000, immutable';
/** The file may be edited at any time: the browser asks whether it was. */
const CACHE_AND_ASK = 'private, no-cache';

export function imageRoutes({ library }: { readonly library: Library }): Router {
  const router = Router();
  router
    .route('/v1/images/:id')
    .get((request, response) => {
      parseInput(noQuerySchema, request.query, 'query');
      const record = recordOf(library, request.params);
      response.json(imageDetailsDocument(library, record, { showPath: isLocalOnly(request.app) }));
    })
    .all(allowOnly('GET', 'HEAD'));
  router
    .route('/v1/images/:id/thumbnail')
    .get(
      inTime(async (request, response) => {
        const query = parseInput(thumbnailQuerySchema, request.query, 'query');
        const record = recordOf(library, request.params);
        const file = await open(await thumbnailOf(library, record.id, query.size));
        try {
          const status = await file.stat();
          await sendFile(request, response, file, status.size, {
            contentType: pictureTypes.webp,
            cacheControl: query.v === versionOf(record) ? CACHE_FOR_EVER : CACHE_AND_ASK,
            etag: `"${record.contentHash}-${query.size}"`,
            lastModified: status.mtime,
          });
        } finally {
          await file.close();
        }
      }),
    )
    .all(allowOnly('GET', 'HEAD'));
  router
    .route('/v1/images/:id/original')
    .get(
      inTime(async (request, response) => {
        parseInput(noQuerySchema, request.query, 'query');
        const record = recordOf(library, request.params);
        const original = await openOriginal(record);
        try {
          response.setHeader('Content-Disposition', inlineAs(path.basename(record.path)));
          await sendFile(request, response, original.file, original.bytes, {
            contentType: pictureTypes[original.format],
            cacheControl: CACHE_AND_ASK,
            etag: `"${original.bytes.toString(16)}-${original.modified.getTime().toString(16)}"`,
            lastModified: original.modified,
          });
        } finally {
          await original.file.close();
        }
      }),
    )
    .all(allowOnly('GET', 'HEAD'));
  return router;
}

/** @throws AppError INVALID_ARGUMENT, NOT_FOUND */
export function recordOf(library: Library, params: unknown): ImageRecord {
  const { id } = parseInput(imageParamsSchema, params, 'address');
  const record = library.store.images.byId(id);
  if (record !== undefined) return record;
  throw new AppError(
    'NOT_FOUND',
    `photo ${id}: is not in the library; search again, it may have been removed`,
  );
}

/** Shown in the browser; saved under its own name. RFC 6266, with a plain name for those that know no other. */
function inlineAs(fileName: string): string {
  const plain = fileName.replaceAll(/[^\w .()+-]/g, '_');
  // Half a surrogate pair, which Windows allows in names, would be refused.
  const wellFormed = Buffer.from(fileName).toString();
  const encoded = encodeURIComponent(wellFormed).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `inline; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
