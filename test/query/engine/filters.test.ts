/**
 * Filters of every share of the library, those that pass near the words or far from them, against comparing each photo.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { isAppError } from '../../../model/index.ts';
import type { PhotoFilter } from '../../../indexer/index.ts';
import { contentsOf, madeSearch, naiveList, type MadeSearch } from './made-search.ts';

const COUNT = 4000;

describe('a filtered search', () => {
  it('finds the same as comparing every photo that passes', async (context) => {
    const made = await madeSearch(context, COUNT);
    for (const share of [0.5, 0.05, 0.005, 0.0005]) {
      const passing = Math.max(1, Math.round(COUNT * share));
      const filters: Readonly<Record<string, PhotoFilter>> = {
        near: { bytes: { max: 999 + passing } },
        far: { bytes: { min: 1000 + COUNT - passing } },
        between: { bytes: { min: 1000 + (COUNT - passing) / 2, max: 999 + (COUNT + passing) / 2 } },
      };
      for (const [name, filter] of Object.entries(filters)) {
        for (const limit of [10, 100]) {
          const { hits } = await made.engine.search({ text: 'red', filter, limit });
          const expected = naiveList(made, passesOf(made, filter)).slice(0, limit);
          assert.equal(hits.length, Math.min(limit, expected.length));
          const wanted = new Set(expected);
          const right = contentsOf(hits).filter((id) => wanted.has(id)).length;
          assert.ok(
            right / expected.length >= 0.99,
            `${name} ${share} ${limit}: ${right} of ${expected.length}`,
          );
          assert.ok(contentsOf(hits).every(passesOf(made, filter)));
        }
      }
    }
  });

  it('estimates well enough how many pass, from a sample of a size that is always the same', async (context) => {
    const { library } = await madeSearch(context, COUNT);
    const { photoFilters } = library.store;
    const images = library.store.images
      .below('/made-up', '', 100_000)
      .flatMap(({ id }) => library.store.images.byId(id) ?? []);
    const cases: [PhotoFilter, (name: string, bytes: number) => boolean][] = [
      [{ path: '**/*7*' }, (name) => name.includes('7')],
      [{ path: '**/*[02468].jpg' }, (name) => /[02468]\.jpg$/.test(name)],
      [{ path: '**/*99*' }, (name) => name.includes('99')],
      [{ not: { path: '**/*1*' } }, (name) => !name.includes('1')],
      // By the place in the order of nearness, which is also that of the ids.
      ...[1, 0.5, 0.1, 0.02, 0].map((part): [PhotoFilter, (name: string, bytes: number) => boolean] => [
        { bytes: { max: 999 + COUNT * part } },
        (_, bytes) => bytes <= 999 + COUNT * part,
      ]),
    ];
    for (const [filter, passes] of cases) {
      const wanted = images.filter((image) => passes(path.basename(image.path), image.bytes)).length / COUNT;
      const found = photoFilters.share(filter, library.generation.id);
      // Two neighbours may meet at one id.
      assert.ok(found.sampled <= 512 && found.sampled > 500, `${found.sampled} were looked at`);
      const error = 3 * Math.sqrt((wanted * (1 - wanted)) / found.sampled) + 1e-9;
      const about = `${JSON.stringify(filter)}: ${found.share}, expected ${wanted}`;
      assert.ok(Math.abs(found.share - wanted) <= error, about);
    }
  });

  it('has nothing to give where nothing passes, and says so by no hits', async (context) => {
    const { engine } = await madeSearch(context, 100);
    const response = await engine.search({ text: 'red', filter: { bytes: { min: 1e9 } } });
    assert.deepEqual([response.hits.length, response.cursor, response.nothingMatches], [0, null, null]);
    assert.equal((await engine.search({ text: 'red', filter: { bytes: { max: 1e9 } } })).hits.length, 50);
  });

  it('lists what passes, newest first, where nothing else is asked for', async (context) => {
    const { engine } = await madeSearch(context, 100);
    const { hits, cutoff, notices } = await engine.search({ filter: { bytes: { max: 1004 } } });
    assert.equal(hits.length, 5);
    assert.ok(hits.every(({ score, matched }) => score === 0 && !matched.vector));
    assert.equal(cutoff, null);
    assert.match(notices.join(), /newest/);
  });

  it('refuses a filter that is none', async (context) => {
    const { engine } = await madeSearch(context, 10);
    await assert.rejects(
      engine.search({ text: 'red', filter: { colour: 'red' } as unknown as PhotoFilter }),
      (error) => isAppError(error, 'INVALID_ARGUMENT'),
    );
  });

  it('looks at the event loop while it compares', async (context) => {
    const { engine } = await madeSearch(context, COUNT);
    let longest = 0;
    let before = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - before);
      before = performance.now();
    }, 1);
    context.after(() => clearInterval(timer));
    await engine.search({ text: 'red', filter: { bytes: { min: 1000 + COUNT / 2 } }, limit: 1000 });
    await engine.search({ filter: { bytes: { min: 1 } }, limit: 10 });
    // The goal is 50 ms; the machine may be busy.
    assert.ok(longest < 250, `${longest} ms`);
  });
});

function passesOf({ library }: MadeSearch, filter: PhotoFilter): (id: number) => boolean {
  const { min = 0, max = Number.POSITIVE_INFINITY } = 'bytes' in filter ? filter.bytes : {};
  const bytes = new Map(
    library.store.images.below('/made-up', '', 100_000).map(({ id }) => {
      const image = library.store.images.byId(id);
      return [image?.contentId ?? 0, image?.bytes ?? 0];
    }),
  );
  return (id) => (bytes.get(id) ?? 0) >= min && (bytes.get(id) ?? 0) <= max;
}
