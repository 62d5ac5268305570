/**
 * lookup, classify and tag as a shell sees them, with the built-in model.
 * Source: DESIGN, "CLI". Deviation: none.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder, writePhoto } from '../../support/photo-folder.ts';
import { imglish, type Finished } from './run-imglish.ts';

interface LookedUp {
  readonly results: readonly {
    readonly photo?: string;
    readonly error?: { readonly code: string };
    readonly texts?: readonly {
      readonly text: string;
      readonly kind: string | null;
      readonly own: boolean;
      readonly pMatch: number | null;
    }[];
    readonly reranked?: { readonly asked: number; readonly scored: number } | null;
    readonly notices?: readonly string[];
  }[];
}

describe('photos and texts', () => {
  it('are looked up, classified and tagged, and tags are taken away again', async (context) => {
    const folder = await temporaryFolder(context);
    const environment = { IMGLISH_DATA: path.join(folder, 'data') };
    const run = async (code: number, ...parameters: readonly string[]): Promise<Finished> => {
      const finished = await imglish(parameters, environment);
      assert.equal(finished.code, code, `${parameters.join(' ')}\n${finished.stdout}${finished.stderr}`);
      return finished;
    };
    const lookUp = async (code: number, ...parameters: readonly string[]): Promise<LookedUp['results']> =>
      (JSON.parse((await run(code, 'lookup', '--json', ...parameters)).stdout) as LookedUp).results;
    const photos = ['a.jpg', 'b.jpg'].map((name) => path.join(folder, 'photos', name));
    for (const [index, photo] of photos.entries()) await writePhoto(photo, index + 1);
    const [first = '', second = ''] = photos;
    await run(0, 'index', path.join(folder, 'photos'), '--no-progress');

    const [empty] = await lookUp(0, first);
    assert.deepEqual(empty?.texts, []);
    assert.match(empty?.notices?.join() ?? '', /imglish texts import/);

    const list = path.join(folder, 'texts.csv');
    await writeFile(
      list,
      'path,text,tags\na.jpg,squares of colour,"abstract, colourful"\n,a dog in the snow,\n',
    );
    await run(0, 'texts', 'import', list, '--photos', path.join(folder, 'photos'), '--no-progress');
    const [own, other, missing] = await lookUp(
      3,
      first,
      second,
      path.join(folder, 'no.jpg'),
      '--rerank',
      '9',
    );
    assert.deepEqual(
      own?.texts
        ?.filter((text) => text.own)
        .map(({ text }) => text)
        .toSorted(),
      ['abstract', 'colourful', 'squares of colour'],
    );
    assert.deepEqual([own?.reranked?.asked, own?.reranked?.scored], [4, 4]);
    assert.equal(other?.texts?.length, 4);
    assert.equal(missing?.error?.code, 'FILE_NOT_FOUND');
    const [tags] = await lookUp(0, first, '--kind', 'tag', '--no-own', '--no-rerank');
    assert.deepEqual([tags?.texts, tags?.reranked], [[], null]);
    const [words] = await lookUp(0, '--text', 'a puppy in winter', '--limit', '1');
    assert.equal(words?.texts?.[0]?.text, 'a dog in the snow');
    const [labels] = await lookUp(0, second, '--labels', 'everyday', '--limit', '3', '--rerank', '3');
    assert.deepEqual([labels?.texts?.length, labels?.texts?.[0]?.kind], [3, null]);
    assert.match((await run(0, 'lookup', first)).stdout, /squares of colour/);

    const classified = JSON.parse(
      (await run(0, 'classify', first, '--labels', 'a dog, a pattern', '--temperature', '0.1', '--json'))
        .stdout,
    ) as { temperature: number; results: { labels: { label: string; probability: number }[] }[] };
    assert.equal(classified.temperature, 0.1);
    const probabilities = classified.results[0]?.labels ?? [];
    assert.deepEqual(probabilities.map(({ label }) => label).toSorted(), ['dog', 'pattern']);
    assert.ok(Math.abs(probabilities.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-6);

    const mine = path.join(folder, 'mine.txt');
    await writeFile(mine, 'a pattern\na dog\nholiday = people at the beach\n');
    assert.deepEqual((await run(0, 'tag', '--list', mine, '--labels')).stdout.split('\n'), [
      'pattern',
      'dog',
      'holiday',
      '',
    ]);
    const tagged = JSON.parse(
      (await run(0, 'tag', '--list', mine, '--no-verify', '--json', '--no-progress')).stdout,
    ) as { photos: number; tags: number; source: string; rule: string };
    assert.deepEqual([tagged.photos, tagged.source, tagged.rule], [2, 'tags:mine', 'relative']);
    assert.match((await run(0, 'tag', '--list', mine, '--no-verify', '--no-progress')).stdout, /Nothing new/);
    assert.match((await run(0, 'texts', 'sources')).stdout, /tags:mine/);
    const removed = await run(0, 'texts', 'remove', 'tags:mine', '--json');
    assert.deepEqual(JSON.parse(removed.stdout), { source: 'tags:mine', removed: tagged.tags });
    assert.doesNotMatch((await run(0, 'texts', 'sources')).stdout, /tags:mine/);

    const job = await run(0, 'jobs', 'add', 'tag', '--list', mine, '--no-verify', '--json');
    assert.match(job.stdout, /"kind":"tag"/);
    await run(0, 'jobs', 'run', '--until-idle', '--no-progress');
    assert.match((await run(0, 'texts', 'sources')).stdout, /tags:mine/);
  });
});

describe('imglish lookup --caption', () => {
  it('is refused by a model that was not tuned for it, and beside --text, before anything is read', async (context) => {
    const data = ['--data', path.join(await temporaryFolder(context), 'data')];
    const { code, stderr } = await imglish(['lookup', 'nowhere.jpg', '--caption', ...data]);
    assert.equal(code, 1);
    assert.match(stderr, /model "nano" was not tuned to describe photos; import one with/);
    const beside = await imglish(['lookup', '--text', 'a dog', '--caption', ...data]);
    assert.equal(beside.code, 2);
    assert.match(beside.stderr, /leave out one of them/);
  });
});
