/**
 * A real library of a few painted pictures, indexed with the built-in model, for tests of the server.
 * Source: our own. Deviation: none.
 */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { indexPhotos, Library } from '../../indexer/index.ts';
import { openEmbedder, type LocalEmbedder } from '../../model/index.ts';
import { SearchEngine } from '../../query/index.ts';
import {
  createApp,
  serve,
  type AppOptions,
  type IndexingStatus,
  type ServeOptions,
  type Server,
} from '../../web/index.ts';

export interface SmallLibrary {
  readonly library: Library;
  readonly embedder: LocalEmbedder;
  readonly engine: SearchEngine;
  /** absolute; where the pictures lie */
  readonly photos: string;
  /** Closes everything and removes the folder. */
  close(): Promise<void>;
}

export const idle: IndexingStatus = { state: 'idle', progress: null, report: null, message: null };

/** The shapes that pictures take in turn: landscape, portrait, panorama, square. */
const SIDES = [
  [900, 600],
  [600, 800],
  [1500, 500],
  [700, 700],
] as const;

/** @param pictures how many; the first lies in a folder of its own, is dated and has a difficult name */
export async function openSmallLibrary(pictures: number): Promise<SmallLibrary> {
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'imglish-web-')));
  const photos = path.join(folder, 'My photos');
  await mkdir(path.join(photos, 'Summer'), { recursive: true });
  for (let number = 0; number < pictures; number += 1) await paint(photos, number);
  const embedder = await openEmbedder({
    model: 'nano',
    modelsFolder: path.join(folder, 'models'),
    cacheFolder: path.join(folder, 'cache'),
  });
  try {
    const dataFolder = path.join(folder, 'data');
    const library = await Library.open({ dataFolder, mode: 'write', model: embedder });
    if (pictures > 0) await index(library, embedder, photos);
    const close = async (): Promise<void> => {
      await library.close();
      await embedder.close();
      await rm(folder, { recursive: true, force: true });
    };
    return { library, embedder, engine: new SearchEngine({ library, embedder }), photos, close };
  } catch (error) {
    await embedder.close();
    throw error;
  }
}

/** Brings what lies in the folder into the library. */
export async function index(library: Library, embedder: LocalEmbedder, folder: string): Promise<void> {
  await indexPhotos(library, embedder, {
    roots: [folder],
    excludeFolders: [],
    followSymlinks: false,
    fileBytesMax: 50_000_000,
    imagePixelsMax: 50_000_000,
  });
}

/** Serves the library on a free port of this machine. */
export function serveSmall(
  small: Pick<SmallLibrary, 'library' | 'engine'>,
  options: Partial<AppOptions> & Partial<Omit<ServeOptions, 'port'>> = {},
): Promise<Server> {
  const { host = '127.0.0.1', graceMs, allowedHosts = [], isInsecure = false, ...app } = options;
  return serve(
    createApp({
      library: small.library,
      engine: small.engine,
      models: small.engine,
      status: () => idle,
      ...app,
    }),
    {
      host,
      port: 0,
      allowedHosts,
      isInsecure,
      ...(graceMs !== undefined && { graceMs }),
    },
  );
}

async function paint(photos: string, number: number): Promise<void> {
  const [width, height] = SIDES[number % SIDES.length] ?? [600, 400];
  const hue = (number * 47) % 360;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <linearGradient id="sky" x2="0" y2="1">
      <stop stop-color="hsl(${hue} 45% 78%)"/><stop offset="1" stop-color="hsl(${(hue + 40) % 360} 50% 52%)"/>
    </linearGradient>
    <rect width="100%" height="100%" fill="url(#sky)"/>
    <circle cx="${width * 0.7}" cy="${height * 0.3}" r="${height * 0.12}" fill="hsl(${(hue + 180) % 360} 80% 75%)"/>
    <path d="M0 ${height} V${height * 0.7} L${width * 0.3} ${height * 0.4} L${width * 0.55} ${height * 0.75}
      L${width * 0.75} ${height * 0.55} L${width} ${height * 0.8} V${height} Z" fill="hsl(${hue} 35% 24%)"/>
  </svg>`;
  const picture = sharp(Buffer.from(svg)).removeAlpha();
  const [name, encoded] = await encode(picture, number);
  await writeFile(path.join(photos, name), encoded);
}

async function encode(picture: Sharp, number: number): Promise<readonly [string, Buffer]> {
  if (number === 0) {
    const exif = { IFD0: { Make: 'Imglish' }, IFD2: { DateTimeOriginal: '2021:05:14 09:30:00' } };
    return ['Summer/Été "1" (a).jpg', await picture.withExif(exif).jpeg().toBuffer()];
  }
  if (number % 5 === 1) return [`picture ${number}.png`, await picture.png().toBuffer()];
  if (number % 5 === 2) return [`picture ${number}.webp`, await picture.webp().toBuffer()];
  return [`picture ${number}.jpg`, await picture.jpeg().toBuffer()];
}
