/**
 * RAW files: which they are, the preview that is taken, its orientation, and hostile directories.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import sharp from 'sharp';
import { isAppError } from '../../../model/errors.ts';
import { decodePixels, productPreprocess, readPicture } from '../../../model/image/index.ts';
import { jpegPixels } from '../../../model/image/raw-preview.ts';
import { tiffDirectories } from '../../../model/image/tiff-directories.ts';
import { rawFile, rawKinds, tiffFile } from '../../support/raw-files.ts';
import { corners, hasCorners } from './four-corners.ts';

const preview = await corners(96, 64).jpeg({ quality: 95 }).toBuffer();

for (const kind of rawKinds) {
  test(`takes the largest preview of a ${kind.toUpperCase()}, turned as the RAW says`, async () => {
    for (const orientation of [1, 3, 6, 8]) {
      const file = await rawFile(kind, preview, orientation);
      assert.equal((await readPicture(file, {})).format, kind);
      const pixels = await decodePixels(file, productPreprocess);
      assert.deepEqual([pixels.width, pixels.height], orientation >= 5 ? [64, 96] : [96, 64]);
      hasCorners(pixels, orientation);
    }
  });

  test(`refuses a ${kind.toUpperCase()} that is cut off`, async () => {
    const file = await rawFile(kind, preview);
    for (let tenth = 1; tenth <= 9; tenth += 1) {
      const part = file.subarray(0, Math.floor((file.length * tenth) / 10));
      // Where only the sensor's values are missing, the preview is whole.
      try {
        hasCorners(await decodePixels(part, productPreprocess), 1);
      } catch (error) {
        assert.ok(isAppError(error, 'IMAGE_INVALID'), String(error));
      }
    }
  });
}

test('an orientation in the preview itself is believed before that of the RAW', async () => {
  const own = await corners(96, 64).withMetadata({ orientation: 3 }).jpeg({ quality: 95 }).toBuffer();
  hasCorners(await decodePixels(await rawFile('nef', own, 6), productPreprocess), 3);
  const plain = await corners(96, 64)
    .withExif({ IFD0: { Software: 'x' } })
    .jpeg({ quality: 95 })
    .toBuffer();
  const withoutOrientation = Buffer.from(plain);
  hasCorners(await decodePixels(await rawFile('arw', withoutOrientation, 1), productPreprocess), 1);
});

test('leaves an ordinary TIFF alone, also of a maker of cameras', async () => {
  const tiff = await corners(96, 64)
    .withExif({ IFD0: { Make: 'NIKON CORPORATION' } })
    .tiff()
    .toBuffer();
  assert.equal((await readPicture(tiff, {})).format, 'tiff');
  hasCorners(await decodePixels(tiff, productPreprocess), 1);
});

test('says what to do with a RAW without a preview', async () => {
  const file = tiffFile([{ 271: 'SONY', 330: { below: [{ 262: [32_803], 259: [1] }] } }]);
  await assert.rejects(decodePixels(file, productPreprocess), (error) => {
    assert.ok(isAppError(error, 'IMAGE_INVALID'));
    assert.match(error.message, /is a ARW file without a JPEG preview.*; .*export the photo as JPEG/);
    return true;
  });
});

test('never takes the lossless JPEG of a sensor for a preview', async () => {
  assert.equal(jpegPixels(preview), 96 * 64);
  assert.equal(jpegPixels(await sharp(preview).jpeg({ progressive: true }).toBuffer()), 96 * 64);
  assert.equal(jpegPixels(Buffer.from('ffd8ffc300110e0fa01770030111000211000311000000', 'hex')), 0);
  for (const junk of [
    '',
    'ffd8',
    'ffd8ffe0',
    'ffd8ffe0ffff',
    `ffd8${'ff'.repeat(50)}`,
    'ffd80000ffc0000000000000',
  ]) {
    assert.equal(jpegPixels(Buffer.from(junk, 'hex')), 0, junk);
  }
});

test('reads each directory once where they point to each other', () => {
  const file = tiffFile([{ 271: 'SONY' }, { 272: 'x' }]);
  // The second one names the first as the next, and itself as one below it.
  const second = file.readUInt32LE(8 + 2 + 12);
  file.writeUInt32LE(8, second + 2 + 12);
  assert.equal(tiffDirectories(file)?.all.length, 2);
  const own = tiffFile([{ 330: [8] }]);
  assert.equal(tiffDirectories(own)?.all.length, 1);
});

test('bounds counts, offsets and numbers of directories', () => {
  const many = tiffFile(Array.from({ length: 500 }, () => ({ 272: 'x' })));
  assert.equal(tiffDirectories(many)?.all.length, 64);
  const huge = tiffFile([{ 271: [1, 2, 3], 330: [0xffff_fff0, 8, 1] }]);
  huge.writeUInt32LE(0xffff_ffff, 8 + 2 + 4);
  const found = tiffDirectories(huge);
  assert.deepEqual(found?.all[0].numbers(271), []);
  assert.equal(found?.isTruncated, true);
  assert.equal(tiffDirectories(Buffer.from('49492a00ffffffff', 'hex')), undefined);
  assert.equal(tiffDirectories(Buffer.from('49492a', 'hex')), undefined);
  assert.equal(tiffDirectories(Buffer.from('49492b0008000000', 'hex')), undefined, 'BigTIFF');
  const lists = tiffFile([{ 273: Array.from({ length: 5000 }, (_, index) => index) }]);
  assert.equal(tiffDirectories(lists)?.all[0].numbers(273).length, 64);
});

test('fuzz: directories changed at random give a picture or a typed error', async () => {
  const files = await Promise.all(rawKinds.map((kind) => rawFile(kind, preview, 6)));
  let state = 3;
  for (let round = 0; round < 200; round += 1) {
    const file = Buffer.from(files[round % files.length] ?? []);
    for (let change = 0; change < 4; change += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      // Mostly in the first bytes, where the directories are.
      file[(state >>> 8) % (change === 0 ? file.length : 200)] = state & 0xff;
    }
    try {
      await decodePixels(file, { ...productPreprocess, pixelsMax: 1_000_000 });
    } catch (error) {
      assert.ok(isAppError(error, 'IMAGE_INVALID') || isAppError(error, 'IMAGE_TOO_LARGE'), String(error));
    }
  }
});
