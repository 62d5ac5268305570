/**
 * What the document says of searches and lookups.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import { z } from 'zod';
import { searchRequestSchema } from '../../query/index.ts';
import { lookupQuerySchema, lookupRequestSchema, lookupSchema } from '../schema/lookup.ts';
import { searchQuerySchema, searchSchema, searchStages, typedSearchSchema } from '../schema/search.ts';
import { problemSchema } from '../schema/problem.ts';
import { networkProblems, pictureProblems, type Answer, type Operation } from './operation.ts';

const example = { text: 'a dog catching a frisbee', limit: 20, rerank: { k: 32 }, minMatch: 'default' };

const requestSchema = z.union([searchRequestSchema, typedSearchSchema]);

const found: Answer = { description: 'Photos, best first', json: searchSchema };

const stages: Answer = {
  description:
    '`first` as soon as the vectors are compared, `reranked` as photos are read beside the words, `done` at the end, each with the whole answer so far; `problem` in place of the rest where it fails',
  events: {
    ...Object.fromEntries(searchStages.map((stage) => [stage, searchSchema])),
    problem: problemSchema,
  },
};

const problems = [...networkProblems, ...pictureProblems, 'NOT_FOUND'] as const;

export const searchOperations: readonly Operation[] = [
  {
    id: 'searchByAddress',
    method: 'get',
    path: '/v1/search',
    tag: 'search',
    summary: 'Find photos by words',
    query: searchQuerySchema,
    answers: { 200: found },
    problems,
  },
  {
    id: 'search',
    method: 'post',
    path: '/v1/search',
    tag: 'search',
    summary: 'Find photos by words, photos, filters, or all together',
    body: { json: requestSchema, example, takesPicture: 'any' },
    answers: { 200: found },
    problems,
  },
  {
    id: 'streamByAddress',
    method: 'get',
    path: '/v1/search/stream',
    tag: 'search',
    summary: 'The same as server-sent events, best guess first',
    query: searchQuerySchema,
    answers: { 200: stages },
    problems,
  },
  {
    id: 'stream',
    method: 'post',
    path: '/v1/search/stream',
    tag: 'search',
    summary: 'The same as server-sent events, best guess first',
    body: { json: requestSchema, example, takesPicture: 'any' },
    answers: { 200: stages },
    problems,
  },
  {
    id: 'lookup',
    method: 'post',
    path: '/v1/lookup',
    tag: 'texts',
    summary: 'Find the texts that belong to a photo',
    query: lookupQuerySchema,
    body: { json: lookupRequestSchema, example: { image: { id: 1 }, limit: 5 }, takesPicture: 'any' },
    answers: { 200: { description: 'Texts, best first', json: lookupSchema } },
    problems,
  },
];
