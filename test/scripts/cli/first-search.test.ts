/**
 * The main job, as a user does it: index a folder, type words, get photos.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { renderAlbum } from '../../../scripts/demo-album/index.ts';
import { imglish, startImglish } from './run-imglish.ts';

const PICTURES = 24;

const searchOutput = z.object({
  query: z.string(),
  hits: z.array(
    z.object({
      rank: z.number(),
      score: z.number(),
      pMatch: z.null(),
      image: z.object({ path: z.string() }),
    }),
  ),
});
const reportOutput = z.object({
  found: z.number(),
  added: z.number(),
  unchanged: z.number(),
  removed: z.number(),
  skipped: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })),
});
const embedOutput = z.object({
  model: z.literal('nano'),
  dim: z.literal(192),
  images: z.array(z.object({ path: z.string(), vector: z.array(z.number()) })),
  texts: z.array(z.object({ text: z.string(), vector: z.array(z.number()) })),
});

let folder = '';
let album = '';
let data: readonly string[] = [];

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'imglish-cli-'));
  album = path.join(folder, 'album');
  await renderAlbum({ folder: album, count: PICTURES, seed: 'test:7' });
  data = ['--data', path.join(folder, 'data')];
});
after(() => rm(folder, { recursive: true, force: true }));

describe('imglish index and search', () => {
  it('says what to do where there is no library yet', async () => {
    const { code, stdout, stderr } = await imglish(['search', 'a dog', '--json', ...data]);
    assert.equal(code, 1);
    assert.match(stderr, /imglish index/);
    assert.equal(
      z.object({ error: z.object({ code: z.string() }) }).safeParse(JSON.parse(stdout)).success,
      true,
    );
  });

  it('tells what a dry run would do, and does nothing', async () => {
    const { code, stdout } = await imglish(['index', album, '--dry-run', '--json', ...data]);
    assert.equal(code, 0);
    assert.equal(reportOutput.parse(JSON.parse(stdout)).found, PICTURES);
  });

  it('indexes every picture, names the broken one, and exits with 3', async () => {
    await writeFile(path.join(album, 'broken.jpg'), 'this is no picture');
    const { code, stdout } = await imglish(['index', album, '--json', ...data]);
    const report = reportOutput.parse(JSON.parse(stdout));
    assert.equal(report.added, PICTURES);
    assert.deepEqual(
      report.skipped.map((skip) => [path.basename(skip.path), skip.code]),
      [['broken.jpg', 'IMAGE_INVALID']],
    );
    assert.equal(code, 3);
  });

  it('finds all of them unchanged the second time, without naming a folder', async () => {
    await rm(path.join(album, 'broken.jpg'));
    const { code, stdout } = await imglish(['index', '--json', ...data]);
    const report = reportOutput.parse(JSON.parse(stdout));
    assert.deepEqual([report.unchanged, report.added, report.skipped.length], [PICTURES, 0, 0]);
    assert.equal(code, 0);
  });

  it('finds a picture by words: ordered by score, each one once, one clean document on stdout', async () => {
    const { code, stdout, stderr } = await imglish(['search', 'the', 'sea', '--top', '5', '--json', ...data]);
    assert.equal(code, 0);
    assert.equal(stderr, '');
    const { query, hits } = searchOutput.parse(JSON.parse(stdout));
    assert.equal(query, 'the sea');
    assert.equal(hits.length, 5);
    assert.deepEqual(
      hits.map(({ rank }) => rank),
      [1, 2, 3, 4, 5],
    );
    assert.deepEqual(
      hits.map(({ score }) => score),
      hits.map(({ score }) => score).toSorted((a, b) => b - a),
    );
    assert.equal(new Set(hits.map(({ image }) => image.path)).size, 5);
  });

  it('agrees with the vectors that embed prints: the best hit has the largest dot product', async () => {
    const files = (await readdir(album))
      .filter((name) => name.endsWith('.jpg'))
      .map((name) => path.join(album, name));
    const text = 'a red balloon over the water';
    const embedded = await imglish(['embed', '--images', ...files, '--texts', text, '--json', ...data]);
    const { images, texts } = embedOutput.parse(JSON.parse(embedded.stdout));
    assert.equal(texts[0]?.text, text);
    const scores = images.map(({ path: file, vector }) => ({
      file,
      score: dot(vector, texts[0]?.vector ?? []),
    }));
    const best = scores.toSorted((a, b) => b.score - a.score)[0];
    const found = await imglish(['search', text, '--top', '1', '--json', ...data]);
    const [hit] = searchOutput.parse(JSON.parse(found.stdout)).hits;
    assert.equal(hit?.image.path, best?.file);
    // Batches of other sizes add in another order: a few units of float32's last place in 192 products.
    assert.ok(Math.abs((hit?.score ?? 0) - (best?.score ?? 0)) < 1e-4);
  });

  it('prints a table for people and bare paths for programs', async () => {
    const table = await imglish(['search', 'a house', ...data]);
    assert.match(table.stdout, /score/);
    assert.match(table.stdout, /640/);
    const paths = await imglish(['search', 'a house', '--files-only', '--top', '3', ...data]);
    const lines = paths.stdout.trim().split('\n');
    assert.equal(lines.length, 3);
    for (const line of lines) assert.ok(line.startsWith(album));
  });

  it('forgets a picture that was deleted', async () => {
    const first = (await readdir(album)).find((name) => name.endsWith('.jpg')) ?? '';
    await cp(path.join(album, first), path.join(folder, first));
    await rm(path.join(album, first));
    const { stdout } = await imglish(['index', '--json', ...data]);
    assert.equal(reportOutput.parse(JSON.parse(stdout)).removed, 1);
    const all = await imglish(['search', 'anything', '--top', '100', '--json', ...data]);
    const paths = searchOutput
      .parse(JSON.parse(all.stdout))
      .hits.map(({ image }) => path.basename(image.path));
    assert.equal(paths.length, PICTURES - 1);
    assert.ok(!paths.includes(first));
  });
});

describe('imglish doctor', () => {
  it('finds this machine able to search', async () => {
    const { code, stdout } = await imglish(['doctor', '--json', ...data]);
    const { checks } = z
      .object({ checks: z.array(z.object({ name: z.string(), state: z.string(), found: z.string() })) })
      .parse(JSON.parse(stdout));
    assert.equal(code, 0);
    assert.deepEqual(
      checks.filter(({ state }) => state === 'failed'),
      [],
    );
    for (const name of [
      'Node.js',
      'Processor',
      'ONNX Runtime',
      'Model',
      'First words',
      'Data folder',
      'Library',
    ]) {
      assert.ok(
        checks.some((check) => check.name === name),
        name,
      );
    }
  });

  it('names what is wrong, with a remedy, and exits with 1', async () => {
    const { code, stdout } = await imglish(['doctor', '--model', 'no-such-model', ...data]);
    assert.equal(code, 1);
    assert.match(stdout, /✗ Model .*no model "no-such-model"/);
    assert.match(stdout, /→ see "imglish model list"/);
  });
});

describe('imglish serve', () => {
  it('serves the library it indexes, and ends cleanly on SIGTERM', async () => {
    const child = startImglish(['serve', album, '--port', '0', '--data', path.join(folder, 'served')]);
    const ended = new Promise((resolve) => {
      child.on('close', resolve);
    });
    try {
      const url = await firstMatch(child.stderr, /http:\/\/[\w.:]+/);
      await firstMatch(child.stderr, /Indexed \d+ photos/);
      const response = await fetch(`${url.replace(/\/$/, '')}/v1/search?q=a+dog&limit=3`);
      assert.equal(response.status, 200);
      const { hits } = z.object({ hits: z.array(z.unknown()) }).parse(await response.json());
      assert.equal(hits.length, 3);
    } finally {
      child.kill('SIGTERM');
    }
    assert.equal(await ended, 0);
  });
});

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

/** Waits for a text in a stream; the stream stays open for the next one. */
function firstMatch(stream: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const onData = (chunk: unknown) => {
      text += String(chunk);
      const found = pattern.exec(text);
      if (found === null) return;
      stream.off('data', onData);
      resolve(found[0]);
    };
    stream.on('data', onData);
    stream.on('end', () => reject(new Error(`the process ended without ${String(pattern)}: ${text}`)));
  });
}
