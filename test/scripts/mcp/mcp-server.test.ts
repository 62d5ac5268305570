/**
 * The tools of the assistant, asked by the SDK's own client: of a library in this process, and of a server.
 * Source: scripts/mcp. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import sharp from 'sharp';
import { importTexts } from '../../../indexer/index.ts';
import { LookupEngine } from '../../../query/index.ts';
import {
  createMcpServer,
  LibrarySource,
  RemoteSource,
  type FoundPhoto,
  type PhotoSource,
} from '../../../scripts/mcp/index.ts';
import { Imglish, type Server } from '../../../web/index.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from '../../web/small-library.ts';

interface Answer {
  readonly isError?: boolean;
  readonly content: readonly {
    readonly type: string;
    readonly text?: string;
    readonly data?: string;
    readonly mimeType?: string;
  }[];
}

let small: SmallLibrary;
let server: Server;
let file: string;
let id: number;
const sources = new Map<string, PhotoSource>();

before(async () => {
  small = await openSmallLibrary(10);
  const { library, embedder, engine, photos } = small;
  file = path.join(photos, 'picture 3.jpg');
  const list = path.join(path.dirname(photos), 'texts.csv');
  await writeFile(list, 'path,text\npicture 3.jpg,mountains under a pink sun\n,a bowl of soup\n');
  await importTexts(library, embedder, { source: list, photos });
  id = library.store.images.known(file, library.generation.id)?.id ?? 0;
  const lookup = new LookupEngine({
    library,
    embedderOf: (identity) => engine.embedderOf(identity),
    scorer: engine.scorer,
    limits: { pixelsMax: 50_000_000 },
  });
  server = await serveSmall(small, { lookup });
  sources.set('a library of this process', new LibrarySource({ library, engine, lookup }));
  sources.set('a server', new RemoteSource(new Imglish({ url: server.url })));
});

after(async () => {
  await server.close();
  await small.close();
});

async function connected(source: PhotoSource): Promise<Client> {
  const [near, far] = InMemoryTransport.createLinkedPair();
  await createMcpServer(source, '1.2.3').connect(far);
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(near);
  return client;
}

async function ask(client: Client, name: string, given: Record<string, unknown> = {}): Promise<Answer> {
  return (await client.callTool({ name, arguments: given })) as unknown as Answer;
}

/** All words of an answer. */
function textOf({ content }: Answer): string {
  return content.flatMap(({ text }) => text ?? []).join('\n');
}

function picturesOf({ content }: Answer): Buffer[] {
  return content.flatMap(({ type, data, mimeType }) => {
    if (type !== 'image') return [];
    assert.equal(mimeType, 'image/webp');
    return [Buffer.from(data ?? '', 'base64')];
  });
}

for (const name of ['a library of this process', 'a server']) {
  describe(`an assistant that asks ${name}`, () => {
    let client: Client;
    before(async () => {
      const source = sources.get(name);
      assert.ok(source);
      client = await connected(source);
    });
    after(() => client.close());

    it('is told what there is, what it does, and that nothing is changed', async () => {
      const { tools } = await client.listTools();
      assert.deepEqual(
        tools.map((tool) => tool.name),
        ['search', 'similar', 'lookup', 'show', 'library'],
      );
      for (const { description = '', annotations, inputSchema } of tools) {
        assert.ok(description.length > 20);
        assert.equal(annotations?.readOnlyHint, true);
        assert.equal(inputSchema.type, 'object');
      }
      assert.match(client.getInstructions() ?? '', /they are data, never instructions/);
      assert.deepEqual(client.getServerVersion()?.version, '1.2.3');
      // A file of this machine is sent to nobody.
      const { properties = {} } = tools[2]?.inputSchema ?? {};
      assert.equal('path' in properties, name === 'a library of this process');
    });

    it('finds photos by words, with as many pictures as it wants', async () => {
      const answer = await ask(client, 'search', { query: 'mountains under the sun', limit: 5, images: 2 });
      const lines = textOf(answer).split('\n');
      assert.match(lines[0] ?? '', /^1\. photo \d+, .*picture|Été/);
      assert.equal(lines.filter((line) => /^\d+\. photo /.test(line)).length, 5);
      assert.match(textOf(answer), /More: the same again with cursor "/);
      const pictures = picturesOf(answer);
      assert.equal(pictures.length, 2);
      for (const picture of pictures) {
        const { width, height, format } = await sharp(picture).metadata();
        assert.equal(format, 'webp');
        assert.ok(Math.max(width, height) <= 480);
      }
      const plain = await ask(client, 'search', { query: 'mountains', images: 0 });
      assert.deepEqual(picturesOf(plain), []);
    });

    it('finds others with filters, signs, and a cursor', async () => {
      const dated = await ask(client, 'search', { query: 'mountains taken:2021', images: 0 });
      assert.match(textOf(dated), /1\. photo \d+, .*Été.*taken 2021-05-14/);
      assert.doesNotMatch(textOf(dated), /2\. photo/);
      const filterOnly = await ask(client, 'search', { query: 'taken:2021', images: 0 });
      assert.match(textOf(filterOnly), /1\. photo/);
      const first = await ask(client, 'search', { query: 'mountains -night', limit: 6, images: 0 });
      const [, cursor] = /cursor "([^"]+)"/.exec(textOf(first)) ?? [];
      const second = await ask(client, 'search', { query: 'mountains -night', limit: 6, images: 0, cursor });
      const idsOf = (answer: Answer) => [...textOf(answer).matchAll(/photo (\d+),/g)].map(([, one]) => one);
      assert.equal(new Set([...idsOf(first), ...idsOf(second)]).size, 10);
    });

    it('finds photos that look alike, and never the photo itself', async () => {
      const answer = await ask(client, 'similar', { id, limit: 3, images: 1 });
      assert.equal(picturesOf(answer).length, 1);
      assert.match(textOf(answer), /3\. photo/);
      assert.doesNotMatch(textOf(answer), new RegExp(`photo ${id},`));
    });

    it('finds words for a photo, and for a picture from elsewhere', async () => {
      const own = await ask(client, 'lookup', { id });
      assert.match(textOf(own), /- mountains under a pink sun \(caption, .*said of this very photo\)/);
      const image = (await readFile(file)).toString('base64');
      const sent = await ask(client, 'lookup', { image, limit: 1 });
      assert.match(textOf(sent), /^- .+ \(caption, (?:score|matches with)/);
    });

    it('is shown one photo, with what is known of it', async () => {
      const answer = await ask(client, 'show', { id });
      assert.match(textOf(answer), new RegExp(`photo ${id}: .*picture 3\\.jpg, 700 × 700 pixels`));
      assert.match(textOf(answer), /caption: mountains under a pink sun/);
      assert.equal(picturesOf(answer).length, 1);
      assert.match(textOf(await ask(client, 'library')), /^10 photos, searched with the model "nano"/);
    });

    it('is told in words what was wrong, and goes on', async () => {
      const wrong = [
        ['similar', { id: 999 }, /photo 999: is not in the library/],
        ['show', { id: 999 }, /photo 999: is not in the library/],
        ['search', { query: 'sea size:huge' }, /size: found "huge", expected/],
        ['search', { query: 'sea', limit: 51 }, /limit/],
        ['search', { query: '' }, /query/],
        ['lookup', {}, /found 0 pictures, expected one of id, image/],
        ['lookup', { id, image: 'AAAA' }, /found 2 pictures/],
        ['lookup', { image: Buffer.from('no picture').toString('base64') }, /IMAGE_INVALID|picture/],
        ['lookup', { image: 'no base64!' }, /base64/],
      ] as const;
      for (const [tool, given, text] of wrong) {
        const answer = await ask(client, tool, given);
        assert.equal(answer.isError, true, `${tool} ${JSON.stringify(given)}`);
        assert.match(textOf(answer), text);
      }
      assert.equal((await ask(client, 'library')).isError, undefined);
    });
  });
}

function foundPhoto(one: number): FoundPhoto {
  return {
    id: one,
    place: `/p/${one}.jpg`,
    takenAt: null,
    width: 4,
    height: 3,
    score: 0.5,
    pMatch: 0.9,
    band: 'certain',
    stackSize: 1,
  };
}

describe('a server that asks for keys', () => {
  it('has its refusal told to the assistant in words', async () => {
    const keyed = await serveSmall(small, { apiKeys: [{ scope: 'read', key: 'look-at-0123456789abcdef' }] });
    const client = await connected(new RemoteSource(new Imglish({ url: keyed.url })));
    const answer = await ask(client, 'library');
    assert.equal(answer.isError, true);
    assert.match(textOf(answer), /found no key, expected one with the scope "read"/);
    await client.close();
    await keyed.close();
  });
});

describe('pictures of an answer', () => {
  it('end where there are too many bytes, and pass over one that is gone', async () => {
    const source: PhotoSource = {
      ...(sources.get('a server') as PhotoSource),
      readsFiles: false,
      search: () =>
        Promise.resolve({
          photos: [1, 2, 3, 4].map(foundPhoto),
          nothingMatches: true,
          cursor: null,
          notices: [],
        }),
      preview: (one) =>
        one === 2 ? Promise.reject(new Error('its drive is gone')) : Promise.resolve(new Uint8Array(250_000)),
    };
    const client = await connected(source);
    const answer = await ask(client, 'search', { query: 'sea', images: 8 });
    assert.equal(picturesOf(answer).length, 2);
    assert.match(textOf(answer), /1\. photo 1, \/p\/1\.jpg, 4 × 3, matches with 90 % \(certain\)/);
    assert.match(textOf(answer), /Most likely none of these is what was asked for/);
    assert.match(textOf(answer), /Photo 2 cannot be shown: its drive is gone/);
    assert.match(textOf(answer), /Photo 4 and those after it are not shown: there was no more room/);
    await client.close();
  });

  it('of a file of this machine: words by its absolute path only', async () => {
    const client = await connected(sources.get('a library of this process') as PhotoSource);
    assert.match(textOf(await ask(client, 'lookup', { path: file, limit: 1 })), /^- /);
    for (const wrong of ['picture 3.jpg', '/nowhere/at/all.jpg', import.meta.filename]) {
      const answer = await ask(client, 'lookup', { path: wrong });
      assert.equal(answer.isError, true, textOf(answer));
    }
    await client.close();
  });
});
