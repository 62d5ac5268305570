/**
 * The network for programs that were written for other services: its models, vectors, ranks and labels.
 * Source: the public API references of OpenAI and Cohere. Deviation: see the schema.
 */
import { Router, type Request, type Response } from 'express';
import { Classifier } from '../../query/index.ts';
import { allowOnly, HttpProblem, inTime } from '../errors.ts';
import {
  classify,
  embeddings,
  modelDocument,
  rerank,
  servedModels,
  type ServedModelsOptions,
} from '../models/index.ts';
import { pictureUploads, uploadOf } from '../picture-upload.ts';
import { requestIdOf } from '../request-id.ts';
import { untilGone } from '../until-gone.ts';

export interface ModelRoutesOptions extends ServedModelsOptions {
  readonly uploadBytesMax?: number;
}

/** @returns the answer to a request, as JSON */
type Work = (request: Request, response: Response, signal: AbortSignal) => Promise<object>;

export function modelRoutes(options: ModelRoutesOptions): Router {
  const router = Router();
  const uploads = pictureUploads(options.uploadBytesMax);
  const classifier = new Classifier();
  const post = (path: string, work: Work): void => {
    router
      .route(path)
      .post(
        uploads,
        inTime(async (request, response) => {
          const document = await untilGone(response, (signal) => work(request, response, signal));
          if (document !== undefined) response.json(document);
        }),
      )
      .all(allowOnly('POST'));
  };
  router
    .route('/v1/models')
    .get((_request, response) => {
      response.json({ object: 'list', data: servedModels(options).map((served) => modelDocument(served)) });
    })
    .all(allowOnly('GET', 'HEAD'));
  post('/v1/embeddings', (request, _response, signal) => embeddings(options, withoutFile(request), signal));
  post('/v1/rerank', (request, response, signal) =>
    rerank(options, withoutFile(request), requestIdOf(response), signal),
  );
  post('/v1/classify', (request, _response, signal) =>
    classify(options, classifier, uploadOf(request), signal),
  );
  return router;
}

/** Several pictures stand inside the JSON; a file beside it would be lost. */
function withoutFile(request: Request): unknown {
  const { picture, body } = uploadOf(request);
  if (picture === undefined) return body;
  throw new HttpProblem(
    'MEDIA_TYPE_UNSUPPORTED',
    415,
    'Content-Type: found a picture, expected application/json with pictures as data URIs in it',
  );
}
