/**
 * What the document says of photos and their groups.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { duplicatesQuerySchema, duplicatesSchema } from '../schema/duplicates.ts';
import {
  imageDetailsSchema,
  imageListQuerySchema,
  imageListSchema,
  imageParamsSchema,
  similarQuerySchema,
  thumbnailQuerySchema,
} from '../schema/image.ts';
import { noQuerySchema } from '../schema/parameters.ts';
import { pictureTypes } from '../picture-types.ts';
import { searchSchema } from '../schema/search.ts';
import { networkProblems, type Operation } from './operation.ts';

const CACHED = { ETag: 'For If-None-Match', 'Last-Modified': 'For If-Modified-Since' };

const files = {
  206: {
    description: 'The part that Range asked for',
    types: [...new Set(Object.values(pictureTypes))],
    headers: { 'Content-Range': 'Which part of how many bytes' },
  },
  304: { description: 'Not changed since' },
} as const;

export const photoOperations: readonly Operation[] = [
  {
    id: 'images',
    method: 'get',
    path: '/v1/images',
    tag: 'photos',
    summary: 'All photos, or those that pass filters, newest first',
    query: imageListQuerySchema,
    answers: { 200: { description: 'A page of photos', json: imageListSchema } },
    problems: ['ABORTED', 'LIBRARY_CORRUPT'],
  },
  {
    id: 'image',
    method: 'get',
    path: '/v1/images/:id',
    tag: 'photos',
    summary: 'What is known of a photo',
    params: imageParamsSchema,
    query: noQuerySchema,
    answers: { 200: { description: 'The photo', json: imageDetailsSchema } },
  },
  {
    id: 'thumbnail',
    method: 'get',
    path: '/v1/images/:id/thumbnail',
    tag: 'photos',
    summary: 'A preview of a photo',
    description: 'With `v` as in the links of a photo it may be kept for ever.',
    params: imageParamsSchema,
    query: thumbnailQuerySchema,
    answers: {
      200: { description: 'The preview', types: ['image/webp'], headers: CACHED },
      206: { ...files[206], types: ['image/webp'] },
      304: files[304],
    },
    problems: [
      'DISK_FULL',
      'FILE_NOT_FOUND',
      'FILE_UNREADABLE',
      'IMAGE_INVALID',
      'IMAGE_TOO_LARGE',
      'RANGE_INVALID',
    ],
  },
  {
    id: 'original',
    method: 'get',
    path: '/v1/images/:id/original',
    tag: 'photos',
    summary: 'The file of a photo',
    params: imageParamsSchema,
    query: noQuerySchema,
    answers: {
      200: { description: 'The file', types: files[206].types, headers: CACHED },
      ...files,
    },
    problems: ['FILE_NOT_FOUND', 'FILE_UNREADABLE', 'RANGE_INVALID'],
  },
  {
    id: 'similar',
    method: 'get',
    path: '/v1/images/:id/similar',
    tag: 'photos',
    summary: 'Photos that look like this one',
    params: imageParamsSchema,
    query: similarQuerySchema,
    answers: { 200: { description: 'As a search answers', json: searchSchema } },
    problems: networkProblems,
  },
  {
    id: 'duplicates',
    method: 'get',
    path: '/v1/duplicates',
    tag: 'photos',
    summary: 'Groups of copies, or of photos that look alike',
    description: 'Nothing is ever deleted here.',
    query: duplicatesQuerySchema,
    answers: { 200: { description: 'A page of groups', json: duplicatesSchema } },
  },
];
