/**
 * `imglish model calibrate` from photos with captions to a search that tells probabilities, with the built-in model.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { z } from 'zod';
import { builtinFolder, parseCalibration } from '../../../model/index.ts';
import { renderAlbum } from '../../../scripts/demo-album/index.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { imglish } from '../cli/run-imglish.ts';

/** Each is read beside some 200 queries, everyday phrases among them. */
const PICTURES = 8;

const folder = await temporaryFolder({ after });
const album = path.join(folder, 'album');
const model = path.join(folder, 'model');
const annotations = path.join(folder, 'captions.txt');
const own = ['--model', model, '--cache', path.join(folder, 'cache')];

before(async () => {
  await renderAlbum({ folder: album, count: PICTURES, seed: 'test:51' });
  const lines = (await readFile(path.join(album, 'captions.jsonl'), 'utf8')).trim().split('\n');
  const schema = z.object({ file: z.string(), captions: z.array(z.string()) });
  const rows = lines.flatMap((line) => {
    const { file, captions } = schema.parse(JSON.parse(line));
    return captions.slice(0, 3).map((caption, index) => `${file}#${index}\t${caption}`);
  });
  await writeFile(annotations, `${rows.join('\n')}\n`);
  await cp(builtinFolder(), model, { recursive: true });
  await rm(path.join(model, 'calibration.json'), { force: true });
});

describe('imglish model calibrate', () => {
  it('writes what makes probabilities, without which there were none', async () => {
    const data = ['--data', path.join(folder, 'data'), ...own];
    const indexed = await imglish(['index', album, '--no-progress', ...data]);
    assert.equal(indexed.code, 0, indexed.stderr);
    const search = async (): Promise<{ pMatch: number | null; id: number }[]> => {
      const { code, stdout, stderr } = await imglish([
        'search',
        'a house',
        '--rerank',
        '8',
        '--json',
        ...data,
      ]);
      assert.equal(code, 0, stderr);
      return (JSON.parse(stdout) as { hits: { pMatch: number | null; id: number }[] }).hits;
    };
    assert.ok((await search()).every(({ pMatch }) => pMatch === null));
    const { code, stdout, stderr } = await imglish([
      'model',
      'calibrate',
      '--annotations',
      annotations,
      '--images',
      album,
      '--queries',
      '20',
      '--json',
      ...own,
    ]);
    assert.equal(code, 0, stderr);
    const { calibration, figures } = JSON.parse(stdout) as {
      calibration: { cutoff: number };
      figures: { pairs: number; positives: number };
    };
    const file = path.join(model, 'calibration.json');
    assert.deepEqual(parseCalibration(await readFile(file, 'utf8'), file), calibration);
    assert.ok(figures.positives >= 30 && figures.pairs > 1000, JSON.stringify(figures));
    const hits = (await search()).slice(0, 8);
    assert.ok(
      hits.every(({ pMatch }) => pMatch !== null && pMatch > 0 && pMatch < 1),
      JSON.stringify(hits),
    );
    // The library is the same one: no vector depends on it.
    const again = await imglish(['index', '--no-progress', ...data]);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /unchanged|0 new/);
  });

  it('is refused with too few photos, and leaves what was there', async () => {
    const few = path.join(folder, 'few.txt');
    const lines = (await readFile(annotations, 'utf8')).split('\n').slice(0, 6);
    await writeFile(few, `${lines.join('\n')}\n`);
    const written = await readFile(path.join(model, 'calibration.json'), 'utf8').catch(() => 'none');
    const { code, stderr } = await imglish([
      'model',
      'calibrate',
      '--annotations',
      few,
      '--images',
      album,
      '--queries',
      '5',
      ...own,
    ]);
    assert.equal(code, 2);
    assert.match(stderr, /expected at least 30 of each; give more photos with captions/);
    assert.equal(await readFile(path.join(model, 'calibration.json'), 'utf8').catch(() => 'none'), written);
  });

  it('says what it needs', async () => {
    const { code, stderr } = await imglish(['model', 'calibrate', ...own]);
    assert.equal(code, 2);
    assert.match(stderr, /--annotations/);
  });
});
