/**
 * Colours, transparency, orientation and frames, for the official transform and for the product.
 * Source: BEIT3.md sections 8 and 14. Deviation: none.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import sharp, { type Sharp } from 'sharp';
import {
  decodePixels,
  preprocessPixels,
  productPreprocess,
  referencePreprocess,
  type PreprocessSpec,
} from '../../../model/image/index.ts';
import { greyPng, withFolder } from './sample-pictures.ts';

const plain: PreprocessSpec = { side: 8, resize: 'stretch', mean: [0, 0, 0], std: [1, 1, 1] };

/** Red, green / blue, yellow: a corner cannot be taken for another. */
const CORNERS = { red: [220, 30, 30], green: [30, 200, 40], blue: [30, 40, 210], yellow: [230, 220, 40] };

function plainColour(red: number, green: number, blue: number): Sharp {
  return sharp({ create: { width: 16, height: 16, channels: 3, background: { r: red, g: green, b: blue } } });
}

function near(actual: Uint8Array, expected: readonly number[], tolerance: number): void {
  const start = [...actual.subarray(0, expected.length)];
  const close = start.every((value, index) => Math.abs(value - (expected[index] ?? 0)) <= tolerance);
  assert.ok(close, `[${start.join(', ')}] in place of [${expected.join(', ')}]`);
}

test('drops alpha and keeps the colour under it, or lays the picture on white', async () => {
  const data = Uint8Array.from([200, 100, 50, 0, 200, 100, 50, 128, 200, 100, 50, 255, 0, 0, 0, 0]);
  const rgba = sharp(data, { raw: { width: 4, height: 1, channels: 4 } });
  for (const file of [await rgba.png().toBuffer(), await rgba.tiff({ compression: 'lzw' }).toBuffer()]) {
    const dropped = await decodePixels(file, referencePreprocess);
    near(dropped.data, [200, 100, 50, 200, 100, 50, 200, 100, 50, 0, 0, 0], 0);
    const flat = await decodePixels(file, productPreprocess);
    near(flat.data, [255, 255, 255, 227, 177, 152, 200, 100, 50, 255, 255, 255], 1);
  }
});

test('the fast way keeps the colour under alpha too, and lays on white before it shrinks', async () => {
  // Left half opaque black, right half transparent red.
  const data = Uint8Array.from({ length: 64 * 64 * 4 }, (_, index) => {
    const right = Math.floor(index / 4) % 64 >= 32;
    return [right ? 255 : 0, 0, 0, right ? 0 : 255][index % 4] ?? 0;
  });
  const file = await sharp(data, { raw: { width: 64, height: 64, channels: 4 } })
    .png()
    .toBuffer();
  const kept = await preprocessPixels(file, plain, { ...productPreprocess, flatten: false });
  near(kept.data.subarray(21), [255, 0, 0], 0);
  const white = await preprocessPixels(file, plain, productPreprocess);
  near(white.data, [0, 0, 0], 0);
  near(white.data.subarray(21), [255, 255, 255], 0);
});

test('expands a palette, with and without transparency', async () => {
  const opaque = await plainColour(12, 200, 99).png({ palette: true }).toBuffer();
  assert.equal((await sharp(opaque).metadata()).isPalette, true);
  near((await decodePixels(opaque, referencePreprocess)).data, [12, 200, 99], 0);
  const clear = await plainColour(12, 200, 99).ensureAlpha(0).png({ palette: true }).toBuffer();
  near((await decodePixels(clear, productPreprocess)).data, [255, 255, 255], 0);
});

test('repeats grey three times: 8 bits, 16 bits, with alpha', async () => {
  const rows = Uint8Array.from([0, 7, 130, 255]);
  near((await decodePixels(greyPng(3, 1, rows), referencePreprocess)).data, [7, 7, 7, 130, 130, 130], 0);
  const wide = Uint16Array.from([0x1234, 0x80ff, 0xffff]);
  const deep = await sharp(wide, { raw: { width: 3, height: 1, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toBuffer();
  assert.equal((await sharp(deep).metadata()).depth, 'ushort');
  near((await decodePixels(deep, productPreprocess)).data, [0x12, 0x12, 0x12, 0x80, 0x80, 0x80, 255], 0);
  const pair = Uint8Array.from([90, 0, 90, 255]);
  const greyAlpha = await sharp(pair, { raw: { width: 2, height: 1, channels: 2 } })
    .png()
    .toBuffer();
  near((await decodePixels(greyAlpha, referencePreprocess)).data, [90, 90, 90, 90, 90, 90], 0);
  near((await decodePixels(greyAlpha, productPreprocess)).data, [255, 255, 255, 90, 90, 90], 0);
});

test('takes the high byte of 16-bit colours', async () => {
  const data = Uint16Array.from([0x10ff, 0x8000, 0xfe01]);
  const file = await sharp(data, { raw: { width: 1, height: 1, channels: 3 } })
    .toColourspace('rgb16')
    .png()
    .toBuffer();
  for (const options of [referencePreprocess, productPreprocess]) {
    near((await decodePixels(file, options)).data, [0x10, 0x80, 0xfe], 0);
  }
});

test('converts an embedded profile to sRGB in the product and leaves the numbers for the official way', async () => {
  for (const space of ['srgb', 'rgb16']) {
    const file = await plainColour(200, 60, 40).toColourspace(space).withIccProfile('p3').png().toBuffer();
    near((await decodePixels(file, referencePreprocess)).data, [185, 71, 50], 1);
    near((await decodePixels(file, productPreprocess)).data, [200, 60, 40], 1);
    near((await preprocessPixels(file, plain, productPreprocess)).data, [200, 60, 40], 1);
    near(
      (await decodePixels(file, { orient: true, flatten: true, colour: 'stored' })).data,
      [185, 71, 50],
      1,
    );
    near((await decodePixels(file, { orient: false, flatten: false })).data, [185, 71, 50], 1);
  }
});

test('converts Adobe RGB to sRGB in every format that holds a profile', async () => {
  await withFolder(async (folder) => {
    const profile = path.join(folder, 'adobe-rgb.icc');
    writeFileSync(profile, adobeRgbProfile());
    const tagged = plainColour(60, 180, 90).withIccProfile(profile);
    for (const file of [
      await tagged.clone().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(),
      await tagged.clone().jpeg({ quality: 100, progressive: true }).toBuffer(),
      await tagged.clone().png().toBuffer(),
      await tagged.clone().webp({ lossless: true }).toBuffer(),
      await tagged.clone().tiff().toBuffer(),
      await tagged.clone().toColourspace('rgb16').png().toBuffer(),
    ]) {
      near((await decodePixels(file, productPreprocess)).data, [60, 180, 90], 2);
      near((await preprocessPixels(file, plain, productPreprocess)).data, [60, 180, 90], 2);
      const stored = await decodePixels(file, referencePreprocess);
      assert.ok((stored.data[0] ?? 0) > 90, 'as stored, its red is more');
    }
  });
});

function fixed(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [index, number] of numbers.entries()) bytes.writeInt32BE(Math.round(number * 65_536), index * 4);
  return bytes;
}

function xyz(...numbers: readonly number[]): Buffer {
  return Buffer.concat([Buffer.from('XYZ \0\0\0\0', 'latin1'), fixed(...numbers)]);
}

/** A profile of three primaries and a gamma, as the ICC specification wants it; the numbers are Adobe RGB's. */
function adobeRgbProfile(): Buffer {
  const gamma = Buffer.from('637572760000000000000001023300000', 'hex');
  const name = Buffer.from('Adobe RGB\0', 'latin1');
  const description = Buffer.concat([
    Buffer.from('desc\0\0\0\0\0\0\0', 'latin1'),
    Buffer.from([name.length]),
    name,
    Buffer.alloc(78 + 2),
  ]);
  const tags: readonly (readonly [string, Buffer])[] = [
    ['desc', description],
    ['cprt', Buffer.from('text\0\0\0\0none\0\0\0\0', 'latin1')],
    ['wtpt', xyz(0.9642, 1, 0.8249)],
    ['rXYZ', xyz(0.609_74, 0.311_11, 0.019_47)],
    ['gXYZ', xyz(0.205_28, 0.625_67, 0.060_87)],
    ['bXYZ', xyz(0.149_19, 0.063_22, 0.744_57)],
    ['rTRC', gamma],
    ['gTRC', gamma],
    ['bTRC', gamma],
  ];
  const header = Buffer.alloc(128);
  header.write('mntrRGB XYZ ', 12, 'latin1');
  header.write('acsp', 36, 'latin1');
  header.writeUInt32BE(0x02_10_00_00, 8);
  fixed(0.9642, 1, 0.8249).copy(header, 68);
  const table = Buffer.alloc(4 + tags.length * 12);
  table.writeUInt32BE(tags.length);
  let place = header.length + table.length;
  for (const [index, [tag, data]] of tags.entries()) {
    table.write(tag, 4 + index * 12, 'latin1');
    table.writeUInt32BE(place, 8 + index * 12);
    table.writeUInt32BE(data.length, 12 + index * 12);
    place += data.length;
  }
  header.writeUInt32BE(place, 0);
  return Buffer.concat([header, table, ...tags.map(([, data]) => data)]);
}

function inksOf(red: number, green: number, blue: number): Promise<Buffer> {
  return plainColour(red, green, blue).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
}

test('turns inks into light: by a profile in the product, by the plain formula officially', async () => {
  const file = await inksOf(128, 64, 32);
  assert.equal((await sharp(file).metadata()).space, 'cmyk');
  // The file holds 0, 167, 255 and 138 of cyan, magenta, yellow and black: 117 of light is left, less
  // 167 / 255 of it in the green, and all of it in the blue.
  near((await decodePixels(file, referencePreprocess)).data, [117, 40, 0], 2);
  near((await decodePixels(file, productPreprocess)).data, [128, 62, 12], 20);
  near((await preprocessPixels(file, plain, productPreprocess)).data, [128, 62, 12], 20);
  near(
    (await preprocessPixels(file, plain, { ...productPreprocess, colour: 'stored' })).data,
    [117, 40, 0],
    2,
  );
  const white = await inksOf(255, 255, 255);
  near((await decodePixels(white, referencePreprocess)).data, [255, 255, 255], 1);
  near((await decodePixels(white, productPreprocess)).data, [255, 255, 255], 1);
});

test('takes the first frame of an animation and the first page of a TIFF', async () => {
  const frames = [plainColour(250, 10, 20), plainColour(10, 20, 250)];
  const files = await Promise.all(frames.map((frame) => frame.png().toBuffer()));
  const animation = sharp(files, { join: { animated: true } });
  for (const format of ['gif', 'webp', 'tiff'] as const) {
    const file = await animation.clone().toFormat(format).toBuffer();
    assert.equal((await sharp(file).metadata()).pages, 2, format);
    for (const options of [referencePreprocess, productPreprocess]) {
      const pixels = await decodePixels(file, options);
      assert.deepEqual([pixels.width, pixels.height], [16, 16]);
      near(pixels.data, [250, 10, 20], 6);
      near((await preprocessPixels(file, plain, options)).data, [250, 10, 20], 6);
    }
  }
});

test('reads AVIF and WebP', async () => {
  for (const file of [
    await plainColour(90, 160, 60).avif({ quality: 90 }).toBuffer(),
    await plainColour(90, 160, 60).webp({ lossless: true }).toBuffer(),
  ]) {
    near((await decodePixels(file, productPreprocess)).data, [90, 160, 60], 4);
  }
});

test('turns all eight EXIF orientations upright, in both ways, and ignores them officially', async () => {
  const { red, green, blue, yellow } = CORNERS;
  const data = Uint8Array.from({ length: 64 * 48 * 3 }, (_, index) => {
    const pixel = Math.floor(index / 3);
    const left = pixel % 64 < 32;
    const top = Math.floor(pixel / 64) < 24;
    return (top ? (left ? red : green) : left ? blue : yellow)[index % 3] ?? 0;
  });
  // What each tag asks for, in the words of the EXIF standard: where the stored first row and column belong.
  const upright: Record<number, readonly (readonly number[])[]> = {
    1: [red, green, blue, yellow],
    2: [green, red, yellow, blue],
    3: [yellow, blue, green, red],
    4: [blue, yellow, red, green],
    5: [red, blue, green, yellow],
    6: [blue, red, yellow, green],
    7: [yellow, green, blue, red],
    8: [green, yellow, red, blue],
  };
  for (const [tag, corners] of Object.entries(upright)) {
    const picture = sharp(data, { raw: { width: 64, height: 48, channels: 3 } });
    const tagged = picture.withMetadata({ orientation: Number(tag) });
    for (const file of [
      await tagged.clone().jpeg({ quality: 95 }).toBuffer(),
      await tagged.clone().webp().toBuffer(),
      await tagged.clone().png().toBuffer(),
      await tagged.clone().tiff().toBuffer(),
    ]) {
      const turned = Number(tag) >= 5;
      const full = await decodePixels(file, productPreprocess);
      assert.deepEqual([full.width, full.height], turned ? [48, 64] : [64, 48], `tag ${tag}`);
      const square = [
        await preprocessPixels(file, plain, productPreprocess),
        await preprocessPixels(file, plain, { ...productPreprocess, mode: 'exact' }),
        await preprocessPixels(file, { ...plain, resize: 'shorter-side-crop' }, productPreprocess),
      ];
      for (const { data: pixels, width, height } of [full, ...square]) {
        const places = [0, width - 1, (height - 1) * width, height * width - 1];
        for (const [index, place] of places.entries()) {
          near(pixels.subarray(place * 3), corners[index] ?? [], 12);
        }
      }
      const stored = await decodePixels(file, referencePreprocess);
      assert.deepEqual([stored.width, stored.height], [64, 48]);
      near(stored.data, red, 12);
    }
  }
});

test('decodes what the bytes hold now, not what the same memory held before', async () => {
  const first = await plainColour(255, 0, 0).png({ compressionLevel: 0 }).toBuffer();
  const second = await plainColour(0, 0, 255).png({ compressionLevel: 0 }).toBuffer();
  assert.equal(first.length, second.length);
  const memory = new Uint8Array(first);
  near((await decodePixels(memory, productPreprocess)).data, [255, 0, 0], 0);
  memory.set(second);
  near((await decodePixels(memory, productPreprocess)).data, [0, 0, 255], 0);
});
