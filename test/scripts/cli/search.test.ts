/**
 * `imglish search` with everything it answers to, as a user's shell runs it.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import assert from 'node:assert/strict';
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { renderAlbum } from '../../../scripts/demo-album/index.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { imglish } from './run-imglish.ts';

const PICTURES = 12;

const output = z.object({
  query: z.string(),
  hits: z.array(
    z.object({
      id: z.number(),
      rank: z.number(),
      score: z.number(),
      pMatch: z.number().nullable(),
      band: z.string().nullable(),
      image: z.object({ path: z.string(), takenAt: z.string().nullable(), width: z.number() }),
      matched: z.object({ vector: z.boolean(), words: z.array(z.unknown()) }),
      stackSize: z.number(),
    }),
  ),
  nothingMatches: z.boolean().nullable(),
  cutoff: z.object({ kind: z.string(), value: z.number(), hitsAbove: z.number() }).nullable(),
  reranked: z.object({ asked: z.number(), scored: z.number(), fromCache: z.number() }).nullable(),
  truncatedText: z.boolean(),
  cursor: z.string().nullable(),
  notices: z.array(z.string()),
  timings: z.record(z.string(), z.number()),
  why: z
    .array(
      z.object({
        id: z.number(),
        evidence: z.object({ rows: z.number(), columns: z.number(), values: z.array(z.number()) }),
      }),
    )
    .optional(),
});

const folder = await temporaryFolder({ after });
const album = path.join(folder, 'album');
const data = ['--data', path.join(folder, 'data')];
/** A name that would run in a page that did not escape it. */
const HOSTILE = `<img src=x onerror=alert(1)>"'&.jpg`;
let files: string[] = [];

before(async () => {
  await renderAlbum({ folder: album, count: PICTURES, seed: 'test:11' });
  files = (await readdir(album)).filter((name) => name.endsWith('.jpg')).toSorted();
  await mkdir(path.join(album, '2023', 'Rome day'), { recursive: true });
  const [first = '', second = ''] = files;
  await copyFile(path.join(album, first), path.join(album, '2023', 'Rome day', 'copy of it.jpg'));
  if (process.platform !== 'win32') await copyFile(path.join(album, second), path.join(album, HOSTILE));
  const { code, stderr } = await imglish(['index', album, '--no-progress', ...data]);
  assert.equal(code, 0, stderr);
});

async function searchJson(...parameters: string[]): Promise<z.infer<typeof output>> {
  const { code, stdout, stderr } = await imglish(['search', '--json', ...data, ...parameters]);
  assert.equal(code, 0, stderr);
  return output.parse(JSON.parse(stdout));
}

function namesOf({ hits }: z.infer<typeof output>): string[] {
  return hits.map(({ image }) => path.basename(image.path));
}

describe('imglish search', () => {
  it('prints one JSON document with the whole answer, and nothing else', async () => {
    const { stdout, stderr, code } = await imglish(['search', 'a', 'house', '--json', ...data]);
    assert.deepEqual([code, stderr], [0, '']);
    const { query, hits, truncatedText } = output.parse(JSON.parse(stdout));
    assert.equal(query, 'a house');
    assert.equal(hits.length, 10);
    assert.equal(truncatedText, false);
  });

  it('searches by a picture: the picture itself is the best hit', async () => {
    const [first = ''] = files;
    const { hits } = await searchJson('-t', '2', path.join(album, first));
    assert.ok((hits[0]?.score ?? 0) > 0.999);
    assert.deepEqual(
      namesOf({ hits } as z.infer<typeof output>).toSorted(),
      ['copy of it.jpg', first].toSorted(),
    );
    const spaced = await searchJson('-t', '1', path.join(album, '2023', 'Rome day', 'copy of it.jpg'));
    assert.ok((spaced.hits[0]?.score ?? 0) > 0.999);
  });

  it('searches by words and a picture, towards one and away from the other', async () => {
    const [first = ''] = files;
    const towards = await searchJson('-t', '20', `the sea +${path.join(album, first)}`);
    const away = await searchJson('-t', '20', `the sea -${path.join(album, first)}`);
    const rankIn = (answer: z.infer<typeof output>) => namesOf(answer).indexOf(first);
    assert.ok(rankIn(towards) < rankIn(away), `${rankIn(towards)} and ${rankIn(away)}`);
  });

  it('takes a query of negative parts alone, behind two minuses for the shell', async () => {
    const { hits } = await searchJson('-t', '3', '--', '-people');
    assert.equal(hits.length, 3);
  });

  it('shows only photos that pass a filter, in the query, as a flag, and as JSON', async () => {
    const inRome = ['copy of it.jpg'];
    assert.deepEqual(namesOf(await searchJson('a house folder:"rome DAY"')), inRome);
    assert.deepEqual(namesOf(await searchJson('a house', '--filter', 'folder:2023')), inRome);
    assert.deepEqual(namesOf(await searchJson('a house', '--filter', '{"folder": "2023/rome day"}')), inRome);
    const outside = namesOf(await searchJson('a house', '-t', '50', '--filter', '-folder:2023'));
    assert.ok(outside.length >= PICTURES && !outside.includes('copy of it.jpg'));
    const none = await searchJson('a house', '--filter', 'folder:2023', '--filter', 'format:png');
    assert.deepEqual(none.hits, []);
  });

  it('says for people that no photo passes, and exits with 0', async () => {
    const { code, stdout } = await imglish(['search', 'a house format:png', ...data]);
    assert.equal(code, 0);
    assert.match(stdout, /No photo passes the filter\./);
  });

  it('goes on where the answer before ended, until there are no more', async () => {
    const all = namesOf(await searchJson('a house', '-t', '100'));
    const paged: string[] = [];
    let cursor: string | null = null;
    do {
      const page: z.infer<typeof output> = await searchJson(
        'a house',
        '-t',
        '5',
        ...(cursor === null ? [] : ['--cursor', cursor]),
      );
      paged.push(...namesOf(page));
      ({ cursor } = page);
    } while (cursor !== null && paged.length < 100);
    assert.deepEqual(paged, all);
  });

  it('refuses a cursor that is none of its own', async () => {
    const { code, stderr } = await imglish(['search', 'a house', '--cursor', 'abc', ...data]);
    assert.notEqual(code, 0);
    assert.match(stderr, /cursor/);
  });

  it('puts copies into one hit where that is asked for', async () => {
    const { hits } = await searchJson('a house', '-t', '50', '--collapse', 'exact');
    assert.equal(hits.length, PICTURES);
    assert.ok(hits.some(({ stackSize }) => stackSize === 2));
  });

  it('reranks where that is asked for, and says how many it read', async () => {
    const plain = await searchJson('a house');
    assert.equal(plain.reranked, null);
    const { reranked, hits } = await searchJson('a house', '--rerank', '6');
    assert.equal(reranked?.asked, 6);
    assert.ok(hits.slice(0, 6).every(({ pMatch }) => pMatch === null || (pMatch >= 0 && pMatch <= 1)));
    const hurried = await searchJson('a house', '--budget', '0');
    assert.ok((hurried.reranked?.scored ?? 99) <= 32);
  });

  it('prints a table, a line of bare paths, and what is to be known on stderr', async () => {
    const table = await imglish(['search', 'a house', ...data]);
    assert.equal(table.code, 0, table.stderr);
    assert.match(table.stdout, /score/);
    assert.match(table.stdout, /orders photos, and says nothing of its own/);
    const paths = await imglish(['search', 'a house', '-f', '-t', '3', ...data]);
    assert.equal(paths.stdout.trim().split('\n').length, 3);
    const long = await imglish(['search', 'mountain '.repeat(10_000), '-f', '-t', '1', ...data]);
    assert.equal(long.code, 0);
    assert.match(long.stderr, /first 10000 characters/);
    assert.match(long.stderr, /longer than this model reads/);
  });

  it('names a picture that cannot be read, and exits with 1', async () => {
    const broken = path.join(folder, 'broken.jpg');
    await writeFile(broken, 'this is no picture');
    const { code, stdout, stderr } = await imglish(['search', broken, '--json', ...data]);
    assert.equal(code, 1);
    assert.match(stderr, /broken\.jpg/);
    assert.match(stdout, /"code":"IMAGE_INVALID"/);
    await rm(broken);
    const gone = await imglish(['search', `+${broken}`, ...data]);
    assert.equal(gone.code, 1);
    assert.match(gone.stderr, /broken\.jpg/);
  });

  it('shows what speaks for the first photos', async () => {
    const { why, hits } = await searchJson('a house', '--why', '-t', '2');
    assert.deepEqual(
      why?.map(({ id }) => id),
      hits.map(({ id }) => id),
    );
    for (const { evidence } of why ?? [])
      assert.equal(evidence.values.length, evidence.rows * evidence.columns);
    const { stdout } = await imglish(['search', 'a house', '--why', '-t', '1', ...data]);
    assert.match(stdout, /what speaks for it\n {3}\|.{16}\|\n/);
  });
});

describe('the contact sheet', () => {
  it('is one file with the previews in it, in the order of the hits, which runs and fetches nothing', async () => {
    const sheet = path.join(folder, 'sheet.html');
    const query = `the sea "<script>alert('x')</script>"`;
    const { code, stdout, stderr } = await imglish(['search', query, '--out', sheet, '-t', '50', ...data]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Contact sheet: .*sheet\.html/);
    const html = await readFile(sheet, 'utf8');
    assert.equal(
      (html.match(/<img src="data:image\/webp;base64,[A-Za-z0-9+/=]+" alt="/g) ?? []).length,
      (html.match(/<li>/g) ?? []).length,
    );
    assert.match(html, /default-src 'none'/);
    assert.doesNotMatch(html, /<script|https?:|onerror=alert\(1\)>"/);
    assert.match(html, /&lt;script&gt;alert\(&#39;x&#39;\)/);
    if (process.platform !== 'win32')
      assert.match(html, /&lt;img src=x onerror=alert\(1\)&gt;&quot;&#39;&amp;\.jpg/);
    // Of what is not data, only these elements are in it.
    const elements = new Set([...html.matchAll(/<([a-z0-9]+)[\s>]/g)].map(([, name]) => name));
    for (const name of elements) {
      assert.ok(
        'html head meta title style body main h1 h2 p ol li figure figcaption span img br pre'
          .split(' ')
          .includes(name ?? ''),
        name,
      );
    }
  });

  it('names a photo whose file and preview are gone, without a picture', async () => {
    const lost = path.join(folder, 'lost');
    await mkdir(lost);
    await copyFile(path.join(album, files[2] ?? ''), path.join(lost, 'lost.jpg'));
    const own = ['--data', path.join(folder, 'lost-data')];
    assert.equal((await imglish(['index', lost, '--no-progress', ...own])).code, 0);
    await rm(path.join(lost, 'lost.jpg'));
    await rm(path.join(folder, 'lost-data', 'thumbnails'), { recursive: true, force: true });
    const sheet = path.join(folder, 'lost.html');
    const { code } = await imglish(['search', 'a house', '--out', sheet, ...own]);
    assert.equal(code, 0);
    const html = await readFile(sheet, 'utf8');
    assert.match(html, /no preview/);
    assert.match(html, /lost\.jpg/);
  });

  it('goes to a temporary file where none is named, and keeps stdout clean for programs', async () => {
    const { code, stdout, stderr } = await imglish(['search', 'a house', '--open', '--json', ...data]);
    assert.equal(code, 0);
    output.parse(JSON.parse(stdout));
    const [, file = ''] = /Contact sheet: (.*sheet\.html)/.exec(stderr) ?? [];
    assert.match(await readFile(file, 'utf8'), /<!doctype html>/);
    await rm(path.dirname(file), { recursive: true });
  });

  it('says where it cannot be written', async () => {
    const { code, stderr } = await imglish([
      'search',
      'a house',
      '--out',
      path.join(folder, 'no', 'such', 'a.html'),
      ...data,
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /cannot be written .*choose another file with --out/);
  });
});
