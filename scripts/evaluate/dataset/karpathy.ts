/**
 * Annotations in Karpathy's form: dataset_coco.json, dataset_flickr30k.json, dataset_flickr8k.json.
 * Source: Karpathy and Fei-Fei 2015 (the files), unilm beit3/datasets.py (how they are read: `restval` is training
 * data, all sentences of a photo count). Deviation: a photo may lie in the folder itself where the annotations name
 * a folder below it (`filepath`) that is not there; blank sentences are left out and counted.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError } from '../../../model/index.ts';
import { checkPhotoPath, type CaptionedPhotos } from './captioned-photos.ts';
import { jsonElements, JSON_BYTES_MAX } from './json-elements.ts';
import type { SplitName } from './split.ts';
import { unreadableList } from './text-lists.ts';

export interface KarpathyOptions {
  /** A split of the file, `all` of them, or the names of the photos. */
  readonly split: SplitName | ReadonlySet<string>;
  readonly imagesFolder: string;
  readonly signal?: AbortSignal;
}

/** Ten times the photos of COCO. */
const PHOTOS_MAX = 1_500_000;

const REMEDY = 'give a dataset_….json with "images", each with "filename", "split" and "sentences" of "raw"';

const photoSchema = z.object({
  filename: z.string().min(1).max(1024),
  filepath: z.string().max(1024).optional(),
  split: z.string().min(1).max(64),
  sentences: z.array(z.object({ raw: z.string() })).max(10_000),
});

/** Photos and sentences in the order of the file. @throws AppError FILE_NOT_FOUND, INVALID_ARGUMENT, LIMIT_EXCEEDED */
export async function readKarpathy(file: string, options: KarpathyOptions): Promise<CaptionedPhotos> {
  await checkSize(file);
  const photos = new Map<string, string[]>();
  const uncaptioned: string[] = [];
  const seen = new Map<string, number>();
  const folders = new FolderNames(options.imagesFolder);
  const elements = jsonElements(file, {
    key: 'images',
    remedy: REMEDY,
    ...(options.signal !== undefined && { signal: options.signal }),
  });
  for await (const { index, offset, value } of elements) {
    const place = `${file}: images[${index}] (byte ${offset})`;
    if (index >= PHOTOS_MAX) {
      throw new AppError('LIMIT_EXCEEDED', `${place}: expected at most ${PHOTOS_MAX} photos; ${REMEDY}`);
    }
    const one = parsePhoto(place, value);
    const split = one.split === 'restval' ? 'train' : one.split;
    seen.set(split, (seen.get(split) ?? 0) + 1);
    const full = [one.filepath ?? '', one.filename].filter((part) => part !== '').join('/');
    checkPhotoPath(place, full);
    if (!isWanted(options.split, split, one.filename, full)) continue;
    const photo = await folders.placeOf(one.filepath ?? '', one.filename);
    const captions = one.sentences.map(({ raw }) => raw.trim()).filter((raw) => raw !== '');
    if (captions.length === 0) uncaptioned.push(photo);
    else photos.set(photo, [...(photos.get(photo) ?? []), ...captions]);
  }
  if (photos.size === 0) throw nothingIn(file, options.split, seen);
  return { photos: [...photos].map(([photo, captions]) => ({ photo, captions })), uncaptioned };
}

function isWanted(wanted: KarpathyOptions['split'], split: string, filename: string, full: string): boolean {
  if (typeof wanted !== 'string') return wanted.has(filename) || wanted.has(full);
  return wanted === 'all' || split === wanted || (wanted === 'dev' && split === 'val');
}

function parsePhoto(place: string, value: unknown): z.infer<typeof photoSchema> {
  const { data, error } = photoSchema.safeParse(value);
  if (data !== undefined) return data;
  const [issue] = error.issues;
  const key = issue === undefined || issue.path.length === 0 ? 'the photo' : `"${issue.path.join('.')}"`;
  throw new AppError('INVALID_ARGUMENT', `${place}: ${key}: ${issue?.message ?? 'is wrong'}; ${REMEDY}`, {
    cause: error,
  });
}

function nothingIn(
  file: string,
  split: KarpathyOptions['split'],
  seen: ReadonlyMap<string, number>,
): AppError {
  const found = [...seen].map(([name, count]) => `${name} (${count} photos)`).join(', ') || 'no photos';
  const wanted =
    typeof split === 'string' ? `captioned photos of the split "${split}"` : 'photos of the list';
  return new AppError(
    'INVALID_ARGUMENT',
    `${file}: found ${found}, expected ${wanted}; name another --split`,
  );
}

async function checkSize(file: string): Promise<void> {
  const status = await stat(file).catch((error: unknown) => {
    throw unreadableList(file, error);
  });
  if (!status.isFile()) {
    throw new AppError('FILE_UNREADABLE', `${file}: is no file, expected annotations; ${REMEDY}`);
  }
  if (status.size > JSON_BYTES_MAX) {
    throw new AppError(
      'LIMIT_EXCEEDED',
      `${file}: ${status.size} bytes, expected at most ${JSON_BYTES_MAX}; ${REMEDY}`,
    );
  }
}

/** COCO names train2014 and val2014; who has only one of them may give it itself. */
class FolderNames {
  readonly #imagesFolder: string;
  readonly #isThere = new Map<string, boolean>();

  constructor(imagesFolder: string) {
    this.#imagesFolder = imagesFolder;
  }

  async placeOf(folder: string, filename: string): Promise<string> {
    if (folder === '') return filename;
    let isThere = this.#isThere.get(folder);
    if (isThere === undefined) {
      const status = await stat(path.join(this.#imagesFolder, folder)).catch(() => undefined);
      isThere = status?.isDirectory() === true;
      this.#isThere.set(folder, isThere);
    }
    return isThere ? `${folder}/${filename}` : filename;
  }
}
