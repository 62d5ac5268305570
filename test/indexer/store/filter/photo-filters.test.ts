/**
 * Filters in SQL against a plain predicate over every photo.
 * Source: naive-filter.ts. Deviation: none.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { checkPhotoFilter, filterFields, type PhotoFilter } from '../../../../indexer/store/index.ts';
import { randomNumbers, temporaryFolder } from '../../../support/photo-folder.ts';
import { makeStore, type MadeStore } from './made-photos.ts';
import { passes } from './naive-filter.ts';
import { randomFilter } from './random-filters.ts';

const CONTENTS = 500;
const FILTERS = 600;
const FEW = 40;
const now = new Date(2026, 10, 25, 23, 30);

const folder = await temporaryFolder({ after });
let made: MadeStore;

before(() => {
  made = makeStore(folder, CONTENTS, 41);
});
after(() => made.store.close());

describe('PhotoFilters', () => {
  it('agrees with a plain predicate in hundreds of random filters, each kind of field among them', () => {
    const random = randomNumbers(7);
    const fields = new Set<string>();
    let some = 0;
    const known = { few: 0, byIndex: 0 };
    const withVector = new Set(
      made.photos.filter(({ hasVector }) => hasVector).map(({ image }) => image.contentId),
    );
    for (let round = 0; round < FILTERS; round += 1) {
      const filter = checkPhotoFilter(randomFilter(random));
      for (const name of JSON.stringify(filter).matchAll(/"(\w+)":/g)) fields.add(name[1] ?? '');
      const passing = made.photos.filter((photo) => passes(filter, photo, now));
      const wanted = [
        ...new Set(passing.filter(({ hasVector }) => hasVector).map(({ image }) => image.contentId)),
      ].toSorted((a, b) => a - b);
      const about = JSON.stringify(filter);
      assert.deepEqual(pagesOf(filter), wanted, about);
      for (const limit of [FEW, Number.MAX_SAFE_INTEGER]) {
        const few = made.store.photoFilters.few(filter, made.generationId, limit, now);
        if (few === undefined) continue;
        assert.deepEqual(few, wanted, about);
        if (limit === FEW) known.few += 1;
        else known.byIndex += 1;
      }
      const { share, sampled } = made.store.photoFilters.share(filter, made.generationId, now);
      const expected = wanted.length / withVector.size;
      const error = 4 * Math.sqrt((expected * (1 - expected)) / sampled) + 1 / sampled;
      assert.ok(Math.abs(share - expected) <= error, `${about}: ${share}, expected about ${expected}`);
      const asked = made.photos.map(({ image }) => image.contentId).filter((id) => id % 3 === 0);
      const found = made.store.photoFilters.imagesOf(filter, asked, now);
      assert.deepEqual(
        found.map(({ id }) => id),
        passing
          .map(({ image }) => image)
          .filter(({ contentId }) => contentId % 3 === 0)
          .map(({ id }) => id)
          .toSorted((a, b) => a - b),
        about,
      );
      assert.deepEqual(
        made.store.photoFilters.pass(filter, asked, now),
        new Set(found.map(({ contentId }) => contentId)),
      );
      if (wanted.length > 0 && wanted.length < CONTENTS * 0.9) some += 1;
    }
    // Filters that let nothing or everything through would prove little.
    assert.ok(some > FILTERS * 0.6, `${some} filters that divide the photos`);
    for (const field of filterFields) assert.ok(fields.has(field), field);
    assert.ok(known.few > FILTERS * 0.05, `${known.few} filters for which an index leads to few`);
    assert.ok(known.byIndex > known.few, `${known.byIndex} filters that an index answers`);
    assert.ok(known.byIndex < FILTERS * 0.9, 'the others are answered piece by piece');
  });

  it('shows of a photo with copies the one that passes', () => {
    const copies = new Map<number, number>();
    for (const { image } of made.photos) copies.set(image.contentId, (copies.get(image.contentId) ?? 0) + 1);
    const several = made.photos.filter(({ image }) => (copies.get(image.contentId) ?? 0) > 1);
    assert.ok(several.length > 0);
    for (const { image } of several.slice(0, 20)) {
      const found = made.store.photoFilters.imagesOf({ path: `**/${image.path.split('/').at(-1) ?? ''}` }, [
        image.contentId,
      ]);
      assert.deepEqual(
        found.map(({ id }) => id),
        [image.id],
      );
    }
  });

  it('means by a relative date the moment it is given', () => {
    assert.ok(pagesOf({ last: '30d' }).length > 0);
    assert.deepEqual(pagesOf({ last: '30d' }, new Date(1990, 0, 1)), []);
  });

  it('takes what looks like SQL for the text that it is', () => {
    for (const text of [
      `' OR 1=1 --`,
      `"; DROP TABLE images; --`,
      `') OR (1`,
      '%',
      '_',
      '?',
      '?1',
      '$a',
      '\\',
    ]) {
      for (const filter of [
        { camera: text },
        { lens: text },
        { folder: `a${text}` },
        { path: `a${text}` },
        { keyword: text },
        { collection: text },
        { format: text },
      ] as PhotoFilter[]) {
        assert.deepEqual(pagesOf(filter), [], JSON.stringify(filter));
      }
    }
    assert.equal(made.store.images.totals().images, made.photos.length);
  });

  it('sees a folder and a camera that came after the first question', async (context) => {
    const other = makeStore(await temporaryFolder(context), 1, 2);
    try {
      const [photo] = other.photos;
      assert.ok(photo);
      assert.equal(other.store.photoFilters.pass({ folder: 'later' }, [1]).size, 0);
      other.store.commit(
        [
          {
            kind: 'photo',
            path: `${photo.image.root}/later/copy.jpg`,
            rootId: 1,
            bytes: 1,
            modifiedMs: 1,
            movedFrom: null,
            content: { contentId: 1 },
          },
        ],
        other.generationId,
      );
      assert.equal(other.store.photoFilters.pass({ folder: 'later' }, [1]).size, 1);
    } finally {
      other.store.close();
    }
  });
});

/** In pieces of an awkward size. */
function pagesOf(filter: PhotoFilter, moment = now): number[] {
  const { photoFilters, vectors } = made.store;
  const ids: number[] = [];
  const end = vectors.lastContentId(made.generationId);
  for (let start = 0; start < end; start += 37) {
    ids.push(
      ...photoFilters.contentIds(filter, made.generationId, { after: start, last: start + 37 }, moment),
    );
  }
  return ids;
}
