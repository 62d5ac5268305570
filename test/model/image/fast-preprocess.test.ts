/**
 * How far the fast way may be from the exact one, and the shapes that could break it.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import sharp from 'sharp';
import { isAppError } from '../../../model/errors.ts';
import {
  decodePixels,
  preprocess,
  preprocessPixels,
  productPreprocess,
  resizeForModel,
  toTensor,
  type PreprocessSpec,
} from '../../../model/image/index.ts';
import { difference, scene } from './sample-pictures.ts';

const mean = [0.5, 0.5, 0.5] as const;
const stretch: PreprocessSpec = { side: 128, resize: 'stretch', mean, std: mean };
const crop: PreprocessSpec = { ...stretch, resize: 'shorter-side-crop' };
const exact = { ...productPreprocess, mode: 'exact' } as const;

async function sceneFile(width: number, height: number, format: 'jpeg' | 'png' | 'webp'): Promise<Buffer> {
  const { data } = scene(width, height, width);
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  return format === 'jpeg' ? picture.jpeg({ quality: 90 }).toBuffer() : picture.toFormat(format).toBuffer();
}

function refused(error: unknown): boolean {
  return isAppError(error, 'INVALID_ARGUMENT');
}

test('stays within 1 of 255 of the exact way on average, for sizes even and odd', async (context) => {
  const sizes = [
    [640, 480],
    [641, 427],
    [1600, 1067],
    [2048, 1536],
    [2047, 1533],
    [500, 1501],
    [176, 176],
    [128, 128],
    [100, 900],
    [900, 100],
    [60, 40],
  ] as const;
  for (const [width, height] of sizes) {
    const file = await sceneFile(width, height, 'jpeg');
    for (const spec of [stretch, crop]) {
      const fast = await preprocessPixels(file, spec, productPreprocess);
      const slow = await preprocessPixels(file, spec, exact);
      const found = difference(fast.data, slow.data);
      context.diagnostic(
        `${width}x${height} ${spec.resize}: mean ${found.mean.toFixed(3)}, max ${found.max}`,
      );
      assert.ok(found.mean < 1 && found.max <= 24, `${width}x${height}: ${found.mean}, ${found.max}`);
    }
  }
});

test('stays close for PNG and WebP, which are not shrunk while loading', async () => {
  for (const format of ['png', 'webp'] as const) {
    const file = await sceneFile(900, 700, format);
    const fast = await preprocessPixels(file, stretch, productPreprocess);
    const found = difference(fast.data, (await preprocessPixels(file, stretch, exact)).data);
    assert.ok(found.mean < 1, `${format}: ${found.mean}`);
  }
});

test('gives the same picture upright where a JPEG with odd sides must also be turned', async () => {
  const { data } = scene(1501, 1003, 4);
  const picture = sharp(data, { raw: { width: 1501, height: 1003, channels: 3 } });
  const file = await picture.withMetadata({ orientation: 6 }).jpeg({ quality: 92 }).toBuffer();
  for (const spec of [stretch, crop]) {
    const fast = await preprocessPixels(file, spec, productPreprocess);
    const found = difference(fast.data, (await preprocessPixels(file, spec, exact)).data);
    assert.ok(found.mean < 1, `${spec.resize}: ${found.mean}`);
  }
});

test('stays close for grey and ink JPEG files with odd sides, and for a very long crop', async () => {
  const { data } = scene(1501, 1003, 5);
  const picture = sharp(data, { raw: { width: 1501, height: 1003, channels: 3 } });
  const files = [
    await picture.clone().greyscale().jpeg().toBuffer(),
    await picture.clone().toColourspace('cmyk').jpeg().toBuffer(),
    await picture.clone().withIccProfile('p3').jpeg().toBuffer(),
    await picture
      .clone()
      .resize(200, 60_000, { fit: 'fill' })
      .withMetadata({ orientation: 8 })
      .jpeg()
      .toBuffer(),
  ];
  for (const [index, file] of files.entries()) {
    const fast = await preprocessPixels(file, crop, productPreprocess);
    const found = difference(fast.data, (await preprocessPixels(file, crop, exact)).data);
    assert.ok(found.mean < 1, `${index}: ${found.mean}`);
  }
});

test('takes pictures of one pixel, one row and one column, in both ways', async () => {
  for (const [width, height] of [
    [1, 1],
    [1, 5000],
    [5000, 1],
    [2, 3],
  ] as const) {
    const file = await sceneFile(width, height, 'png');
    for (const spec of [stretch, crop]) {
      const fast = await preprocessPixels(file, spec, productPreprocess);
      const slow = await preprocessPixels(file, spec, exact);
      assert.equal(fast.data.length, 128 * 128 * 3);
      assert.ok(difference(fast.data, slow.data).mean < 1, `${width} x ${height} ${spec.resize}`);
    }
  }
});

test('leaves the event loop free while large photos are made ready', async () => {
  const { data } = scene(400, 300, 6);
  const picture = sharp(data, { raw: { width: 400, height: 300, channels: 3 } });
  const file = await picture.resize(4000, 3000).jpeg().toBuffer();
  const decoded = await decodePixels(file, productPreprocess);
  await preprocess(file, stretch, productPreprocess);
  const start = performance.now();
  resizeForModel(decoded, stretch);
  const exactMs = performance.now() - start;
  let longestMs = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - last);
    last = performance.now();
  }, 1);
  await Promise.all([1, 2, 3, 4].map(() => preprocess(file, stretch, productPreprocess)));
  clearInterval(timer);
  assert.ok(longestMs < exactMs / 2, `held up for ${longestMs} ms; the exact resize takes ${exactMs} ms`);
});

test('gives the tensor of the pixels, and refuses pixels and specifications that do not fit', async () => {
  const file = await sceneFile(60, 40, 'png');
  const pixels = await preprocessPixels(file, stretch, exact);
  assert.deepEqual(await preprocess(file, stretch, exact), toTensor(pixels, stretch));
  assert.throws(() => toTensor(pixels, { ...stretch, side: 64 }), refused);
  assert.throws(() => toTensor(pixels, { ...stretch, std: [0.5, 0, 0.5] }), refused);
  await assert.rejects(preprocess(file, { ...stretch, side: 0 }, exact), refused);
  await assert.rejects(preprocess(file, { ...stretch, mean: [0, Number.NaN, 0] }, exact), refused);
});
