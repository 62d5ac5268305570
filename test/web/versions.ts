/**
 * Painted scenes, one of them in several versions, and copies of files.
 * Source: our own. Deviation: none.
 */
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { randomNumbers } from '../support/photo-folder.ts';

export const SCENES = 8;

/**
 * Scenes `scene-1.jpg` to `scene-8.jpg`; in `Exports` the first smaller, cropped, mirrored and as a copy, and two
 * copies of the second: 8 + 4 + 2 files, of them 11 with different bytes.
 */
export async function writeVersions(folder: string): Promise<void> {
  const exports = path.join(folder, 'Exports');
  await mkdir(exports, { recursive: true });
  const scene = (number: number): string => path.join(folder, `scene-${number}.jpg`);
  for (let number = 1; number <= SCENES; number += 1) await paintScene(scene(number), number);
  const original = scene(1);
  await sharp(original).resize(300).jpeg({ quality: 60 }).toFile(path.join(exports, 'small.jpg'));
  await sharp(original).flop().resize(500).jpeg().toFile(path.join(exports, 'mirrored.jpg'));
  await sharp(original)
    .extract({ left: 12, top: 8, width: 576, height: 384 })
    .jpeg()
    .toFile(path.join(exports, 'cropped.jpg'));
  await copyFile(original, path.join(exports, 'copy of scene-1.jpg'));
  await copyFile(scene(2), path.join(exports, 'scene-2.jpg'));
  await copyFile(scene(2), path.join(exports, 'scene-2 (1).jpg'));
}

/** A picture with a few large shapes; another one for each number. */
async function paintScene(file: string, number: number): Promise<void> {
  const random = randomNumbers(number);
  const shape = (): string => {
    const [x, y, r] = [random() * 600, random() * 400, 40 + random() * 120];
    return `<circle cx="${x}" cy="${y}" r="${r}" fill="hsl(${random() * 360} 70% ${20 + random() * 60}%)"/>`;
  };
  const shapes = Array.from({ length: 9 }, shape).join('');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400">
    <rect width="600" height="400" fill="hsl(${random() * 360} 40% ${20 + random() * 60}%)"/>${shapes}</svg>`;
  await sharp(Buffer.from(svg)).removeAlpha().jpeg({ quality: 90 }).toFile(file);
}
