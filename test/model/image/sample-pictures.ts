/**
 * Pictures made for the tests: seeded noise, scenes with edges, and files that are wrong on purpose.
 * Source: our own; the chunk layout of the PNG specification. Deviation: none.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import type { Pixels } from '../../../model/image/index.ts';

/** Numbers from 0 to below 1 that are the same in every run. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Noise with many bytes at both ends, where the resize has to cut off. */
export function noise(width: number, height: number, seed: number): Pixels {
  const random = seededRandom(seed);
  const data = new Uint8ClampedArray(width * height * 3);
  for (let index = 0; index < data.length; index += 1) data[index] = random() * 400 - 72;
  return { data: new Uint8Array(data.buffer), width, height };
}

/** A drawing with gradients, edges and fine lines, as a stand-in for a photo. */
export function scene(width: number, height: number, seed: number): Pixels {
  const random = seededRandom(seed);
  const waves = Array.from({ length: 12 }, () => ({
    x: (random() - 0.5) * 0.3,
    y: (random() - 0.5) * 0.3,
    phase: random() * 6,
    channel: Math.floor(random() * 3),
  }));
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const values = [(x / width) * 160 + 40, (y / height) * 160 + 40, 120];
      for (const wave of waves) {
        values[wave.channel] =
          (values[wave.channel] ?? 0) + 14 * Math.sin(x * wave.x + y * wave.y + wave.phase);
      }
      const inside = (x - width / 3) ** 2 + (y - height / 2) ** 2 < (height / 4) ** 2;
      for (let channel = 0; channel < 3; channel += 1) {
        const value = (values[channel] ?? 0) + (inside ? 70 : 0);
        data[(y * width + x) * 3 + channel] = Math.min(Math.max(Math.round(value), 0), 255);
      }
    }
  }
  return { data, width, height };
}

/** A PNG whose header claims a size, with any rows (grey, 8 bits) or none. */
export function greyPng(width: number, height: number, rows: Uint8Array): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    pngChunk('IHDR', header),
    pngChunk('IDAT', deflateSync(rows)),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(name: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** Runs `work` with an empty folder that is gone afterwards. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'imglish-image-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Largest and mean absolute difference of two runs of bytes of one length. */
export function difference(a: Uint8Array, b: Uint8Array): { max: number; mean: number } {
  if (a.length !== b.length) throw new Error(`${a.length} bytes against ${b.length}`);
  let max = 0;
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) {
    const distance = Math.abs((a[index] ?? 0) - (b[index] ?? 0));
    max = Math.max(max, distance);
    sum += distance;
  }
  return { max, mean: sum / a.length };
}
