/**
 * The artwork: every icon is there, its measured frame is true, its dye gives the colour its word promises.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import sharp from 'sharp';
import { artworkBody, type ArtworkBody } from '../../../scripts/demo-album/artwork.ts';
import { kinds } from '../../../scripts/demo-album/catalogue/index.ts';
import { dye, mapColours, paintOf, type ColourName } from '../../../scripts/demo-album/colours.ts';
import { isAppError } from '../../../model/index.ts';

const SKINS = 5;
/** Field of an icon, in its own units, and the pixels that one unit takes here. */
const FIELD = 128;
const ZOOM = 2;
/** Of 255; glows and shadows fainter than this are not the thing itself. */
const ALPHA_INK = 40;

test('every kind has its artwork in the icon set or among the drawings, in every skin', () => {
  const names = new Set<string>();
  for (const kind of kinds) {
    assert.ok(!names.has(kind.name), `${kind.name} is there twice`);
    names.add(kind.name);
    for (let skin = 0; skin < SKINS; skin += 1)
      assert.ok(artworkBody(kind.art, skin).body.length > 50, kind.name);
  }
  assert.throws(
    () => artworkBody({ from: 'icon', icon: 'no-such-icon', skins: false }, 0),
    (error) => isAppError(error),
  );
});

test('the ink of every artwork lies where its frame says, so that feet stand on the ground', async () => {
  for (const kind of kinds) {
    const { body, frame } = artworkBody(kind.art, 0);
    const { data, info } = await pixels(body);
    const measured = inkOf(data, info.width, info.height);
    for (const side of ['x', 'y', 'width', 'height'] as const) {
      const difference = Math.abs(measured[side] - frame[side]);
      assert.ok(
        difference <= 1.5,
        `${kind.name}: ${side} is ${measured[side]}, the table says ${frame[side]}`,
      );
    }
  }
});

test('a dyed thing has the colour of its word and keeps the rest', async () => {
  for (const kind of kinds) {
    if (kind.dye === null) continue;
    const artwork = artworkBody(kind.art, 2);
    const dyed = (colour: ColourName): string =>
      mapColours(artwork.body, dye(kind.dye?.main ?? '', colour, kind.dye?.reachRadians));
    const [one, other] = await Promise.all([pixels(dyed('blue')), pixels(dyed('orange'))]);
    // Where two dyes differ is where dye goes.
    const dyedPlaces = placesThatDiffer(one.data, other.data);
    assert.ok(
      dyedPlaces.length >= inkCount(one.data) * 0.07,
      `${kind.name}: only ${dyedPlaces.length} pixels take dye`,
    );
    for (const colour of kind.dye.colours) {
      const { data } = await pixels(dyed(colour));
      const mean = meanOf(data, dyedPlaces);
      assert.ok(looksLike(mean, colour), `${kind.name} in ${colour}: ${JSON.stringify(toneOf(mean))}`);
    }
  }
});

test('dye colours the clothes and leaves the skin alone, whichever it is', () => {
  for (const { name, art, dye: clothes } of kinds) {
    if (clothes === null || clothes.worn === null) continue;
    const dyedBySkin = Array.from({ length: SKINS }, (_unused, skin) => {
      const change = dye(clothes.main, 'green', clothes.reachRadians);
      const hexes = new Set(artworkBody(art, skin).body.match(/#[0-9a-fA-F]{3,6}\b/g) ?? []);
      return [...hexes].filter((hex) => change(hex) !== hex).toSorted((a, b) => (a < b ? -1 : 1));
    });
    assert.ok((dyedBySkin[0]?.length ?? 0) > 0, name);
    for (const dyed of dyedBySkin) assert.deepEqual(dyed, dyedBySkin[0], name);
  }
});

async function pixels(
  body: ArtworkBody['body'],
): Promise<{ data: Uint8Array; info: { width: number; height: number } }> {
  const spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';
  const side = FIELD * ZOOM;
  const svg = `<svg ${spaces} width="${side}" height="${side}" viewBox="0 0 ${FIELD} ${FIELD}">${body}</svg>`;
  return sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
}

function inkOf(
  data: Uint8Array,
  width: number,
  height: number,
): { x: number; y: number; width: number; height: number } {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if ((data[(y * width + x) * 4 + 3] ?? 0) <= ALPHA_INK) continue;
      [left, top] = [Math.min(left, x), Math.min(top, y)];
      [right, bottom] = [Math.max(right, x + 1), Math.max(bottom, y + 1)];
    }
  }
  return { x: left / ZOOM, y: top / ZOOM, width: (right - left) / ZOOM, height: (bottom - top) / ZOOM };
}

function inkCount(data: Uint8Array): number {
  return data.filter((value, index) => index % 4 === 3 && value > ALPHA_INK).length;
}

function placesThatDiffer(a: Uint8Array, b: Uint8Array): number[] {
  const places: number[] = [];
  for (let place = 0; place < a.length; place += 4) {
    const difference = [0, 1, 2].reduce(
      (sum, c) => sum + Math.abs((a[place + c] ?? 0) - (b[place + c] ?? 0)),
      0,
    );
    if (difference > 120) places.push(place);
  }
  return places;
}

function meanOf(data: Uint8Array, places: readonly number[]): number[] {
  return [0, 1, 2].map(
    (channel) => places.reduce((sum, place) => sum + (data[place + channel] ?? 0), 0) / places.length,
  );
}

/** What a painter would call it: the nearest hue for bright colours, lightness for the rest. */
function looksLike(mean: readonly number[], colour: ColourName): boolean {
  const { hue, lightness, spread } = toneOf(mean);
  if (colour === 'white') return lightness > 0.72 && spread < 0.15;
  if (colour === 'black') return lightness < 0.35 && spread < 0.15;
  if (colour === 'grey') return lightness > 0.4 && lightness < 0.72 && spread < 0.15;
  if (colour === 'brown') return lightness < 0.5 && hue > 10 && hue < 40;
  const turn = (name: ColourName): number =>
    Math.abs(((hue - toneOf(paintChannels(name)).hue + 540) % 360) - 180);
  return spread > 0.15 && bright.every((name) => turn(colour) <= turn(name));
}

const bright = ['red', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink'] as const;

function paintChannels(name: ColourName): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(paintOf(name).slice(at, at + 2), 16));
}

/** Hue in degrees; lightness and the spread between the channels, 0 … 1. */
function toneOf(channels: readonly number[]): { hue: number; lightness: number; spread: number } {
  const [r = 0, g = 0, b = 0] = channels.map((value) => value / 255);
  const [most, least] = [Math.max(r, g, b), Math.min(r, g, b)];
  const hue = (Math.atan2(Math.sqrt(3) * (g - b), 2 * r - g - b) * 180) / Math.PI;
  return { hue: (hue + 360) % 360, lightness: (most + least) / 2, spread: most - least };
}
