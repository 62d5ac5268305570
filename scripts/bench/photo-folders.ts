/**
 * Folders of photos for the pipeline: as many as are wanted, none like another.
 * Source: our own. Deviation: none.
 */
import { appendFile, copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { randomStream } from '../demo-album/index.ts';

/** Network drives and people dislike larger folders. */
const FILES_PER_FOLDER = 500;

const FILES_AT_ONCE = 16;

/** Of small photos, in pixels: above that of the network, so that each is resized. */
const WIDTH = 240;
const HEIGHT = 180;
const CELLS_ACROSS = 12;
const CELLS_DOWN = 9;

/** @returns absolute paths. Copies of photos; from the second on with some bytes behind the end, which decoders ignore and hashes do not. */
export function copyPhotos(sources: readonly string[], count: number, folder: string): Promise<string[]> {
  return makeFiles(count, folder, async (index, target) => {
    await copyFile(sources[index % sources.length] ?? '', target);
    if (index >= sources.length) await appendFile(target, `copy ${index}`);
  });
}

/** @returns absolute paths. Small pictures of soft colours, with as many details as a small photo. */
export function paintPhotos(count: number, folder: string): Promise<string[]> {
  return makeFiles(count, folder, async (index, target) => {
    const random = randomStream('bench', index);
    const cells = Uint8Array.from({ length: CELLS_ACROSS * CELLS_DOWN * 3 }, () => random.integer(0, 255));
    const bytes = await sharp(cells, { raw: { width: CELLS_ACROSS, height: CELLS_DOWN, channels: 3 } })
      .resize(WIDTH, HEIGHT, { kernel: 'cubic' })
      .jpeg({ quality: 85 })
      .toBuffer();
    await writeFile(target, bytes);
  });
}

async function makeFiles(
  count: number,
  folder: string,
  make: (index: number, target: string) => Promise<void>,
): Promise<string[]> {
  const files: string[] = [];
  for (let start = 0; start < count; start += FILES_AT_ONCE) {
    const indexes = Array.from({ length: Math.min(FILES_AT_ONCE, count - start) }, (_, i) => start + i);
    await Promise.all(
      indexes.map(async (index) => {
        const parent = path.join(folder, String(Math.floor(index / FILES_PER_FOLDER)));
        await mkdir(parent, { recursive: true });
        const file = path.join(parent, `${index}.jpg`);
        await make(index, file);
        files[index] = file;
      }),
    );
  }
  return files;
}
