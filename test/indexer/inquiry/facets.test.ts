/**
 * Facets against looking at every photo, and each value's filter against a plain predicate.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  FacetCounter,
  facetNames,
  Inquirer,
  type FacetName,
  type Facets,
  type FacetsRequest,
} from '../../../indexer/inquiry/index.ts';
import { folded, noDetails, type PhotoFilter } from '../../../indexer/store/index.ts';
import { isAppError } from '../../../model/index.ts';
import { temporaryFolder } from '../../support/photo-folder.ts';
import { makeStore, type MadePhoto, type MadeStore } from '../store/filter/made-photos.ts';
import { passes } from '../store/filter/naive-filter.ts';

const now = new Date(2026, 10, 25, 23, 30);
const nowMs = now.getTime();
const filters: readonly (PhotoFilter | null)[] = [
  null,
  { camera: 'nikon' },
  { and: [{ folder: '2023' }, { not: { has: 'place' } }] },
  { or: [{ keyword: 'sea' }, { last: '2y' }] },
  { camera: 'nobody makes this' },
];

const folder = await temporaryFolder({ after });
let made: MadeStore;

before(() => {
  made = makeStore(folder, 400, 23);
});
after(() => made.store.close());

/** The values of a photo, as a person would say them; places are left to the filters. */
function naiveValues(name: FacetName, { image, tags, engineTags }: MadePhoto): string[] {
  switch (name) {
    case 'year':
      return image.takenAt === null ? [] : [image.takenAt.slice(0, 4)];
    case 'month':
      return image.takenAt === null ? [] : [image.takenAt.slice(0, 7)];
    case 'folder': {
      const inside = path.relative(path.dirname(image.root), path.dirname(image.path)).split('/');
      return inside.map((_, depth) => inside.slice(0, depth + 1).join('/'));
    }
    case 'camera':
    case 'lens':
      return [image.details[name] ?? []].flat();
    case 'orientation':
      if (image.width === image.height) return ['square'];
      return [image.width > image.height ? 'landscape' : 'portrait'];
    case 'format':
      return [image.format];
    case 'keyword':
      return [...tags, ...engineTags];
    case 'place':
      break;
  }
  return [];
}

function naiveCounts(name: FacetName, photos: readonly MadePhoto[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const photo of photos) {
    for (const value of new Set(naiveValues(name, photo).map((text) => folded(text)))) {
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return counts;
}

async function counted(filter: PhotoFilter | null, threadFrom = 1_000_000): Promise<Facets> {
  const inquirer = new Inquirer(made.store, { threadFrom });
  try {
    return await inquirer.ask('facets', { filter, names: facetNames, nowMs });
  } finally {
    await inquirer.close();
  }
}

describe('facets', () => {
  it('are what looking at every photo gives, within any filter', async () => {
    for (const filter of filters) {
      const photos = made.photos.filter((photo) => filter === null || passes(filter, photo, now));
      const { total, facets } = await counted(filter);
      assert.equal(total, photos.length);
      assert.deepEqual(
        facets.map(({ name }) => name),
        facetNames,
      );
      for (const { name, values, isComplete } of facets) {
        const about = `${name} within ${JSON.stringify(filter)}`;
        assert.ok(isComplete, about);
        if (name === 'place') continue;
        const found = new Map(values.map(({ value, count }) => [folded(value), count]));
        assert.equal(found.size, values.length, about);
        assert.deepEqual(
          [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)),
          [...naiveCounts(name, photos)].toSorted(([a], [b]) => (a < b ? -1 : 1)),
          about,
        );
      }
    }
  });

  it('carry with each value the filter that keeps exactly its photos', async () => {
    let checked = 0;
    for (const filter of filters) {
      const photos = made.photos.filter((photo) => filter === null || passes(filter, photo, now));
      for (const { values } of (await counted(filter)).facets) {
        for (const { value, count, filter: own } of values) {
          assert.equal(photos.filter((photo) => passes(own, photo, now)).length, count, value);
          // The same by SQL.
          const both = filter === null ? own : { and: [filter, own] };
          assert.equal(made.store.imageLists.count(both, now), count, value);
          checked += 1;
        }
      }
    }
    assert.ok(checked > 100, `${checked} values`);
  });

  it('have every photo with a place in one cell, on the date line and at the poles, too', async () => {
    const placed = made.photos.filter(({ image }) => image.details.latitude !== null);
    const place = (await counted(null)).facets.find(({ name }) => name === 'place');
    assert.ok(place !== undefined);
    assert.equal(
      place.values.reduce((sum, { count }) => sum + count, 0),
      placed.length,
    );
    for (const photo of placed) {
      assert.equal(place.values.filter(({ filter }) => passes(filter, photo, now)).length, 1);
    }
    assert.ok(
      place.values.some(({ label }) => label === '52.6° N, 13.4° E'),
      JSON.stringify(place.values),
    );
  });

  it('are in the order of time, or of their number', async () => {
    for (const { name, values } of (await counted(null)).facets) {
      for (const [index, { value, count }] of values.entries()) {
        const previous = values[index - 1];
        if (previous === undefined) continue;
        if (name === 'year' || name === 'month') assert.ok(previous.value > value);
        else assert.ok(previous.count >= count);
      }
    }
  });

  it('are the same asked in a thread of their own', async () => {
    for (const filter of filters.slice(0, 2)) {
      assert.deepEqual(await counted(filter, 0), await counted(filter));
    }
  });

  it('tell a camera from those with a longer name, and name no more values than one can look at', async () => {
    const small = makeStore(path.join(folder, 'cameras'), 1, 1);
    const { store, generationId } = small;
    try {
      const rootId = store.roots.add('/made [up]/{a,b}!', 'folder', 1);
      const cameras = ['Canon EOS 5', 'Canon EOS 5D', 'canon eos 5', 'Canon EOS 5D Mark II', 'Leica'];
      const names = [...cameras, ...cameras, ...Array.from({ length: 230 }, (_, index) => `Box ${index}`)];
      store.commit(
        names.map((camera, index) => ({
          kind: 'photo',
          path: `/made [up]/{a,b}!/${index % 2 === 0 ? 'x*y' : 'xzy'}/${index}.jpg`,
          rootId,
          bytes: 1,
          modifiedMs: 1,
          movedFrom: null,
          content: {
            vector: new Float32Array(4).fill(0.5),
            facts: {
              hash: String(index).padStart(64, '0'),
              bytes: 1,
              width: 1,
              height: 1,
              format: 'jpeg',
              takenAt: null,
              reader: 'made',
              details: { ...noDetails, camera },
            },
          },
        })),
        generationId,
      );
      const inquirer = new Inquirer(store);
      const { facets } = await inquirer.ask('facets', { filter: null, names: ['camera', 'folder'], nowMs });
      const [camera, folders] = facets;
      assert.ok(camera !== undefined && folders !== undefined);
      assert.equal(camera.values.length, 200);
      assert.equal(camera.isComplete, false);
      const five = camera.values.find(({ value }) => folded(value) === 'CANON EOS 5');
      assert.equal(five?.count, 4);
      for (const { value, filter, count } of [...camera.values, ...folders.values]) {
        assert.equal(store.imageLists.count(filter), count, value);
      }
      assert.ok(folders.values.some(({ value, count }) => value === '{a,b}!/x*y' && count === 120));
    } finally {
      store.close();
    }
  });
});

describe('FacetCounter', () => {
  const request: FacetsRequest = { filter: null, names: ['format'], nowMs };
  const empty: Facets = { total: 0, facets: [] };

  it('counts once for all who ask the same, and again when something was committed', async () => {
    let [asked, version] = [0, 'a'];
    const counter = new FacetCounter(
      {
        ask: (() => {
          asked += 1;
          return Promise.resolve(empty);
        }) as unknown as Inquirer['ask'],
      },
      () => version,
    );
    await Promise.all([counter.count(request), counter.count(request)]);
    await counter.count({ ...request, nowMs: nowMs + 1 });
    assert.equal(asked, 1);
    await counter.count({ ...request, names: ['year'] });
    await counter.count({ ...request, filter: { has: 'date' } });
    await counter.count({ ...request, nowMs: nowMs + 86_400_000 });
    assert.equal(asked, 4);
    version = 'b';
    await counter.count(request);
    assert.equal(asked, 5);
  });

  it('gives up counting when nobody waits any more, not when one of two has left', async () => {
    const inquirer = new Inquirer(made.store, { threadFrom: 0 });
    const counter = new FacetCounter(inquirer, () => made.store.version());
    // What comes first occupies the thread.
    const busy = inquirer.ask('list', { filter: null, after: null, limit: 1, nowMs });
    const left = new AbortController();
    const [alone, one, two] = [
      counter.count({ ...request, names: ['year'] }, left.signal),
      counter.count(request, left.signal),
      counter.count(request),
    ];
    left.abort();
    await assert.rejects(alone, (error) => isAppError(error, 'ABORTED'));
    assert.ok((await two).total > 0);
    assert.deepEqual(await one, await two);
    await busy;
    await inquirer.close();
  });
});
