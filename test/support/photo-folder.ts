/**
 * Folders of small real pictures, and a library over them.
 * Source: our own. Deviation: none.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { indexPhotos, Library, type IndexOptions, type IndexReport } from '../../indexer/index.ts';
import { ColourEmbedder } from './colour-embedder.ts';
import { temporaryFolder, type Ending } from './temporary-folder.ts';

export { temporaryFolder, type Ending };

export type Colour = readonly [number, number, number];

/** A picture that no other `seed` gives: a ground colour and four coloured quarters. */
export function photoBytes(seed: number, ground?: Colour, size = { width: 64, height: 48 }): Promise<Buffer> {
  const random = randomNumbers(seed);
  const { width, height } = size;
  const background = ground ?? [random() * 255, random() * 255, random() * 255];
  const spot = (left: number, top: number) => ({
    input: {
      create: {
        width: Math.ceil(width / 4),
        height: Math.ceil(height / 4),
        channels: 3 as const,
        background: { r: random() * 255, g: random() * 255, b: random() * 255 },
      },
    },
    left,
    top,
  });
  return sharp({
    create: {
      ...size,
      channels: 3,
      background: { r: background[0] ?? 0, g: background[1] ?? 0, b: background[2] ?? 0 },
    },
  })
    .composite(
      ground === undefined ? [spot(0, 0), spot(Math.floor(width / 2), Math.floor(height / 2))] : [spot(0, 0)],
    )
    .jpeg({ quality: 95 })
    .toBuffer();
}

export async function writePhoto(file: string, seed: number, ground?: Colour): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, await photoBytes(seed, ground));
  return file;
}

/** Numbers from 0 to 1, the same for the same seed. */
export function randomNumbers(seed: number): () => number {
  let state = (seed * 2_654_435_761 + 12_345) >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A data folder, a photo folder, and the way to index one into the other. */
export interface Workbench {
  readonly photos: string;
  readonly data: string;
  readonly embedder: ColourEmbedder;
  /** What the library said since the workbench was made. */
  readonly notices: string[];
  open(mode?: 'write' | 'read', embedder?: ColourEmbedder): Promise<Library>;
  /** Opens, indexes, closes. */
  index(options?: Partial<IndexOptions>): Promise<IndexReport>;
}

export const indexDefaults = {
  excludeFolders: ['@eaDir', 'node_modules'],
  followSymlinks: false,
  fileBytesMax: 8_000_000,
  imagePixelsMax: 100_000_000,
} as const;

/** @param dataFolder elsewhere than beside the photos, such as on a disk of its own */
export async function workbench(context: Ending, dataFolder?: string): Promise<Workbench> {
  const base = await temporaryFolder(context);
  const photos = path.join(base, 'photos');
  const data = dataFolder ?? path.join(base, 'data');
  await mkdir(photos);
  const embedder = new ColourEmbedder();
  const notices: string[] = [];
  const open: Workbench['open'] = (mode = 'write', model = embedder) =>
    Library.open({ dataFolder: data, mode, model, onNotice: (notice) => notices.push(notice) });
  const index: Workbench['index'] = async (options = {}) => {
    const library = await open();
    try {
      return await indexPhotos(library, embedder, { roots: [photos], ...indexDefaults, ...options });
    } finally {
      await library.close();
    }
  };
  return { photos, data, embedder, notices, open, index };
}

/** Paths of all photos in the library, relative to the photo folder, sorted. */
export function pathsIn(library: Library, photos: string): string[] {
  const { images } = library.store;
  return images.below(photos, '', 10_000).map((image) => path.relative(photos, image.path));
}
