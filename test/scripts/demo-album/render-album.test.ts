/**
 * Albums on the disk: whole, resumable, never mixed.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import sharp from 'sharp';
import { renderAlbum, sampleScene, captionsOf, type AlbumLine } from '../../../scripts/demo-album/index.ts';
import { photoMetadata } from '../../../indexer/photos/metadata/index.ts';
import { isAppError } from '../../../model/index.ts';

const COUNT = 7;
const SIDE = 160;
const made: string[] = [];

after(async () => {
  await Promise.all(made.map((folder) => rm(folder, { recursive: true, force: true })));
});

async function freshFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'imglish-album-'));
  made.push(folder);
  return folder;
}

/** SHA-256 by file name. */
async function contentsOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).toSorted((a, b) => (a < b ? -1 : 1));
  const entries = await Promise.all(
    names.map(
      async (name) =>
        [
          name,
          createHash('sha256')
            .update(await readFile(path.join(folder, name)))
            .digest('hex'),
        ] as const,
    ),
  );
  return Object.fromEntries(entries);
}

async function picturesIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.jpg')).toSorted((a, b) => (a < b ? -1 : 1));
}

const whole = await freshFolder();
await renderAlbum({ folder: whole, count: COUNT, side: SIDE });

test('an album is JPEG files of the size and date that captions.jsonl says, and a line for each', async () => {
  const lines = (await readFile(path.join(whole, 'captions.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as AlbumLine);
  assert.equal(lines.length, COUNT);
  assert.deepEqual(
    lines.map(({ file }) => file),
    await picturesIn(whole),
  );
  for (const [index, line] of lines.entries()) {
    const scene = sampleScene('demo', index);
    assert.deepEqual(line.scene, scene);
    assert.deepEqual(line.captions, captionsOf(scene));
    const metadata = await sharp(path.join(whole, line.file)).metadata();
    assert.equal(metadata.format, 'jpeg');
    assert.deepEqual([metadata.width, metadata.height], [line.width, line.height]);
    assert.equal(Math.max(line.width, line.height), scene.width === scene.height ? SIDE * 0.875 : SIDE);
    const date = line.takenAt.replaceAll('-', ':').replace('T', ' ');
    assert.match(date, /^20\d\d:\d\d:\d\d \d\d:\d\d:\d\d$/);
    assert.ok(metadata.exif?.includes(date), line.file);
  }
});

test('the indexer reads camera and place as the album says them', async () => {
  const text = await readFile(path.join(whole, 'captions.jsonl'), 'utf8');
  const cameras = new Set<string>();
  let placed = 0;
  for (const line of text.trimEnd().split('\n')) {
    const { file, origin } = JSON.parse(line) as AlbumLine;
    const { exif, iptc, xmp } = await sharp(path.join(whole, file)).metadata();
    const { details: read } = photoMetadata({ exif, iptc, xmp });
    assert.equal(read.camera, origin.camera.model);
    cameras.add(origin.camera.model);
    if (origin.place === null) {
      assert.deepEqual([read.location, read.latitude], [null, null], file);
      continue;
    }
    placed += 1;
    assert.equal(read.location, `${origin.place.city}, ${origin.place.country}`);
    // EXIF holds hundredths of a second of arc: 3e-6 degrees.
    assert.ok(Math.abs((read.latitude ?? 0) - origin.place.latitude) < 1e-5, file);
    assert.ok(Math.abs((read.longitude ?? 0) - origin.place.longitude) < 1e-5, file);
  }
  assert.ok(cameras.size > 1, 'several cameras');
  assert.ok(placed > COUNT / 2 && placed <= COUNT, `${placed} of ${COUNT} with a place`);
});

test('the hour of the date is one at which there is such light', async () => {
  const text = await readFile(path.join(whole, 'captions.jsonl'), 'utf8');
  for (const line of text.trimEnd().split('\n')) {
    const { takenAt, scene } = JSON.parse(line) as AlbumLine;
    const hour = Number(takenAt.slice(11, 13));
    if (scene.time === 'night') assert.ok(hour >= 19, takenAt);
    if (scene.time === 'noon') assert.ok(hour >= 10 && hour <= 16, takenAt);
  }
});

test('file names give nothing away', async () => {
  for (const name of await picturesIn(whole)) assert.match(name, /^\d{4}-[0-9a-f]{6}\.jpg$/);
});

test('painting a finished album again touches nothing', async () => {
  const times = async (): Promise<number[]> =>
    Promise.all((await readdir(whole)).map(async (name) => (await stat(path.join(whole, name))).mtimeMs));
  const [before, timesBefore] = [await contentsOf(whole), await times()];
  const report = await renderAlbum({ folder: whole, count: COUNT, side: SIDE });
  assert.equal(report.painted, 0);
  assert.deepEqual(await contentsOf(whole), before);
  assert.deepEqual(await times(), timesBefore);
});

test('an interrupted album goes on where it stopped and ends up the same', async () => {
  const folder = await freshFolder();
  const stop = new AbortController();
  await assert.rejects(
    renderAlbum({
      folder,
      count: COUNT,
      side: SIDE,
      signal: stop.signal,
      onProgress: ({ done }) => {
        if (done === 2) stop.abort();
      },
    }),
    (error) => isAppError(error, 'ABORTED'),
  );
  const [half] = [await picturesIn(folder)];
  assert.ok(half.length >= 2 && half.length < COUNT, `${half.length} pictures`);
  // As a power cut may leave them: a picture cut short, and a file in the making.
  await truncate(path.join(folder, half[0] ?? ''), 900);
  await writeFile(path.join(folder, `.${half[1] ?? ''}.0123abcd.part`), 'half');
  const report = await renderAlbum({ folder, count: COUNT, side: SIDE });
  assert.equal(report.painted, COUNT - half.length + 1);
  assert.deepEqual(await contentsOf(folder), await contentsOf(whole));
});

test('damaged and deleted pictures and captions of a finished album are made again', async () => {
  const folder = await freshFolder();
  await renderAlbum({ folder, count: COUNT, side: SIDE });
  const [first = '', second = ''] = await picturesIn(folder);
  const bytes = await readFile(path.join(folder, first));
  bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1;
  await writeFile(path.join(folder, first), bytes);
  await rm(path.join(folder, second));
  assert.equal((await renderAlbum({ folder, count: COUNT, side: SIDE })).painted, 2);
  await rm(path.join(folder, 'captions.jsonl'));
  assert.equal((await renderAlbum({ folder, count: COUNT, side: SIDE })).painted, 0);
  assert.deepEqual(await contentsOf(folder), await contentsOf(whole));
});

test('an album may grow and shrink; its first pictures stay', async () => {
  const folder = await freshFolder();
  await renderAlbum({ folder, count: 2, side: SIDE });
  assert.equal((await renderAlbum({ folder, count: 4, side: SIDE })).painted, 2);
  assert.deepEqual(await picturesIn(folder), (await picturesIn(whole)).slice(0, 4));
  assert.equal((await renderAlbum({ folder, count: 1, side: SIDE })).painted, 0);
  assert.deepEqual(await picturesIn(folder), (await picturesIn(whole)).slice(0, 1));
});

test('refuses a folder with the album of another seed, or with anything else', async () => {
  const before = await contentsOf(whole);
  await assert.rejects(
    renderAlbum({ folder: whole, seed: 'test', count: COUNT, side: SIDE }),
    /albums are not mixed/,
  );
  assert.deepEqual(await contentsOf(whole), before);
  const holiday = await freshFolder();
  await writeFile(path.join(holiday, 'beach.jpg'), 'a photo');
  await assert.rejects(renderAlbum({ folder: holiday, count: 1, side: SIDE }), /expected an empty folder/);
  assert.deepEqual(await readdir(holiday), ['beach.jpg']);
  const empty = await freshFolder();
  assert.equal((await renderAlbum({ folder: empty, seed: 'test', count: 1, side: SIDE })).painted, 1);
});

test('refuses a damaged stamp, counts below one and sides that are no pixels', async () => {
  const folder = await freshFolder();
  await writeFile(path.join(folder, 'album.json'), '{"album":"something else"}');
  await assert.rejects(renderAlbum({ folder, count: 1 }), (error) => isAppError(error, 'FILE_UNREADABLE'));
  for (const wrong of [{ count: 0 }, { count: 1.5 }, { count: 1, side: 63 }, { count: 1, side: 5000 }]) {
    await assert.rejects(
      renderAlbum({ folder, ...wrong }),
      (error) => isAppError(error, 'INVALID_ARGUMENT'),
      JSON.stringify(wrong),
    );
  }
});
