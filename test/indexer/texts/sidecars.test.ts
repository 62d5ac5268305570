/**
 * Text files beside photos.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { writePhoto } from '../../support/photo-folder.ts';
import { importInto, textBench, type SaidText, type TextBench } from './text-library.ts';

async function beside(bench: TextBench, name: string, text: string | Uint8Array): Promise<void> {
  await writeFile(path.join(bench.photos, name), text);
}

function brief(texts: readonly SaidText[]): string[] {
  return texts.map(({ kind, text, photos }) => `${kind} ${text}: ${photos.join(' ')}`);
}

describe('sidecars', () => {
  it('of all four names are read, and those of no photo are not', async (context) => {
    const bench = await textBench(context, ['a.jpg', 'b.jpg', 'c.jpg', 'sub/d.jpg', 'e.jpg']);
    await beside(bench, 'a.jpg.txt', 'first line\nsecond line\n');
    await beside(bench, 'b.txt', 'by stem');
    await beside(bench, 'c.jpg.json', '{"title":"c.jpg","description":"by json","keywords":["sea","sand"]}');
    await beside(bench, path.join('sub', 'd.json'), '{"caption":"deep","tags":"one, two"}');
    await beside(bench, 'notes.txt', 'to do');
    const { report, texts, skips } = await importInto(bench, bench.photos);
    assert.deepEqual(skips, []);
    assert.deepEqual(brief(texts), [
      'caption by json: c.jpg',
      'caption by stem: b.jpg',
      'caption deep: d.jpg',
      'caption first line: a.jpg',
      'caption second line: a.jpg',
      'tag one: d.jpg',
      'tag sand: c.jpg',
      'tag sea: c.jpg',
      'tag two: d.jpg',
    ]);
    assert.deepEqual([report.files, report.linked, report.embedded], [4, 9, 9]);
  });

  it('speak of every photo of their name, also of one that came later', async (context) => {
    const bench = await textBench(context, ['a.jpg', 'ab.jpg']);
    await beside(bench, 'a.txt', 'both');
    await importInto(bench, bench.photos);
    await writePhoto(path.join(bench.photos, 'a.jpeg'), 50);
    await bench.index();
    const { texts } = await importInto(bench, bench.photos);
    assert.deepEqual(brief(texts), ['caption both: a.jpg a.jpeg']);
  });

  it('are tags between commas where the caller says so', async (context) => {
    const bench = await textBench(context, ['a.jpg']);
    await beside(bench, 'a.txt', 'sea, sand, blue sky\n');
    const { texts } = await importInto(bench, bench.photos, { kind: 'tag' });
    assert.deepEqual(brief(texts), ['tag blue sky: a.jpg', 'tag sand: a.jpg', 'tag sea: a.jpg']);
  });

  it('are read again only when they change; what they no longer say goes', async (context) => {
    const bench = await textBench(context, ['a.jpg', 'b.jpg']);
    await beside(bench, 'a.txt', 'old');
    await beside(bench, 'b.txt', 'same');
    await importInto(bench, bench.photos);
    const second = await importInto(bench, bench.photos);
    assert.deepEqual([second.report.files, second.report.unchanged], [0, 2]);
    await beside(bench, 'a.txt', 'new text');
    const third = await importInto(bench, bench.photos);
    assert.deepEqual([third.report.files, third.report.unchanged, third.report.removed], [1, 1, 1]);
    assert.deepEqual(brief(third.texts), ['caption new text: a.jpg', 'caption same: b.jpg']);
    await rm(path.join(bench.photos, 'a.txt'));
    const fourth = await importInto(bench, bench.photos);
    assert.deepEqual(brief(fourth.texts), ['caption same: b.jpg']);
    assert.equal(fourth.report.removed, 1);
  });

  it('on a drive that is unplugged keep what they said', async (context) => {
    const bench = await textBench(context, ['a.jpg', 'drive/b.jpg']);
    await beside(bench, path.join('drive', 'b.txt'), 'far away');
    await importInto(bench, bench.photos);
    await rename(path.join(bench.photos, 'drive'), path.join(bench.lists, 'drive'));
    const { texts, report } = await importInto(bench, bench.photos);
    assert.equal(report.removed, 0);
    assert.deepEqual(brief(texts), ['caption far away: b.jpg']);
  });

  it('that cannot be read are named, and the others are read', async (context) => {
    const bench = await textBench(context, ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg', 'e.jpg', 'f.jpg']);
    await beside(bench, 'a.txt', Buffer.from('caf\xe9', 'latin1'));
    await beside(bench, 'b.txt', 'x'.repeat(300_000));
    await beside(bench, 'c.json', '{"caption":');
    await beside(bench, 'd.txt', 'fine');
    // Another program's, which has nothing to say.
    await beside(bench, 'e.json', '{"rating":5}');
    await mkdir(path.join(bench.photos, 'f.txt'));
    const { texts, skips } = await importInto(bench, bench.photos);
    assert.deepEqual(brief(texts), ['caption fine: d.jpg']);
    assert.deepEqual(
      skips.map(({ place, code }) => `${path.basename(place)} ${code}`),
      ['a.txt TEXT_INVALID', 'b.txt LIMIT_EXCEEDED', 'c.json TEXT_INVALID'],
    );
  });
});
