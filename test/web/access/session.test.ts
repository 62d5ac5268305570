/**
 * Signing in with a browser: the cookie, how long it lasts, and who else may not use it.
 * Source: issue 5, "Limits and safety"; OWASP cheat sheets on sessions and forged requests. Deviation: none.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Sessions } from '../../../web/access/index.ts';
import type { Server } from '../../../web/index.ts';
import { ask, problemOf, type Answer, type Asked } from '../http.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from '../small-library.ts';

const READ = 'look-at-0123456789abcdef';
const ADMIN = 'change-0123456789abcdef';

let small: SmallLibrary;
let server: Server;
let own: Readonly<Record<string, string>>;

before(async () => {
  small = await openSmallLibrary(1);
  server = await serveSmall(small, {
    apiKeys: [
      { scope: 'read', key: READ },
      { scope: 'admin', key: ADMIN },
    ],
  });
  const host = new URL(server.url).host;
  own = { host, origin: server.url, 'sec-fetch-site': 'same-origin' };
});

after(async () => {
  await server.close();
  await small.close();
});

function signIn(key: string, headers: Asked['headers'] = own): Promise<Answer> {
  return ask(server.url, '/v1/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ key }),
  });
}

/** @returns the status of a change by somebody who signed in with the key */
async function changeWith(key: string): Promise<number> {
  const headers = { ...own, cookie: cookieOf(await signIn(key)) };
  return (await ask(server.url, '/v1/nothing', { method: 'POST', headers })).status;
}

function cookieOf(answer: Answer): string {
  assert.equal(answer.status, 204, answer.body.toString());
  const [line = ''] = answer.headers['set-cookie'] ?? [];
  return line.split(';')[0] ?? '';
}

describe('a session', () => {
  it('is opened by a key, lets the browser in, and ends when somebody signs out', async () => {
    const answer = await signIn(READ);
    const [line = ''] = answer.headers['set-cookie'] ?? [];
    for (const flag of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Max-Age=604800']) {
      assert.ok(line.includes(`; ${flag}`), line);
    }
    assert.ok(!line.includes(READ));
    const cookie = cookieOf(answer);
    const headers = { ...own, cookie: `theme=dark; ${cookie}` };
    assert.equal((await ask(server.url, '/v1/library', { headers })).status, 200);
    assert.deepEqual((await ask(server.url, '/v1/session', { headers })).json(), {
      scope: 'read',
      needsKey: true,
    });
    const out = await ask(server.url, '/v1/session', { method: 'DELETE', headers });
    assert.equal(out.status, 204);
    assert.match(String(out.headers['set-cookie']), /=; Path=\/; Expires=Thu, 01 Jan 1970/);
    assert.equal((await ask(server.url, '/v1/library', { headers })).status, 401);
  });

  it('allows what its key allows, no more', async () => {
    assert.equal(await changeWith(READ), 403);
    assert.equal(await changeWith(ADMIN), 404);
  });

  it('is not opened by a wrong key, and not kept when another is opened', async () => {
    const wrong = await signIn('wrong-0123456789abcdef');
    assert.equal(wrong.status, 401);
    assert.equal(wrong.headers['set-cookie'], undefined);
    assert.equal(problemOf(wrong).code, 'KEY_WRONG');
    const first = cookieOf(await signIn(READ));
    const second = cookieOf(await signIn(ADMIN, { ...own, cookie: first }));
    const statusOf = async (cookie: string): Promise<number> =>
      (await ask(server.url, '/v1/library', { headers: { ...own, cookie } })).status;
    assert.equal(await statusOf(first), 401);
    assert.equal(await statusOf(second), 200);
  });

  it('is for TLS only where the browser came by TLS', async () => {
    const plain = await signIn(READ);
    const tls = await signIn(READ, { ...own, 'x-forwarded-proto': 'https' });
    assert.ok(!String(plain.headers['set-cookie']).includes('Secure'));
    assert.ok(String(tls.headers['set-cookie']).includes('; Secure'));
  });
});

describe('a page of somebody else', () => {
  it('can neither change anything with the cookie of a visitor nor sign one in', async () => {
    const cookie = cookieOf(await signIn(ADMIN));
    const { host = '' } = own;
    const foreign: readonly Readonly<Record<string, string>>[] = [
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
      { 'sec-fetch-site': 'same-site', origin: 'http://localhost:5000' },
      { origin: 'http://localhost:5000' },
      { origin: 'null' },
      { origin: `http://${host}.evil.example` },
      {},
    ];
    for (const headers of foreign) {
      const asked = { method: 'POST', headers: { host, cookie, ...headers } };
      const answer = await ask(server.url, '/v1/nothing', asked);
      assert.equal(answer.status, 403, JSON.stringify(headers));
      assert.equal(problemOf(answer).code, 'FOREIGN_PAGE');
    }
    for (const headers of foreign.filter((one) => Object.keys(one).length > 0)) {
      assert.equal((await signIn(READ, { host, ...headers })).status, 403);
    }
    const asked = { method: 'POST', headers: { ...own, cookie } };
    assert.equal((await ask(server.url, '/v1/nothing', asked)).status, 404);
  });

  it('can change nothing where there are no keys, either', async () => {
    const open = await serveSmall(small);
    try {
      const { host } = new URL(open.url);
      for (const headers of [
        { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
        { host, origin: 'https://evil.example' },
      ]) {
        const answer = await ask(open.url, '/v1/nothing', { method: 'POST', headers });
        assert.equal(problemOf(answer).code, 'FOREIGN_PAGE');
      }
      // Programs name no page.
      assert.equal((await ask(open.url, '/v1/nothing', { method: 'POST', headers: { host } })).status, 404);
    } finally {
      await open.close();
    }
  });
});

describe('sessions', () => {
  it('end after their time', () => {
    let now = 1000;
    const sessions = new Sessions({ lifetimeMs: 500, now: () => now });
    const token = sessions.open('read');
    now = 1499;
    assert.equal(sessions.scopeOf(token), 'read');
    now = 1500;
    assert.equal(sessions.scopeOf(token), undefined);
    sessions.open('admin');
    assert.equal(sessions.count, 1);
  });

  it('are bounded: the oldest makes room', () => {
    const sessions = new Sessions({ sessionsMax: 3 });
    const [first = '', second = '', ...others] = Array.from({ length: 4 }, () => sessions.open('read'));
    assert.equal(sessions.count, 3);
    assert.equal(sessions.scopeOf(first), undefined);
    for (const token of [second, ...others]) assert.equal(sessions.scopeOf(token), 'read');
    assert.equal(sessions.scopeOf(`${second}x`), undefined);
  });
});
