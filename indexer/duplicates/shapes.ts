/**
 * The shapes of contents: from the database, else from their small preview, once.
 * Source: our own. Deviation: none.
 */
import { AppError } from '../../model/index.ts';
import type { Library } from '../library/library.ts';
import { pictureGrid, pictureShape, type PictureShape } from '../photos/picture-shape.ts';
import { thumbnailOf } from '../photos/thumbnail.ts';

/** By content id; what is missing is not known. */
export type Shapes = ReadonlyMap<number, PictureShape>;

/** Previews that are read at once. */
const READS_MAX = 4;

/** Copies of the same bytes that are tried before a shape counts as out of reach. */
const PLACES_MAX = 8;

/** Only what is in the database. */
export function knownShapes(library: Library, contentIds: readonly number[]): Shapes {
  const grids = library.store.nearDuplicates.shapes(contentIds);
  return new Map(Array.from(grids, ([contentId, grid]) => [contentId, pictureShape(grid)]));
}

/**
 * Makes and keeps what is missing. A photo whose preview cannot be made has no shape.
 * @throws AppError DISK_FULL
 */
export async function findShapes(
  library: Library,
  contentIds: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Shapes> {
  const known = new Map(knownShapes(library, contentIds));
  const missing = contentIds.filter((contentId) => !known.has(contentId));
  const made = new Map<number, Uint8Array>();
  const queue = missing.values();
  const read = async (): Promise<void> => {
    for (const contentId of queue) {
      signal?.throwIfAborted();
      const grid = await gridOf(library, contentId);
      if (grid !== undefined) made.set(contentId, grid);
    }
  };
  await Promise.all(Array.from({ length: Math.min(READS_MAX, missing.length) }, read));
  if (made.size > 0) library.store.nearDuplicates.addShapes(made);
  for (const [contentId, grid] of made) known.set(contentId, pictureShape(grid));
  return known;
}

async function gridOf(library: Library, contentId: number): Promise<Uint8Array | undefined> {
  for (const { id } of library.store.images.places(contentId, PLACES_MAX)) {
    try {
      return await pictureGrid(await thumbnailOf(library, id, 'small'));
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'DISK_FULL') throw error;
    }
  }
  return undefined;
}
