/**
 * Another model, as a user gives it to a library: built beside, switched to, gone back from.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { renderAlbum } from '../../../scripts/demo-album/index.ts';
import { importTinyModel } from '../../support/tiny-model.ts';
import { writePhoto } from '../../support/photo-folder.ts';
import { imglish, startImglish, type Finished } from './run-imglish.ts';

const PICTURES = 6;

const searchOutput = z.object({ generation: z.number(), hits: z.array(z.unknown()) });
const failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
const changeOutput = z.object({
  generation: z.object({
    id: z.number(),
    modelName: z.string(),
    isActive: z.boolean(),
    embedded: z.number(),
    images: z.number(),
    missing: z.number(),
    before: z.object({ id: z.number(), modelName: z.string() }),
    why: z.array(
      z.object({ cause: z.string(), photos: z.number(), example: z.string(), remedy: z.string() }),
    ),
  }),
});
const listOutput = z.object({
  generations: z.array(
    z.object({
      id: z.number(),
      state: z.string(),
      modelName: z.string(),
      vectors: z.number(),
      missing: z.number(),
      bytes: z.number(),
      isPrevious: z.boolean(),
    }),
  ),
});

let folder = '';
let album = '';
let more = '';
let data: readonly string[] = [];

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'imglish-cli-'));
  album = path.join(folder, 'album');
  more = path.join(folder, 'more');
  await renderAlbum({ folder: album, count: PICTURES, seed: 'test:8' });
  await mkdir(more);
  await writePhoto(path.join(more, 'one.jpg'), 1);
  await importTinyModel(folder, { modelsFolder: path.join(folder, 'data', 'models') });
  data = ['--data', path.join(folder, 'data')];
  const { code, stderr } = await imglish(['index', album, more, '--no-progress', ...data]);
  assert.equal(code, 0, stderr);
});
after(() => rm(folder, { recursive: true, force: true }));

async function searched(): Promise<number> {
  const { stdout, stderr } = await imglish(['search', 'a dog', '--json', ...data]);
  assert.equal(stderr, '');
  const { generation, hits } = searchOutput.parse(JSON.parse(stdout));
  assert.ok(hits.length > 0);
  return generation;
}

function refused({ code, stdout, stderr }: Finished): z.infer<typeof failure>['error'] {
  assert.equal(code, 1, stderr);
  return failure.parse(JSON.parse(stdout)).error;
}

describe('another model for a library', () => {
  it('is refused for searching before it has indexed, naming both', async () => {
    const { code, message } = refused(
      await imglish(['search', 'a dog', '--json', '--model', 'tiny', ...data]),
    );
    assert.equal(code, 'LIBRARY_MISMATCH');
    assert.match(message, /"nano".*found "tiny".*imglish index --model tiny/);
    assert.equal(await searched(), 1);
  });

  it('does not replace the old one while a drive is away, says why, and can be forced', async () => {
    await rename(more, `${more}-away`);
    const parameters = ['index', '--model', 'tiny', '--no-progress', '--json', ...data];
    const { code, stdout, stderr } = await imglish(parameters);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /searched with model "nano". Vectors of "tiny" are made beside it/);
    const { generation } = changeOutput.parse(JSON.parse(stdout));
    assert.deepEqual(
      [generation.isActive, generation.images, generation.missing, generation.why.map(({ cause }) => cause)],
      [false, PICTURES + 1, 1, ['gone']],
    );
    assert.equal(await searched(), 1);
    const shown = await imglish(['index', '--model', 'tiny', '--no-progress', ...data]);
    assert.match(shown.stdout, /1 of 7 photos have no vector of "tiny".*still searched with "nano"/);
    assert.match(shown.stdout, /1 gone, such as .*one\.jpg: plug in the drive/);
    assert.match(shown.stdout, /generations activate 2 --incomplete/);
    const { code: mismatch, message } = refused(
      await imglish(['generations', 'activate', '2', '--json', ...data]),
    );
    assert.equal(mismatch, 'LIBRARY_MISMATCH');
    assert.match(message, /lacks 1 of 7 photos.*--incomplete\n {2}1 gone/);
    const forced = await imglish(['generations', 'activate', '2', '--incomplete', ...data]);
    assert.match(forced.stdout, /searched with model "tiny" \(generation 2\).*1 photos are not found/s);
    assert.equal(forced.code, 0);
    assert.equal(await searched(), 2);
    await imglish(['generations', 'rollback', ...data]);
    assert.equal(await searched(), 1);
    await rename(`${more}-away`, more);
  });

  it('replaces the old one when it has indexed all, so that later commands need not name it', async () => {
    const { code, stdout } = await imglish(['index', '--model', 'tiny', '--no-progress', ...data]);
    assert.equal(code, 0);
    assert.match(stdout, /The library is searched with model "tiny" \(generation 2\) from now on/);
    assert.match(stdout, /To go back: imglish generations rollback/);
    assert.equal(await searched(), 2);
    const again = await imglish(['index', '--no-progress', '--json', ...data]);
    assert.equal(z.object({ unchanged: z.number() }).parse(JSON.parse(again.stdout)).unchanged, PICTURES + 1);
    const { message } = refused(await imglish(['search', 'a dog', '--json', '--model', 'nano', ...data]));
    assert.match(message, /"tiny".*found "nano"/);
  });

  it('stands in the list with what it holds, and in a table for people', async () => {
    const { stdout } = await imglish(['generations', '--json', ...data]);
    const { generations } = listOutput.parse(JSON.parse(stdout));
    assert.deepEqual(
      generations.map(({ id, state, modelName, vectors, missing, isPrevious }) => [
        id,
        state,
        modelName,
        vectors,
        missing,
        isPrevious,
      ]),
      [
        [1, 'retired', 'nano', PICTURES + 1, 0, true],
        [2, 'active', 'tiny', PICTURES + 1, 0, false],
      ],
    );
    const table = await imglish(['generations', 'list', ...data]);
    assert.match(table.stdout, /retired, before.*nano/);
    assert.match(table.stdout, /active.*tiny/);
  });

  it('is served meanwhile and afterwards without a restart', { timeout: 240_000 }, async () => {
    const child = startImglish(['serve', '--model', 'nano', '--port', '0', ...data]);
    const ended = new Promise((resolve) => {
      child.on('close', resolve);
    });
    let text = '';
    child.stderr.on('data', (chunk) => {
      text += String(chunk);
    });
    const until = async (pattern: RegExp): Promise<string> => {
      for (;;) {
        const found = pattern.exec(text);
        if (found !== null) return found[0];
        assert.equal(child.exitCode, null, text);
        await delay(20);
      }
    };
    try {
      const url = await until(/http:\/\/[\w.:]+/);
      const ask = async (): Promise<number> => {
        const response = await fetch(`${url.replace(/\/$/, '')}/v1/search?q=a+dog`);
        assert.equal(response.status, 200);
        return searchOutput.parse(await response.json()).generation;
      };
      const seen = [await ask()];
      while (seen.at(-1) !== 1) {
        assert.equal(child.exitCode, null, text);
        await delay(50);
        seen.push(await ask());
      }
      assert.deepEqual([...new Set(seen)], seen[0] === 1 ? [1] : [2, 1]);
    } finally {
      child.kill('SIGTERM');
    }
    assert.equal(await ended, 0);
    assert.equal(await searched(), 1);
    const { stdout } = await imglish(['generations', 'rollback', '--json', ...data]);
    const answer = z.object({
      generation: z.object({ id: z.number() }),
      before: z.object({ id: z.number() }),
    });
    assert.deepEqual(answer.parse(JSON.parse(stdout)), { generation: { id: 2 }, before: { id: 1 } });
  });

  it('can be the only one left', async () => {
    const active = await imglish(['generations', 'remove', '2', '--json', ...data]);
    assert.equal(active.code, 2);
    assert.match(active.stderr, /is the one that is searched/);
    const { code, stdout } = await imglish(['generations', 'remove', '1', ...data]);
    assert.equal(code, 0);
    assert.match(stdout, /Removed generation 1: 7 vectors/);
    assert.deepEqual(await readdir(path.join(folder, 'data', 'vectors')), ['generation-2']);
    const back = refused(await imglish(['generations', 'rollback', '--json', ...data]));
    assert.match(back.message, /no other generation was searched before/);
    assert.equal((await imglish(['generations', 'activate', 'two', ...data])).code, 2);
    assert.match(
      refused(await imglish(['generations', 'activate', '9', '--json', ...data])).message,
      /no generation 9/,
    );
    assert.equal(await searched(), 2);
  });

  it('that is no longer there is asked for by name, with the ways out', async () => {
    await rename(path.join(folder, 'data', 'models', 'tiny'), path.join(folder, 'tiny'));
    const { code, message } = refused(await imglish(['search', 'a dog', '--json', ...data]));
    assert.equal(code, 'MODEL_NOT_FOUND');
    assert.match(
      message,
      /searched with model "tiny" \([0-9a-f]{12}\), found nano in .*import it again.*--model/,
    );
    const named = ['search', 'a dog', '--json', '--model', path.join(folder, 'tiny'), ...data];
    assert.equal(searchOutput.parse(JSON.parse((await imglish(named)).stdout)).generation, 2);
  });
});
