/**
 * The definition of Pillow's bicubic resize, written out pixel by pixel in unbounded whole numbers. Slow.
 * Source: BEIT3.md section 8. Deviation: none.
 */
import type { Pixels } from '../../../model/image/index.ts';

const UNIT = 2 ** 22;

/** Both passes, each with its own picture of bytes. */
export function resizeByDefinition(pixels: Pixels, width: number, height: number): Pixels {
  const wide = width === pixels.width ? pixels : resizeRows(pixels, width);
  return height === wide.height ? wide : turn(resizeRows(turn(wide), height));
}

function resizeRows(pixels: Pixels, width: number): Pixels {
  const data = new Uint8Array(width * pixels.height * 3);
  for (let y = 0; y < pixels.height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const taps = tapsOf(x, pixels.width, width);
      for (let channel = 0; channel < 3; channel += 1) {
        let sum = 2n ** 21n;
        for (const [place, weight] of taps) {
          sum += weight * BigInt(pixels.data[(y * pixels.width + place) * 3 + channel] ?? 0);
        }
        const value = Number(sum >> 22n);
        data[(y * width + x) * 3 + channel] = Math.min(Math.max(value, 0), 255);
      }
    }
  }
  return { data, width, height: pixels.height };
}

function tapsOf(output: number, inputSize: number, outputSize: number): [number, bigint][] {
  const scale = inputSize / outputSize;
  const widening = scale > 1 ? scale : 1;
  const centre = (output + 0.5) * scale;
  const low = Math.max(Math.trunc(centre - 2 * widening + 0.5), 0);
  const high = Math.min(Math.trunc(centre + 2 * widening + 0.5), inputSize);
  const places = Array.from({ length: high - low }, (_, index) => low + index);
  const weights = places.map((place) => catmullRom(Math.abs((place - centre + 0.5) * (1 / widening))));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return places.map((place, index) => {
    const units = ((weights[index] ?? 0) / total) * UNIT;
    return [place, BigInt(Math.sign(units) * Math.floor(Math.abs(units) + 0.5))];
  });
}

function catmullRom(x: number): number {
  if (x >= 2) return 0;
  return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : (((x - 5) * x + 8) * x - 4) * -0.5;
}

/** Exchanges rows and columns. */
function turn(pixels: Pixels): Pixels {
  const { width, height } = pixels;
  const data = new Uint8Array(pixels.data.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        data[(x * height + y) * 3 + channel] = pixels.data[(y * width + x) * 3 + channel] ?? 0;
      }
    }
  }
  return { data, width: height, height: width };
}
