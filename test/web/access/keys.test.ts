/**
 * Keys, what each of them allows, and the rule that nobody but this machine is served without one.
 * Source: issue 5, "Limits and safety"; RFC 6750. Deviation: none.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readSettings, type ApiKey } from '../../../indexer/index.ts';
import type { Server, SessionDocument } from '../../../web/index.ts';
import { neededScope } from '../../../web/access/index.ts';
import { ask, problemOf, type Asked } from '../http.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from '../small-library.ts';

const READ = 'look-at-0123456789abcdef';
const ADMIN = 'change-0123456789abcdef';
const keys = [
  { scope: 'read', key: READ },
  { scope: 'admin', key: ADMIN },
] as const;
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

let small: SmallLibrary;
let server: Server;

before(async () => {
  small = await openSmallLibrary(1);
  server = await serveSmall(small, { apiKeys: keys });
});

after(async () => {
  await server.close();
  await small.close();
});

async function sessionOf(headers: Asked['headers'] = {}): Promise<unknown> {
  return (await ask(server.url, '/v1/session', { headers })).json();
}

function withScope(scope: SessionDocument['scope']): SessionDocument {
  return { scope, needsKey: true };
}

function keysOf(text: string): readonly ApiKey[] {
  return readSettings({}, { IMGLISH_API_KEYS: text }).apiKeys;
}

describe('a server with keys', () => {
  it('serves its page and its health to everybody, and nothing else', async () => {
    const [, script = ''] =
      /src="(\/assets\/[^"]+)"/.exec((await ask(server.url, '/')).body.toString()) ?? [];
    for (const address of ['/', '/jobs', script, '/health', '/v1/session']) {
      assert.equal((await ask(server.url, address)).status, 200, address);
    }
    for (const address of [
      '/v1/search?q=hill',
      '/v1/library',
      '/ready',
      '/v1/images/1/original',
      '/nothing',
    ]) {
      const answer = await ask(server.url, address);
      assert.equal(answer.status, 401, address);
      assert.equal(problemOf(answer).code, 'KEY_REQUIRED');
      assert.equal(answer.headers['www-authenticate'], 'Bearer realm="imglish"');
    }
  });

  it('takes a key as Bearer or X-Api-Key, and refuses any other', async () => {
    for (const headers of [bearer(READ), { authorization: `bearer  ${ADMIN}` }, { 'x-api-key': READ }]) {
      assert.equal((await ask(server.url, '/v1/library', { headers })).status, 200);
    }
    const wrong = [bearer(`${READ}x`), bearer(READ.slice(1)), bearer(`read:${READ}`), { 'x-api-key': '' }];
    for (const headers of wrong) {
      const answer = await ask(server.url, '/v1/library', { headers });
      assert.equal(answer.status, 401, JSON.stringify(headers));
      assert.equal(problemOf(answer).code, 'KEY_WRONG');
      assert.match(String(answer.headers['www-authenticate']), /error="invalid_token"/);
      assert.ok(!answer.body.includes(READ));
    }
    const basic = await ask(server.url, '/v1/library', { headers: { authorization: `Basic ${READ}` } });
    assert.equal(problemOf(basic).code, 'KEY_REQUIRED');
  });

  it('lets a reading key search, and only an admin key do what is not known to change nothing', async () => {
    const search: Asked = { method: 'POST', body: JSON.stringify({ text: 'hill' }) };
    const asJson = { 'content-type': 'application/json' };
    const found = await ask(server.url, '/v1/search', { ...search, headers: { ...bearer(READ), ...asJson } });
    assert.equal(found.status, 200);
    for (const [method, address] of [
      ['DELETE', '/v1/texts/1'],
      ['DELETE', '/v1/jobs/1'],
      ['GET', '/admin/queues'],
      ['POST', '/v1/nothing'],
    ] as const) {
      const refused = await ask(server.url, address, { method, headers: bearer(READ) });
      assert.equal(refused.status, 403, address);
      assert.equal(problemOf(refused).code, 'SCOPE_TOO_SMALL');
      assert.match(String(refused.headers['www-authenticate']), /insufficient_scope", scope="admin"/);
      assert.notEqual((await ask(server.url, address, { method, headers: bearer(ADMIN) })).status, 403);
    }
  });

  it('says what a key allows', async () => {
    assert.deepEqual(await sessionOf(), withScope(null));
    assert.deepEqual(await sessionOf(bearer(READ)), withScope('read'));
    assert.deepEqual(await sessionOf(bearer(ADMIN)), withScope('admin'));
    assert.deepEqual(await sessionOf(bearer('another-0123456789')), withScope(null));
  });

  it('lets whoever can connect do everything where there are no keys', async () => {
    const open = await serveSmall(small);
    try {
      assert.deepEqual((await ask(open.url, '/v1/session')).json(), { scope: 'admin', needsKey: false });
      assert.equal((await ask(open.url, '/v1/library')).status, 200);
    } finally {
      await open.close();
    }
  });
});

describe('serving others', () => {
  for (const options of [
    { host: '0.0.0.0' },
    { host: '::' },
    { host: '192.0.2.7' },
    { host: '127.0.0.1', allowedHosts: ['photos.example'] },
  ]) {
    it(`is refused without a key: ${JSON.stringify(options)}`, async () => {
      await assert.rejects(
        serveSmall(small, options),
        /no key is asked for; set IMGLISH_API_KEYS=.*--insecure/,
      );
    });
  }

  it('is done with a key, or where somebody insists', async () => {
    for (const options of [{ apiKeys: keys }, { isInsecure: true }]) {
      const wide = await serveSmall(small, { host: '0.0.0.0', ...options });
      await wide.close();
    }
    for (const host of ['localhost', '127.0.0.5']) await (await serveSmall(small, { host })).close();
  });

  it('answers to the names it was given, and hides where photos lie', async () => {
    const named = await serveSmall(small, { allowedHosts: ['photos.example'], apiKeys: keys });
    try {
      const headers = { host: 'Photos.example:8443', ...bearer(READ) };
      const answer = await ask(named.url, '/v1/images/1', { headers });
      assert.equal(answer.status, 200);
      assert.ok(!('path' in (answer.json() as object)));
      const other = await ask(named.url, '/v1/images/1', { headers: { ...headers, host: 'other.example' } });
      assert.equal(other.status, 421);
    } finally {
      await named.close();
    }
  });
});

describe('the scope of an address', () => {
  it('does not depend on how it is spelt', () => {
    for (const address of ['/v1/jobs', '/v1/JOBS', '/v1/jobs/', '/V1/jobs']) {
      assert.equal(neededScope('POST', address), 'admin', address);
    }
    for (const address of ['/v1/folders', '/v1/Folders/', '/admin/queues', '/ADMIN', '/v1/folders/a']) {
      assert.equal(neededScope('GET', address), 'admin', address);
    }
    const questions = [
      '/v1/search',
      '/v1/Search/',
      '/v1/facets',
      '/v1/images/7/explain',
      '/V1/images/7/Explain/',
    ];
    for (const address of questions) assert.equal(neededScope('POST', address), 'read');
    for (const address of ['/v1/jobs', '/metrics', '/ready', '/docs', '/docs/a.js', '/openapi.json']) {
      assert.equal(neededScope('GET', address), 'read', address);
    }
  });

  it('is admin for what nobody has listed, and none for signing in and for health', () => {
    for (const [method, address] of [
      ['GET', '/new'],
      ['PUT', '/v1/search'],
      ['OPTIONS', '/v1/search'],
      ['POST', '/v1/search/other'],
      ['POST', '/v1/texts'],
      ['DELETE', '/v1/texts/7'],
      ['POST', '/v1/images/7/explain/other'],
      ['POST', '/v1/images/7/8/explain'],
    ] as const) {
      assert.equal(neededScope(method, address), 'admin', `${method} ${address}`);
    }
    for (const address of ['/health', '/v1/session', '/v1/session/'])
      assert.equal(neededScope('GET', address), null);
  });
});

describe('IMGLISH_API_KEYS', () => {
  it('holds several keys with their scopes', () => {
    assert.deepEqual(keysOf(`read:${READ}, admin:${ADMIN},`), keys);
    assert.deepEqual(keysOf(''), []);
  });

  for (const [what, text, expected] of [
    ['without a scope', READ, /key 1 of 1: expected read:<key> or admin:<key>/],
    ['with an unknown scope', `write:${READ}`, /expected read:<key> or admin:<key>/],
    ['that is short', `read:${READ},admin:0123456789abcde`, /key 2 of 2: found 15 characters, expected 16/],
    ['of one letter', 'read:aaaaaaaaaaaaaaaaaaaaaaaa', /found 1 different characters, expected 8/],
    ['with a space inside', 'read:0123456789 abcdef0', /expected letters, digits and/],
    ['that stands there twice', `read:${READ},admin:${READ}`, /key 2 of 2: stands there twice/],
  ] as const) {
    it(`refuses a key ${what}, and repeats no part of it`, () => {
      assert.throws(
        () => keysOf(text),
        (error: Error) => expected.test(error.message) && !error.message.includes('0123456789'),
      );
    });
  }
});
