/** Recall on a small painted album with the built-in model. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BUILTIN_MODEL, isAppError, openEmbedder, type LocalEmbedder } from '../../../model/index.ts';
import { renderAlbum } from '../../../scripts/demo-album/index.ts';
import { evaluateFlickr, readCaptions, type EvaluationOptions } from '../../../scripts/evaluate.ts';

let folder: string;
let photos: string[];
let embedder: LocalEmbedder;
let captionsFile: string;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'imglish-evaluate-'));
  const imagesFolder = path.join(folder, 'album');
  await renderAlbum({ folder: imagesFolder, count: 10, side: 160 });
  const lines = (await readFile(path.join(imagesFolder, 'captions.jsonl'), 'utf8')).trim().split('\n');
  const album = lines.map((line) => JSON.parse(line) as { file: string; captions: string[] });
  photos = album.map(({ file }) => file);
  captionsFile = path.join(folder, 'captions.txt');
  await writeFile(
    captionsFile,
    album
      .flatMap(({ file, captions }) => captions.slice(0, 2).map((text, n) => `${file}#${n}\t${text} .\n`))
      .join(''),
  );
  embedder = await openEmbedder({
    model: BUILTIN_MODEL,
    modelsFolder: folder,
    cacheFolder: path.join(folder, 'cache'),
    device: 'cpu',
    threads: 1,
  });
});
after(async () => {
  await embedder.close();
  await rm(folder, { recursive: true });
});

function evaluate(more: Partial<EvaluationOptions> = {}) {
  return evaluateFlickr({ imagesFolder: path.join(folder, 'album'), captionsFile, embedder, ...more });
}

describe('evaluateFlickr', () => {
  it('counts every photo and caption, and reaches everything at 10 of 10', async () => {
    const phases = new Set<string>();
    const report = await evaluate({ onProgress: ({ phase }) => phases.add(phase) });
    assert.equal(report.photos, 10);
    assert.equal(report.captions, 20);
    assert.deepEqual([report.missing, report.skipped], [[], []]);
    assert.equal(report.textToImage[10], 100);
    assert.ok(report.textToImage[1] <= report.textToImage[5]);
    assert.ok(report.medianRank.textToImage >= 1 && report.medianRank.textToImage <= 10);
    assert.deepEqual([...phases], ['photos', 'captions']);
  });

  it('leaves out photos that are missing, damaged or without captions, and lists them', async () => {
    const splitFile = path.join(folder, 'split.txt');
    const damaged = 'damaged.jpg';
    await writeFile(path.join(folder, 'album', damaged), 'no picture');
    await writeFile(
      captionsFile,
      `${await readFile(captionsFile, 'utf8')}gone.jpg#0\tA photo that is gone .\n${damaged}#0\tA damaged photo .\n`,
    );
    await writeFile(
      splitFile,
      `${photos.slice(0, 4).join('\r\n')}\r\ngone.jpg\nuncaptioned.jpg\n${damaged}\n`,
    );
    const report = await evaluate({ splitFile });
    assert.equal(report.photos, 4);
    assert.equal(report.captions, 8);
    assert.deepEqual(report.missing.toSorted(), ['gone.jpg', 'uncaptioned.jpg']);
    assert.deepEqual(
      report.skipped.map(({ photo, code }) => [photo, code]),
      [[damaged, 'IMAGE_INVALID']],
    );
  });

  it('says so when no photo is there at all', async () => {
    await assert.rejects(evaluate({ imagesFolder: folder }), (error) => isAppError(error, 'FILE_NOT_FOUND'));
  });

  it('says so when a list is not there', async () => {
    await assert.rejects(evaluate({ splitFile: path.join(folder, 'none.txt') }), (error) => {
      assert.ok(isAppError(error, 'FILE_NOT_FOUND'));
      assert.match(error.message, /none\.txt/);
      return true;
    });
  });

  it('stops when it is told to', async () => {
    await assert.rejects(evaluate({ signal: AbortSignal.abort() }), (error) => isAppError(error, 'ABORTED'));
  });
});

describe('readCaptions', () => {
  it('names the line that is no caption', async () => {
    const file = path.join(folder, 'broken.txt');
    await writeFile(file, 'a.jpg#0\tA dog .\nb.jpg A cat .\n');
    await assert.rejects(readCaptions(file), (error) => {
      assert.ok(isAppError(error, 'INVALID_ARGUMENT'));
      assert.match(error.message, /broken\.txt:2: found "b\.jpg A cat \."/);
      return true;
    });
    await writeFile(file, 'a.jpg#0\tA dog .\na.jpg#1\tA black dog .\n\n');
    assert.deepEqual([...(await readCaptions(file))], [['a.jpg', ['A dog .', 'A black dog .']]]);
  });
});
