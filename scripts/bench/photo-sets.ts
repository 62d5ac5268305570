/**
 * Photos to measure with: a folder that somebody names, else what there is, else a painted album.
 * Source: our own. Deviation: none.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { renderAlbum } from '../demo-album/index.ts';
import type { BenchContext } from './section.ts';

export interface PhotoSet {
  readonly name: string;
  readonly folder: string;
  /** file names in it, JPEG only, at most PHOTOS_MAX, spread over all */
  readonly photos: readonly string[];
}

/** Captioned photos with their split, as released. */
export interface CaptionedSet {
  readonly imagesFolder: string;
  readonly captionsFile: string;
  readonly splitFile: string;
}

const PHOTOS_MAX = 400;

/** The size of a photo that was sent by a messenger; a camera's own are larger still. */
const ALBUM_SIDE = 1600;
const ALBUM_COUNT = 32;

/** All that are there, small photos first. */
export async function photoSets(context: BenchContext): Promise<PhotoSet[]> {
  const { photosFolder } = context;
  if (photosFolder !== undefined) return [await readSet(path.basename(photosFolder), photosFolder)];
  const sets: PhotoSet[] = [];
  const flickr = flickrFolder();
  if (flickr !== undefined) sets.push(await readSet('Flickr8k, 176 x 176', path.join(flickr, 'images')));
  const folder = path.join(context.workFolder, 'album');
  context.note(`painting ${ALBUM_COUNT} pictures`);
  await renderAlbum({ folder, count: ALBUM_COUNT, side: ALBUM_SIDE });
  sets.push(await readSet(`demo album, ${ALBUM_SIDE} pixels`, folder));
  return sets;
}

/** Undefined where the data set is not beside the project. */
export function flickrSplit(split: 'dev' | 'test'): CaptionedSet | undefined {
  const folder = flickrFolder();
  if (folder === undefined) return undefined;
  return {
    imagesFolder: path.join(folder, 'images'),
    captionsFile: path.join(folder, 'Flickr8k.token.txt'),
    splitFile: path.join(folder, `Flickr_8k.${split}Images.txt`),
  };
}

function flickrFolder(): string | undefined {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, 'package.json'))) {
    if (folder === path.dirname(folder)) return undefined;
    folder = path.dirname(folder);
  }
  const flickr = path.join(folder, '..', 'shared', 'flickr8k');
  return existsSync(path.join(flickr, 'Flickr8k.token.txt')) ? flickr : undefined;
}

/** Absolute paths of all JPEG photos in a folder, sorted. */
export async function photosIn(folder: string): Promise<string[]> {
  return (await readdir(folder))
    .filter((file) => /\.jpe?g$/i.test(file))
    .toSorted()
    .map((file) => path.join(folder, file));
}

async function readSet(name: string, folder: string): Promise<PhotoSet> {
  const names = (await photosIn(folder)).map((file) => path.basename(file));
  if (names.length === 0) throw new Error(`${folder}: no JPEG photos to measure with; name another folder`);
  // Spread over the whole folder, whose beginning may be all of one kind.
  const step = Math.max(1, Math.floor(names.length / PHOTOS_MAX));
  const photos = names.filter((_, index) => index % step === 0).slice(0, PHOTOS_MAX);
  return { name, folder, photos };
}
