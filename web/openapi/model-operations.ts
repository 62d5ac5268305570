/**
 * What the document says of the routes for programs that were written for other services.
 * Source: DESIGN, "HTTP". Deviation: none.
 */
import {
  classifyRequestSchema,
  classifySchema,
  embeddingsRequestSchema,
  embeddingsSchema,
  modelListSchema,
  rerankRequestSchema,
  rerankSchema,
} from '../schema/models.ts';
import { networkProblems, pictureProblems, type Operation } from './operation.ts';

const problems = [...networkProblems, ...pictureProblems, 'NOT_FOUND'] as const;

export const modelOperations: readonly Operation[] = [
  {
    id: 'models',
    method: 'get',
    path: '/v1/models',
    tag: 'models',
    summary: 'Models that are served',
    answers: { 200: { description: 'The models', json: modelListSchema } },
  },
  {
    id: 'embeddings',
    method: 'post',
    path: '/v1/embeddings',
    tag: 'models',
    summary: "Vectors of texts and pictures, in OpenAI's form",
    description:
      'All vectors have unit length and lie in one space. Of a text that is longer than the model reads its beginning counts.',
    body: {
      json: embeddingsRequestSchema,
      example: { input: ['a red balloon over the sea', { image: { id: 1 } }] },
    },
    answers: { 200: { description: 'The vectors, in the order of the inputs', json: embeddingsSchema } },
    problems,
  },
  {
    id: 'rerank',
    method: 'post',
    path: '/v1/rerank',
    tag: 'models',
    summary: "Documents in the order in which they fit a query, in Cohere's form",
    description:
      'Photos beside a text, or texts beside a photo, are read together where the model can; two texts or two photos are compared by their vectors.',
    body: {
      json: rerankRequestSchema,
      example: {
        query: 'a red balloon',
        documents: [{ id: 'first', image: { id: 1 } }, { image: { id: 2 } }],
      },
    },
    answers: { 200: { description: 'Best first', json: rerankSchema } },
    problems,
  },
  {
    id: 'classify',
    method: 'post',
    path: '/v1/classify',
    tag: 'models',
    summary: 'Which of some labels a photo shows',
    body: {
      json: classifyRequestSchema,
      example: { image: { id: 1 }, labels: ['a beach', 'a city', 'a forest'] },
      takesPicture: 'form',
    },
    answers: { 200: { description: 'Labels with probabilities', json: classifySchema } },
    problems,
  },
];
