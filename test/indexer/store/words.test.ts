/**
 * The index of words against a slow look through everything that is written about each photo.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import Database from 'better-sqlite3';
import { noDetails, partedWords, Store, wordColumns } from '../../../indexer/store/index.ts';
import { randomNumbers } from '../../support/photo-folder.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const ROOT = '/home/ann/Photos';
/** No two share a stem, and none has an accent, so that both sides part texts alike. */
const WORDS = [
  'harbour',
  'lantern',
  'Rome',
  'kettle',
  'zebra',
  'Canon',
  'meadow',
  'Berlin',
  'pickle',
  'owl',
] as const;

interface Bench {
  readonly store: Store;
  readonly file: string;
  readonly generationId: number;
  readonly rootId: number;
  readonly random: () => number;
}

async function openBench(context: TestContext, seed: number): Promise<Bench> {
  const file = path.join(await temporaryFolder(context), 'library.sqlite');
  const store = Store.open(file, 'write');
  context.after(() => store.close());
  const { generation } = store.generations.ensure({
    modelName: 'made',
    modelIdentity: 'made',
    preprocessVersion: '1',
    dimension: 4,
  });
  const rootId = store.roots.add(ROOT, 'folder', 1);
  return { store, file, generationId: generation.id, rootId, random: randomNumbers(seed) };
}

function pick<T>(random: () => number, all: readonly T[]): T {
  const one = all[Math.floor(random() * all.length)];
  assert.ok(one !== undefined);
  return one;
}

/** One step of a library's life, each in a transaction of its own, as in earnest. */
function step({ store, generationId, rootId, random }: Bench, number: number): void {
  const word = (): string => pick(random, WORDS);
  const maybe = <T>(value: T): T | null => (random() < 0.5 ? value : null);
  const images = store.images.below(ROOT, '', 10_000);
  const dice = random();
  if (dice < 0.5 || images.length === 0) {
    const bytes = random() < 0.8 ? number : Math.floor(random() * number);
    store.commit(
      [
        {
          kind: 'photo',
          path: `${ROOT}/${word()}/${word()}${word().toUpperCase()}_${number}.jpg`,
          rootId,
          bytes: 10,
          modifiedMs: number,
          movedFrom: random() < 0.2 ? (images[0]?.id ?? null) : null,
          content: {
            vector: Float32Array.of(1, 0, 0, 0),
            facts: {
              hash: createHash('sha256').update(String(bytes)).digest('hex'),
              bytes: 10,
              width: 4,
              height: 4,
              format: 'jpeg',
              takenAt: null,
              reader: 'made',
              details: {
                ...noDetails,
                title: maybe(word()),
                caption: maybe(`${word()}, a ${word()}`),
                keywords: random() < 0.5 ? [word(), word()] : [],
                camera: maybe(`${word()} 5D`),
                location: maybe(`${word()}, Italy`),
              },
            },
          },
        },
      ],
      generationId,
    );
  } else if (dice < 0.65) {
    store.images.remove([pick(random, images).id]);
    store.images.removeOrphans(0, 1000);
  } else if (dice < 0.9) {
    // A sidecar, also of a photo that is not there yet.
    const source = store.texts.start(`/lists/${Math.floor(random() * 3)}.csv`, 'file');
    const target = random() < 0.8 ? pick(random, images).path : `${ROOT}/later_${number}.jpg`;
    store.texts.add(source, [
      {
        kind: pick(random, ['caption', 'tag', 'line']),
        text: `${word()} ${word()}`,
        path: target,
        key: null,
        metadata: null,
      },
    ]);
    while (store.texts.dropOld(source, 100) > 0);
  } else {
    const [source] = store.texts.sources(1, 10);
    let removed = source === undefined ? 0 : 1;
    while (removed > 0) removed = store.texts.removeSource(source?.id ?? 0, 100);
  }
}

/** Contents by word and column, by reading all that is written about each. */
function naive({ store }: Bench): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  const note = (contentId: number, column: string, text: string | null): void => {
    for (const token of (text ?? '').toLowerCase().split(/[^\p{L}\p{N}]+/u)) {
      const key = `${column} ${token}`;
      found.set(key, (found.get(key) ?? new Set()).add(contentId));
    }
  };
  for (const { id } of store.images.below(ROOT, '', 10_000)) {
    const image = store.images.byId(id);
    assert.ok(image);
    const { contentId, details } = image;
    note(contentId, 'name', partedWords(image.path.slice('/home/ann/'.length, -'.jpg'.length)));
    for (const text of [details.title, details.caption]) note(contentId, 'caption', text);
    for (const keyword of details.keywords) note(contentId, 'keywords', keyword);
    for (const text of [details.camera, details.lens]) note(contentId, 'camera', text);
    note(contentId, 'place', details.location);
    for (const { kind, text } of store.texts.ofImages([id], 1000)) {
      note(contentId, kind === 'tag' ? 'keywords' : 'caption', text);
    }
  }
  return found;
}

function assertSame(bench: Bench): void {
  const expected = naive(bench);
  for (const word of WORDS) {
    for (const column of wordColumns) {
      const want = [...(expected.get(`${column} ${word.toLowerCase()}`) ?? [])].toSorted((a, b) => a - b);
      const match = `${column} : "${word}"`;
      const found = bench.store.words.best(match, 10_000, 0).toSorted((a, b) => a - b);
      assert.deepEqual(found, want, match);
      assert.equal(bench.store.words.count(match, 10_000), want.length);
    }
    const key = word.toLowerCase();
    const all = new Set(wordColumns.flatMap((column) => [...(expected.get(`${column} ${key}`) ?? [])]));
    for (const contentId of all) {
      const columns = wordColumns.filter((column) => expected.get(`${column} ${key}`)?.has(contentId));
      assert.deepEqual(
        bench.store.words.placesIn(contentId, `"${word}"`),
        columns.map((column) => ({ column, words: [key] })),
      );
    }
  }
}

describe('the index of words', () => {
  for (const seed of [1, 2, 3]) {
    it(`is in step with what is written about photos after each of 120 random changes (${seed})`, async (context) => {
      const bench = await openBench(context, seed);
      for (let number = 0; number < 120; number += 1) {
        step(bench, number);
        if (number % 10 === 9) assertSame(bench);
      }
      assert.ok(bench.store.images.totals().images > 5, 'photos were left to find');
    });
  }

  it('is written for a library that was made before there was one', async (context) => {
    const bench = await openBench(context, 4);
    for (let number = 0; number < 60; number += 1) step(bench, number);
    bench.store.close();
    const old = new Database(bench.file);
    const triggers = old.prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'words_of_%'",
    );
    for (const { name } of triggers.all() as { name: string }[]) old.exec(`DROP TRIGGER ${name}`);
    old.exec('DROP TABLE words; DROP TABLE word_changes; ALTER TABLE contents DROP COLUMN location');
    old.pragma(`user_version = ${Number(old.pragma('user_version', { simple: true })) - 1}`);
    old.close();
    const store = Store.open(bench.file, 'write');
    context.after(() => store.close());
    while (store.words.catchUpAlone(7) === 7);
    assertSame({ ...bench, store });
  });

  it('is not changed by a transaction that fails', async (context) => {
    const bench = await openBench(context, 5);
    for (let number = 0; number < 30; number += 1) step(bench, number);
    const before = bench.store.words.best('"harbour"', 1000, 0);
    const source = bench.store.texts.start('/lists/bad.csv', 'file');
    const [place] = bench.store.images.below(ROOT, '', 1);
    assert.ok(place);
    const entry = { kind: 'caption', path: place.path, key: null, metadata: null } as const;
    // An empty text is refused by the schema, after the first entry was written.
    assert.throws(() =>
      bench.store.texts.add(source, [
        { ...entry, text: 'harbour' },
        { ...entry, text: '' },
      ]),
    );
    assert.deepEqual(bench.store.words.best('"harbour"', 1000, 0), before);
    assertSame(bench);
  });
});
