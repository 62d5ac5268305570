/**
 * The tables of texts: what goes with what, and the log that an index of texts will follow.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import sharp from 'sharp';
import { embedMissingTexts, type Library } from '../../../indexer/index.ts';
import { ColourEmbedder } from '../../support/colour-embedder.ts';
import { photoBytes } from '../../support/photo-folder.ts';
import { importInto, textBench, textsIn, writeList } from './text-library.ts';

function contentOf(library: Library, folder: string): number {
  const [place] = library.store.images.below(folder, '', 1);
  const image = place && library.store.images.byId(place.id);
  assert.ok(image);
  return image.contentId;
}

describe('what photos say of themselves', () => {
  it('comes in with their bytes', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    const bytes = await sharp(await photoBytes(7))
      .withExif({ IFD0: { ImageDescription: 'A quiet lake' } })
      .jpeg()
      .toBuffer();
    await writeFile(path.join(bench.photos, 'told.jpg'), bytes);
    await bench.index();
    const library = await bench.open('write');
    assert.deepEqual(
      textsIn(library).map(({ kind, text }) => `${kind} ${text}`),
      ['caption A quiet lake'],
    );
    assert.equal((await embedMissingTexts(library, bench.embedder)).embedded, 1);
    await library.close();
  });

  it('replaces what they said before, and goes with their bytes', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    const library = await bench.open();
    const content = contentOf(library, bench.photos);
    const said = { title: 'A lake', caption: 'A lake at\ndawn', keywords: ['water', 'dawn', ' ', 'bad\0'] };
    library.store.texts.setEmbedded(content, said);
    library.store.texts.setEmbedded(content, said);
    assert.deepEqual(
      textsIn(library).map(({ kind, text }) => `${kind} ${text}`),
      ['caption A lake', 'caption A lake at dawn', 'tag dawn', 'tag water'],
    );
    library.store.texts.setEmbedded(content, { title: null, caption: 'A lake', keywords: ['dawn'] });
    assert.deepEqual(
      textsIn(library).map(({ kind, text }) => `${kind} ${text}`),
      ['caption A lake', 'tag dawn'],
    );
    const [image] = library.store.images.below(bench.photos, '', 1);
    assert.deepEqual(
      library.store.texts.ofImages([image?.id ?? 0], 9).map(({ text, source }) => `${text} ${source}`),
      ['A lake embedded', 'dawn embedded'],
    );
    await library.close();
    await rm(path.join(bench.photos, 'a.jpg'));
    await bench.index();
    const after = await bench.open('read');
    assert.deepEqual(textsIn(after), []);
    await after.close();
  });
});

describe('vectors of texts', () => {
  it('belong to a generation; their log tells of each addition and removal once', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    const file = await writeList(bench, 't.csv', 'text\none red\ntwo blue\n');
    await importInto(bench, file);
    const library = await bench.open();
    const { textVectors, texts } = library.store;
    const { id, dimension } = library.generation;
    const added = textVectors.since(id, 0, 9, dimension);
    assert.equal(added.length, 2);
    assert.ok(added.every(({ vector }) => vector?.length === dimension));
    const vector = textVectors.get(id, added[0]?.textId ?? 0, dimension);
    assert.deepEqual(vector, added[0]?.vector);
    const source = texts.source(file);
    assert.ok(source);
    const sequence = textVectors.summary(id).sequence;
    assert.equal(texts.removeSource(source.id, 1), 1);
    const [removed, ...others] = textVectors.since(id, sequence, 9, dimension);
    assert.deepEqual(others, []);
    assert.deepEqual([removed?.textId, removed?.vector], [added[0]?.textId, null]);
    assert.deepEqual(
      textVectors.since(id, 0, 9, dimension).map(({ textId }) => textId),
      [added[1]?.textId, added[0]?.textId],
    );
    await library.close();
  });

  it('of another model are made beside those of the first', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    await importInto(bench, await writeList(bench, 't.csv', 'text\none red\ntwo blue\n'));
    const library = await bench.open();
    const other = new ColourEmbedder({ identity: 'colours-2' });
    const report = await embedMissingTexts(library, other);
    assert.equal(report.embedded, 2);
    const generation = library.generationFor(other);
    assert.notEqual(generation.id, library.generation.id);
    assert.equal(library.store.textVectors.summary(generation.id).count, 2);
    assert.equal(library.store.textVectors.summary(library.generation.id).count, 2);
    assert.equal((await embedMissingTexts(library, other)).embedded, 0);
    await library.close();
  });

  it('are never added for a text that is gone', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    const library = await bench.open();
    const vector = new Float32Array(48).fill(1 / Math.sqrt(48));
    library.store.textVectors.add(library.generation.id, [{ textId: 4711, vector }]);
    assert.equal(library.store.textVectors.summary(library.generation.id).count, 0);
    await library.close();
  });
});
