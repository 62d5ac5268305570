/**
 * The OpenAPI document, made from the schemas that check the requests and the list of operations.
 * Source: OpenAPI 3.1, with zod-openapi. Deviation: events of a stream stand under `x-events`, which 3.1 has no word for.
 */
import {
  createDocument,
  type oas31,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import type { z } from 'zod';
import { photoFilterSchema } from '../../indexer/index.ts';
import { imageInputSchema } from '../../query/index.ts';
import { statuses, titles, type ProblemCode } from '../problem-codes.ts';
import { problemSchema } from '../schema/problem.ts';
import { filterShape } from './filter-shape.ts';
import { problemsOf, tags, type Answer, type Method, type Operation, type RequestBody } from './operation.ts';
import { operations } from './operations.ts';

export type OpenApiDocument = oas31.OpenAPIObject;

type Content = NonNullable<oas31.ResponseObject['content']>;
type Responses = NonNullable<ZodOpenApiOperationObject['responses']>;

const description = `A photo is a sentence in a foreign language: one network reads photos and words.

Wrong requests and failures are answered with problem documents (RFC 9457), whose \`code\` is never renamed. Every answer has
an \`X-Request-Id\`. GET answers HEAD too. Without keys the server answers this machine only; with keys
(\`IMGLISH_API_KEYS\`) send one as \`Authorization: Bearer …\` or \`X-Api-Key: …\`.

\`score\` is a cosine and has no threshold that holds everywhere; \`pMatch\` is a calibrated probability.`;

const byAddress = {
  type: 'object' as const,
  properties: { url: { type: 'string' as const, format: 'uri' } },
  required: ['url'],
  additionalProperties: false,
  description: 'A picture in the public internet; only where the server was told to fetch such',
};

let made: OpenApiDocument | undefined;

/** Made once, when it is first asked for. */
export function openApiDocument(): OpenApiDocument {
  made ??= makeDocument();
  return made;
}

/** /v1/images/:id to /v1/images/{id} */
export function templateOf(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

function makeDocument(): OpenApiDocument {
  const paths: Record<string, Partial<Record<Method, ZodOpenApiOperationObject>>> = {};
  for (const operation of operations) {
    (paths[templateOf(operation.path)] ??= {})[operation.method] = operationObject(operation);
  }
  const shape = filterShape();
  return createDocument(
    {
      openapi: '3.1.1',
      info: { title: 'Imglish', version: '1', description, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [{ url: '/', description: 'This server' }],
      tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
      security: [{}, { bearer: [] }, { header: [] }, { cookie: [] }],
      paths,
      components: {
        schemas: { Problem: problemSchema },
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'A key of IMGLISH_API_KEYS' },
          header: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'The same' },
          cookie: {
            type: 'apiKey',
            in: 'cookie',
            name: 'imglish_session_<port>',
            description: 'After signing in',
          },
        },
      },
    },
    {
      override: ({ zodSchema, jsonSchema }) => {
        const schema: unknown = zodSchema;
        if (schema === photoFilterSchema) Object.assign(jsonSchema, shape);
        // Pictures are fetched before the request is checked.
        if (schema === imageInputSchema) jsonSchema.anyOf?.push(byAddress);
      },
    },
  );
}

function operationObject(operation: Operation): ZodOpenApiOperationObject {
  const { params, query, headers, body } = operation;
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.description !== undefined && { description: operation.description }),
    ...(operation.isOpen === true && { security: [] }),
    requestParams: {
      ...(params !== undefined && { path: asObject(params) }),
      ...(query !== undefined && { query: asObject(query) }),
      ...(headers !== undefined && { header: asObject(headers) }),
    },
    ...(body !== undefined && { requestBody: requestBody(body) }),
    responses: { ...answers(operation), ...problems(problemsOf(operation)) },
  };
}

function asObject(schema: z.ZodType): z.ZodObject {
  return schema as z.ZodObject;
}

function requestBody({ json, example, takesPicture }: RequestBody) {
  return {
    required: true,
    content: {
      'application/json': { schema: json, ...(example !== undefined && { example }) },
      ...(takesPicture !== undefined && {
        'multipart/form-data': {
          schema: {
            type: 'object' as const,
            properties: {
              image: {
                type: 'string' as const,
                contentMediaType: 'application/octet-stream',
                description: 'The file',
              },
              request: {
                type: 'string' as const,
                contentMediaType: 'application/json',
                description: 'The rest, as in the JSON',
              },
            },
            required: ['image'],
          },
        },
      }),
      ...(takesPicture === 'any' && { 'image/*': { schema: {} } }),
    },
  };
}

function answers({ answers: all }: Operation): Responses {
  const responses: Record<string, ZodOpenApiResponseObject> = {};
  for (const [status, answer] of Object.entries(all)) responses[status] = response(answer);
  return responses;
}

function response({ description: text, json, types, events, headers }: Answer) {
  const content: Record<string, object> = {};
  if (json !== undefined) content['application/json'] = { schema: json };
  for (const type of types ?? []) content[type] = { schema: {} };
  if (events !== undefined) {
    content['text/event-stream'] = { schema: { type: 'string' }, 'x-events': referencesTo(events) };
  }
  return {
    description: text,
    ...(Object.keys(content).length > 0 && { content: content as Content }),
    ...(headers !== undefined && { headers: headerObjects(headers) }),
  };
}

function headerObjects(headers: Readonly<Record<string, string>>): oas31.HeadersObject {
  return Object.fromEntries(
    Object.entries(headers).map(([name, text]) => [name, { description: text, schema: { type: 'string' } }]),
  );
}

/** Only schemas with an id, which some answer holds as a whole too. */
function referencesTo(events: Readonly<Record<string, z.ZodType>>): Record<string, oas31.ReferenceObject> {
  return Object.fromEntries(
    Object.entries(events).map(([name, schema]) => [
      name,
      { $ref: `#/components/schemas/${String(schema.meta()?.id)}` },
    ]),
  );
}

/** One answer for each status, with the codes it may have. */
function problems(codes: readonly ProblemCode[]): Responses {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) byStatus.set(statuses[code], [...(byStatus.get(statuses[code]) ?? []), code]);
  const responses: Record<string, ZodOpenApiResponseObject> = {};
  for (const [status, found] of byStatus) {
    responses[String(status)] = {
      description: found.join(', '),
      content: {
        'application/problem+json': {
          schema: {
            allOf: [
              { $ref: '#/components/schemas/Problem' },
              { type: 'object', properties: { code: { enum: found } } },
            ],
          },
          example: exampleOf(status, found),
        },
      },
      ...(status === 429 && { headers: headerObjects({ 'Retry-After': 'seconds' }) }),
      ...(status === 401 && { headers: headerObjects({ 'WWW-Authenticate': 'RFC 6750' }) }),
    };
  }
  return responses;
}

function exampleOf(status: number, [code]: readonly ProblemCode[]): object {
  return {
    type: 'about:blank',
    title: titles[status] ?? '',
    status,
    code,
    detail: 'place: found …, expected …; what to do about it',
    instance: 'urn:uuid:00000000-0000-4000-8000-000000000000',
  };
}
