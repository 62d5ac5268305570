/**
 * Photos and texts find texts: against comparing everything, by kind, each wording once, with links; wrong requests.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { embedMissingTexts, importTexts, type TextKind } from '../../../indexer/index.ts';
import { isAppError } from '../../../model/index.ts';
import { addRandomTexts, exactTexts } from '../../indexer/texts/random-texts.ts';
import { photoBytes } from '../../support/photo-folder.ts';
import { engineOf, filled, grounds, words } from './lookup-bench.ts';

describe('a photo finds texts', () => {
  const ways: readonly (readonly [string, readonly TextKind[]])[] = [
    ['all kinds, by the index', ['caption', 'tag', 'line']],
    ['the kind of most, by the index', ['caption']],
    ['a kind of few, by comparing all', ['tag']],
    ['two kinds, one of few', ['tag', 'line']],
    ['a kind of many that is a small part', ['line']],
  ];
  it('as comparing every vector of the database does, whatever kinds are asked for', async (context) => {
    const { bench, library, idOf } = await filled(context);
    addRandomTexts(library, 'caption', 6500, { seed: 1, place: '/captions.txt' });
    addRandomTexts(library, 'line', 1200, { seed: 2, place: '/lines.txt' });
    addRandomTexts(library, 'tag', 80, { seed: 3, place: '/tags.txt' });
    const engine = engineOf(library, bench.embedder);
    for (const [way, kinds] of ways) {
      for (const name of Object.keys(grounds)) {
        const id = idOf(name);
        const contentId = library.store.images.byId(id)?.contentId ?? 0;
        const vector = library.store.vectors.get(1, contentId, 48) ?? new Float32Array(48);
        for (const limit of [1, 10, 60]) {
          const { texts } = await engine.lookup({ image: { id }, kinds, limit });
          const expected = exactTexts(library, vector, limit, kinds);
          assert.equal(texts.length, expected.length, way);
          const wanted = new Set(expected.map((one) => one.id));
          const found = texts.filter((one) => one.id !== null && wanted.has(one.id)).length;
          assert.ok(found >= 0.99 * expected.length, `${way}, ${limit}: ${found} of ${expected.length}`);
          assert.ok(Math.abs((texts[0]?.score ?? 0) - (expected[0]?.score ?? 1)) < 1e-4);
          assert.deepEqual(
            texts.map(({ rank }) => rank),
            texts.map((_, index) => index + 1),
          );
          assert.ok(texts.every(({ kind }) => kind !== null && kinds.includes(kind)));
        }
      }
    }
  });

  it('also of a kind that lies behind everything that the index gives', async (context) => {
    const { bench, library, idOf } = await filled(context);
    const id = idOf('blue');
    const contentId = library.store.images.byId(id)?.contentId ?? 0;
    const photo = library.store.vectors.get(1, contentId, 48) ?? new Float32Array(48);
    addRandomTexts(library, 'caption', 16_200, { place: '/captions.txt', around: photo });
    addRandomTexts(library, 'line', 1100, { seed: 2, place: '/lines.txt' });
    const { texts } = await engineOf(library, bench.embedder).lookup({
      image: { id },
      kinds: ['line'],
      limit: 7,
    });
    const expected = exactTexts(library, photo, 7, ['line']);
    assert.deepEqual(
      texts.map((text) => text.id),
      expected.map((text) => text.id),
    );
  });

  it('also one that is not in the library, as a file and as bytes', async (context) => {
    const { bench, library, idOf } = await filled(context, { 't.txt': 'a red thing\na blue thing\n' });
    const engine = engineOf(library, bench.embedder);
    const byId = await engine.lookup({ image: { id: idOf('blue') } });
    const file = path.join(bench.photos, 'blue.jpg');
    const byFile = await engine.lookup({ image: { picture: file } });
    const byBytes = await engine.lookup({ image: { picture: await photoBytes(3, grounds['blue']) } });
    assert.deepEqual(words(byId), ['a blue thing', 'a red thing']);
    assert.deepEqual(words(byFile), words(byId));
    assert.deepEqual(words(byBytes), words(byId));
    assert.ok(Math.abs((byFile.texts[0]?.score ?? 0) - (byId.texts[0]?.score ?? 1)) < 1e-5);
  });

  it('and each wording once: of several kinds, in capitals or with other marks', async (context) => {
    const { bench, library, idOf } = await filled(context, {
      'a.csv': 'text,kind\nA blue thing.,caption\na  BLUE thing,line\nblue,line\na red thing,caption\n',
      'b.csv': 'path,tags\nblue.jpg,Blue\n',
    });
    const { texts } = await engineOf(library, bench.embedder).lookup({ image: { id: idOf('blue') } });
    assert.deepEqual(
      texts.map(({ text, kinds, linkCount }) => [
        text
          .toLowerCase()
          .replaceAll(/[^a-z]+/g, ' ')
          .trim(),
        kinds,
        linkCount,
      ]),
      [
        ['a blue thing', ['caption', 'line'], 2],
        ['blue', ['tag', 'line'], 2],
        ['a red thing', ['caption'], 1],
      ],
    );
  });

  it('with the photos and catalogue keys that say so', async (context) => {
    const { bench, library, idOf } = await filled(context, {
      'shop.csv': 'sku,text,price\nB1,a blue shirt,12\nB2,a blue shirt,14\n',
      'captions.csv': 'path,text\nred.jpg,a red wall\nblue.jpg,a blue wall\nnowhere.jpg,a blue wall\n',
    });
    const engine = engineOf(library, bench.embedder);
    const { texts } = await engine.lookup({ image: { id: idOf('blue') }, limit: 2 });
    const links = new Map(texts.map(({ text, links: own }) => [text, own]));
    assert.deepEqual(
      links
        .get('a blue shirt')
        ?.map(({ source, key, metadata, imageId }) => [path.basename(source), key, metadata, imageId]),
      [
        ['shop.csv', 'B1', { price: '12' }, null],
        ['shop.csv', 'B2', { price: '14' }, null],
      ],
    );
    assert.deepEqual(
      links.get('a blue wall')?.map(({ imageId, path: photo }) => [imageId, photo && path.basename(photo)]),
      [
        [idOf('blue'), 'blue.jpg'],
        [null, null],
      ],
    );
  });

  it('its own too, unless they are not wanted, however they are written', async (context) => {
    const { bench, library, idOf } = await filled(context, {
      'captions.csv': 'path,text\nblue.jpg,a blue wall\nred.jpg,A blue wall!\nred.jpg,a blue door\n',
    });
    const engine = engineOf(library, bench.embedder);
    const request = { image: { id: idOf('blue') } };
    const all = await engine.lookup(request);
    assert.deepEqual(
      new Map(all.texts.map(({ text, own }) => [text.toLowerCase().replace('!', ''), own])),
      new Map([
        ['a blue door', false],
        ['a blue wall', true],
      ]),
    );
    assert.deepEqual(words(await engine.lookup({ ...request, own: false })), ['a blue door']);
  });

  it('among those that are brought instead', async (context) => {
    const { bench, library, idOf } = await filled(context);
    const engine = engineOf(library, bench.embedder);
    const { texts } = await engine.lookup({
      image: { id: idOf('green') },
      texts: ['a blue thing', 'a green thing', 'A green thing.', 'a red thing'],
      limit: 2,
    });
    assert.equal(texts.length, 2);
    assert.deepEqual([texts[0]?.text, texts[0]?.id, texts[0]?.links], ['a green thing', null, []]);
  });
});

describe('a text finds texts', () => {
  it('near to it', async (context) => {
    const { bench, library } = await filled(context, { 't.txt': 'a red thing\na blue thing\n' });
    const response = await engineOf(library, bench.embedder).lookup({ text: 'something blue' });
    assert.deepEqual(words(response), ['a blue thing', 'a red thing']);
    assert.deepEqual(
      [response.reranked, response.nothingMatches, response.texts[0]?.pMatch],
      [null, null, null],
    );
  });
});

describe('a library without texts', () => {
  it('is answered plainly, with a remedy; so is one whose texts have no vector or another kind', async (context) => {
    const { bench, library, idOf } = await filled(context);
    const engine = engineOf(library, bench.embedder);
    const image = { id: idOf('red') };
    const empty = await engine.lookup({ image });
    assert.deepEqual([empty.texts, empty.nothingMatches], [[], null]);
    assert.match(empty.notices.join(), /imglish texts import.+imglish tag/);
    const file = path.join(bench.lists, 't.txt');
    await writeFile(file, 'a red thing\n');
    await importTexts(library, bench.embedder, { source: file, embed: false });
    assert.match((await engine.lookup({ image })).notices.join(), /1 texts have no vector.+texts embed/);
    await embedMissingTexts(library, bench.embedder);
    assert.equal((await engine.lookup({ image })).texts.length, 1);
    const tags = await engine.lookup({ image, kinds: ['tag'] });
    assert.deepEqual(tags.texts, []);
    assert.match(tags.notices.join(), /no other text of kind tag.+1 of kind caption/);
  });
});

describe('wrong lookups', () => {
  const cases: readonly (readonly [string, Record<string, unknown>, string, RegExp])[] = [
    ['nothing to look up', {}, 'INVALID_ARGUMENT', /found neither/],
    ['a photo and a text', { image: { id: 1 }, text: 'a' }, 'INVALID_ARGUMENT', /found both/],
    [
      'an unknown field',
      { text: 'a', colour: 1 },
      'INVALID_ARGUMENT',
      /"colour" is unknown, expected image, text/,
    ],
    ['an empty text', { text: ' \n' }, 'TEXT_INVALID', /is empty/],
    ['a text as long as a book', { text: 'a'.repeat(10_001) }, 'TEXT_INVALID', /10001 characters/],
    [
      'an unknown kind',
      { text: 'a', kinds: ['poem'] },
      'INVALID_ARGUMENT',
      /expected at least one of caption/,
    ],
    ['no kind', { text: 'a', kinds: [] }, 'INVALID_ARGUMENT', /at least one/],
    ['a limit of nought', { text: 'a', limit: 0 }, 'INVALID_ARGUMENT', /from 1 to 1000/],
    [
      'a text that shall be read with a photo',
      { text: 'a', rerank: {} },
      'INVALID_ARGUMENT',
      /expected an image/,
    ],
    ['a budget below nought', { image: { id: 1 }, rerank: { budgetMs: -1 } }, 'INVALID_ARGUMENT', /budgetMs/],
    ['a probability above one', { text: 'a', minMatch: 2 }, 'INVALID_ARGUMENT', /from 0 to 1/],
    ['an image that is not there', { image: { id: 4711 } }, 'NOT_FOUND', /no image 4711/],
    ['a file that is not there', { image: { picture: '/nowhere.jpg' } }, 'FILE_NOT_FOUND', /nowhere/],
    ['bytes that are no picture', { image: { picture: new Uint8Array(99) } }, 'IMAGE_INVALID', /./],
    ['no text among those brought', { image: { id: 1 }, texts: [] }, 'INVALID_ARGUMENT', /1 to 10000/],
    [
      'an empty text among those brought',
      { image: { id: 1 }, texts: ['a', ''] },
      'TEXT_INVALID',
      /texts\[1\]/,
    ],
    [
      'reading together with a model that cannot',
      { image: { id: 1 }, rerank: { k: 4 } },
      'UNSUPPORTED',
      /cannot read photo and text together/,
    ],
  ];
  it('are refused, each with what was expected', async (context) => {
    const { bench, library } = await filled(context, { 't.txt': 'a red thing\n' });
    const engine = engineOf(library, bench.embedder);
    for (const [name, request, code, message] of cases) {
      await assert.rejects(engine.lookup(request), (error) => {
        assert.ok(isAppError(error), `${name}: ${String(error)}`);
        assert.equal(error.code, code, `${name}: ${error.message}`);
        assert.match(error.message, message, name);
        return true;
      });
    }
    const called = engine.lookup({ text: 'red' }, { signal: AbortSignal.abort() });
    await assert.rejects(called, (error) => isAppError(error, 'ABORTED'));
    assert.equal((await engine.lookup({ text: 'red' })).texts.length, 1);
  });
});
