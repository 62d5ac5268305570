/**
 * Pictures by their address: what is fetched, and what is refused, with real servers on the addresses of this machine.
 * Source: issue 5, "Limits and safety"; OWASP cheat sheet on server-side request forgery. Deviation: in these tests 127.0.0.1
 * plays the public internet, and 127.0.0.2 the network inside.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { LookupAddress } from 'node:dns';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isAppError, type ErrorCode } from '../../../model/index.ts';
import { fetchPicture, isPublicAddress, type FetchPictureOptions } from '../../../web/picture-urls/index.ts';
import { post, problemOf } from '../http.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from '../small-library.ts';

const PICTURE = Buffer.from('not really a picture, which is found out later');

/** Counts who got through to the inside. */
let inside: HttpServer;
let insideRequests = 0;
let outside: HttpServer;
let port: number;
let insidePort: number;
let answers: Readonly<Record<string, (response: ServerResponse) => void>>;

before(async () => {
  inside = createServer((_request, response) => {
    insideRequests += 1;
    response.setHeader('content-type', 'image/png').end('a secret');
  }).listen(0, '127.0.0.2');
  await once(inside, 'listening');
  insidePort = (inside.address() as AddressInfo).port;
  answers = {
    '/a.jpg': (response) => response.setHeader('content-type', 'image/jpeg').end(PICTURE),
    '/moved': redirect('/a.jpg'),
    '/inside': redirect(`http://127.0.0.2:${insidePort}/`),
    '/round': redirect('/round'),
    '/file': redirect('file:///etc/passwd'),
    '/page': (response) => response.setHeader('content-type', 'text/html').end('<p>'),
    '/typeless': (response) => response.end(PICTURE),
    '/missing': (response) => response.writeHead(404).end(),
    '/zipped': (response) =>
      response.writeHead(200, { 'content-type': 'image/png', 'content-encoding': 'gzip' }).end('x'),
    '/large': (response) =>
      response
        .writeHead(200, { 'content-type': 'image/png', 'content-length': 5000 })
        .end(Buffer.alloc(5000)),
    '/endless': (response) => {
      response.writeHead(200, { 'content-type': 'image/png' });
      const timer = setInterval(() => response.write(Buffer.alloc(400)), 1);
      response.once('close', () => clearInterval(timer));
    },
    '/silent': () => undefined,
  };
  outside = createServer((request, response) => answers[request.url ?? '']?.(response)).listen(
    0,
    '127.0.0.1',
  );
  await once(outside, 'listening');
  port = (outside.address() as AddressInfo).port;
});

after(() => {
  for (const server of [inside, outside]) {
    server.close();
    server.closeAllConnections();
  }
});

/** An answer that leads on. */
function redirect(location: string) {
  return (response: ServerResponse): void => {
    response.writeHead(302, { location }).end();
  };
}

const isAllowed = (address: string): boolean => address === '127.0.0.1';

function get(address: string, options: FetchPictureOptions = {}): Promise<Uint8Array> {
  return fetchPicture(`http://127.0.0.1:${port}${address}`, { isAllowed, ...options });
}

async function refuses(work: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> {
  await assert.rejects(work, (error: unknown) => {
    assert.ok(isAppError(error, code), String(error));
    assert.match(error.message, message);
    return true;
  });
}

describe('fetching a picture', () => {
  it('gives its bytes, also where an address leads on', async () => {
    for (const address of ['/a.jpg', '/moved']) assert.deepEqual(Buffer.from(await get(address)), PICTURE);
  });

  it('gives it by a name, which is looked up once for each connection', async () => {
    const asked: string[] = [];
    const resolve = async (hostname: string) => {
      asked.push(hostname);
      return [{ address: '127.0.0.1', family: 4 }];
    };
    const bytes = await fetchPicture(`http://photos.example:${port}/a.jpg`, { isAllowed, resolve });
    assert.deepEqual(Buffer.from(bytes), PICTURE);
    assert.deepEqual(asked, ['photos.example']);
  });

  for (const [what, address, code, message] of [
    ['a page', '/page', 'UNSUPPORTED', /is not a picture \(Content-Type "text\/html"\)/],
    ['what says nothing of itself', '/typeless', 'UNSUPPORTED', /is not a picture/],
    ['what is not there', '/missing', 'DOWNLOAD_FAILED', /answered 404/],
    ['what came compressed', '/zipped', 'UNSUPPORTED', /compressed/],
    ['what leads round in circles', '/round', 'DOWNLOAD_FAILED', /led on more than 3 times/],
    ['what leads to a file', '/file', 'INVALID_ARGUMENT', /found file:/],
  ] as const) {
    it(`refuses ${what}`, () => refuses(get(address), code, message));
  }

  it('refuses what is too large, by what it says and by what it sends', async () => {
    assert.equal((await get('/large', { bytesMax: 5000 })).length, 5000);
    await refuses(get('/large', { bytesMax: 4999 }), 'LIMIT_EXCEEDED', /at most 4999 bytes/);
    await refuses(get('/endless', { bytesMax: 4999 }), 'LIMIT_EXCEEDED', /at most 4999 bytes/);
  });

  it('does not wait for long, and stops when nobody wants it any more', async () => {
    await refuses(get('/silent', { timeoutMs: 50 }), 'DOWNLOAD_FAILED', /took longer than 50 ms/);
    const signal = AbortSignal.timeout(50);
    await refuses(get('/silent', { signal }), 'ABORTED', /was aborted/);
  });

  for (const address of [
    'file:///etc/passwd',
    'ftp://photos.example/a.jpg',
    'http://me:secret@photos.example/',
    'photo.jpg',
    '',
    `http://photos.example/${'a'.repeat(2000)}`,
  ]) {
    it(`refuses ${JSON.stringify(address.slice(0, 40))}, and repeats no password`, async () => {
      await refuses(
        fetchPicture(address, { isAllowed }),
        'INVALID_ARGUMENT',
        /^(?!.*secret).*send the picture itself$/,
      );
    });
  }
});

function outsideOf(): Promise<LookupAddress[]> {
  return Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
}

describe('the network inside', () => {
  const notPublic = /is not on the public internet/;

  after(() => assert.equal(insideRequests, 0));

  it('is not asked by its number, in whatever way it is written', async () => {
    for (const host of [
      '127.0.0.2',
      '0x7f000002',
      '2130706434',
      '0177.0.0.2',
      '127.2',
      '[::ffff:127.0.0.2]',
      '[::1]',
      '0.0.0.0',
    ]) {
      await refuses(
        fetchPicture(`http://${host}:${insidePort}/`, { isAllowed }),
        'INVALID_ARGUMENT',
        notPublic,
      );
    }
  });

  it('is not asked where a public address leads to it', () =>
    refuses(get('/inside'), 'INVALID_ARGUMENT', notPublic));

  it('is not asked by a name, also where only one of its addresses is inside', async () => {
    const own = { address: '127.0.0.2', family: 4 };
    const open = { address: '127.0.0.1', family: 4 };
    for (const addresses of [[own], [open, own], [own, open]]) {
      const resolve = () => Promise.resolve(addresses);
      await refuses(
        fetchPicture(`http://photos.example:${insidePort}/`, { isAllowed, resolve }),
        'INVALID_ARGUMENT',
        notPublic,
      );
    }
  });

  it('is not asked by a name that was public a moment before', async () => {
    const answersOfName = ['127.0.0.1', '127.0.0.2'];
    const resolve = () => Promise.resolve([{ address: answersOfName.shift() ?? '127.0.0.2', family: 4 }]);
    answers = {
      ...answers,
      '/again': (response) =>
        void response.writeHead(302, { location: `http://rebound.example:${insidePort}/` }).end(),
    };
    await refuses(
      fetchPicture(`http://rebound.example:${port}/again`, { isAllowed, resolve }),
      'INVALID_ARGUMENT',
      notPublic,
    );
  });

  it('is judged by what was connected to, whatever was looked up', async () => {
    // Allowed when it is looked up, and not any more when it is connected to.
    const verdicts = [true, false];
    const changing = (): boolean => verdicts.shift() ?? false;
    await refuses(
      fetchPicture(`http://photos.example:${port}/a.jpg`, { isAllowed: changing, resolve: outsideOf }),
      'INVALID_ARGUMENT',
      notPublic,
    );
  });
});

describe('a public address', () => {
  it('is one that anybody can reach', () => {
    for (const address of [
      '93.184.216.34',
      '8.8.8.8',
      '2606:2800:220:1:248:1893:25c8:1946',
      '::ffff:8.8.8.8',
    ])
      assert.ok(isPublicAddress(address), address);
  });

  it('is none of this machine, its network, its cloud, a tunnel or a group', () => {
    for (const address of [
      '127.0.0.1',
      '10.1.2.3',
      '172.16.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '100.100.100.200',
      '0.0.0.0',
      '255.255.255.255',
      '224.0.0.1',
      '240.0.0.1',
      '192.0.0.192',
      '168.63.129.16',
      '198.18.0.1',
      '::',
      '::1',
      'fe80::1',
      'fc00::1',
      'fd00:ec2::254',
      'ff02::1',
      '::ffff:10.0.0.1',
      '::ffff:169.254.169.254',
      '64:ff9b::a00:1',
      '2002:a00:1::',
      '2001::1',
      '2001:db8::1',
      'localhost',
      '',
      '1.2.3',
    ])
      assert.ok(!isPublicAddress(address), address);
  });
});

describe('a request with the address of a photo', () => {
  let small: SmallLibrary;
  let jpeg: Buffer;

  before(async () => {
    small = await openSmallLibrary(4);
    jpeg = await readFile(path.join(small.photos, 'picture 3.jpg'));
    answers = {
      ...answers,
      '/3.jpg': (response) => response.setHeader('content-type', 'image/jpeg').end(jpeg),
    };
  });

  after(() => small.close());

  it('is refused unless somebody allowed it', async () => {
    const server = await serveSmall(small);
    try {
      const answer = await post(server.url, '/v1/search', {
        image: { url: `http://127.0.0.1:${port}/3.jpg` },
      });
      assert.equal(answer.status, 400);
      assert.match(problemOf(answer).detail, /fetches no addresses; .*--allow-image-urls/);
    } finally {
      await server.close();
    }
  });

  it('finds what the photo itself finds', async () => {
    const server = await serveSmall(small, {
      fetchUrl: (address, { signal }) => fetchPicture(address, { signal, isAllowed }),
    });
    const image = { url: `http://127.0.0.1:${port}/3.jpg` };
    const idsOf = async (body: unknown): Promise<readonly number[]> => {
      const answer = await post(server.url, '/v1/search', body);
      assert.equal(answer.status, 200, answer.body.toString());
      return (answer.json() as { readonly hits: readonly { readonly id: number }[] }).hits.map(
        ({ id }) => id,
      );
    };
    try {
      const dataUri = `data:image/jpeg;base64,${jpeg.toString('base64')}`;
      assert.deepEqual(await idsOf({ image }), await idsOf({ image: { dataUri } }));
      assert.deepEqual(
        await idsOf({ text: 'hill', positive: [{ image }], negative: [{ text: 'sea' }] }),
        await idsOf({ text: 'hill', positive: [{ image: { dataUri } }], negative: [{ text: 'sea' }] }),
      );
      const answerOf = async (route: string, request: object): Promise<unknown> => {
        const answer = await post(server.url, route, request);
        assert.equal(answer.status, 200, answer.body.toString());
        const { id: _id, ...rest } = answer.json() as Readonly<Record<string, unknown>>;
        return rest;
      };
      const [byUrl, byBytes] = [image, { dataUri }].map(
        (one) =>
          [
            ['/v1/embeddings', { input: ['hill', { image: one }] }],
            ['/v1/embeddings', { input: { image: one } }],
            ['/v1/rerank', { query: 'hill', documents: [{ image: one }] }],
            ['/v1/rerank', { query: { image: one }, documents: ['sea', 'hill'] }],
            ['/v1/classify', { images: [one], labels: ['sea', 'hill'] }],
          ] as const,
      );
      for (const [index, [route, request]] of (byUrl ?? []).entries()) {
        assert.deepEqual(await answerOf(route, request), await answerOf(route, byBytes?.[index]?.[1] ?? {}));
      }
      const refused = await post(server.url, '/v1/search', {
        image: { url: `http://127.0.0.2:${insidePort}/` },
      });
      assert.equal(refused.status, 400);
      assert.match(problemOf(refused).detail, /not on the public internet/);
      const many = Array.from({ length: 5 }, () => ({ image }));
      assert.match(
        problemOf(await post(server.url, '/v1/search', { positive: many })).detail,
        /found 5 addresses/,
      );
    } finally {
      await server.close();
    }
  });
});
