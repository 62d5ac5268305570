/**
 * Photos by date, page by page, against sorting all of them; and the same asked in a thread.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Inquirer } from '../../../indexer/inquiry/index.ts';
import type { ListPage, ListPlace, PhotoFilter } from '../../../indexer/index.ts';
import { isAppError } from '../../../model/index.ts';
import { temporaryFolder } from '../../support/photo-folder.ts';
import { makeStore, type MadeStore } from './filter/made-photos.ts';
import { passes } from './filter/naive-filter.ts';

const now = new Date(2026, 10, 25, 23, 30);
const filters: readonly (PhotoFilter | null)[] = [
  null,
  { camera: 'nikon' },
  { not: { has: 'date' } },
  { and: [{ folder: '2023' }, { last: '2y' }] },
  { camera: 'nobody makes this' },
];

const folder = await temporaryFolder({ after });
let made: MadeStore;

before(() => {
  made = makeStore(folder, 300, 11);
});
after(() => made.store.close());

/** Newest first, by the text of the date; those without one at the end. */
function naiveList(filter: PhotoFilter | null): number[] {
  return made.photos
    .filter((photo) => filter === null || passes(filter, photo, now))
    .toSorted(({ image: a }, { image: b }) => {
      const [dateA, dateB] = [a.takenAt ?? '', b.takenAt ?? ''];
      if (dateA !== dateB) return dateA < dateB ? 1 : -1;
      return b.contentId - a.contentId || b.id - a.id;
    })
    .map(({ image }) => image.id);
}

async function paged(inquirer: Inquirer, filter: PhotoFilter | null, limit: number): Promise<number[]> {
  const ids: number[] = [];
  let last: ListPlace | null = null;
  for (;;) {
    const page: ListPage = await inquirer.ask('list', { filter, after: last, limit, nowMs: now.getTime() });
    assert.equal(page.total, last === null ? naiveList(filter).length : null);
    ids.push(...page.places.map(({ id }) => id));
    last = page.places.at(-1) ?? null;
    if (page.isEnd) return ids;
    assert.equal(page.places.length, limit);
  }
}

describe('the list of photos', () => {
  for (const [where, threadFrom] of [
    ['on the calling thread', 1_000_000],
    ['in a thread of its own', 0],
  ] as const) {
    it(`has every photo that passes once, newest first, asked ${where}`, async () => {
      const inquirer = new Inquirer(made.store, { threadFrom });
      try {
        for (const filter of filters) {
          const wanted = naiveList(filter);
          for (const limit of [1, 7, 1000].slice(threadFrom === 0 ? 1 : 0)) {
            assert.deepEqual(
              await paged(inquirer, filter, limit),
              wanted,
              `${JSON.stringify(filter)} ${limit}`,
            );
          }
        }
        assert.ok(naiveList({ camera: 'nikon' }).length > 20);
      } finally {
        await inquirer.close();
      }
    });
  }

  it('goes on where it was though photos went', () => {
    const { store } = makeStore(path.join(folder, 'going'), 30, 5);
    try {
      const whole = store.imageLists.page(undefined, undefined, 1000).map(({ id }) => id);
      const page = store.imageLists.page(undefined, undefined, 5);
      const ids = page.map(({ id }) => id);
      // The photo that the page ended in, and one before it, are gone.
      store.images.remove([ids[1] ?? 0, ids[4] ?? 0]);
      const behind = store.imageLists.page(undefined, page.at(-1), 1000);
      assert.deepEqual([...ids, ...behind.map(({ id }) => id)], whole);
    } finally {
      store.close();
    }
  });
});

describe('Inquirer', () => {
  const ask = { filter: null, after: null, limit: 1, nowMs: 0 };

  it('answers several in turn, and passes over who no longer waits', async () => {
    const inquirer = new Inquirer(made.store, { threadFrom: 0 });
    const left = new AbortController();
    const first = inquirer.ask('list', ask);
    const second = inquirer.ask('list', ask, left.signal);
    const third = inquirer.ask('list', { ...ask, limit: 2 });
    left.abort();
    await assert.rejects(second, (error) => isAppError(error, 'ABORTED'));
    assert.equal((await first).places.length, 1);
    assert.equal((await third).places.length, 2);
    await inquirer.close();
  });

  it('refuses more than can wait, and takes questions again later', async () => {
    const inquirer = new Inquirer(made.store, { threadFrom: 0 });
    const asked = Array.from({ length: 40 }, () => inquirer.ask('list', ask));
    const results = await Promise.allSettled(asked);
    const refused = results.filter(({ status }) => status === 'rejected');
    assert.ok(refused.length > 0 && refused.length < 10, `${refused.length} refused`);
    for (const one of refused) {
      assert.ok(one.status === 'rejected' && isAppError(one.reason, 'BUSY'));
    }
    assert.equal((await inquirer.ask('list', ask)).places.length, 1);
    await inquirer.close();
  });

  it('tells those who wait when it is closed, and nobody afterwards', async () => {
    const inquirer = new Inquirer(made.store, { threadFrom: 0 });
    const waiting = [inquirer.ask('list', ask), inquirer.ask('list', ask)];
    const ends = Promise.allSettled(waiting);
    await inquirer.close();
    for (const end of await ends) assert.ok(end.status === 'rejected' && isAppError(end.reason, 'ABORTED'));
    await assert.rejects(inquirer.ask('list', ask), (error) => isAppError(error, 'ABORTED'));
  });

  it('says what is wrong with the database', async () => {
    const other = makeStore(path.join(folder, 'lost'), 3, 1);
    const inquirer = new Inquirer(other.store, { threadFrom: 0 });
    for (const end of ['', '-wal', '-shm']) rmSync(other.store.file + end, { force: true });
    try {
      await assert.rejects(inquirer.ask('list', ask), (error) => isAppError(error, 'NOT_FOUND'));
    } finally {
      await inquirer.close();
      other.store.close();
    }
  });
});
