/**
 * What the document says of the texts that a lookup finds.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import {
  addedTextsSchema,
  newTextsSchema,
  textListQuerySchema,
  textListSchema,
  textParamsSchema,
} from '../schema/texts.ts';
import { networkProblems, type Operation } from './operation.ts';

export const textOperations: readonly Operation[] = [
  {
    id: 'texts',
    method: 'get',
    path: '/v1/texts',
    tag: 'texts',
    summary: 'The texts that a lookup finds, oldest first',
    description: 'With words, a page may be shorter than asked for and not the last: its cursor tells.',
    query: textListQuerySchema,
    answers: { 200: { description: 'A page of texts', json: textListSchema } },
    problems: ['ABORTED', 'LIBRARY_CORRUPT'],
  },
  {
    id: 'addTexts',
    method: 'post',
    path: '/v1/texts',
    tag: 'texts',
    summary: 'Add texts, which a lookup finds at once',
    description:
      'All of them are kept, or none where one is refused. A text that is there already is not added twice.',
    body: {
      json: newTextsSchema,
      example: { texts: [{ text: 'a dog in the snow', kind: 'caption', imageId: 1 }] },
    },
    answers: { 201: { description: 'How many are new', json: addedTextsSchema } },
    problems: [...networkProblems, 'DISK_FULL', 'NOT_FOUND'],
  },
  {
    id: 'removeText',
    method: 'delete',
    path: '/v1/texts/:id',
    tag: 'texts',
    summary: 'Remove a text, whoever says it',
    description: 'What a photo or a file says comes back when that is read again.',
    params: textParamsSchema,
    answers: { 204: { description: 'It is removed' } },
    problems: ['DISK_FULL', 'LIBRARY_CORRUPT'],
  },
];
