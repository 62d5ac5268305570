/**
 * Lists of texts into the library: forms, columns, paths, second imports.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { mkdir, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { importTexts, removeTexts } from '../../../indexer/index.ts';
import { isAppError } from '../../../model/index.ts';
import { writePhoto } from '../../support/photo-folder.ts';
import { importInto, textBench, textsIn, writeList, type SaidText } from './text-library.ts';

const twoCaptions: readonly SaidText[] = [
  { kind: 'caption', text: 'a blue door', photos: ['b.jpg'], keys: [] },
  { kind: 'caption', text: 'a red house, seen from below', photos: ['a.jpg'], keys: [] },
];

describe('importing a list', () => {
  const lists: Readonly<Record<string, readonly [string, string]>> = {
    'with commas': ['t.csv', 'image,caption\na.jpg,"a red house, seen from below"\nb.jpg,a blue door\n'],
    'with semicolons': [
      't.csv',
      'Filename;Description\r\na.jpg;a red house, seen from below\r\nb.jpg;a blue door\r\n',
    ],
    'with tabs, a byte order mark and no last line end': [
      't.tsv',
      '\uFEFFfile\ttext\na.jpg\ta red house, seen from below\nb.jpg\ta blue door',
    ],
    'of JSON lines': [
      't.jsonl',
      '{"path":"a.jpg","text":"a red house, seen from below"}\n\n{"file":"b.jpg","captions":["a blue door"]}\n',
    ],
    'of pairs without a header, as data sets have them': [
      't.txt',
      'a.jpg#0\ta red house, seen from below\nb.jpg#0\ta blue door\n',
    ],
    'with a cell over two lines': [
      't.csv',
      'path,title\na.jpg,"a red house,\n  seen from below"\nb.jpg,a blue door\n',
    ],
  };
  for (const [name, [file, text]] of Object.entries(lists)) {
    it(`reads one ${name}`, async (context) => {
      const bench = await textBench(context, ['a.jpg', 'b.jpg']);
      const { report, skips, texts } = await importInto(bench, await writeList(bench, file, text));
      assert.deepEqual(skips, []);
      assert.deepEqual(texts, twoCaptions);
      assert.equal(report.linked, 2);
      assert.equal(report.embedded, 2);
    });
  }

  it('keeps tags apart, a catalogue with its keys and other columns, and each text once', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    const list = 'sku,text,price,tags\nA1,blue shirt,12,"cotton; summer"\nA2,blue shirt,14,cotton\n';
    const { texts } = await importInto(bench, await writeList(bench, 'shop.csv', list));
    assert.deepEqual(texts, [
      { kind: 'line', text: 'blue shirt', photos: [], keys: ['A1', 'A2'] },
      { kind: 'tag', text: 'cotton', photos: [], keys: ['A1', 'A2'] },
      { kind: 'tag', text: 'summer', photos: [], keys: ['A1'] },
    ]);
    const library = await bench.open('read');
    const [first] = library.store.texts.page(0, 1);
    assert.ok(first);
    assert.deepEqual(
      library.store.texts.links(first.id, 0, 9).map(({ metadata }) => metadata),
      ['{"price":"12"}', '{"price":"14"}'],
    );
    await library.close();
  });

  it('takes plain lines, and the kind from the caller', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    const { texts } = await importInto(bench, await writeList(bench, 'tags.txt', 'sea\n\nbeach\nsea\n'), {
      kind: 'tag',
    });
    assert.deepEqual(
      texts.map(({ kind, text }) => [kind, text]),
      [
        ['tag', 'beach'],
        ['tag', 'sea'],
      ],
    );
  });

  it('finds photos by absolute paths, from the folder of the list, from a named folder and from a root', async (context) => {
    const bench = await textBench(context, ['in/a.jpg', 'in/b.jpg', 'c.jpg', 'd.jpg']);
    const rows = [
      path.join(bench.photos, 'in', 'a.jpg'),
      'b.jpg',
      'c.jpg',
      path.relative(bench.lists, path.join(bench.photos, 'd.jpg')),
    ];
    const list = `path,text\n${rows.map((row, index) => `${row},text ${index}`).join('\n')}\n`;
    const { report, texts } = await importInto(bench, await writeList(bench, 'p.csv', list), {
      photos: path.join(bench.photos, 'in'),
    });
    assert.deepEqual(
      texts.map(({ photos }) => photos),
      [['a.jpg'], ['b.jpg'], ['c.jpg'], ['d.jpg']],
    );
    assert.equal(report.waiting, 0);
  });

  it('keeps the text of a photo that is not indexed, and joins it when the photo comes in or moves there', async (context) => {
    const bench = await textBench(context, ['a.jpg', 'old.jpg']);
    const list = 'path,text\nlater.jpg,a lake\nnew.jpg,a hill\n';
    const file = await writeList(bench, 'p.csv', list);
    const { report, texts } = await importInto(bench, file, { photos: bench.photos });
    assert.equal(report.waiting, 2);
    assert.deepEqual(
      texts.map(({ photos }) => photos),
      [['?new.jpg'], ['?later.jpg']],
    );
    await writePhoto(path.join(bench.photos, 'later.jpg'), 77);
    await writePhoto(path.join(bench.photos, 'new.jpg'), 2);
    await rm(path.join(bench.photos, 'old.jpg'));
    const indexed = await bench.index();
    assert.equal(indexed.moved, 1);
    const library = await bench.open('read');
    assert.deepEqual(
      textsIn(library).map(({ photos }) => photos),
      [['new.jpg'], ['later.jpg']],
    );
    await library.close();
  });

  it('leaves what a photo was called with the photo when that moves, and keeps it when the photo goes', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    const file = await writeList(bench, 'p.csv', 'path,text\na.jpg,a lake\n');
    await importInto(bench, file, { photos: bench.photos });
    await mkdir(path.join(bench.photos, 'sub'));
    await writePhoto(path.join(bench.photos, 'sub', 'moved.jpg'), 1);
    await rm(path.join(bench.photos, 'a.jpg'));
    assert.equal((await bench.index()).moved, 1);
    const library = await bench.open('write');
    const [image] = library.store.images.below(bench.photos, '', 2);
    assert.ok(image);
    assert.equal(path.basename(image.path), 'moved.jpg');
    assert.deepEqual(
      library.store.texts.ofImages([image.id], 9).map(({ text }) => text),
      ['a lake'],
    );
    library.store.images.remove([image.id]);
    assert.deepEqual(
      textsIn(library).map(({ photos }) => photos),
      [['?a.jpg']],
    );
    await library.close();
  });
});

describe('importing again', () => {
  it('changes nothing, and does not read an unchanged file', async (context) => {
    const bench = await textBench(context, ['a.jpg', 'b.jpg']);
    const file = await writeList(bench, 't.csv', 'path,text\na.jpg,one\nb.jpg,two\n');
    const first = await importInto(bench, file);
    const second = await importInto(bench, file);
    assert.deepEqual([second.report.unchanged, second.report.rows], [1, 0]);
    await utimes(file, new Date(), new Date(Date.now() + 5000));
    const third = await importInto(bench, file);
    assert.deepEqual([third.report.added, third.report.removed, third.report.embedded], [0, 0, 0]);
    assert.equal(third.report.rows, 2);
    assert.deepEqual(third.texts, first.texts);
  });

  it('drops what the file no longer says, but not what another file says', async (context) => {
    const bench = await textBench(context, ['a.jpg', 'b.jpg']);
    const file = await writeList(bench, 't.csv', 'path,text\na.jpg,one\na.jpg,two\na.jpg,three\n');
    await importInto(bench, file);
    await importInto(bench, await writeList(bench, 'u.csv', 'path,text\nb.jpg,two\n'));
    await writeList(bench, 't.csv', 'path,text\na.jpg,one\na.jpg,four\n');
    const { report, texts } = await importInto(bench, file);
    assert.deepEqual([report.added, report.removed], [1, 2]);
    assert.deepEqual(
      texts.map(({ text, photos }) => `${text}: ${photos.join(' ')}`),
      ['four: a.jpg', 'one: a.jpg', 'two: b.jpg'],
    );
  });

  it('goes on after it was stopped, and ends like one that was not', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    const rows = Array.from({ length: 5000 }, (_, index) => `a.jpg,text number ${index}`);
    const file = await writeList(bench, 't.csv', `path,text\n${rows.join('\n')}\n`);
    const library = await bench.open();
    const controller = new AbortController();
    const stopped = importTexts(library, bench.embedder, {
      source: file,
      signal: controller.signal,
      onProgress: ({ phase, done }) => {
        if (phase === 'embedding' && done > 0) controller.abort();
      },
    });
    await assert.rejects(stopped, (error) => isAppError(error, 'ABORTED'));
    const left = library.store.textVectors.missingCount(library.generation.id);
    assert.ok(left > 0 && left < 5000, `${left} left`);
    const report = await importTexts(library, bench.embedder, { source: file });
    assert.deepEqual([report.embedded, report.unchanged], [left, 1]);
    assert.equal(library.store.textVectors.missingCount(library.generation.id), 0);
    await library.close();
  });

  it('does not take an interrupted import for a complete one', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    const rows = Array.from({ length: 20_000 }, (_, index) => `a.jpg,text number ${index}`);
    const file = await writeList(bench, 't.csv', `path,text\n${rows.join('\n')}\n`);
    const library = await bench.open();
    const controller = new AbortController();
    const stopped = importTexts(library, bench.embedder, {
      source: file,
      embed: false,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await assert.rejects(stopped, (error) => isAppError(error, 'ABORTED'));
    const { captions } = library.store.texts.totals();
    assert.ok(captions > 0 && captions < 20_000, `${captions} texts`);
    const report = await importTexts(library, bench.embedder, { source: file, embed: false });
    assert.deepEqual([report.unchanged, report.rows, report.added], [0, 20_000, 20_000 - captions]);
    await library.close();
  });
});

describe('removing a source', () => {
  it('takes its texts away, with their vectors, and leaves those of others', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    const file = await writeList(bench, 't.csv', 'path,text\na.jpg,one\na.jpg,two\n');
    await importInto(bench, file);
    await importInto(bench, await writeList(bench, 'u.csv', 'path,text\na.jpg,two\n'));
    const library = await bench.open();
    const { sequence } = library.store.textVectors.summary(library.generation.id);
    assert.equal(removeTexts(library.store, file), 2);
    assert.deepEqual(
      textsIn(library).map(({ text }) => text),
      ['two'],
    );
    assert.equal(library.store.textVectors.summary(library.generation.id).count, 1);
    const changes = library.store.textVectors.since(library.generation.id, sequence, 9, 48);
    assert.deepEqual(
      changes.map(({ vector }) => vector),
      [null],
    );
    assert.throws(
      () => removeTexts(library.store, file),
      (error) => isAppError(error, 'NOT_FOUND'),
    );
    await library.close();
  });
});

describe('refusals', () => {
  const refused: Readonly<Record<string, readonly [string, string | Uint8Array, string, RegExp]>> = {
    'a table without a column of texts': [
      't.csv',
      'width,height\n1,2\n',
      'TEXT_INVALID',
      /"width", "height", expected one of text, caption/,
    ],
    'a file of another kind': ['t.xlsx', 'PK', 'UNSUPPORTED', /expected one of .csv/],
    'UTF-16': [
      't.csv',
      Buffer.from('\uFEFFpath,text\n', 'utf16le'),
      'TEXT_INVALID',
      /is UTF-16, expected UTF-8/,
    ],
  };
  for (const [name, [file, text, code, message]] of Object.entries(refused)) {
    it(`refuses ${name}, and leaves no trace of it`, async (context) => {
      const bench = await textBench(context, ['a.jpg']);
      const list = await writeList(bench, file, text);
      await assert.rejects(importInto(bench, list), (error) => {
        assert.ok(isAppError(error));
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      });
      const library = await bench.open('read');
      assert.equal(library.store.texts.source(list), undefined);
      await library.close();
    });
  }

  it('refuses a file that is not there, and a folder without indexed photos', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    await assert.rejects(importInto(bench, path.join(bench.lists, 'none.csv')), (error) =>
      isAppError(error, 'FILE_NOT_FOUND'),
    );
    await assert.rejects(importInto(bench, bench.lists), (error) => isAppError(error, 'NOT_FOUND'));
  });

  it('reads again a file that was changed while it was read', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    const file = await writeList(bench, 't.csv', 'path,text\na.jpg,one\n');
    let isFirst = true;
    const library = await bench.open();
    const options = { source: file, embed: false };
    await importTexts(library, bench.embedder, {
      ...options,
      onProgress: () => {
        if (isFirst) appendFileSync(file, 'a.jpg,two\n');
        isFirst = false;
      },
    });
    assert.equal(library.store.texts.source(file)?.version, null);
    const again = await importTexts(library, bench.embedder, options);
    assert.equal(again.unchanged, 0);
    assert.deepEqual(
      textsIn(library).map(({ text }) => text),
      ['one', 'two'],
    );
    await library.close();
  });
});
