/**
 * What the document says of many photos at once, and of one looked at closely.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { explainRequestSchema, explainSchema } from '../schema/explain.ts';
import { exportQuerySchema, exportSchema } from '../schema/export.ts';
import { facetsRequestSchema, facetsSchema } from '../schema/facets.ts';
import { imageParamsSchema } from '../schema/image.ts';
import { networkProblems, type Operation } from './operation.ts';

export const closerOperations: readonly Operation[] = [
  {
    id: 'facets',
    method: 'post',
    path: '/v1/facets',
    tag: 'photos',
    summary: 'What one could filter by, with counts',
    description:
      'Each value carries the filter that keeps exactly its photos. While the library grows, counts may be some seconds old.',
    body: { json: facetsRequestSchema, example: { filter: { camera: 'canon' }, names: ['year', 'place'] } },
    answers: { 200: { description: 'The facets, in the order asked for', json: facetsSchema } },
    problems: ['ABORTED', 'LIBRARY_CORRUPT'],
  },
  {
    id: 'explain',
    method: 'post',
    path: '/v1/images/:id/explain',
    tag: 'photos',
    summary: 'Which parts of a photo speak for words, and which parts of the words it fulfils',
    description: 'The network runs some fifty times, so one is done at a time.',
    params: imageParamsSchema,
    body: { json: explainRequestSchema, example: { text: 'a dog in the snow', budgetMs: 3000 } },
    answers: { 200: { description: 'The evidence', json: explainSchema } },
    problems: [...networkProblems, 'FILE_UNREADABLE', 'IMAGE_INVALID', 'IMAGE_TOO_LARGE', 'UNSUPPORTED'],
  },
  {
    id: 'export',
    method: 'get',
    path: '/v1/export',
    tag: 'photos',
    summary: 'Chosen photos in one answer: as JSON, or their files as a ZIP',
    description: 'A file that cannot be had is named in a text inside the ZIP.',
    query: exportQuerySchema,
    answers: {
      200: { description: 'The photos', json: exportSchema, types: ['application/zip'] },
    },
    problems: ['NOT_FOUND'],
  },
];
