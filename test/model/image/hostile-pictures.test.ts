/**
 * Files that are no pictures, damaged pictures, and pictures that cost too much.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import sharp from 'sharp';
import { isAppError, type ErrorCode } from '../../../model/errors.ts';
import {
  decodePixels,
  preprocess,
  productPreprocess,
  referencePreprocess,
  type DecodeOptions,
} from '../../../model/image/index.ts';
import { fixturesFolder } from '../../support/paths.ts';
import { greyPng, scene, withFolder } from './sample-pictures.ts';

const images = path.join(fixturesFolder, 'image_preprocessing', 'images');
const jpeg = path.join(images, 'tall_300x500.jpg');
const spec = { side: 32, resize: 'stretch', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;

async function refuses(
  source: string | Uint8Array,
  code: ErrorCode,
  words: RegExp,
  options: DecodeOptions = productPreprocess,
): Promise<void> {
  await assert.rejects(decodePixels(source, options), (error) => {
    assert.ok(isAppError(error, code), `${String(error)} in place of ${code}`);
    assert.match(error.message, words);
    assert.match(error.message, /expected/);
    if (typeof source === 'string') assert.ok(error.message.startsWith(source), error.message);
    return true;
  });
}

test('refuses what is no photo, and says what it is', async () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['<!DOCTYPE html><html><body><svg></svg>', /an HTML page/],
    ['<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', /an SVG drawing.*PNG/],
    ['<?xml version="1.0"?>\n<!-- hello -->\n<svg width="9" height="9"/>', /an SVG drawing/],
    ['\u00ef\u00bb\u00bf<svg/>', /an SVG drawing/],
    ['%PDF-1.7\n', /a PDF document/],
    ['P6\n1 1\n255\nabc', /a netpbm picture/],
    ['hello', /is text/],
    ['BM\x46\0\0\0\0\0\0\0\x36', /a BMP picture/],
    ['\0\0\0\x18ftypcrx \0\0\0\x01crx isom', /a CR3 file.*DNG/],
    ['\0\0\0\x18ftypisom\0\0\0\0mp42isom', /a film or sound file/],
    ['\x1f\x8b\x08\0', /an archive or compressed file/],
    ['\x01\x02\x03', /unknown content \(it starts with the bytes 010203\)/],
  ];
  await withFolder(async (folder) => {
    for (const [content, words] of cases) {
      const file = path.join(folder, 'photo.jpg');
      writeFileSync(file, content, 'latin1');
      await refuses(file, 'IMAGE_INVALID', words);
    }
  });
  await refuses(new Uint8Array(0), 'IMAGE_INVALID', /is empty \(0 bytes\)/);
  assert.equal((await decodePixels(jpeg, productPreprocess)).width, 300);
});

test('refuses an empty file, a folder, a missing file and a path it cannot follow', async () => {
  await withFolder(async (folder) => {
    const empty = path.join(folder, 'empty.jpg');
    writeFileSync(empty, '');
    await refuses(empty, 'IMAGE_INVALID', /is empty/);
    const inner = path.join(folder, 'album.jpg');
    mkdirSync(inner);
    await refuses(inner, 'FILE_UNREADABLE', /is a folder/);
    await refuses(path.join(folder, 'none.jpg'), 'FILE_NOT_FOUND', /no such file/);
    await refuses(path.join(empty, 'below.jpg'), 'FILE_NOT_FOUND', /no such file/);
    const circle = path.join(folder, 'circle.jpg');
    symlinkSync(circle, circle);
    await refuses(circle, 'FILE_UNREADABLE', /cannot be read/);
    const link = path.join(folder, 'link.jpg');
    symlinkSync(jpeg, link);
    assert.equal((await decodePixels(link, productPreprocess)).height, 500);
  });
});

test('does not wait for a named pipe', { skip: process.platform === 'win32', timeout: 10_000 }, async () => {
  await withFolder(async (folder) => {
    const pipe = path.join(folder, 'pipe.jpg');
    execFileSync('mkfifo', [pipe]);
    await refuses(pipe, 'FILE_UNREADABLE', /a pipe, socket or device/);
  });
});

test('refuses truncated and damaged files of every format, in both ways', async () => {
  const { data, width, height } = scene(200, 150, 1);
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  const files = {
    jpeg: await picture.clone().jpeg().toBuffer(),
    progressive: await picture.clone().jpeg({ progressive: true }).toBuffer(),
    png: await picture.clone().png().toBuffer(),
    webp: await picture.clone().webp().toBuffer(),
    gif: await picture.clone().gif().toBuffer(),
    tiff: await picture.clone().tiff().toBuffer(),
    avif: await picture.clone().avif().toBuffer(),
  };
  for (const [name, file] of Object.entries(files)) {
    assert.equal((await decodePixels(file, productPreprocess)).width, 200, name);
    for (const share of [0.02, 0.5, 0.98]) {
      const part = file.subarray(0, Math.max(Math.floor(file.length * share), 16));
      await refuses(part, 'IMAGE_INVALID', /cannot be decoded as/);
      const fast = preprocess(part, spec, productPreprocess);
      await assert.rejects(fast, (error) => isAppError(error, 'IMAGE_INVALID'), `${name} ${share}`);
    }
  }
  const flipped = Buffer.from(files.png);
  flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 0x55;
  await refuses(flipped, 'IMAGE_INVALID', /cannot be decoded as png/);
});

test('reads a JPEG with bytes after its end, as some phones write them', async () => {
  const file = Buffer.concat([readFileSync(jpeg), Buffer.alloc(1000, 7)]);
  assert.equal((await decodePixels(file, productPreprocess)).width, 300);
});

test('refuses a header that claims too many pixels before anything is decoded', async () => {
  const claimed = greyPng(30_000, 30_000, new Uint8Array(10));
  const before = process.memoryUsage().rss;
  await refuses(claimed, 'IMAGE_TOO_LARGE', /30000 x 30000 pixels .*expected at most 268402689/);
  await refuses(claimed, 'IMAGE_TOO_LARGE', /30000 x 30000/, referencePreprocess);
  assert.ok(process.memoryUsage().rss - before < 200_000_000);
});

test('refuses a small file with very many pixels, and reads it where the limit allows it', async () => {
  // 36 megapixels of black in some 36 kB.
  const bomb = greyPng(6000, 6000, new Uint8Array(6001 * 6000));
  assert.ok(bomb.length < 100_000);
  await refuses(bomb, 'IMAGE_TOO_LARGE', /36000000/, { ...productPreprocess, pixelsMax: 35_999_999 });
  const tensor = await preprocess(bomb, spec, { ...productPreprocess, pixelsMax: 36_000_000 });
  assert.ok(tensor.every((value) => value === -1));
});

test('refuses a side above a million pixels', async () => {
  await refuses(greyPng(2_000_000, 1, new Uint8Array(1)), 'IMAGE_TOO_LARGE', /no side above 1000000/);
});

test('refuses a file above the limit on bytes, on disk and in memory', async () => {
  const bytes = readFileSync(jpeg);
  for (const source of [jpeg, bytes]) {
    const limit = { ...productPreprocess, bytesMax: bytes.length - 1 };
    await refuses(source, 'IMAGE_TOO_LARGE', new RegExp(`has ${bytes.length} bytes`), limit);
    const enough = await decodePixels(source, { ...productPreprocess, bytesMax: bytes.length });
    assert.equal(enough.width, 300);
  }
  await refuses(jpeg, 'IMAGE_TOO_LARGE', /36|bytes/, { ...productPreprocess, bytesMax: 1 });
});

test('refuses limits that are no limits', async () => {
  for (const pixelsMax of [0, -1, 1.5, Number.POSITIVE_INFINITY]) {
    const work = decodePixels(jpeg, { ...productPreprocess, pixelsMax });
    await assert.rejects(work, (error) => isAppError(error, 'INVALID_ARGUMENT'));
  }
});

test('stops where it is called off', async () => {
  const gone = AbortSignal.abort();
  const work = decodePixels(jpeg, { ...productPreprocess, signal: gone });
  await assert.rejects(work, (error) => isAppError(error, 'ABORTED'));
  const { signal } = new AbortController();
  assert.equal((await decodePixels(jpeg, { ...productPreprocess, signal })).width, 300);
});

test('fuzz: bytes changed at random give a picture or a typed error, never anything else', async () => {
  const { data, width, height } = scene(64, 48, 2);
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  const files = [await picture.clone().jpeg().toBuffer(), await picture.clone().png().toBuffer()];
  files.push(await picture.clone().webp().toBuffer(), await picture.clone().tiff().toBuffer());
  files.push(await picture.clone().gif().toBuffer());
  let state = 1;
  for (let round = 0; round < 150; round += 1) {
    const file = Buffer.from(files[round % files.length] ?? []);
    for (let change = 0; change < 4; change += 1) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      file[(state >>> 8) % file.length] = state & 0xff;
    }
    try {
      await preprocess(file, spec, { ...productPreprocess, pixelsMax: 1_000_000 });
    } catch (error) {
      const expected = isAppError(error, 'IMAGE_INVALID') || isAppError(error, 'IMAGE_TOO_LARGE');
      assert.ok(expected, String(error));
    }
  }
});
