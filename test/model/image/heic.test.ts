/**
 * HEIC: pixels, colours, transparency, turning, limits, and threads that come and go.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import sharp from 'sharp';
import { isAppError } from '../../../model/errors.ts';
import {
  decodable,
  decodePixels,
  preprocess,
  productPreprocess,
  readPicture,
} from '../../../model/image/index.ts';
import { corners, hasCorners, heicFixture, turnedHeic } from './four-corners.ts';

const spec = { side: 32, resize: 'stretch', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;

test('reads a HEIC of 8 and of 10 bits', async () => {
  for (const name of ['corners.heic', 'corners-deep.heic']) {
    const pixels = await decodePixels(heicFixture(name), productPreprocess);
    assert.deepEqual([pixels.width, pixels.height], [96, 64]);
    hasCorners(pixels, 1, 6);
  }
});

test('brings a HEIC with a Display P3 profile to sRGB', async () => {
  const file = heicFixture('corners-p3.heic');
  hasCorners(await decodePixels(file, productPreprocess), 1, 6);
  const stored = await decodePixels(file, { ...productPreprocess, colour: 'stored' });
  assert.ok(Math.abs((stored.data[0] ?? 0) - 202) <= 6, 'as stored, its red is less');
});

test('lays a transparent HEIC on white', async () => {
  const { data, width } = await decodePixels(heicFixture('corners-alpha.heic'), productPreprocess);
  assert.deepEqual([...data.subarray((width - 1) * 3, width * 3)], [255, 255, 255]);
  assert.ok((data[0] ?? 0) > 200 && (data[1] ?? 255) < 50, 'the opaque half is red');
});

test('turns a HEIC as its own boxes say, all eight ways, and not again by its EXIF', async () => {
  for (let tag = 1; tag <= 8; tag += 1) {
    const file = turnedHeic(tag);
    const pixels = await decodePixels(file, productPreprocess);
    assert.deepEqual([pixels.width, pixels.height], tag >= 5 ? [64, 96] : [96, 64], `orientation ${tag}`);
    hasCorners(pixels, tag);
  }
  const copied = await decodePixels(heicFixture('corners-metadata.heic'), productPreprocess);
  assert.deepEqual([copied.width, copied.height], [96, 64], 'its EXIF says 6');
  hasCorners(copied, 1, 6);
});

test('a HEIC gives the network what the same picture as PNG gives it', async () => {
  const heic = await preprocess(heicFixture('corners.heic'), spec, productPreprocess);
  const png = await preprocess(await corners(96, 64).png().toBuffer(), spec, productPreprocess);
  const worst = Math.max(...heic.map((value, index) => Math.abs(value - (png[index] ?? 0))));
  assert.ok(worst < 0.1, `${worst} of 2`);
});

test('a HEIC that was made decodable is not decoded again', async () => {
  const opened = await decodable(await readPicture(heicFixture('corners.heic'), {}));
  assert.equal(opened.imageFormat, 'tiff');
  const start = performance.now();
  for (let round = 0; round < 20; round += 1) await decodePixels(opened, productPreprocess);
  hasCorners(await decodePixels(opened, productPreprocess), 1, 6);
  assert.ok(performance.now() - start < 2000);
  assert.equal((await sharp(opened.image).metadata()).width, 96);
});

test('refuses a HEIC with too many pixels before it is decoded', async () => {
  const file = heicFixture('corners.heic');
  const small = decodePixels(file, { ...productPreprocess, pixelsMax: 96 * 64 - 1 });
  await assert.rejects(small, (error) => isAppError(error, 'IMAGE_TOO_LARGE'));
  assert.equal((await decodePixels(file, { ...productPreprocess, pixelsMax: 96 * 64 })).width, 96);
  // A header that claims 30,000 x 30,000.
  const bomb = Buffer.from(file);
  const size = bomb.indexOf('ispe') + 8;
  bomb.writeUInt32BE(30_000, size);
  bomb.writeUInt32BE(30_000, size + 4);
  const claimed = decodePixels(bomb, productPreprocess);
  await assert.rejects(claimed, (error) => isAppError(error, 'IMAGE_TOO_LARGE'));
});

test('refuses a HEIC cut off at every tenth, with bits turned over gives a picture or a refusal', async () => {
  const file = heicFixture('corners-metadata.heic');
  for (let tenth = 1; tenth <= 9; tenth += 1) {
    const part = file.subarray(0, Math.floor((file.length * tenth) / 10));
    await assert.rejects(decodePixels(part, productPreprocess), (error) =>
      isAppError(error, 'IMAGE_INVALID'),
    );
  }
  let state = 7;
  for (let round = 0; round < 60; round += 1) {
    const damaged = Buffer.from(file);
    for (let change = 0; change < 3; change += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      damaged[(state >>> 8) % damaged.length] = state & 0xff;
    }
    try {
      await decodePixels(damaged, { ...productPreprocess, pixelsMax: 1_000_000 });
    } catch (error) {
      assert.ok(isAppError(error, 'IMAGE_INVALID') || isAppError(error, 'IMAGE_TOO_LARGE'), String(error));
    }
  }
  hasCorners(await decodePixels(heicFixture('corners.heic'), productPreprocess), 1, 6);
});

test('decodes many at once beside the event loop', async () => {
  const file = heicFixture('corners.heic');
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  const all = await Promise.all(Array.from({ length: 30 }, () => decodePixels(file, productPreprocess)));
  clearInterval(timer);
  for (const pixels of all) hasCorners(pixels, 1, 6);
  assert.ok(longest < 500, `the event loop stood still for ${longest.toFixed()} ms`);
});

test('stops a HEIC that is called off', async () => {
  const work = decodePixels(heicFixture('corners.heic'), {
    ...productPreprocess,
    signal: AbortSignal.abort(),
  });
  await assert.rejects(work, (error) => isAppError(error, 'ABORTED'));
});
