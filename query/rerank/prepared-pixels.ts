/**
 * Photos as the network reads them: decoded from the original, or from the stored preview where no original is left.
 * Source: our own. Deviation: none.
 *
 * Kept are bytes, uint8 [S, S, 3], not the float32 [3, S, S] of the network: a quarter of the memory, and the
 * embedder makes of them the very numbers that `preprocess` would give. The decoder works in threads of its own.
 */
import { webcrypto } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { thumbnailOf, type ImageRecord, type Library } from '../../indexer/index.ts';
import {
  AppError,
  preprocessPixels,
  productPreprocess,
  readPicture,
  type ErrorCode,
  type PictureSource,
  type Pixels,
  type PreprocessSpec,
} from '../../model/index.ts';
import { BoundedCache } from '../bounded-cache.ts';

/** A photo before the normalisation. */
export interface PreparedPhoto {
  /** uint8 [S, S, 3] */
  readonly pixels: Pixels;
  /** No original could be read, so the numbers differ a little from what was indexed. */
  readonly fromPreview: boolean;
}

/** A content of the library, or a picture that somebody brought. */
export type PhotoReference =
  { readonly contentId: number } | { readonly key: string; readonly picture: PictureSource };

/** Copies that are tried in turn; whoever has more of them keeps them on one disk. */
const COPIES_MAX = 16;

/** The larger preview is nearer to the original. */
const previewSizes = ['large', 'small'] as const;

/** What can be wrong with one photo; everything else is not its fault. */
const photoCodes: ReadonlySet<ErrorCode> = new Set([
  'FILE_NOT_FOUND',
  'FILE_UNREADABLE',
  'IMAGE_INVALID',
  'IMAGE_TOO_LARGE',
  'NOT_FOUND',
  'DISK_FULL',
  'UNSUPPORTED',
]);

export class PreparedPixels {
  readonly #library: Library;
  readonly #cache: BoundedCache<PreparedPhoto>;
  /** Two searches that want the same photo decode it once. */
  readonly #underWay = new Map<string, Promise<PreparedPhoto | undefined>>();

  /** @param bytesMax of the pixels that are kept */
  constructor(library: Library, bytesMax: number) {
    this.#library = library;
    this.#cache = new BoundedCache(bytesMax, ({ pixels }) => pixels.data.byteLength);
  }

  get bytes(): number {
    return this.#cache.weight;
  }

  /**
   * @returns undefined where a photo of the library cannot be read any more
   * @throws AppError what is wrong with a picture that was brought
   */
  async get(photo: PhotoReference, spec: PreprocessSpec): Promise<PreparedPhoto | undefined> {
    const name = 'contentId' in photo ? photo.contentId : photo.key;
    const key = `${spec.side} ${spec.resize} ${name}`;
    const kept = this.#cache.get(key);
    if (kept !== undefined) return kept;
    const running = this.#underWay.get(key) ?? this.#prepare(photo, spec, key);
    this.#underWay.set(key, running);
    return running;
  }

  async #prepare(
    photo: PhotoReference,
    spec: PreprocessSpec,
    key: string,
  ): Promise<PreparedPhoto | undefined> {
    try {
      const prepared =
        'contentId' in photo
          ? await this.#ofLibrary(photo.contentId, spec)
          : { pixels: await preprocessPixels(photo.picture, spec, productPreprocess), fromPreview: false };
      if (prepared !== undefined) this.#cache.set(key, prepared);
      return prepared;
    } finally {
      this.#underWay.delete(key);
    }
  }

  async #ofLibrary(contentId: number, spec: PreprocessSpec): Promise<PreparedPhoto | undefined> {
    const images = this.#library.store.images.byContent(contentId, COPIES_MAX);
    for (const image of images) {
      const pixels = await unlessUnreadable(() => fromOriginal(image, spec));
      if (pixels !== undefined) return { pixels, fromPreview: false };
    }
    const [image] = images;
    if (image === undefined) return undefined;
    for (const size of previewSizes) {
      const pixels = await unlessUnreadable(async () =>
        preprocessPixels(await thumbnailOf(this.#library, image.id, size), spec, productPreprocess),
      );
      if (pixels !== undefined) return { pixels, fromPreview: true };
    }
    return undefined;
  }
}

/**
 * The name under which a picture that was brought is known, and the picture in memory.
 * @throws AppError as `readPicture`
 */
export async function referenceOf(picture: PictureSource): Promise<PhotoReference> {
  const isDecodable = typeof picture !== 'string' && 'image' in picture;
  // The path alone is no name: another photo may lie there tomorrow.
  const { bytes } = isDecodable ? picture : await readPicture(picture, {});
  const digest = await webcrypto.subtle.digest('SHA-256', new Uint8Array(bytes));
  return { key: Buffer.from(digest).toString('hex'), picture: isDecodable ? picture : bytes };
}

/** Changed files show something else than what was found. */
async function fromOriginal(image: ImageRecord, spec: PreprocessSpec): Promise<Pixels | undefined> {
  const status = await stat(image.path).catch(() => undefined);
  if (status?.size !== image.bytes || status.mtimeMs !== image.modifiedMs) return undefined;
  const limits = { bytesMax: Math.max(1, image.bytes), pixelsMax: Math.max(1, image.width * image.height) };
  return preprocessPixels(image.path, spec, { ...productPreprocess, ...limits });
}

async function unlessUnreadable<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && photoCodes.has(error.code)) return undefined;
    throw error;
  }
}
