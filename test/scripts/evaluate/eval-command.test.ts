/**
 * `imglish eval` as a shell sees it, on a small painted album with the built-in model.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { renderAlbum } from '../../../scripts/demo-album/index.ts';
import type { EvaluationReport } from '../../../scripts/evaluate/index.ts';
import { imglish, type Finished } from '../cli/run-imglish.ts';

interface AlbumPhoto {
  readonly file: string;
  readonly captions: readonly string[];
}

let folder: string;
let album: AlbumPhoto[];

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'imglish-eval-'));
  await renderAlbum({ folder: path.join(folder, 'album'), count: 12, side: 160 });
  const lines = (await readFile(path.join(folder, 'album', 'captions.jsonl'), 'utf8')).trim().split('\n');
  album = lines.map((line) => JSON.parse(line) as AlbumPhoto);
  const images = album.map(({ file, captions }, index) => ({
    filename: file,
    split: index < 10 ? 'test' : 'restval',
    sentences: captions.slice(0, 2).map((raw) => ({ raw })),
  }));
  await writeFile(path.join(folder, 'dataset_album.json'), JSON.stringify({ images, dataset: 'album' }));
  const tokens = album.flatMap(({ file, captions }) =>
    captions.slice(0, 2).map((text, index) => `${file}#${index}\t${text}\n`),
  );
  await writeFile(path.join(folder, 'captions.txt'), tokens.join(''));
});
after(() => rm(folder, { recursive: true, force: true }));

function run(...parameters: readonly string[]): Promise<Finished> {
  return imglish(['eval', ...parameters], { IMGLISH_DATA: path.join(folder, 'data'), IMGLISH_THREADS: '1' });
}

function onAlbum(...more: readonly string[]): Promise<Finished> {
  const annotations = path.join(folder, 'dataset_album.json');
  return run('--annotations', annotations, '--images', path.join(folder, 'album'), ...more);
}

type Document = EvaluationReport & { readonly model: { readonly name: string } };

function documentOf({ code, stdout, stderr }: Finished, expected = 0): Document {
  assert.equal(code, expected, stderr);
  assert.equal(stdout.trim().split('\n').length, 1);
  return JSON.parse(stdout) as Document;
}

describe('imglish eval on captioned photos', () => {
  it('prints one document with recall both ways, reranked, in folds, through the index, and latencies', async () => {
    const report = documentOf(await onAlbum('--rerank', '2,5', '--fold', '5', '--json'));
    assert.equal(report.model.name, 'nano');
    assert.deepEqual([report.photos, report.captions], [10, 20]);
    assert.deepEqual([report.missing, report.skipped], [[], []]);
    assert.equal(report.textToImage[10], 100);
    assert.ok(report.textToImage[1] <= report.textToImage[5]);
    assert.deepEqual(
      report.rerank?.windows.map(({ k, figures }) => [k, figures.textToImage[10]]),
      [
        [2, 100],
        [5, 100],
      ],
    );
    // Whatever is reordered, the first 5 stay the first 5.
    assert.equal(report.rerank?.windows[1]?.figures.textToImage[5], report.textToImage[5]);
    assert.equal(report.folds?.count, 2);
    assert.equal(report.approximate?.textToImage.recallAt10, 100);
    assert.ok((report.latency?.rerank?.count ?? 0) > 0);
  });

  it('gives the same figures with the old flags, for all photos and for a list of them', async () => {
    const captions = [
      '--captions',
      path.join(folder, 'captions.txt'),
      '--images',
      path.join(folder, 'album'),
    ];
    const all = documentOf(await run(...captions, '--quick', '--json'));
    assert.equal(all.photos, 12);
    assert.deepEqual([all.rerank, all.latency, all.approximate], [null, null, null]);
    const split = path.join(folder, 'split.txt');
    await writeFile(
      split,
      album
        .slice(0, 10)
        .map(({ file }) => `${file}\n`)
        .join(''),
    );
    const listed = documentOf(await run(...captions, '--split', split, '--quick', '--json'));
    const karpathy = documentOf(await onAlbum('--quick', '--json'));
    assert.deepEqual(listed.textToImage, karpathy.textToImage);
    assert.deepEqual(listed.meanRank, karpathy.meanRank);
    assert.equal(documentOf(await onAlbum('--split', 'train', '--quick', '--json')).photos, 2);
  });

  it('uses the vectors that it kept, and finds the same', async () => {
    const first = documentOf(await onAlbum('--quick', '--keep-vectors', '--json'));
    assert.deepEqual(first.kept, { photos: 0, captions: 0 });
    const again = documentOf(await onAlbum('--quick', '--keep-vectors', '--json'));
    assert.deepEqual(again.kept, { photos: 10, captions: 20 });
    assert.deepEqual(again.meanRank, first.meanRank);
  });

  it('prints tables for a terminal and in Markdown; what is not a figure goes to stderr', async () => {
    const terminal = await onAlbum('--quick');
    assert.match(terminal.stdout, /│ text → image │/);
    assert.doesNotMatch(terminal.stdout, /photos a second/);
    assert.match(terminal.stderr, /10 photos, 20 captions in .* captions a second/);
    const markdown = await onAlbum('--quick', '--markdown', '--sample', '4', '--seed', '3');
    assert.match(markdown.stdout, /^## Model nano on dataset_album\.json\n\n### Recall in percent, 4 photos/);
    assert.match(markdown.stdout, /^\| text → image \| [\d.]+ \|/m);
  });

  it('says which photos are damaged, and ends with 3; and that a data set is not complete', async () => {
    const damaged = path.join(folder, 'album', 'damaged.jpg');
    await writeFile(damaged, 'no picture');
    const captions = path.join(folder, 'with-damage.txt');
    await writeFile(captions, `${album[0]?.file}#0\tA thing .\ndamaged.jpg#0\tA damaged photo .\n`);
    await writeFile(path.join(folder, 'Flickr_8k.testImages.txt'), `${album[0]?.file}\ndamaged.jpg\n`);
    const images = path.join(folder, 'album');
    const parameters = ['--dataset', 'flickr8k', '--annotations', captions, '--images', images, '--quick'];
    const finished = await run(...parameters, '--json');
    const report = documentOf(finished, 3);
    assert.deepEqual(
      report.skipped.map(({ photo, code }) => [photo, code]),
      [['damaged.jpg', 'IMAGE_INVALID']],
    );
    assert.match(finished.stderr, /skipped \(IMAGE_INVALID\)/);
    assert.match(finished.stderr, /Flickr8k test has 1,000 photos in papers, found 1/);
  });

  it('fails with one message where there is nothing to evaluate', async () => {
    const { code, stdout, stderr } = await run(
      '--annotations',
      path.join(folder, 'none.json'),
      '--images',
      folder,
    );
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /none\.json: .*give a list of photos or captions/);
  });
});

interface LibraryDocument {
  readonly queries: number;
  readonly negativeQueries: number;
  readonly unknown: readonly object[];
  readonly configurations: readonly {
    readonly name: string;
    readonly figures: { readonly recall: Readonly<Record<string, number>>; readonly ndcgAt10: number } | null;
  }[];
}

describe('imglish eval on a library', () => {
  let queries: string;
  before(async () => {
    const data = path.join(folder, 'data');
    const indexed = await imglish(['index', path.join(folder, 'album'), '--no-progress'], {
      IMGLISH_DATA: data,
    });
    assert.ok(indexed.code === 0 || indexed.code === 3, indexed.stderr);
    queries = path.join(folder, 'queries.jsonl');
    const lines = album.map(({ file, captions: [query] }) => ({ query, relevant: { [file]: 2 } }));
    const more = [
      { query: 'a tax form', relevant: [] },
      { query: 'nothing at all', relevant: ['no-such.jpg'] },
    ];
    await writeFile(queries, [...lines, ...more].map((line) => `${JSON.stringify(line)}\n`).join(''));
  });

  it('compares the ways to search in one run', async () => {
    const { code, stdout, stderr } = await run('--queries', queries, '--rerank', '4', '--json');
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout) as LibraryDocument;
    assert.deepEqual([report.queries, report.negativeQueries, report.unknown.length], [12, 1, 1]);
    assert.deepEqual(
      report.configurations.map(({ name }) => name),
      ['vectors', 'words auto', 'words on', 'rerank 4', 'words auto, rerank 4'],
    );
    for (const { name, figures } of report.configurations) {
      assert.equal(figures?.recall['100'], 100, name);
      assert.ok(figures.ndcgAt10 > 0 && figures.ndcgAt10 <= 100, name);
    }
  });

  it('shows the worst queries, of a sample too, and names photos that are not there', async () => {
    const { code, stdout, stderr } = await run('--queries', queries, '--quick', '--markdown');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^### 12 queries with relevant photos, percent$/m);
    assert.match(stdout, /^### The worst queries: rank of the first relevant photo$/m);
    assert.doesNotMatch(stdout, /rerank/);
    assert.match(stderr, /1 relevant photos are not in the library .*\n +line 14: no-such\.jpg/);
    const sampled = await run('--queries', queries, '--quick', '--sample', '3', '--json');
    const { queries: positive, negativeQueries, unknown } = JSON.parse(sampled.stdout) as LibraryDocument;
    assert.equal(positive + negativeQueries + unknown.length, 3);
  });

  it('fails with the line of what is no query', async () => {
    const file = path.join(folder, 'wrong.jsonl');
    await writeFile(file, '{"query": "a dog", "relevant": []}\n{"query": "a cat"}\n');
    const { code, stdout, stderr } = await run('--queries', file);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /wrong\.jsonl:2: "relevant": expected a list of photos/);
  });
});
