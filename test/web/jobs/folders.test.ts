/**
 * The folder picker, and the folders that index jobs may be pointed at: ways out, and beside each the way that is open.
 * Source: OWASP's guide to testing for path traversal. Deviation: none.
 */
import assert from 'node:assert/strict';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readSettings } from '../../../indexer/index.ts';
import { EmbeddedJobQueue } from '../../../indexer/jobs/embedded/job-queue.ts';
import type { Server } from '../../../web/index.ts';
import { foldersSchema, type FoldersDocument } from '../../../web/schema/index.ts';
import { ask, post, problemOf, type Answer } from '../http.ts';
import { openSmallLibrary, serveSmall, type SmallLibrary } from '../small-library.ts';
import { jobOptions } from './job-options.ts';

let small: SmallLibrary;
let queue: EmbeddedJobQueue;
let server: Server;
/** Holds `allowed` and, beside it, what must stay unseen. */
let place: string;
let allowed: string;

before(async () => {
  small = await openSmallLibrary(1);
  place = path.join(path.dirname(small.photos), 'disk');
  allowed = path.join(place, 'allowed');
  for (const folder of [
    'allowed/Trips/Rome 2',
    'allowed/Trips/Rome 10',
    'allowed/Trips/.hidden',
    'allowed/Ünïcode 日本 "x" %2e',
    'allowed-not/secret',
    'secret/inner',
  ]) {
    await mkdir(path.join(place, folder), { recursive: true });
  }
  for (const file of [
    'allowed/Trips/a.jpg',
    'allowed/Trips/b.HEIC',
    'allowed/Trips/notes.txt',
    'secret/s.jpg',
  ]) {
    await writeFile(path.join(place, file), '');
  }
  await symlink(path.join(place, 'secret'), path.join(allowed, 'way-out'));
  await symlink(path.join(place, 'nothing'), path.join(allowed, 'dangling'));
  await symlink(path.join(allowed, 'Trips'), path.join(allowed, 'Journeys'));
  await symlink(allowed, path.join(place, 'way-in'));
  await symlink(path.join(allowed, 'loop'), path.join(allowed, 'loop'));
  queue = EmbeddedJobQueue.open({ dataFolder: small.library.dataFolder });
  server = await serveSmall(small, { jobs: jobOptions(queue, [allowed]) });
});

after(async () => {
  await server.close();
  await queue.close();
  await small.close();
});

function list(folder?: string, url = server.url): Promise<Answer> {
  return ask(url, `/v1/folders${folder === undefined ? '' : `?path=${encodeURIComponent(folder)}`}`);
}

function indexing(folder: string): Promise<Answer> {
  return post(server.url, '/v1/jobs', { kind: 'index', folders: [folder] });
}

async function foldersOf(answer: Promise<Answer>): Promise<FoldersDocument> {
  return foldersSchema.parse((await answer).json());
}

async function rootsOf(answer: Answer): Promise<unknown> {
  const { id } = answer.json() as { id: string };
  return (await queue.get(id))?.parameters['roots'];
}

/** Without the name of the folder. */
async function refusalOf(folder: string): Promise<string> {
  return problemOf(await list(folder)).detail.replace(folder, '');
}

/** What a server of its own allows. */
async function topOf(options: Parameters<typeof serveSmall>[1]): Promise<string[]> {
  const one = await serveSmall(small, options);
  try {
    return (await foldersOf(list(undefined, one.url))).folders.map((folder) => folder.path).toSorted();
  } finally {
    await one.close();
  }
}

describe('the folder picker', () => {
  it('begins with the indexed folders and the allowed ones', async () => {
    assert.deepEqual(await foldersOf(list()), {
      path: null,
      parent: null,
      folders: [
        { name: 'allowed', path: allowed },
        { name: 'My photos', path: small.photos },
      ],
      isComplete: true,
      photos: null,
    });
  });

  it('lists folders by name, counts photos, and leaves out hidden ones and links that lead out', async () => {
    const top = await foldersOf(list(allowed));
    assert.equal(top.parent, null);
    assert.deepEqual(
      top.folders.map(({ name }) => name),
      ['Journeys', 'Trips', 'Ünïcode 日本 "x" %2e'],
    );
    assert.deepEqual(await foldersOf(list(path.join(allowed, 'Trips'))), {
      path: path.join(allowed, 'Trips'),
      parent: allowed,
      folders: ['Rome 2', 'Rome 10'].map((name) => ({ name, path: path.join(allowed, 'Trips', name) })),
      isComplete: true,
      photos: 2,
    });
    for (const one of top.folders) assert.equal((await list(one.path)).status, 200, one.path);
  });

  it('says where a list is not complete', async () => {
    const folder = path.join(allowed, 'many');
    for (let index = 0; index < 1001; index += 1) {
      await mkdir(path.join(folder, `folder ${index}`), { recursive: true });
    }
    try {
      const { folders, isComplete } = await foldersOf(list(folder));
      assert.deepEqual([folders.length, isComplete, folders.at(-1)?.name], [1000, false, 'folder 999']);
      await rm(path.join(folder, 'folder 7'), { recursive: true });
      assert.equal((await foldersOf(list(folder))).isComplete, true);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('what lies outside', () => {
  const outside: readonly (readonly [string, () => string])[] = [
    ['the folder above', () => place],
    ['the root of the disk', () => '/'],
    ['a folder beside it', () => path.join(place, 'secret')],
    ['a folder whose name begins alike', () => path.join(place, 'allowed-not')],
    ['a file', () => path.join(place, 'secret/s.jpg')],
    ['what is not there', () => path.join(place, 'nothing/at/all')],
    ['a way up', () => `${allowed}/../secret`],
    ['a way up and down', () => `${allowed}/Trips/../../secret/inner`],
    ['a way up behind a link', () => `${allowed}/Journeys/../../secret`],
    ['a link that leads out', () => path.join(allowed, 'way-out')],
    ['a folder behind such a link', () => path.join(allowed, 'way-out/inner')],
    ['nothing behind such a link', () => path.join(allowed, 'way-out/nothing')],
    ['a link to nothing', () => path.join(allowed, 'dangling')],
    ['a place behind it', () => path.join(allowed, 'dangling/x')],
    ['a link to itself', () => path.join(allowed, 'loop')],
  ];
  for (const [what, pathOf] of outside) {
    it(`is refused: ${what}`, async () => {
      const jobs = (await queue.list()).length;
      for (const answer of [await list(pathOf()), await indexing(pathOf())]) {
        assert.equal(answer.status, 403);
        const { code, detail } = problemOf(answer);
        assert.equal(code, 'FOLDER_NOT_ALLOWED');
        assert.match(
          detail,
          /start the server with --allow-folder and this folder \(or IMGLISH_ALLOW_FOLDERS\)/,
        );
      }
      assert.equal((await queue.list()).length, jobs);
    });
  }

  it('is refused in the same words, whether it is there or not', async () => {
    const [there, not] = [path.join(place, 'secret'), path.join(place, 'secrex')];
    assert.equal(await refusalOf(there), await refusalOf(not));
  });

  const inside: readonly (readonly [string, () => string, () => string])[] = [
    ['itself', () => allowed, () => allowed],
    ['a folder in it', () => path.join(allowed, 'Trips/Rome 2'), () => path.join(allowed, 'Trips/Rome 2')],
    ['a way that comes back', () => `${allowed}/Trips/../Trips//./`, () => path.join(allowed, 'Trips')],
    [
      'a difficult name',
      () => path.join(allowed, 'Ünïcode 日本 "x" %2e'),
      () => path.join(allowed, 'Ünïcode 日本 "x" %2e'),
    ],
    [
      'a link inside, by what it leads to',
      () => path.join(allowed, 'Journeys'),
      () => path.join(allowed, 'Trips'),
    ],
    ['a link from outside, too', () => path.join(place, 'way-in/Trips'), () => path.join(allowed, 'Trips')],
  ];
  for (const [what, pathOf, rootOf] of inside) {
    it(`is not: ${what}`, async () => {
      assert.equal((await foldersOf(list(pathOf()))).path, rootOf());
      const answer = await indexing(pathOf());
      assert.equal(answer.status, 202);
      assert.deepEqual(await rootsOf(answer), [rootOf()]);
    });
  }
});

describe('inside', () => {
  it('tells what is missing, a file, or no path, from what is forbidden', async () => {
    const wrong = [
      [path.join(allowed, 'Tripz'), 404, /Tripz: is not there, expected a folder/],
      [path.join(allowed, 'Trips/a.jpg'), 422, /a\.jpg: is a file, expected a folder/],
      ['Trips', 400, /found "Trips", expected an absolute path/],
      ['', 400, /path|folders/],
      [`${allowed}\0/Trips`, 400, /expected an absolute path/],
      [`${allowed}/${'x'.repeat(5000)}`, 400, /path|folders/],
    ] as const;
    for (const [folder, status, detail] of wrong) {
      for (const answer of [await list(folder), await indexing(folder)]) {
        assert.equal(answer.status, status, folder);
        assert.match(problemOf(answer).detail, detail);
      }
    }
  });

  it('names a folder of the library as the library does, by whatever way it is reached', async () => {
    // The library was made by a name that has become a link.
    const moved = `${small.photos} moved`;
    await rename(small.photos, moved);
    await symlink(moved, small.photos);
    try {
      const summer = path.join(small.photos, 'Summer');
      assert.deepEqual(await rootsOf(await indexing(summer)), [summer]);
      assert.deepEqual(await rootsOf(await indexing(path.join(moved, 'Summer'))), [summer]);
      assert.equal((await foldersOf(list(summer))).parent, small.photos);
    } finally {
      await rm(small.photos);
      await rename(moved, small.photos);
    }
  });
});

describe('the folders that are allowed', () => {
  it('are the home folder and the indexed ones where only this machine can connect', async () => {
    assert.deepEqual(await topOf({ jobs: jobOptions(queue, [], place) }), [small.photos, place].toSorted());
    assert.deepEqual(await topOf({ jobs: jobOptions(queue, [], null) }), [small.photos]);
  });

  it('are the indexed ones and the given ones where others can, or where some are given', async () => {
    const wide = { host: '0.0.0.0', isInsecure: true };
    assert.deepEqual(await topOf({ jobs: jobOptions(queue, [], place), ...wide }), [small.photos]);
    const given = [small.photos, allowed].toSorted();
    assert.deepEqual(await topOf({ jobs: jobOptions(queue, [allowed], place), ...wide }), given);
    assert.deepEqual(await topOf({ jobs: jobOptions(queue, [allowed], place) }), given);
    // One that is not there, such as a disk that is not plugged in, is left out.
    assert.deepEqual(await topOf({ jobs: jobOptions(queue, [allowed, '/nowhere']) }), given);
  });

  it('are given by a flag as often as there are folders, or by a variable with commas', () => {
    assert.deepEqual(readSettings({}, {}).allowedFolders, []);
    assert.deepEqual(readSettings({}, { IMGLISH_ALLOW_FOLDERS: '/a, /b/c' }).allowedFolders, ['/a', '/b/c']);
    assert.deepEqual(readSettings({ allowFolder: ['/a, b', '/c'] }, {}).allowedFolders, ['/a, b', '/c']);
  });
});
