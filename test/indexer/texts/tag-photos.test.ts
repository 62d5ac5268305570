/**
 * Tags for a whole library: what photos get, what is looked at again, what goes, what a kill leaves.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  createJobHandler,
  importTexts,
  indexPhotos,
  openLabelList,
  removeTexts,
  tagPhotos,
  type JobContext,
  type JobRecord,
  type JobSkip,
  type Library,
  type PairToVerify,
  type TagPhotosOptions,
} from '../../../indexer/index.ts';
import { isAppError } from '../../../model/index.ts';
import { ColourEmbedder } from '../../support/colour-embedder.ts';
import { indexDefaults, writePhoto, type Colour } from '../../support/photo-folder.ts';
import { cosineVerifier } from './cosine-verifier.ts';
import { importInto, textBench, textsIn, writeList, type TextBench } from './text-library.ts';

const grounds: Readonly<Record<string, Colour>> = {
  red: [255, 0, 0],
  green: [0, 255, 0],
  blue: [0, 0, 255],
  yellow: [255, 255, 0],
};

interface Bench {
  readonly bench: TextBench;
  readonly library: Library;
  /** Of a list with the four colours. */
  readonly file: string;
  readonly tag: (options?: Partial<TagPhotosOptions>) => ReturnType<typeof tagPhotos>;
}

/** Photos of one colour each: red-0.jpg, … */
async function coloured(context: TestContext, ofEach = 3): Promise<Bench> {
  const bench = await textBench(context, []);
  let seed = 0;
  for (const [name, ground] of Object.entries(grounds)) {
    for (let index = 0; index < ofEach; index += 1) {
      seed += 1;
      await writePhoto(path.join(bench.photos, `${name}-${index}.jpg`), seed, ground);
    }
  }
  const library = await bench.open();
  await indexPhotos(library, bench.embedder, { roots: [bench.photos], ...indexDefaults });
  const file = await writeList(bench, 'colours.txt', 'red\ngreen\nblue\nyellow\n');
  const tag: Bench['tag'] = async (options = {}) =>
    tagPhotos(library, bench.embedder, { list: await openLabelList(file), verifier: null, ...options });
  return { bench, library, file, tag };
}

/** Tags of each photo that the engine gave, by file name. */
function tagsOf(library: Library, bench: TextBench): Record<string, string[]> {
  const tags: Record<string, string[]> = {};
  for (const { id, path: file } of library.store.images.below(bench.photos, '', 1000)) {
    const own = library.store.texts.ofImages([id], 1000).filter(({ source }) => source.startsWith('tags:'));
    tags[path.basename(file)] = own.map(({ text }) => text).toSorted();
  }
  return tags;
}

function cosines(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}

describe('tagging a library', () => {
  it('gives, with a verifier, each photo the nearest labels that are probable enough, as comparing all by hand does', async (context) => {
    const { bench, library, tag } = await coloured(context);
    const report = await tag({ verifier: cosineVerifier(0.3), perPhoto: 2, templates: ['{}'] });
    const names = Object.keys(grounds);
    const texts = await bench.embedder.encodeTexts(names);
    const expected: Record<string, string[]> = {};
    for (const { id, path: file } of library.store.images.below(bench.photos, '', 1000)) {
      const contentId = library.store.images.byId(id)?.contentId ?? 0;
      const photo = library.store.vectors.get(1, contentId, 48) ?? new Float32Array(48);
      const scored = names
        .map((name, index) => ({ name, score: cosines(photo, texts[index]?.vector ?? photo) }))
        .toSorted((a, b) => b.score - a.score)
        .slice(0, 2);
      const kept = scored.filter(({ score }) => score >= 0.3).map(({ name }) => name);
      expected[path.basename(file)] = kept.toSorted();
      assert.ok(kept.includes(path.basename(file).split('-')[0] ?? ''), `${file}: ${kept.join()}`);
    }
    assert.deepEqual(tagsOf(library, bench), expected);
    assert.deepEqual(
      [report.photos, report.tagged, report.tags, report.rule, report.threshold, report.source],
      [12, 12, Object.values(expected).flat().length, 'pMatch', 0.3, 'tags:colours'],
    );
    const [first] = library.store.texts.page(0, 1);
    const [link] = library.store.texts.links(first?.id ?? 0, 0, 1);
    const metadata = JSON.parse(link?.metadata ?? '{}') as { score: number; pMatch: number };
    assert.ok(metadata.score >= 0.3 && metadata.pMatch === metadata.score, link?.metadata ?? '');
    assert.equal(library.store.textVectors.missingCount(1), 0);
    await library.close();
  });

  it('gives, without one, the labels that stand out', async (context) => {
    const { bench, library, tag } = await coloured(context, 8);
    const labels = await writeList(
      bench,
      'many.txt',
      ['red', 'green', 'blue', 'yellow', ...Array.from({ length: 30 }, (_, index) => `white ${index}`)].join(
        '\n',
      ),
    );
    const report = await tag({ list: await openLabelList(labels) });
    assert.deepEqual([report.rule, report.threshold], ['relative', 2.5]);
    assert.ok(report.tags > 0);
    for (const [file, tags] of Object.entries(tagsOf(library, bench))) {
      assert.ok(
        tags.every((name) => name === file.split('-')[0]),
        `${file}: ${tags.join()}`,
      );
    }
    await library.close();
  });

  it('gives a label, without a verifier, to the same photos whatever else is in the list', async (context) => {
    const { bench, library, tag } = await coloured(context, 4);
    const reds = async (file: string, text: string): Promise<string[]> => {
      await tag({ list: await openLabelList(await writeList(bench, file, text)) });
      const tags = Object.entries(tagsOf(library, bench)).filter(([, own]) => own.includes('red'));
      removeTexts(library.store, `tags:${path.basename(file, '.txt')}`);
      return tags.map(([photo]) => photo);
    };
    const alone = await reds('alone.txt', 'red\n');
    assert.ok(alone.length > 0);
    assert.deepEqual(await reds('many.txt', 'a green thing\nred\nblue\nyellow\nwhite\n'), alone);
    await library.close();
  });

  it('lets others work meanwhile', async (context) => {
    const { library, tag } = await coloured(context, 10);
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    await tag();
    clearInterval(timer);
    assert.ok(turns >= 2, `${turns} turns`);
    await library.close();
  });

  it('looks only at photos that are new, and at all again with other labels, prompts or another rule', async (context) => {
    const { bench, library, file, tag } = await coloured(context);
    assert.equal((await tag({ verifier: cosineVerifier(0.3) })).photos, 12);
    const before = tagsOf(library, bench);
    assert.equal((await tag({ verifier: cosineVerifier(0.3) })).photos, 0);
    await writePhoto(path.join(bench.photos, 'red-new.jpg'), 99, grounds['red']);
    await indexPhotos(library, bench.embedder, { roots: [bench.photos], ...indexDefaults });
    assert.equal((await tag({ verifier: cosineVerifier(0.3) })).photos, 1);
    assert.ok(tagsOf(library, bench)['red-new.jpg']?.includes('red'));
    assert.equal((await tag({ verifier: cosineVerifier(0.3), templates: ['a {} thing'] })).photos, 13);
    assert.equal((await tag({ verifier: cosineVerifier(0.3), minMatch: 0.9 })).photos, 13);
    assert.notDeepEqual(tagsOf(library, bench), before);
    await writeFile(file, 'blue\n');
    const report = await tag({ verifier: cosineVerifier(0.3) });
    assert.deepEqual([report.photos, report.labels], [13, 1]);
    assert.deepEqual([...new Set(Object.values(tagsOf(library, bench)).flat())], ['blue']);
    // Labels that nobody has any more are no texts of the library.
    assert.deepEqual(
      textsIn(library).map(({ text }) => text),
      ['blue'],
    );
    await library.close();
  });

  it('keeps what people wrote apart, and goes in one go', async (context) => {
    const { bench, library, tag } = await coloured(context);
    await library.close();
    await importInto(bench, await writeList(bench, 'mine.csv', 'path,tags\nred-0.jpg,red\n'), {
      photos: bench.photos,
    });
    const again = await bench.open();
    const run = (options: Partial<TagPhotosOptions> = {}) =>
      openLabelList(path.join(bench.lists, 'colours.txt')).then((list) =>
        tagPhotos(again, bench.embedder, { list, verifier: cosineVerifier(0.3), ...options }),
      );
    const { tags } = await run();
    const source = again.store.texts.sources(0, 9).find(({ form }) => form === 'engine');
    assert.deepEqual([source?.place, source?.links], ['tags:colours', tags]);
    assert.equal(removeTexts(again.store, 'tags:colours'), tags);
    assert.deepEqual(textsIn(again), [{ kind: 'tag', text: 'red', photos: ['red-0.jpg'], keys: [] }]);
    assert.throws(
      () => removeTexts(again.store, 'tags:colours'),
      (error) => isAppError(error, 'NOT_FOUND'),
    );
    // What was removed is given again when it is asked for again.
    assert.equal((await run()).tags, tags);
    await again.close();
    assert.equal(typeof tag, 'function');
  });

  it('leaves a photo that cannot be read for the next time, and says so', async (context) => {
    const { bench, library, tag } = await coloured(context);
    const [image] = library.store.images.below(bench.photos, '', 1);
    const contentId = library.store.images.byId(image?.id ?? 0)?.contentId ?? 0;
    const skips: JobSkip[] = [];
    const first = await tag({
      verifier: cosineVerifier(0.3, undefined, new Set([contentId])),
      onSkip: (skip) => skips.push(skip),
    });
    assert.deepEqual([first.photos, first.skipped, skips[0]?.place], [11, 1, image?.path]);
    assert.match(skips[0]?.message ?? '', /run it again/);
    assert.equal((await tag({ verifier: cosineVerifier(0.3) })).photos, 1);
    await library.close();
  });

  it('forgets a photo with its tags when it leaves the library', async (context) => {
    const { bench, library, tag } = await coloured(context);
    await tag({ verifier: cosineVerifier(0.3) });
    await rm(path.join(bench.photos, 'red-0.jpg'));
    await indexPhotos(library, bench.embedder, { roots: [bench.photos], ...indexDefaults });
    library.store.images.removeOrphans(0, 100);
    assert.equal(Object.keys(tagsOf(library, bench)).length, 11);
    assert.equal((await tag({ verifier: cosineVerifier(0.3) })).photos, 0);
    await library.close();
  });

  it('is done anew for another model', async (context) => {
    const { bench, library, tag } = await coloured(context);
    await tag({ verifier: cosineVerifier(0.3) });
    const other = new ColourEmbedder({ identity: 'colours-2', cells: 2 });
    await indexPhotos(library, other, { roots: [bench.photos], ...indexDefaults });
    const list = await openLabelList(path.join(bench.lists, 'colours.txt'));
    const report = await tagPhotos(library, other, { list, verifier: cosineVerifier(0.3) });
    assert.equal(report.photos, 12);
    await library.close();
  });

  it('can be stopped, keeps what was tagged and goes on', async (context) => {
    const { library, tag } = await coloured(context, 10);
    const stop = new AbortController();
    let asked = 0;
    const verifier = cosineVerifier(0.3, async (pairs: readonly PairToVerify[]) => {
      asked += new Set(pairs.map(({ contentId }) => contentId)).size;
      if (asked >= 16) stop.abort();
    });
    await assert.rejects(tag({ verifier, signal: stop.signal }), (error) => isAppError(error, 'ABORTED'));
    assert.equal((await tag({ verifier: cosineVerifier(0.3) })).photos, 40 - 16);
    await library.close();
  });

  for (const [what, options, code] of [
    ['more tags than a photo can have', { perPhoto: 51 }, 'INVALID_ARGUMENT'],
    ['a probability above one', { minMatch: 1.5 }, 'INVALID_ARGUMENT'],
    ['a probability of a model that cannot tell', { minMatch: 0.5 }, 'UNSUPPORTED'],
    ['a prompt without a place for the label', { templates: ['photo'] }, 'INVALID_ARGUMENT'],
  ] as const) {
    it(`refuses ${what}`, async (context) => {
      const { library, tag } = await coloured(context, 1);
      await assert.rejects(tag(options), (error) => isAppError(error, code));
      assert.equal((await tag({ verifier: cosineVerifier(0.3), minMatch: 0 })).photos, 4);
      await library.close();
    });
  }
});

describe('the job "tag"', () => {
  it('tags with the list, the verifier of the process and the options of its parameters', async (context) => {
    const { bench, library, file } = await coloured(context);
    const handler = createJobHandler({
      library,
      embedder: bench.embedder,
      openEmbedder: () => Promise.reject(new Error('no other model')),
      verifier: cosineVerifier(0.3),
    });
    const progress: string[] = [];
    const around: JobContext = {
      signal: new AbortController().signal,
      progress: ({ phase }) => progress.push(phase),
      skip: () => undefined,
    };
    const job = (parameters: Record<string, unknown>) =>
      handler({ kind: 'tag', parameters } as unknown as JobRecord, around);
    const verified = await job({ list: file, perPhoto: 1 });
    assert.deepEqual([verified['photos'], verified['rule'], verified['tags']], [12, 'pMatch', 12]);
    assert.ok(progress.includes('tagging'));
    assert.equal((await job({ list: file, verified: false }))['rule'], 'relative');
    await assert.rejects(job({ list: file, colour: 1 }), (error) => isAppError(error, 'INVALID_ARGUMENT'));
    await library.close();
  });

  it('goes on where it was when its process is killed, again and again, and ends as if nothing had happened', async (context) => {
    const { bench, library, file, tag } = await coloured(context, 25);
    await tag({ verifier: cosineVerifier(0.2) });
    const whole = tagsOf(library, bench);
    removeTexts(library.store, 'tags:colours');
    await library.close();
    const list = await openLabelList(file);
    let [before, midway] = [0, 0];
    for (let round = 0; round < 12 && before < 100; round += 1) {
      const child = spawn(
        process.execPath,
        [path.join(import.meta.dirname, 'tag-child.js'), bench.data, file],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const ended = once(child, 'exit');
      await Promise.race([
        once(child.stdout, 'data'),
        ended.then(([code]) => assert.fail(`ended with ${code}`)),
      ]);
      await delay(15 + Math.random() * 25);
      child.kill('SIGKILL');
      await ended;
      const opened = await bench.open();
      const source = opened.store.texts.source('tags:colours');
      const done = source === undefined ? 0 : 100 - opened.store.textTags.waitingCount(source, 1);
      assert.ok(done >= before, `${done} after ${before}`);
      if (done > before && done < 100) midway += 1;
      before = done;
      await opened.close();
    }
    context.diagnostic(`${midway} kills hit a run that had tagged some photos but not all`);
    const opened = await bench.open();
    const report = await tagPhotos(opened, bench.embedder, { list, verifier: cosineVerifier(0.2) });
    assert.equal(report.photos, 100 - before);
    assert.deepEqual(tagsOf(opened, bench), whole);
    await opened.close();
  });
});

describe('texts that the engine gave', () => {
  it('do not change what an import of a file says', async (context) => {
    const { bench, library, tag } = await coloured(context, 1);
    await tag({ verifier: cosineVerifier(0.3) });
    const source = await writeList(bench, 'mine.csv', 'path,tags\nred-0.jpg,red\n');
    const first = await importTexts(library, bench.embedder, { source, photos: bench.photos });
    assert.deepEqual([first.added, first.linked], [0, 1]);
    removeTexts(library.store, source);
    assert.ok(tagsOf(library, bench)['red-0.jpg']?.includes('red'));
    await library.close();
  });
});
