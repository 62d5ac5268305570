/**
 * All that is in a library is whole, and nothing is beside it.
 * Source: our own. Deviation: none.
 */
import assert from 'node:assert/strict';
import type { Library } from '../../indexer/index.ts';
import { pathsIn } from './photo-folder.ts';

/**
 * Every row has its content, its vector and its place in the index; no vector is without a photo.
 * @param photos the only root
 * @returns how many photos there are
 */
export async function assertConsistent(library: Library, photos: string): Promise<number> {
  const { store, generation, vectors } = library;
  assert.equal(store.check(), 'ok');
  const paths = pathsIn(library, photos);
  assert.equal(new Set(paths).size, paths.length);
  const found = new Set<number>();
  for (const { id } of store.images.below(photos, '', 10_000)) {
    const image = store.images.byId(id);
    assert.ok(image);
    const vector = store.vectors.get(generation.id, image.contentId, vectors.dimension);
    assert.ok(vector, `${image.path} was committed without its vector`);
    const hits = await vectors.search(vector, 5);
    const own = hits.filter((hit) => hit.id === image.contentId);
    assert.equal(own.length, 1, `${image.path} is not found once`);
    found.add(image.contentId);
  }
  assert.equal(vectors.size, found.size);
  assert.equal(store.vectors.summary(generation.id).count, found.size);
  assert.equal(store.vectors.missing(generation.id), 0);
  return paths.length;
}
