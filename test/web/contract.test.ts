/**
 * The document and the routes are one; and the check that tests ask through notices where an answer is another.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createApp, openApiDocument, operations, type Server } from '../../web/index.ts';
import { LookupEngine } from '../../query/index.ts';
import { embeddedBench } from '../support/job-benches.ts';
import { checkAnswer, type GivenAnswer } from './contract.ts';
import { ask } from './http.ts';
import { jobOptions } from './jobs/job-options.ts';
import { idle, openSmallLibrary, serveSmall, type SmallLibrary } from './small-library.ts';

/** A layer of Express' router: a route, or another router. */
interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: readonly Layer[] };
  /** Whether it stands at the root. */
  readonly slash: boolean;
}

let small: SmallLibrary;
let server: Server;

before(async () => {
  small = await openSmallLibrary(1);
  server = await serveSmall(small);
});

after(async () => {
  await server.close();
  await small.close();
});

describe('the OpenAPI document', () => {
  it('has every route, and nothing else', async (context) => {
    const { library, engine } = small;
    const lookup = new LookupEngine({
      library,
      embedderOf: (identity) => engine.embedderOf(identity),
      scorer: engine.scorer,
    });
    const jobs = jobOptions(await (await embeddedBench(context)).open(), []);
    const app = createApp({ library, engine, models: engine, lookup, jobs, status: () => idle });
    const registered = routesOf((app.router as unknown as { stack: readonly Layer[] }).stack);
    const documented = operations.map(({ method, path }) => `${method} ${path}`);
    assert.ok(registered.length > 10);
    assert.deepEqual(registered.toSorted(), documented.toSorted());
    assert.equal(new Set(operations.map(({ id }) => id)).size, operations.length);
  });

  it('names for each operation what it is for, what it takes and what it answers', () => {
    for (const { path, params, summary, answers } of operations) {
      const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name);
      const shape = (params as { readonly shape?: object } | undefined)?.shape ?? {};
      assert.deepEqual(Object.keys(shape), names, path);
      assert.ok(summary.length > 5 && !summary.endsWith('.'), path);
      assert.ok(Object.keys(answers).length > 0, path);
    }
  });

  it('shows examples of requests that the server takes', () => {
    const examples = operations.flatMap(({ id, body }) =>
      body?.example === undefined ? [] : [{ id, body, example: body.example }],
    );
    assert.ok(examples.length >= 8);
    for (const { id, body, example } of examples) {
      const { success, error } = body.json.safeParse(example);
      assert.ok(success, `${id}: ${error?.message}`);
    }
  });

  it('is sent as it is, and refers only to what is in it', async () => {
    const answer = await ask(server.url, '/openapi.json');
    assert.deepEqual(answer.json(), JSON.parse(JSON.stringify(openApiDocument())));
    assert.match(answer.body.toString(), /^\{"openapi":"3\.1/);
    const names = Object.keys(openApiDocument().components?.schemas ?? {});
    const references = [...answer.body.toString().matchAll(/"#\/components\/schemas\/(\w+)"/g)];
    assert.ok(references.length > 50 && names.length > 20);
    for (const [, name] of references) assert.ok(names.includes(name ?? ''), name);
  });
});

describe('the check of answers', () => {
  const wrong: readonly [string, string, (answer: GivenAnswer) => GivenAnswer, RegExp][] = [
    ['a field too many', '/v1/search?q=hill', (answer) => changed(answer, 'colour', 1), /additional/],
    ['a field too few', '/v1/search?q=hill', (answer) => changed(answer, 'hits'), /required/],
    ['a wrong value', '/ready', (answer) => changed(answer, 'photos', -1), /photos/],
    [
      'a request that the document does not allow',
      '/v1/search?q=hill',
      (answer) => ({ ...answer, method: 'POST', sent: '{"text":5}' }),
      /its request/,
    ],
    ['another status', '/v1/library', (answer) => ({ ...answer, status: 418 }), /no such status/],
    [
      'another type',
      '/health',
      (answer) => ({ ...answer, contentType: 'text/html' }),
      /expected application/,
    ],
    [
      'a code that the operation does not have',
      '/v1/search?q=',
      (answer) => changed(answer, 'code', 'JOB_STATE'),
      /allowed/,
    ],
    [
      'a route that is not there',
      '/health',
      (answer) => ({ ...answer, path: '/v1/secret' }),
      /not in the doc/,
    ],
    ['a method that is not there', '/health', (answer) => ({ ...answer, method: 'PUT' }), /not in the doc/],
  ];

  for (const [what, path, change, message] of wrong) {
    it(`notices ${what}`, async () => {
      const answer = await given(path);
      checkAnswer(answer);
      assert.throws(() => checkAnswer(change(answer)), message);
    });
  }
});

describe('the page of the documentation', () => {
  it('has its files, and a policy without scripts in the page', async () => {
    const page = await ask(server.url, '/docs');
    const policy = String(page.headers['content-security-policy']);
    assert.match(policy, /script-src 'self';/);
    const html = page.body.toString();
    assert.ok(!/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|https?:\/\//.test(html));
    const files = [...html.matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)].map(([, file]) => file ?? '');
    assert.equal(files.length, 5);
    for (const file of files) {
      const answer = await ask(server.url, file);
      assert.equal(answer.status, 200, file);
      assert.ok(answer.body.length > 50, file);
    }
    assert.equal((await ask(server.url, '/docs/../app.js')).status, 404);
  });
});

async function given(path: string): Promise<GivenAnswer> {
  const { status, headers, body } = await ask(server.url, path);
  return { method: 'GET', path, status, contentType: headers['content-type'], body };
}

function routesOf(layers: readonly Layer[]): string[] {
  return layers.flatMap(({ route, handle, slash }) => {
    if (route === undefined) return slash ? routesOf(handle.stack ?? []) : [];
    const methods = Object.keys(route.methods).filter((method) => method !== '_all' && method !== 'head');
    return methods.map((method) => `${method} ${route.path}`);
  });
}

/** With another value in the body, or without the field. */
function changed(answer: GivenAnswer, field: string, value?: unknown): GivenAnswer {
  const body = { ...(JSON.parse(answer.body.toString()) as object), [field]: value };
  return { ...answer, body: Buffer.from(JSON.stringify(body)) };
}
