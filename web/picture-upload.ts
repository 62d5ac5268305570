/**
 * Pictures that come with a request: as a form, as the body itself, or as a data URI or an address inside JSON.
 * Source: RFC 7578 (forms), RFC 2397 (data URIs); multer. Deviation: none.
 */
import {
  Router,
  json,
  raw,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import multer, { MulterError } from 'multer';
import { HttpProblem } from './errors.ts';
import { replaceUrls } from './picture-urls/index.ts';
import { fetchUrlOf } from './server-state.ts';
import { untilGone } from './until-gone.ts';

/**
 * A picture inside JSON is read in one go, on the thread that serves: some 40 ms for this many bytes. Larger ones come as a
 * form or as the body.
 */
export const JSON_PICTURE_BYTES_MAX = 12_000_000;

/** Of a picture as it comes; a camera's largest files are half of that. */
const UPLOAD_BYTES_DEFAULT = 100_000_000;

/** Pictures that are in memory at a time, so that strangers cannot fill it: 4 of 100 MB. */
const UPLOADS_MAX = 4;

/** Of the part `request` beside a picture. */
const FIELD_BYTES_MAX = 65_536;

/** A request with what came beside it. */
export interface Upload {
  /** The bytes of the picture; undefined where none came, or it stands inside `body`. */
  readonly picture: Uint8Array | undefined;
  /** What the JSON says; `{}` where there is none. */
  readonly body: unknown;
}

/** Reads the body of the routes it is put before; `uploadOf` gives what was read. */
export function pictureUploads(bytesMax = UPLOAD_BYTES_DEFAULT): RequestHandler {
  let under = 0;
  const form = multer({
    storage: multer.memoryStorage(),
    limits: {
      fileSize: bytesMax,
      files: 1,
      fields: 1,
      fieldSize: FIELD_BYTES_MAX,
      parts: 2,
      headerPairs: 20,
    },
  }).single('image');
  const router = Router();
  router.use((request: Request, response: Response, next: NextFunction) => {
    if (request.is('multipart/form-data') === false && request.is('image/*') === false) return next();
    if (under >= UPLOADS_MAX) throw tooMany();
    under += 1;
    response.once('close', () => {
      under -= 1;
    });
    next();
  });
  router.use((request: Request, response: Response, next: NextFunction) => {
    if (request.is('multipart/form-data') === false) return next();
    form(request, response, (error: unknown) =>
      next(error === undefined ? undefined : asProblem(error, bytesMax)),
    );
  });
  router.use(raw({ type: 'image/*', limit: bytesMax }));
  router.use(json({ limit: JSON_PICTURE_BYTES_MAX, strict: true }));
  // Express passes on what it throws.
  router.use((request, response, next) => fetchPictures(request, response, next));
  return router;
}

/** Photos that JSON names by their address. */
async function fetchPictures(request: Request, response: Response, next: NextFunction): Promise<void> {
  if (request.is('application/json') === false) return next();
  const fetchUrl = fetchUrlOf(request.app);
  request.body = await untilGone(response, (signal) => replaceUrls(request.body, fetchUrl, signal));
  // Where the client is gone, nobody is there to be answered.
  if (!response.closed) next();
}

/** @throws HttpProblem where the body is of another kind, or its JSON is none */
export function uploadOf(request: Request): Upload {
  const body: unknown = request.body;
  if (request.is('image/*') !== false && body instanceof Uint8Array) return { picture: body, body: {} };
  if (request.is('multipart/form-data') !== false) {
    const text: unknown = (body as Record<string, unknown> | undefined)?.['request'] ?? '{}';
    return { picture: request.file?.buffer, body: parsed(text) };
  }
  if (request.is('application/json') === false) {
    throw new HttpProblem(
      'MEDIA_TYPE_UNSUPPORTED',
      415,
      'Content-Type: expected application/json, multipart/form-data with the file "image", or a picture such as image/jpeg',
    );
  }
  return { picture: undefined, body };
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    throw new HttpProblem('REQUEST_INVALID', 400, 'request: expected JSON in this part of the form');
  }
}

function asProblem(error: unknown, bytesMax: number): unknown {
  if (!(error instanceof MulterError)) {
    return new HttpProblem(
      'REQUEST_INVALID',
      400,
      'body: the form cannot be read; send multipart/form-data with "image"',
    );
  }
  if (error.code === 'LIMIT_FILE_SIZE') {
    return new HttpProblem(
      'LIMIT_EXCEEDED',
      413,
      `image: expected at most ${bytesMax} bytes; send a smaller picture`,
    );
  }
  return new HttpProblem(
    'REQUEST_INVALID',
    400,
    `body: ${error.message}${error.field === undefined ? '' : ` (${error.field})`}, expected one file "image" and one part "request"`,
  );
}

function tooMany(): HttpProblem {
  return new HttpProblem('BUSY', 429, `uploads: ${UPLOADS_MAX} are read already; try again in a moment`, {
    'Retry-After': '1',
  });
}
