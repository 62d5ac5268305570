/**
 * Why a generation cannot find some photos: looks at their files.
 * Source: our own. Deviation: none.
 */
import { stat } from 'node:fs/promises';
import { AppError } from '../../model/index.ts';
import type { Library } from '../library/library.ts';
import { inParallel } from './stage.ts';
import type { ImageWithoutVector } from '../store/index.ts';

/** `waiting`: the file is there, it was just not embedded yet. */
export type MissingCause = 'waiting' | 'gone' | 'changed' | 'unreadable' | 'refused';

export interface MissingReason {
  readonly cause: MissingCause;
  readonly photos: number;
  /** absolute path of one of them */
  readonly example: string;
  /** what to do about it */
  readonly remedy: string;
}

export interface MissingPhotos {
  /** Most frequent first. */
  readonly reasons: readonly MissingReason[];
  /** Photos beyond those that were looked at. */
  readonly notLookedAt: number;
}

/** A network drive answers for so many in some seconds. */
const LOOKED_AT_MAX = 5000;
const LOOKS_AHEAD = 16;
const IMAGES_PER_PAGE = 256;

const remedies: Readonly<Record<MissingCause, string>> = {
  waiting: 'embed them: "imglish index --model" with the model of this generation',
  gone: 'plug in the drive or bring the files back; if they were deleted, "imglish index" forgets them',
  changed: '"imglish index" reads them again',
  unreadable: 'check their permissions and the disk',
  refused: 'no model can read them; "imglish index" says why, and forgets those that are damaged',
};

/** One stat a photo; nothing is read or written. @throws AppError NOT_FOUND, ABORTED */
export async function explainMissing(
  library: Library,
  generationId: number,
  options: { readonly signal?: AbortSignal } = {},
): Promise<MissingPhotos> {
  const { missing } = library.completeness(generationId);
  const found = new Map<MissingCause, { photos: number; example: string }>();
  let lookedAt = 0;
  const causes = inParallel(missingImages(library, generationId), LOOKS_AHEAD, async (image) => ({
    path: image.path,
    cause: await causeOf(library, image),
  }));
  for await (const { path, cause } of causes) {
    if (options.signal?.aborted === true) throw new AppError('ABORTED', 'looking at photos was stopped');
    const known = found.get(cause);
    if (known === undefined) found.set(cause, { photos: 1, example: path });
    else known.photos += 1;
    lookedAt += 1;
  }
  const reasons = Array.from(found, ([cause, counted]) => ({ cause, ...counted, remedy: remedies[cause] }));
  return {
    reasons: reasons.toSorted((a, b) => b.photos - a.photos),
    notLookedAt: Math.max(0, missing - lookedAt),
  };
}

async function* missingImages(library: Library, generationId: number): AsyncGenerator<ImageWithoutVector> {
  let after = 0;
  for (let given = 0; given < LOOKED_AT_MAX; given += IMAGES_PER_PAGE) {
    const page = library.store.vectors.imagesWithout(generationId, after, IMAGES_PER_PAGE);
    const last = page.at(-1);
    if (last === undefined) return;
    yield* page;
    after = last.id;
  }
}

async function causeOf(library: Library, image: ImageWithoutVector): Promise<MissingCause> {
  try {
    const { size, mtimeMs } = await stat(image.path);
    if (size !== image.bytes || mtimeMs !== image.modifiedMs) return 'changed';
    return library.store.skips.byPath(image.path) === undefined ? 'waiting' : 'refused';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'gone' : 'unreadable';
  }
}
