/**
 * Opens annotations of any known form and takes the photos of a split, or a sample of them.
 * Source: our own. Deviation: none.
 */
import { open } from 'node:fs/promises';
import { AppError } from '../../../model/index.ts';
import type { CaptionedPhotos } from './captioned-photos.ts';
import { readKarpathy } from './karpathy.ts';
import { drawSample, type Sample } from './sample.ts';
import { isSplitName, listBeside } from './split.ts';
import { readCaptions, readList, unreadableList } from './text-lists.ts';

export interface DatasetOptions {
  /** Karpathy's JSON, or lines `photo.jpg#0<TAB>caption`. */
  readonly annotations: string;
  readonly imagesFolder: string;
  /** A name (test, dev, val, train, all) or a file of lines `photo.jpg`. Default: test for JSON, else all. */
  readonly split?: string;
  readonly sample?: Sample;
  readonly signal?: AbortSignal;
}

/** @throws AppError FILE_NOT_FOUND, FILE_UNREADABLE, INVALID_ARGUMENT, LIMIT_EXCEEDED, ABORTED */
export async function readDataset(options: DatasetOptions): Promise<CaptionedPhotos> {
  const all = (await isJson(options.annotations)) ? await fromJson(options) : await fromLines(options);
  if (options.sample === undefined) return all;
  return { ...all, photos: drawSample(all.photos, options.sample) };
}

async function fromJson({ annotations, imagesFolder, split = 'test', signal }: DatasetOptions) {
  const wanted = isSplitName(split) ? split : new Set(await readList(split));
  return readKarpathy(annotations, {
    split: wanted,
    imagesFolder,
    ...(signal !== undefined && { signal }),
  });
}

async function fromLines({ annotations, split = 'all' }: DatasetOptions): Promise<CaptionedPhotos> {
  const captionsOf = await readCaptions(annotations);
  const wanted =
    split === 'all'
      ? [...captionsOf.keys()]
      : await readList(isSplitName(split) ? listBeside(annotations, split) : split);
  const photos = wanted.flatMap((photo) => {
    const captions = captionsOf.get(photo);
    return captions === undefined ? [] : [{ photo, captions }];
  });
  if (photos.length === 0) {
    throw new AppError(
      'INVALID_ARGUMENT',
      `${annotations}: found captions of ${captionsOf.size} photos, expected some of the ${wanted.length} of the split; give annotations and a --split that belong together`,
    );
  }
  return { photos, uncaptioned: wanted.filter((photo) => !captionsOf.has(photo)) };
}

/** By what it begins with, whatever its name. */
async function isJson(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0);
      return /^\s*[{[]/.test(buffer.toString('utf8', 0, bytesRead).replace('\u{feff}', ''));
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unreadableList(file, error);
  }
}
