/**
 * Holds answers of the server against the OpenAPI document: status, content type and body. The tests of the server ask
 * through it, so that whatever they provoke is documented.
 * Source: OpenAPI 3.1 and JSON Schema 2020-12, checked by ajv. Deviation: events of a stream as in `x-events`.
 */
import assert from 'node:assert/strict';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { openApiDocument, type ProblemCode } from '../../web/index.ts';

export interface GivenAnswer {
  readonly method: string;
  /** With the query, as it was asked. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: Buffer;
  /** The JSON that was sent: what is answered well must be allowed by the document too. */
  readonly sent?: string | undefined;
}

interface Documented {
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, MediaType>> }>>;
}

interface MediaType {
  readonly schema?: unknown;
  readonly 'x-events'?: Readonly<Record<string, { readonly $ref: string }>>;
}

/** What may be said of an address, or a method, that is not in the document. */
const refusals: ReadonlySet<ProblemCode> = new Set([
  'BUSY',
  'FOREIGN_PAGE',
  'HOST_NOT_ALLOWED',
  'KEY_REQUIRED',
  'KEY_WRONG',
  'REQUEST_INVALID',
  'SCOPE_TOO_SMALL',
]);

/** A server that was not given what a route is about, such as a queue of jobs, has not got the route. */
const NO_ROUTE = 'there is nothing here';

const document = openApiDocument();
const paths = Object.entries(document.paths ?? {}).map(([template, operations]) => ({
  template,
  operations: operations as Readonly<Record<string, Documented | undefined>>,
  pattern: new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`, 'i'),
}));

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(document, 'imglish');
const validators = new Map<string, ValidateFunction>();

/** Fails with what is not as the document says. */
export function checkAnswer(answer: GivenAnswer): void {
  const { method, path, status, contentType, body } = answer;
  const where = `${method} ${path}: ${status} ${contentType ?? ''}`;
  const address = (path.split('?')[0] ?? '').replace(/(?<=.)\/$/, '');
  // An address without parameters goes first: /v1/jobs/events is no job.
  const matching = paths
    .filter(({ pattern }) => pattern.test(address))
    .toSorted((a, b) => a.template.split('{').length - b.template.split('{').length)[0];
  if (matching !== undefined && status === 404 && body.includes(NO_ROUTE)) return;
  const key = (method === 'HEAD' ? 'GET' : method).toLowerCase();
  const operation = matching?.operations[key];
  if (matching === undefined || operation === undefined) {
    checkUnknown(answer, where, matching !== undefined);
    return;
  }
  const documented = operation.responses[status];
  assert.ok(documented, `${where}: the document has no such status; ${body.toString().slice(0, 500)}`);
  if (answer.sent !== undefined && status < 300 && operation.requestBody !== undefined) {
    const reference = pointer(
      'paths',
      matching.template,
      key,
      'requestBody',
      'content',
      'application/json',
      'schema',
    );
    check(reference, JSON.parse(answer.sent), `${where}, its request`);
  }
  const types = Object.keys(documented.content ?? {});
  if (types.length === 0) {
    assert.equal(body.length, 0, `${where}: the document has no body`);
    return;
  }
  const type = contentType?.split(';')[0] ?? '';
  const media = documented.content?.[type];
  assert.ok(media, `${where}: expected ${types.join(' or ')}`);
  if (method === 'HEAD') return;
  if (media['x-events'] !== undefined) checkEvents(body, media['x-events'], where);
  else if (type.endsWith('json')) {
    const reference = pointer(
      'paths',
      matching.template,
      key,
      'responses',
      String(status),
      'content',
      type,
      'schema',
    );
    check(reference, JSON.parse(body.toString()), where);
  }
}

/** To a part of the document. */
function pointer(...parts: readonly string[]): string {
  return `#/${encodeURI(parts.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).join('/'))}`;
}

/** The page's own files, or a refusal. */
function checkUnknown({ method, path, status, body }: GivenAnswer, where: string, isKnown: boolean): void {
  const isRead = method === 'GET' || method === 'HEAD';
  if (status < 400) {
    assert.ok(isRead && !path.startsWith('/v1/') && !isKnown, `${where}: is not in the document`);
    return;
  }
  if (method === 'HEAD') return;
  const problem = JSON.parse(body.toString()) as { code: ProblemCode };
  check('#/components/schemas/Problem', problem, where);
  const expected = isKnown ? 'METHOD_NOT_ALLOWED' : 'NOT_FOUND';
  assert.ok(problem.code === expected || refusals.has(problem.code), `${where}: ${problem.code}`);
}

function checkEvents(body: Buffer, events: NonNullable<MediaType['x-events']>, where: string): void {
  for (const part of body.toString().split('\n\n')) {
    const name = /^event: (\w+)$/m.exec(part)?.[1];
    const data = /^data: (.*)$/m.exec(part)?.[1];
    // Comments keep a connection alive.
    if (name === undefined || data === undefined) continue;
    const reference = events[name]?.$ref;
    assert.ok(reference, `${where}: the document has no event "${name}"`);
    check(reference, JSON.parse(data), `${where}, event ${name}`);
  }
}

/** @param reference to a schema of the document */
function check(reference: string, value: unknown, where: string): void {
  const validate = validators.get(reference) ?? ajv.compile({ $ref: `imglish${reference}` });
  validators.set(reference, validate);
  if (validate(value)) return;
  const problems = validate.errors?.map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
  assert.fail(`${where}: is not as the document says: ${problems?.slice(0, 5).join('; ')}`);
}
