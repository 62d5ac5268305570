/**
 * What is sent compressed, and what is not.
 * Source: issue 5, "Server". Deviation: none.
 */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Server } from '../../web/index.ts';
import { askUnchecked as ask } from './http.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from './small-library.ts';

const headers = { 'accept-encoding': 'gzip' };
let small: SmallLibrary;
let server: Server;

before(async () => {
  small = await openSmallLibrary(4);
  server = await serveSmall(small);
});

after(async () => {
  await server.close();
  await small.close();
});

it('compresses answers of text for whoever takes that', async () => {
  for (const address of ['/v1/search?q=hill', '/metrics']) {
    const answer = await ask(server.url, address, { headers });
    assert.equal(answer.headers['content-encoding'], 'gzip', address);
    assert.match(String(answer.headers.vary), /Accept-Encoding/);
    const plain = await ask(server.url, address);
    assert.equal(plain.headers['content-encoding'], undefined);
    const text = gunzipSync(answer.body).toString();
    assert.ok(text.length > answer.body.length * 2, address);
    assert.equal(text.slice(0, 20), plain.body.toString().slice(0, 20));
  }
});

it('sends short answers, photos and streams of events as they are', async () => {
  for (const address of [
    '/health',
    '/v1/images/1/thumbnail',
    '/v1/images/1/original',
    '/v1/search/stream?q=hill&rerank=2',
  ]) {
    const answer = await ask(server.url, address, { headers });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-encoding'], undefined, address);
  }
});
