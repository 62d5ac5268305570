/**
 * Previews.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import sharp from 'sharp';
import { thumbnailOf, type Library } from '../../indexer/index.ts';
import { thumbnailFile } from '../../indexer/photos/thumbnail.ts';
import { isAppError } from '../../model/index.ts';
import { fixturesFolder } from '../support/paths.ts';
import { photoBytes, workbench, writePhoto, type Workbench } from '../support/photo-folder.ts';
import { rawFile } from '../support/raw-files.ts';

function square(background: string): Promise<Buffer> {
  return sharp({ create: { width: 800, height: 800, channels: 3, background } })
    .png()
    .toBuffer();
}

/** A wide picture, red to the left, blue to the right, to be turned by 90 degrees clockwise. */
async function turnedPhoto(): Promise<Buffer> {
  return sharp({ create: { width: 1600, height: 800, channels: 3, background: 'white' } })
    .composite([
      { input: await square('#ff0000'), left: 0, top: 0 },
      { input: await square('#0000ff'), left: 800, top: 0 },
    ])
    .jpeg()
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

  it('of HEIC and RAW files are upright, made while indexing or later', async (context) => {
    const bench = await workbench(context);
    const large = await photoBytes(1, [255, 0, 0], { width: 900, height: 600 });
    await writeFile(path.join(bench.photos, 'a.nef'), await rawFile('nef', large, 6));
    const heic = await readFile(path.join(fixturesFolder, 'formats', 'corners-p3.heic'));
    await writeFile(path.join(bench.photos, 'b.heic'), heic);
    await bench.index();
    const library = await bench.open('read');
    context.after(() => library.close());
    const records = [1, 2].map((id) => library.store.images.byId(id));
    for (const [format, sides] of [
      ['nef', { small: [320, 480], large: [600, 900] }],
      ['heic', { small: [96, 64], large: [96, 64] }],
    ] as const) {
      const record = records.find((one) => one?.format === format);
      const small = thumbnailFile(library.dataFolder, record?.contentHash ?? '', 'small');
      assert.equal(existsSync(small), format === 'nef', 'only those of large pictures are made at once');
      for (const size of ['small', 'large'] as const) {
        const file = await thumbnailOf(library, record?.id ?? 0, size);
        const { width, height } = await sharp(file).metadata();
        assert.deepEqual([width, height], [...sides[size]], `${format} ${size}`);
        await rm(file);
        await thumbnailOf(library, record?.id ?? 0, size);
      }
    }
    const heicId = records.find((one) => one?.format === 'heic')?.id ?? 0;
    const [red = 0, green = 255] = await sharp(await thumbnailOf(library, heicId, 'small'))
      .raw()
      .toBuffer();
    assert.ok(red > 210 && green < 45, 'its colours are brought to sRGB');
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
