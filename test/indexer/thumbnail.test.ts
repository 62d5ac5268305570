/**
 * Previews, and what EXIF says.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import sharp from 'sharp';
import { thumbnailOf, type Library } from '../../indexer/index.ts';
import { takenAt } from '../../indexer/exif.ts';
import { isAppError } from '../../model/index.ts';
import { workbench, writePhoto, type Workbench } from '../support/photo-folder.ts';

function square(background: string): Promise<Buffer> {
  return sharp({ create: { width: 800, height: 800, channels: 3, background } })
    .png()
    .toBuffer();
}

/** A wide picture, red to the left, blue to the right, to be turned by 90 degrees clockwise. */
async function turnedPhoto(exif: Record<string, string> = {}): Promise<Buffer> {
  return sharp({ create: { width: 1600, height: 800, channels: 3, background: 'white' } })
    .composite([
      { input: await square('#ff0000'), left: 0, top: 0 },
      { input: await square('#0000ff'), left: 800, top: 0 },
    ])
    .jpeg()
    .withExif({ IFD2: exif })
    .withMetadata({ orientation: 6 })
    .toBuffer();
}

async function withPhoto(
  context: TestContext,
  bytes: Buffer,
): Promise<{ bench: Workbench; library: Library; file: string }> {
  const bench = await workbench(context);
  const file = path.join(bench.photos, 'a.jpg');
  await writeFile(file, bytes);
  await bench.index();
  const library = await bench.open('read');
  context.after(() => library.close());
  return { bench, library, file };
}

async function exifOf(exif: Record<string, string>): Promise<Buffer | undefined> {
  return (await sharp(await turnedPhoto(exif)).metadata()).exif;
}

describe('previews', () => {
  it('are upright WebP of the long sides 480 and 1280, without metadata', async (context) => {
    const { library } = await withPhoto(context, await turnedPhoto());
    const record = library.store.images.byId(1);
    assert.deepEqual([record?.width, record?.height, record?.format], [800, 1600, 'jpeg']);
    for (const [size, long] of [
      ['small', 480],
      ['large', 1280],
    ] as const) {
      const file = await thumbnailOf(library, 1, size);
      const header = await sharp(file).metadata();
      assert.deepEqual([header.format, header.width, header.height], ['webp', long / 2, long]);
      assert.equal(header.exif, undefined);
      const corner = await sharp(file).extract({ left: 0, top: 0, width: 1, height: 1 }).raw().toBuffer();
      const [red = 0, , blue = 0] = corner;
      assert.ok(red > 200 && blue < 60, 'red is on top once the picture is upright');
    }
  });

  it('are made again when missing or empty, once for many who ask', async (context) => {
    const { bench, library } = await withPhoto(context, await turnedPhoto());
    const file = await thumbnailOf(library, 1, 'small');
    await rm(file);
    const asked = await Promise.all(Array.from({ length: 20 }, () => thumbnailOf(library, 1, 'small')));
    assert.deepEqual(new Set(asked), new Set([file]));
    await writeFile(file, '');
    await thumbnailOf(library, 1, 'small');
    assert.ok((await stat(file)).size > 100);
    const names = await readdir(path.join(bench.data, 'thumbnails'), { recursive: true });
    assert.deepEqual(
      names.filter((name) => name.endsWith('.tmp')),
      [],
    );
  });

  it('of small pictures are not enlarged', async (context) => {
    const small = await sharp({ create: { width: 40, height: 30, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    const { library } = await withPhoto(context, small);
    const { width, height } = await sharp(await thumbnailOf(library, 1, 'large')).metadata();
    assert.deepEqual([width, height], [40, 30]);
  });

  it('say what is wrong where the photo is gone, was changed, or never was', async (context) => {
    const { library, file } = await withPhoto(context, await turnedPhoto());
    await assert.rejects(thumbnailOf(library, 99, 'small'), (error) => isAppError(error, 'NOT_FOUND'));
    await writePhoto(file, 7);
    await assert.rejects(thumbnailOf(library, 1, 'large'), (error) => {
      assert.ok(isAppError(error, 'FILE_NOT_FOUND'));
      assert.match(error.message, /was changed since/);
      return true;
    });
    await rm(file);
    await assert.rejects(thumbnailOf(library, 1, 'large'), (error) => isAppError(error, 'FILE_NOT_FOUND'));
    assert.ok((await stat(await thumbnailOf(library, 1, 'small'))).size > 0, 'the small one is still there');
  });
});

describe('when a photo was taken', () => {
  it('is what EXIF says, with the zone where it says that', async () => {
    const plain = await exifOf({ DateTimeOriginal: '2021:05:06 07:08:09' });
    assert.equal(await takenAt(plain), '2021-05-06T07:08:09');
    const zoned = await exifOf({ DateTimeOriginal: '2021:05:06 07:08:09', OffsetTimeOriginal: '+02:00' });
    assert.equal(await takenAt(zoned), '2021-05-06T07:08:09+02:00');
    const digitized = await exifOf({ DateTimeDigitized: '1999:12:31 23:59:59' });
    assert.equal(await takenAt(digitized), '1999-12-31T23:59:59');
  });

  it('is unknown without EXIF, with a date that does not exist, and with nonsense', async () => {
    assert.equal(await takenAt(undefined), null);
    for (const text of ['0000:00:00 00:00:00', '2021:02:30 10:00:00', '    :  :     :  :  ', 'yesterday']) {
      assert.equal(await takenAt(await exifOf({ DateTimeOriginal: text })), null, text);
    }
  });

  it('does not keep a photo with a damaged block out of the library', async (context) => {
    const bytes = await turnedPhoto({ DateTimeOriginal: '2021:05:06 07:08:09' });
    const whole = await exifOf({ DateTimeOriginal: '2021:05:06 07:08:09' });
    assert.ok(whole);
    for (let place = 6; place < whole.length; place += 1) {
      const damaged = Buffer.from(whole);
      damaged[place] = 0xff;
      const found = await takenAt(damaged);
      assert.ok(found === null || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(found), String(found));
      await takenAt(whole.subarray(0, place));
    }
    const start = bytes.indexOf('Exif');
    bytes.fill(0xff, start + 10, start + 40);
    const { library } = await withPhoto(context, bytes);
    assert.equal(library.stats().images, 1);
    assert.equal(library.store.images.byId(1)?.takenAt, null);
  });
});
