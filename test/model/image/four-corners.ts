/**
 * A picture whose corners cannot be taken for each other, and the eight ways to turn it.
 * Source: EXIF 2.32, Orientation; HEIF (ISO 23008-12), irot and imir. Deviation: none.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import type { Pixels } from '../../../model/image/index.ts';
import { projectRoot } from '../../support/paths.ts';

const red = [220, 30, 30] as const;
const green = [30, 200, 40] as const;
const blue = [30, 40, 210] as const;
const yellow = [230, 220, 40] as const;

/** Red, green / blue, yellow. */
export const CORNERS = [red, green, blue, yellow] as const;

/** What each tag asks for, in the words of the EXIF standard: where the stored first row and column belong. */
export const UPRIGHT: Readonly<Record<number, readonly (readonly number[])[]>> = {
  1: [red, green, blue, yellow],
  2: [green, red, yellow, blue],
  3: [yellow, blue, green, red],
  4: [blue, yellow, red, green],
  5: [red, blue, green, yellow],
  6: [blue, red, yellow, green],
  7: [yellow, green, blue, red],
  8: [green, yellow, red, blue],
};

/** Anticlockwise quarter turns, then the mirror: 0 exchanges top and bottom, 1 left and right. */
const TURNS: Readonly<Record<number, readonly [turns: number, mirror: number | null]>> = {
  2: [0, 1],
  3: [2, null],
  4: [0, 0],
  5: [1, 0],
  6: [3, null],
  7: [3, 0],
  8: [1, null],
};

export function corners(width: number, height: number): Sharp {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, index) => {
    const pixel = Math.floor(index / 3);
    const right = pixel % width < width / 2 ? 0 : 1;
    const bottom = Math.floor(pixel / width) < height / 2 ? 0 : 2;
    return CORNERS[right + bottom]?.[index % 3] ?? 0;
  });
  return sharp(data, { raw: { width, height, channels: 3 } });
}

export function hasCorners({ data, width, height }: Pixels, tag: number, tolerance = 12): void {
  const places = [0, width - 1, (height - 1) * width, height * width - 1];
  for (const [index, place] of places.entries()) {
    const found = [...data.subarray(place * 3, place * 3 + 3)];
    const expected = UPRIGHT[tag]?.[index] ?? [];
    const isNear = found.every(
      (value, channel) => Math.abs(value - (expected[channel] ?? -1e9)) <= tolerance,
    );
    assert.ok(
      isNear,
      `orientation ${tag}, corner ${index}: [${found.join(', ')}], not [${expected.join(', ')}]`,
    );
  }
}

/** @param name of a file in test/fixtures/formats */
export function heicFixture(name: string): Buffer {
  return readFileSync(path.join(projectRoot, 'test', 'fixtures', 'formats', name));
}

/** `corners.heic`, with the boxes that ask for it to be turned as EXIF's orientation `tag` says. */
export function turnedHeic(tag: number): Buffer {
  const file = heicFixture('corners.heic');
  const [turns, mirror] = TURNS[tag] ?? [0, null];
  const boxes: Buffer[] = [];
  if (turns > 0) boxes.push(box('irot', turns));
  if (mirror !== null) boxes.push(box('imir', mirror));
  if (boxes.length === 0) return file;
  const added = Buffer.concat(boxes);
  const ipco = file.indexOf('ipco') - 4;
  const ipma = file.indexOf('ipma') - 4;
  const grown = added.length + boxes.length;
  const properties = file.subarray(0, ipma);
  // The associations of the one item: their number is the byte before them, and new properties are essential.
  const links = Buffer.from(file.subarray(ipma, ipma + file.readUInt32BE(ipma)));
  const before = links[COUNT_PLACE] ?? 0;
  links[COUNT_PLACE] = before + boxes.length;
  const more = boxes.map((_, index) => 0x80 | (before + 1 + index));
  const result = Buffer.concat([
    properties,
    added,
    links,
    Buffer.from(more),
    file.subarray(ipma + links.length),
  ]);
  resize(result, ipco, added.length);
  resize(result, ipma + added.length, boxes.length);
  resize(result, file.indexOf('iprp') - 4, grown);
  resize(result, file.indexOf('meta') - 4, grown);
  // Where the pixels begin.
  resize(result, file.indexOf('iloc') - 4 + BASE_PLACE, grown);
  return result;
}

/** Of the number of associations, in an `ipma` box of one item; of the offset in an `iloc` box of one. */
const COUNT_PLACE = 18;
const BASE_PLACE = 20;

function box(type: string, value: number): Buffer {
  return Buffer.concat([Buffer.from([0, 0, 0, 9]), Buffer.from(type, 'latin1'), Buffer.from([value])]);
}

function resize(bytes: Buffer, place: number, by: number): void {
  bytes.writeUInt32BE(bytes.readUInt32BE(place) + by, place);
}
